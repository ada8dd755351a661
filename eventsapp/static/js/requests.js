/**
 * htmx on advisors' pages: the CSRF token goes along, what comes back is started, and a request that
 * fails is told in words. Its settings stand in base.html; nothing here when htmx is not loaded.
 */

import { keepMeanwhile } from "./meanwhile.js";

/**
 * The words for a failed request, written by the server in the page's own language.
 * @returns {string}
 */
function failedWords() {
  return document.querySelector("meta[name=request-failed]")?.getAttribute("content") ?? "";
}

/** Show a message where flashed messages stand, so that screen readers hear it too. */
function tellFailure() {
  const place = document.getElementById("messages");
  const words = failedWords();
  if (!place || !words) return;
  const line = document.createElement("p");
  line.className = "notice tone-error";
  line.textContent = words;
  place.replaceChildren(line);
  place.scrollIntoView({ block: "nearest" });
}

/** @param {CustomEvent} event */
function addToken(event) {
  const token = document.querySelector("meta[name=csrf-token]")?.getAttribute("content");
  if (token && event.detail.verb !== "get") event.detail.headers["X-CSRFToken"] = token;
}

/** @param {CustomEvent} event */
function freeForm(event) {
  const form = event.detail.elt?.closest?.("form") ?? event.detail.elt;
  form?.removeAttribute?.("data-sending");
  form?.querySelectorAll?.("[aria-disabled]").forEach((/** @type {Element} */ one) => {
    one.removeAttribute("aria-disabled");
  });
}

/**
 * Leave out a part that tells less than what stands there: answers to presses that followed fast may arrive
 * in another order than that in which the server gave them.
 * @param {CustomEvent} event
 */
function keepNewest(event) {
  const { target, fragment } = event.detail;
  const asOf = (fragment instanceof Element ? fragment : fragment.firstElementChild)?.dataset.asOf;
  if (asOf === undefined) return;
  if (Number(asOf) < Number(target.dataset.asOf ?? 0)) event.detail.shouldSwap = false;
  else target.dataset.asOf = asOf;
}

/**
 * Listen to htmx.
 * @param {(part: ParentNode) => unknown} start what to do with each part that is put in
 */
export function keepHtmxInLine(start) {
  const body = document.body;
  body.addEventListener("htmx:configRequest", /** @type {EventListener} */ (addToken));
  body.addEventListener("htmx:afterRequest", /** @type {EventListener} */ (freeForm));
  body.addEventListener("htmx:responseError", tellFailure);
  body.addEventListener("htmx:sendError", tellFailure);
  body.addEventListener("htmx:timeout", tellFailure);
  body.addEventListener("htmx:oobBeforeSwap", /** @type {EventListener} */ (keepNewest));
  keepMeanwhile(body);
  body.addEventListener("htmx:load", (event) => {
    const part = /** @type {CustomEvent} */ (event).detail.elt;
    if (part instanceof Element && part !== body) start(part.parentElement ?? part);
  });
}
