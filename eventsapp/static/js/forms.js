/**
 * Forms: sent once, not left by accident, and sent by themselves where a choice is all there is.
 */

/** @type {WeakMap<HTMLFormElement, string>} */
const asOpened = new WeakMap();
/** @type {Set<HTMLFormElement>} */
const guarded = new Set();
let isLeavingOnPurpose = false;

/**
 * What a form holds, as one text to compare with later; keys that differ at each showing left out.
 * @param {HTMLFormElement} form
 * @returns {string}
 */
function contents(form) {
  const pairs = [];
  for (const [name, value] of new FormData(form)) {
    if (name === "csrf_token" || name === "form_key") continue;
    pairs.push([name, value instanceof File ? `${value.name}:${value.size}` : value]);
  }
  return JSON.stringify(pairs);
}

/**
 * Let a second press do nothing while the first is under way. The button stays in reach of the
 * keyboard and screen readers; a truly disabled one would drop its own name and value.
 * @param {SubmitEvent} event
 */
function sendOnce(event) {
  const form = /** @type {HTMLFormElement} */ (event.currentTarget);
  if (form.dataset.sending !== undefined) {
    event.preventDefault();
    return;
  }
  if (event.defaultPrevented) return;
  form.dataset.sending = "";
  event.submitter?.setAttribute("aria-disabled", "true");
}

/** Free the forms again, when a page comes back from the browser's memory. */
function freeForms() {
  isLeavingOnPurpose = false;
  document.querySelectorAll("form[data-sending]").forEach((form) => {
    form.removeAttribute("data-sending");
    form.querySelectorAll("[aria-disabled]").forEach((one) => one.removeAttribute("aria-disabled"));
  });
}

/** @param {BeforeUnloadEvent} event */
function warnBeforeLeaving(event) {
  if (isLeavingOnPurpose) return;
  for (const form of guarded) {
    if (form.isConnected && contents(form) !== asOpened.get(form)) {
      event.preventDefault();
      return;
    }
  }
}

/**
 * Remember what a form held when it was opened; what was sent and refused is kept nowhere yet.
 * @param {HTMLFormElement} form
 */
function guard(form) {
  guarded.add(form);
  const wasRefused = form.querySelector("[data-error-summary]") !== null;
  asOpened.set(form, wasRefused ? "not kept yet" : contents(form));
  form.addEventListener("submit", () => {
    // A form that htmx sends stays on the page, and so does what is typed in its neighbours.
    if (!form.hasAttribute("hx-post")) isLeavingOnPurpose = true;
  });
}

/**
 * Take what a form holds now for kept, as it keeps itself while one types; or for not kept yet.
 * @param {HTMLFormElement} form
 * @param {boolean} is
 */
export function keptNow(form, is) {
  if (is && guarded.has(form)) asOpened.set(form, contents(form));
}

/**
 * Give the forms of this part of the page their behaviour.
 * @param {ParentNode} part
 */
export function guardForms(part) {
  part.querySelectorAll("form[data-once]:not([data-ready])").forEach((form) => {
    form.setAttribute("data-ready", "");
    form.addEventListener("submit", /** @type {EventListener} */ (sendOnce));
  });
  part.querySelectorAll("form[data-guard]").forEach((form) => {
    if (form instanceof HTMLFormElement && !guarded.has(form)) guard(form);
  });
  part.querySelectorAll("form[data-submit-on-change]:not([data-changes])").forEach((form) => {
    form.setAttribute("data-changes", "");
    form.addEventListener("change", () => /** @type {HTMLFormElement} */ (form).requestSubmit());
  });
}

window.addEventListener("beforeunload", warnBeforeLeaving);
window.addEventListener("pageshow", (event) => {
  if (event.persisted) freeForms();
});
