/**
 * A long job's bar moves by itself: asks the address in data-live-progress every two seconds for JSON
 * {done, total, text, finished, parts}. Says a quarter at a time to screen readers, not each step, and
 * fetches the page anew when the job is done. Rests while the page is hidden.
 */

const PAUSE = 2000;
const LONGEST_PAUSE = 30000;

/**
 * @typedef {{done: number, total: number, text?: string, finished?: boolean,
 *   parts?: Record<string, string>}} State
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
  place.querySelectorAll("[data-progress-part]").forEach((part) => {
    const words = state.parts?.[part.getAttribute("data-progress-part") ?? ""];
    if (words !== undefined) part.textContent = words;
  });
  if (text && state.text) text.textContent = state.text;
  if (status && state.text && place.dataset.quarter !== String(quarter)) {
    if (place.dataset.quarter !== undefined) status.textContent = state.text;
    place.dataset.quarter = String(quarter);
  }
}

/**
 * Ask again and again, slower while the server does not answer.
 * @param {HTMLElement} place
 * @param {number} pause in milliseconds
 */
function askAgain(place, pause) {
  setTimeout(async () => {
    if (!place.isConnected) return;
    if (document.hidden) return askAgain(place, pause);
    try {
      const answer = await fetch(place.dataset.liveProgress ?? "", {
        headers: { Accept: "application/json" },
        redirect: "error",
      });
      if (!answer.ok) throw new Error(String(answer.status));
      const state = /** @type {State} */ (await answer.json());
      show(place, state);
      // Not while somebody's own press is on its way: its answer comes in the place of this page.
      if (state.finished && !document.querySelector("form[data-sending]")) return location.reload();
      askAgain(place, PAUSE);
    } catch {
      askAgain(place, Math.min(pause * 2, LONGEST_PAUSE));
    }
  }, pause);
}

/**
 * Follow all bars in this part of the page.
 * @param {ParentNode} part
 */
export function follow(part) {
  part.querySelectorAll("[data-live-progress]:not([data-followed])").forEach((place) => {
    if (!(place instanceof HTMLElement)) return;
    place.dataset.followed = "";
    askAgain(place, PAUSE);
  });
}
