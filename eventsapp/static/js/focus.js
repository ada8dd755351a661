/**
 * Where the keyboard is. A page that is slow to start may lead it to a place, but never away from a field
 * in which somebody types by then: the next keys would be lost, or do something else.
 */

const FIELDS = "input:not([type=button], [type=submit], [type=file]), select, textarea, [contenteditable=true]";

/**
 * Whether somebody is in a field.
 * @param {Element | null} besides fields in here do not count
 * @returns {boolean}
 */
export function isTyping(besides = null) {
  const here = document.activeElement;
  return here !== null && here.matches(FIELDS) && !besides?.contains(here);
}

/**
 * Lead the keyboard to a place, unless somebody went on to another meanwhile.
 * @param {HTMLElement} place
 * @param {Element | null} from where the keyboard may be taken away: what was pressed, or what holds the place
 */
export function lead(place, from = null) {
  const here = document.activeElement;
  const isFree = here === null || here === document.body || from?.contains(here);
  if (isFree && !isTyping()) place.focus();
}
