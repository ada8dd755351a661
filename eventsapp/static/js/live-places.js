/**
 * Places of a page that come anew by themselves while a job goes on: buttons that begin to make sense, reasons
 * that begin, a list. Taken from the page as the server shows it by now. Nothing is taken away, and nothing
 * shifts, while somebody is about to press it; what has the focus keeps it, what was folded open stays open.
 */

/** Seconds after which a place that somebody was at is asked for again. */
const REST = "10";

/** Whether a form is on its way, which leaves its words on the next page. */
export const isSending = () => document.querySelector("form[data-sending]") !== null;

/**
 * Whether the pointer rests on something to press in a place or below it, where it would shift.
 * @param {Element} place
 */
function isAboutToPress(place) {
  if (!matchMedia("(hover: hover)").matches) return false; // a finger leaves its last touch behind as hovering
  const under = document.querySelector("main :is(a, button, summary, input, label):hover");
  return under !== null && (place.compareDocumentPosition(under) & Node.DOCUMENT_POSITION_FOLLOWING) !== 0;
}

/** @param {Element} place */
function holdsSelection(place) {
  const selection = getSelection();
  return selection !== null && !selection.isCollapsed && selection.containsNode(place, true);
}

/** @param {Element} place */
function isInUse(place) {
  const isPressed = document.querySelector("main :active") !== null;
  return isPressed || isSending() || isAboutToPress(place) || holdsSelection(place);
}

/**
 * What a link, a button or a fold is known by on the page as it was and as it is.
 * @param {Element} one
 */
function keyOf(one) {
  const leads = one.getAttribute("href") ?? one.getAttribute("formaction");
  const acts = leads ?? one.closest("form")?.getAttribute("action") ?? one.textContent?.trim();
  return [one.localName, acts, one.closest("tr")?.querySelector("th")?.textContent?.trim()].join("\n");
}

/**
 * The same link, button or fold among what came.
 * @param {Element} one
 * @param {Element} made
 */
function twinOf(one, made) {
  const key = keyOf(one);
  return [...made.querySelectorAll(one.localName)].find((other) => keyOf(other) === key);
}

/**
 * Put what came in the place of what stood there, unless somebody is at something that is there no more.
 * @param {Element} place
 * @param {HTMLElement} made
 * @param {(part: ParentNode) => unknown} start
 */
function put(place, made, start) {
  const focused = place.contains(document.activeElement) ? document.activeElement : null;
  const twin = focused && twinOf(focused, made);
  const open = [...place.querySelectorAll("details[open] > summary")].map((one) => twinOf(one, made)?.parentElement);
  if ((focused && !twin) || open.includes(undefined)) {
    // Left as it is: asked for again, but not at each step.
    place.dataset.renewed = String(Date.now());
    place.dataset.progressRest ??= REST;
    return;
  }
  open.forEach((fold) => fold?.setAttribute("open", ""));
  made.dataset.renewed = String(Date.now());
  place.replaceWith(made);
  start(made);
  if (twin instanceof HTMLElement) twin.focus({ preventScroll: true });
}

/** @param {HTMLElement} place */
const isRested = (place) =>
  Date.now() - Number(place.dataset.renewed ?? 0) >= 1000 * Number(place.dataset.progressRest ?? 0);

/**
 * Fetch the places whose mark is another by now.
 * @param {Record<string, string>} marks
 * @param {(part: ParentNode) => unknown} start what to do with each part that is put in
 */
export async function renew(marks, start) {
  const places = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("[data-progress-place]")]);
  const old = places.filter((place) => {
    const mark = marks[place.dataset.progressPlace ?? ""];
    return mark !== undefined && mark !== place.dataset.progressMark && isRested(place) && !isInUse(place);
  });
  if (!old.length) return;
  const answer = await fetch(location.href, { redirect: "error" });
  if (!answer.ok) throw new Error(String(answer.status));
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const place of old) {
    const made = page.querySelector(`[data-progress-place="${place.dataset.progressPlace}"]`);
    if (made instanceof HTMLElement && place.isConnected && !isInUse(place)) put(place, made, start);
  }
}
