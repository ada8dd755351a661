/**
 * A long job's bar moves by itself: asks the address in data-live-progress every two seconds for JSON
 * {done, total, text, finished, parts, rows, marks, told}. Says a quarter at a time to screen readers, not each
 * step, and trouble once when it begins; fetches the page anew when the job is done. Places whose mark is
 * another come from the page as it is by then (live-places.js). Rests while the page is hidden.
 */

import { isSending, renew } from "./live-places.js";

const PAUSE = 2000;
const LONGEST_PAUSE = 30000;

/**
 * @typedef {{done: number, total: number, text?: string, finished?: boolean,
 *   parts?: Record<string, string>, rows?: Record<string, string>, marks?: Record<string, string>, told?: string}} State
 */

/**
 * Show how far it is.
 * @param {HTMLElement} place
 * @param {State} state
 */
function show(place, state) {
  const bar = place.querySelector("progress");
  const text = place.querySelector("[data-progress-text]");
  const status = place.querySelector("[data-progress-status]");
  const quarter = Math.floor((4 * state.done) / Math.max(state.total, 1));
  if (bar) {
    bar.max = Math.max(state.total, 1);
    bar.value = state.done;
  }
  document.querySelectorAll("[data-progress-part]").forEach((part) => {
    const words = state.parts?.[part.getAttribute("data-progress-part") ?? ""];
    if (words !== undefined && words !== part.textContent) part.textContent = words;
  });
  document.querySelectorAll("[data-progress-row]").forEach((row) => {
    const words = state.rows?.[row.getAttribute("data-progress-row") ?? ""] ?? "0";
    if (state.rows && words !== row.textContent) row.textContent = words;
  });
  if (text && state.text) text.textContent = state.text;
  if (status && state.text && place.dataset.quarter !== String(quarter)) {
    if (place.dataset.quarter !== undefined) status.textContent = state.text;
    place.dataset.quarter = String(quarter);
  }
  const wasWell = document.querySelector('[data-progress-place="server"][data-progress-mark=""]') !== null;
  if (status && state.told && wasWell && !place.dataset.told) status.textContent = state.told;
  place.dataset.told = state.told ?? "";
}

/**
 * Ask again and again, slower while the server does not answer.
 * @param {HTMLElement} place
 * @param {number} pause in milliseconds
 * @param {(part: ParentNode) => unknown} start what to do with each part that is put in
 */
function askAgain(place, pause, start) {
  setTimeout(async () => {
    if (!place.isConnected) return;
    if (document.hidden) return askAgain(place, pause, start);
    try {
      const answer = await fetch(place.dataset.liveProgress ?? "", {
        headers: { Accept: "application/json" },
        redirect: "error",
      });
      if (!answer.ok) throw new Error(String(answer.status));
      const state = /** @type {State} */ (await answer.json());
      show(place, state);
      if (state.marks && !state.finished) await renew(state.marks, start);
      // Not while somebody's own press is on its way: its answer comes in the place of this page.
      if (state.finished && !isSending()) return location.reload();
      askAgain(place, PAUSE, start);
    } catch {
      askAgain(place, Math.min(pause * 2, LONGEST_PAUSE), start);
    }
  }, pause);
}

/**
 * Follow all bars in this part of the page.
 * @param {ParentNode} part
 * @param {(part: ParentNode) => unknown} start what to do with each part that is put in
 */
export function follow(part, start) {
  part.querySelectorAll("[data-live-progress]:not([data-followed])").forEach((place) => {
    if (!(place instanceof HTMLElement)) return;
    place.dataset.followed = "";
    askAgain(place, PAUSE, start);
  });
}
