/**
 * What others change in an edition while it is being made: cards that nobody is typing in are drawn anew,
 * a form that is open stays as it is and says so, with a button to see it. Asks every few seconds, and
 * rests while the page is hidden.
 */

import { isKept } from "./autosave.js";

const PAUSE = 8000;
const LONGEST_PAUSE = 120000;

/**
 * @typedef {{id: number, version: number, is_own: boolean, text: string, html: string}} Told
 * @typedef {{version: string, text: string} & Record<string, string>} Words
 * @typedef {{closed?: string, order: number[], blocks: Told[], words: Words}} Changes
 */

/** The list of blocks, watched. */
class BlockWatch {
  /**
   * @param {HTMLElement} list
   * @param {(part: ParentNode) => unknown} start what to do with a part that is put in
   */
  constructor(list, start) {
    this.list = list;
    this.start = start;
    this.status = document.querySelector("[data-order-status]");
    this.pause = PAUSE;
    /** @type {Set<string>} */
    this.told = new Set();
    this.timer = setTimeout(() => this.ask(), PAUSE);
    document.addEventListener("visibilitychange", () => this.later(document.hidden ? PAUSE : 0));
  }

  /** @param {number} pause in milliseconds */
  later(pause) {
    clearTimeout(this.timer);
    if (this.list.isConnected) this.timer = setTimeout(() => this.ask(), pause);
  }

  async ask() {
    if (document.hidden) return this.later(PAUSE);
    const acts = this.list.dataset.acts;
    const words = wordsShown();
    const shown = [...this.list.children].map((one) => `${idOf(one)}:${versionOf(one)}`).join(",");
    try {
      const address = `${this.list.dataset.watch}?${new URLSearchParams({ shown })}`;
      const answer = await fetch(address, {
        headers: { Accept: "application/json" },
        redirect: "error",
      });
      if (!answer.ok) throw new Error(String(answer.status));
      const changes = /** @type {Changes} */ (await answer.json());
      this.pause = PAUSE;
      if (changes.closed) return this.tellClosed(changes.closed);
      // What was asked before something was moved here tells of the order of before.
      const isDragging = this.list.querySelector(".block--dragged");
      const isActing = Number(this.list.dataset.busy ?? 0) > 0;
      if (acts === this.list.dataset.acts && !isActing && !isDragging) this.take(changes);
      if (words === wordsShown()) takeWords(changes.words);
    } catch {
      this.pause = Math.min(2 * this.pause, LONGEST_PAUSE);
    }
    this.later(this.pause);
  }

  /** @param {Changes} changes */
  take(changes) {
    /** @type {string[]} */
    const said = [];
    for (const told of changes.blocks) {
      const block = document.getElementById(`block-${told.id}`);
      if (block && (isOld(told, block) || isPressed(block))) continue; // if need be, told once more
      const key = `${told.id}:${told.version}`;
      const isNews = !told.is_own && !this.told.has(key);
      this.told.add(key);
      this.takeBlock(block, told, isNews);
      if (isNews) said.push(told.text);
    }
    this.arrange(changes.order);
    if (said.length && this.status) this.status.textContent = said.join(" ");
  }

  /**
   * @param {HTMLElement | null} block where it stands now, if it does
   * @param {Told} told
   * @param {boolean} isNews somebody else did this, and it was not told yet
   */
  takeBlock(block, told, isNews) {
    const form = block?.querySelector("form");
    if (form instanceof HTMLFormElement) {
      if (isNews) this.askFirst(form, told);
      return;
    }
    const hadFocus = block?.contains(document.activeElement);
    const made = this.put(block, told.html);
    const first = made.querySelector("a, button") ?? made;
    if (hadFocus && first instanceof HTMLElement) first.focus();
    if (isNews) made.prepend(note(told.text));
  }

  /**
   * Put a block in the place of another, or at the end.
   * @param {Element | null} block
   * @param {string} html
   * @returns {HTMLElement}
   */
  put(block, html) {
    const frame = document.createElement("template");
    frame.innerHTML = html.trim();
    const made = /** @type {HTMLElement} */ (frame.content.firstElementChild);
    if (block) block.replaceWith(made);
    else this.list.append(made);
    window.htmx?.process(made);
    this.start(made);
    return made;
  }

  /**
   * Open the form of a block anew, as it is kept now.
   * @param {HTMLFormElement} form
   */
  async reload(form) {
    const answer = await fetch(form.action, { headers: { "HX-Request": "true" }, redirect: "error" });
    if (!answer.ok || !isKept(form)) return; // somebody typed on meanwhile
    const made = this.put(form.closest("[data-block]"), await answer.text());
    const first = made.querySelector("input:not([type=hidden], [type=file]), textarea, button");
    if (first instanceof HTMLElement) first.focus();
  }

  /**
   * Say above an open form that another changed the same; what is typed in it stays.
   * @param {HTMLFormElement} form
   * @param {Told} told
   */
  askFirst(form, told) {
    form.querySelector("[data-meanwhile]")?.remove();
    const line = note(told.text);
    line.dataset.meanwhile = "";
    const button = document.createElement("button");
    button.className = "button button--secondary";
    button.type = "button";
    button.textContent = this.list.getAttribute(isKept(form) ? "data-words-reload" : "data-words-both");
    button.addEventListener("click", () => {
      if (isKept(form)) this.reload(form);
      else form.requestSubmit(); // the answer shows both
    });
    line.append(button);
    form.prepend(line);
  }

  /**
   * Put the blocks in the order in which they are kept, around the one that somebody is in.
   * @param {number[]} order
   */
  arrange(order) {
    const all = [...this.list.children];
    const wanted = order.map((number) => all.find((one) => idOf(one) === String(number)));
    const known = wanted.filter((one) => one !== undefined);
    const present = all.filter((one) => known.includes(one));
    if (known.every((one, place) => one === present[place])) return;
    const fixed = known.find((one) => one.contains(document.activeElement)) ?? known[0];
    const place = known.indexOf(fixed);
    fixed.before(...known.slice(0, place));
    fixed.after(...known.slice(place + 1));
  }

  /** @param {string} words */
  tellClosed(words) {
    const place = document.getElementById("messages");
    const link = document.createElement("a");
    link.href = location.pathname;
    link.textContent = this.list.dataset.wordsLook ?? "";
    const line = note(`${words} `);
    line.append(link);
    place?.replaceChildren(line);
  }
}

/** @param {Element} block */
const idOf = (block) => block.getAttribute("data-block") ?? "";

/** @param {Element} block */
function versionOf(block) {
  const kept = block.querySelector("input[name$=version]");
  return kept instanceof HTMLInputElement ? kept.value : (block.getAttribute("data-version") ?? "0");
}

/**
 * Whether what is told was asked before what stands there was put in.
 * @param {Told} told
 * @param {Element} block
 */
const isOld = (told, block) => told.version <= Number(versionOf(block));

/**
 * Whether something in a block is being pressed, or its answer is on its way: a block that is drawn anew
 * in that moment swallows the press.
 * @param {Element} block
 */
const isPressed = (block) => block.querySelector(":active, .htmx-request") !== null;

/** @param {string} words */
function note(words) {
  const line = document.createElement("p");
  line.className = "block__meanwhile";
  const text = document.createElement("span");
  text.textContent = words;
  line.append(text);
  return line;
}

/** @returns {string} which version of the subject stands on the page */
function wordsShown() {
  const version = document.querySelector("#words form input[name=version]");
  return version instanceof HTMLInputElement ? version.value : "";
}

/**
 * Show the subject that another wrote, unless somebody is typing one here; then the server puts both together.
 * @param {Words} words
 */
function takeWords(words) {
  const form = document.querySelector("#words form");
  const version = form?.querySelector("input[name=version]");
  if (!(form instanceof HTMLFormElement) || !(version instanceof HTMLInputElement)) return;
  if (version.value === words.version || form.contains(document.activeElement) || !isKept(form)) return;
  version.value = words.version;
  for (const name of ["subject", "preview_line", "title"]) {
    const field = form.elements.namedItem(name);
    if (field instanceof HTMLInputElement) field.value = words[name];
  }
  form.dispatchEvent(new Event("kept-elsewhere"));
  const line = form.querySelector("[data-kept]");
  if (line) line.textContent = words.text;
}

/**
 * Watch the lists of blocks in this part of the page.
 * @param {ParentNode} part
 * @param {(part: ParentNode) => unknown} start
 */
export function watchBlocks(part, start) {
  part.querySelectorAll("[data-watch]:not([data-watched])").forEach((list) => {
    if (!(list instanceof HTMLElement)) return;
    list.dataset.watched = "";
    new BlockWatch(list, start);
  });
}
