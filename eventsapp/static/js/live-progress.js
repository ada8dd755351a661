/**
 * A long job's bar moves by itself: asks the address in data-live-progress every two seconds for JSON
 * {done, total, text, finished, parts, rows}. Says a quarter at a time to screen readers, not each step,
 * and fetches the page anew when the job is done. Rows that begin later are taken from the page as it is
 * by then. Rests while the page is hidden.
 */

const PAUSE = 2000;
const LONGEST_PAUSE = 30000;

/**
 * @typedef {{done: number, total: number, text?: string, finished?: boolean,
 *   parts?: Record<string, string>, rows?: Record<string, string>}} State
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
  if (text && state.text) text.textContent = state.text;
  if (status && state.text && place.dataset.quarter !== String(quarter)) {
    if (place.dataset.quarter !== undefined) status.textContent = state.text;
    place.dataset.quarter = String(quarter);
  }
}

/**
 * Show how many there are of each row, and put in those that have begun.
 * @param {Record<string, string>} rows
 */
async function showRows(rows) {
  const shown = document.querySelectorAll("[data-progress-row]");
  const names = [...shown].map((row) => row.getAttribute("data-progress-row") ?? "");
  shown.forEach((row, number) => (row.textContent = rows[names[number]] ?? "0"));
  if (Object.keys(rows).every((name) => names.includes(name)) || isBusy()) return;
  const answer = await fetch(location.href, { redirect: "error" });
  if (!answer.ok) throw new Error(String(answer.status));
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const old = document.querySelector("[data-progress-rows]");
  const made = page.querySelector("[data-progress-rows]");
  if (!old || !made || isBusy()) return;
  const at = old.contains(document.activeElement) ? document.activeElement?.getAttribute("href") : null;
  old.replaceWith(made);
  const links = [...made.querySelectorAll("a")];
  if (at) (links.find((one) => one.getAttribute("href") === at) ?? links[0])?.focus();
}

/** Whether somebody is pressing a row, or a form is on its way, which leaves its words on the next page. */
const isBusy = () => document.querySelector("[data-progress-rows] :active, form[data-sending]") !== null;

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
      if (state.rows && !state.finished) await showRows(state.rows);
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
