/**
 * What every page may need: one send per form, a warning before typed work is lost, focus on what is
 * wrong, the countdown of an undo, and htmx kept in line. Pages work without all of this.
 * Bigger pieces (editor, progress) are fetched only by the pages that hold them.
 */

import { isTyping } from "./focus.js";
import { guardForms } from "./forms.js";
import { keepHtmxInLine } from "./requests.js";

/**
 * Count down to the moment at which something can no longer be undone, then take the button away.
 * @param {HTMLElement} notice an element with data-undo and data-until
 */
function countDown(notice) {
  const until = Date.parse(notice.dataset.until ?? "");
  const line = notice.querySelector("[data-undo-left]");
  if (Number.isNaN(until) || !(line instanceof HTMLElement)) return;
  const template = line.dataset.template ?? "{seconds}";

  const tick = () => {
    const seconds = Math.ceil((until - Date.now()) / 1000);
    if (seconds > 0) {
      line.textContent = template.replace("{seconds}", String(seconds));
      return;
    }
    clearInterval(timer);
    line.textContent = line.dataset.over ?? "";
    const form = notice.querySelector("form");
    if (form?.contains(document.activeElement)) {
      notice.setAttribute("tabindex", "-1");
      notice.focus();
    }
    form?.remove();
  };
  const timer = setInterval(tick, 1000);
  tick();
}

/**
 * Lead the keyboard to what is wrong, once; not away from a field that somebody is in by now.
 * @param {ParentNode} part
 */
function leadToFaults(part) {
  const summary = part.querySelector("[data-error-summary]:not([data-led])");
  if (!(summary instanceof HTMLElement)) return;
  summary.dataset.led = "";
  // What htmx puts in answers a press in that very form, and may have its field in focus again.
  if (!isTyping(part === document ? null : summary.closest("form"))) summary.focus();
}

/**
 * Start whatever a freshly shown part of the page asks for.
 * @param {ParentNode} part the document, or what htmx just put in
 */
async function start(part) {
  guardForms(part);
  part.querySelectorAll("[data-undo]:not([data-started])").forEach((notice) => {
    if (!(notice instanceof HTMLElement)) return;
    notice.dataset.started = "";
    countDown(notice);
  });
  leadToFaults(part);
  if (part.querySelector("textarea[data-rich]")) {
    (await import("./rich-text.js")).enrich(part);
  }
  if (part.querySelector("form[data-autosave]")) {
    (await import("./autosave.js")).keepTyping(part);
  }
  if (part.querySelector("[data-picture]")) {
    (await import("./picture-field.js")).takePictures(part);
  }
  if (part.querySelector("[data-order]")) {
    await (await import("./block-order.js")).makeMovable(part, start);
  }
  if (part.querySelector("[data-watch]")) {
    (await import("./block-watch.js")).watchBlocks(part, start);
  }
  if (part.querySelector("[data-live-progress]")) {
    (await import("./live-progress.js")).follow(part, start);
  }
}

document.documentElement.classList.add("has-script");
keepHtmxInLine(start);
await start(document);
// For who works the page by program, such as the tests: from here on each key does what it says.
document.documentElement.dataset.ready = "";
