/**
 * What somebody types or ticks while htmx asks for the part in which it stands: the answer knows nothing of
 * it and would wipe it out. Where the answer holds that field as it was when it was asked, the newer stays.
 */

const FIELDS = "input[name]:not([type=hidden], [type=file], [type=submit]), select[name], textarea[name]";

/** @typedef {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} Field */

/** @param {Field} field */
const isBox = (field) => field instanceof HTMLInputElement && /^(checkbox|radio)$/.test(field.type);

/** @param {Field} field */
const stateOf = (field) => (isBox(field) ? String(/** @type {HTMLInputElement} */ (field).checked) : field.value);

/**
 * The fields of a place, by what names each.
 * @param {Element} place
 * @returns {Map<string, Field>}
 */
function fieldsOf(place) {
  const all = /** @type {Field[]} */ ([...place.querySelectorAll(FIELDS)]);
  return new Map(all.map((one) => [isBox(one) ? `${one.name}=${one.value}` : one.name, one]));
}

/**
 * How each field of a place stands.
 * @param {Element} place
 * @returns {Map<string, string>}
 */
function statesOf(place) {
  return new Map([...fieldsOf(place)].map(([key, field]) => [key, stateOf(field)]));
}

/**
 * Put what was changed meanwhile into the fields that came.
 * @param {Element} place
 * @param {Map<string, string>} asked
 * @param {Map<string, string>} left
 */
function putBack(place, asked, left) {
  for (const [key, field] of fieldsOf(place)) {
    const then = asked.get(key);
    const state = left.get(key);
    if (then === undefined || state === undefined || state === then || stateOf(field) !== then) continue;
    if (isBox(field)) /** @type {HTMLInputElement} */ (field).checked = state === "true";
    else field.value = state;
  }
}

/**
 * Listen to htmx.
 * @param {HTMLElement} body
 */
export function keepMeanwhile(body) {
  /** @type {WeakMap<XMLHttpRequest, Map<string, string>>} */
  const asked = new WeakMap();
  /** @type {WeakMap<XMLHttpRequest, Map<string, string>>} */
  const left = new WeakMap();
  /**
   * @param {string} name
   * @param {(detail: {xhr: XMLHttpRequest, target: Element}, at: Element) => void} what
   */
  const on = (name, what) =>
    body.addEventListener(name, (event) => {
      const { detail, target } = /** @type {CustomEvent} */ (event);
      if (target instanceof Element) what(detail, target);
    });
  on("htmx:beforeRequest", ({ xhr, target }) => asked.set(xhr, statesOf(target)));
  on("htmx:beforeSwap", ({ xhr, target }) => left.set(xhr, statesOf(target)));
  on("htmx:afterSwap", ({ xhr }, at) => putBack(at, asked.get(xhr) ?? new Map(), left.get(xhr) ?? new Map()));
}
