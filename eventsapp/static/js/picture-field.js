/**
 * A picture is sent as soon as it is chosen, scaled by the server and shown; the form then carries its
 * number. Without script the file goes along with the form.
 */

/**
 * @param {HTMLElement} place an element with data-picture, the address that takes pictures
 * @param {File} file
 */
async function send(place, file) {
  const fields = new FormData();
  const token = document.querySelector("meta[name=csrf-token]")?.getAttribute("content") ?? "";
  fields.set("file", file);
  say(place, "");
  busy(place, true);
  try {
    const answer = await fetch(place.dataset.picture ?? "", {
      method: "POST",
      body: fields,
      headers: { Accept: "application/json", "X-CSRFToken": token },
      redirect: "error",
    });
    const isJson = answer.headers.get("Content-Type")?.startsWith("application/json");
    const told = isJson ? await answer.json() : {};
    if (answer.ok) show(place, told);
    else say(place, told.words ?? failed(place));
  } catch {
    say(place, failed(place));
  }
  busy(place, false);
}

/**
 * @param {HTMLElement} place
 * @param {{id: number, address: string}} told
 */
function show(place, told) {
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
  if (number instanceof HTMLInputElement) {
    number.value = String(told.id);
    number.dispatchEvent(new Event("change", { bubbles: true }));
  }
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
 * @param {boolean} is
 */
function busy(place, is) {
  const line = place.querySelector("[data-picture-busy]");
  if (!(line instanceof HTMLElement)) return;
  line.hidden = !is;
  line.textContent = is ? (line.dataset.words ?? "") : "";
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
