/**
 * Earlier pictures in a window over the form: searched, leafed through, one of them chosen. What stands
 * in it is the page that the same button leads to without script.
 */

/** @typedef {{id: string, address: string, alternative: string}} Chosen */

/**
 * Open the window.
 * @param {HTMLElement} opener a button with data-library, the address of the pictures
 * @param {(chosen: Chosen) => void} then
 */
export async function openLibrary(opener, then) {
  const place = opener.dataset.library ?? "";
  if (document.querySelector(".library-window")) return; // a second press, while the first is answered
  const dialog = document.createElement("dialog");
  dialog.className = "library-window";
  dialog.setAttribute("aria-labelledby", "library-title");
  document.body.append(dialog);
  dialog.addEventListener("close", () => {
    dialog.remove();
    opener.focus();
  });
  dialog.addEventListener("click", (event) => {
    const pressed = event.target instanceof Element ? event.target : null;
    if (pressed === dialog || pressed?.closest("[data-close]")) return dialog.close();
    const link = pressed?.closest("a[rel]");
    if (!(link instanceof HTMLAnchorElement)) return;
    event.preventDefault();
    load(dialog, link.href);
  });
  dialog.addEventListener("submit", (event) => {
    event.preventDefault();
    const form = /** @type {HTMLFormElement} */ (event.target);
    const button = event.submitter;
    if (form.hasAttribute("data-choose") && button instanceof HTMLButtonElement) {
      const { address = "", alternative = "" } = button.dataset;
      then({ id: button.value, address, alternative });
      return dialog.close();
    }
    const words = new FormData(form).get("q");
    load(dialog, `${place}?${new URLSearchParams({ q: String(words ?? "") })}`);
  });
  if (!(await load(dialog, place))) {
    dialog.remove();
    return location.assign(place);
  }
  dialog.showModal();
  toSearch(dialog); // else the button that closes has the focus
}

/**
 * @param {HTMLDialogElement} dialog
 * @param {string} address
 * @returns {Promise<boolean>} whether it came
 */
async function load(dialog, address) {
  const asked = searchIn(dialog)?.value;
  dialog.dataset.asked = address;
  try {
    const answer = await fetch(address, { headers: { "HX-Request": "true" }, redirect: "error" });
    if (!answer.ok) return false;
    const came = await answer.text();
    if (dialog.dataset.asked !== address) return true; // something else was asked meanwhile
    const typed = searchIn(dialog)?.value;
    dialog.innerHTML = came;
    const search = searchIn(dialog);
    if (search && typed !== undefined && typed !== asked) search.value = typed; // typed on meanwhile
  } catch {
    return false;
  }
  dialog.scrollTo(0, 0);
  toSearch(dialog);
  return true;
}

/** @param {HTMLDialogElement} dialog */
function toSearch(dialog) {
  searchIn(dialog)?.focus();
}

/**
 * @param {HTMLDialogElement} dialog
 * @returns {HTMLInputElement | null}
 */
function searchIn(dialog) {
  return dialog.querySelector("input[type=search]");
}
