/**
 * A picture is made small enough, sent as soon as it is chosen, scaled by the server and shown; the form
 * then carries its number. An earlier picture is chosen in a window (picture-library.js). Without script
 * the file goes along with the form, and earlier pictures have a page of their own.
 */

/** Beyond this a photograph is made smaller before it is sent: on a train that is minutes. */
const HEAVY = 3_000_000;
/** Twice as wide as the server keeps it, so that nothing is lost. */
const WIDEST = 2400;

/**
 * @typedef {{id: number | string, address: string, alternative?: string, words?: string}} Told
 * @typedef {{status: number, told: Told}} Answer
 */

/**
 * @param {HTMLElement} place an element with data-picture, the address that takes pictures
 * @param {File} file
 */
async function send(place, file) {
  say(place, "");
  busy(place, 0);
  const lighter = await shrunk(file);
  if (lighter.size > Number(place.dataset.largest || Infinity)) {
    say(place, place.dataset.tooLarge ?? "");
  } else {
    try {
      const { status, told } = await sent(place, lighter, file.name);
      if (status < 300) show(place, told);
      else say(place, told.words ?? failed(place));
    } catch {
      say(place, failed(place));
    }
  }
  busy(place, null);
}

/**
 * Send with a bar that moves, which fetch() can't tell.
 * @param {HTMLElement} place
 * @param {Blob} content
 * @param {string} name
 * @returns {Promise<Answer>}
 */
function sent(place, content, name) {
  const fields = new FormData();
  fields.set("file", content, name);
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", place.dataset.picture ?? "");
    request.setRequestHeader("Accept", "application/json");
    const token = document.querySelector("meta[name=csrf-token]")?.getAttribute("content") ?? "";
    request.setRequestHeader("X-CSRFToken", token);
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) busy(place, event.loaded / event.total);
    });
    request.addEventListener("error", reject);
    request.addEventListener("load", () => {
      const isJson = request.getResponseHeader("Content-Type")?.startsWith("application/json");
      if (request.status < 300 && !isJson) return reject(new Error("signed out"));
      resolve({ status: request.status, told: isJson ? JSON.parse(request.responseText) : {} });
    });
    request.send(fields);
  });
}

/**
 * Make a heavy photograph lighter; what this browser can't read goes as it is, for the server to judge.
 * @param {File} file
 * @returns {Promise<Blob>}
 */
async function shrunk(file) {
  if (file.size < HEAVY || !/^image\/(jpeg|png|webp)$/.test(file.type)) return file;
  try {
    const picture = await createImageBitmap(file);
    const scale = Math.min(1, WIDEST / picture.width, (2 * WIDEST) / picture.height);
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    canvas.getContext("2d")?.drawImage(picture, 0, 0, canvas.width, canvas.height);
    picture.close();
    const kind = file.type === "image/png" ? "image/png" : "image/jpeg";
    const made = await new Promise((resolve) => canvas.toBlob(resolve, kind, 0.9));
    return made instanceof Blob && made.size < file.size ? made : file;
  } catch {
    return file;
  }
}

/**
 * @param {HTMLElement} place
 * @param {Told} told
 */
export function show(place, told) {
  const number = place.querySelector("input[type=hidden]");
  const picture = place.querySelector("[data-picture-shown]");
  const gone = place.querySelector("[data-picture-gone]");
  const box = gone?.querySelector("input[type=checkbox]");
  if (picture instanceof HTMLImageElement) {
    picture.src = told.address;
    picture.hidden = false;
  }
  if (box instanceof HTMLInputElement) box.checked = false;
  if (gone instanceof HTMLElement) gone.hidden = false;
  if (!(number instanceof HTMLInputElement)) return;
  describe(place, told.alternative ?? "");
  number.value = String(told.id);
  number.dispatchEvent(new Event("change", { bubbles: true }));
}

/**
 * Take over how a picture was described before; it is then not only for decoration.
 * @param {HTMLElement} place
 * @param {string} alternative
 */
function describe(place, alternative) {
  const words = place.closest("form")?.querySelector("[name$='-alternative']");
  const box = place.closest("form")?.querySelector("[name$='-is_decorative']");
  if (!alternative || !(words instanceof HTMLInputElement)) return;
  words.value = alternative;
  if (box instanceof HTMLInputElement) box.checked = false;
}

/** @param {HTMLElement} place */
function failed(place) {
  return place.querySelector("[data-picture-words]")?.getAttribute("data-failed") ?? "";
}

/**
 * @param {HTMLElement} place
 * @param {string} words
 */
function say(place, words) {
  const line = place.querySelector("[data-picture-words]");
  const error = place.querySelector("[data-picture-error]");
  if (line) line.textContent = words;
  if (error instanceof HTMLElement) error.hidden = !words;
  place.classList.toggle("field--error", Boolean(words));
}

/**
 * @param {HTMLElement} place
 * @param {number | null} part how much of it has been sent, from 0 to 1; null: it is over
 */
function busy(place, part) {
  const box = place.querySelector("[data-picture-busy]");
  const line = box?.querySelector("[role=status]");
  const bar = box?.querySelector("progress");
  if (!(box instanceof HTMLElement) || !line || !bar) return;
  const words = part === null ? "" : (box.dataset.words ?? "");
  if (line.textContent !== words) line.textContent = words;
  box.hidden = part === null;
  if (part) bar.value = part;
  else bar.removeAttribute("value");
}

/**
 * Let the fields for pictures in this part of the page send by themselves.
 * @param {ParentNode} part
 */
export function takePictures(part) {
  part.querySelectorAll("[data-picture]:not([data-takes])").forEach((place) => {
    if (!(place instanceof HTMLElement)) return;
    place.dataset.takes = "";
    const input = place.querySelector("input[type=file]");
    place.querySelector("[data-library]")?.addEventListener("click", async (event) => {
      event.preventDefault();
      const opener = /** @type {HTMLElement} */ (event.currentTarget);
      (await import("./picture-library.js")).openLibrary(opener, (told) => show(place, told));
    });
    if (!(input instanceof HTMLInputElement)) return;
    input.addEventListener("change", (event) => {
      event.stopPropagation();
      const file = input.files?.[0];
      if (!file) return;
      send(place, file).then(() => {
        input.value = "";
      });
    });
  });
}
