/**
 * The order of the blocks of an edition: dragged by the handle, moved by its arrow keys or by the buttons,
 * copied and taken away, without leaving the page or disturbing a form that is open. Every act is one that
 * the form named by data-order does without script as well.
 */

import { lead } from "./focus.js";

/** How near the edge of the window the page scrolls along while something is dragged. */
const EDGE = 70;
const FIELDS = "form :is(input:not([type=hidden], [type=file]), select, [role=textbox], textarea)";

/** @typedef {{words: string, html?: string}} Told */

/**
 * Where somebody begins in a block.
 * @param {HTMLElement} block
 * @returns {HTMLElement}
 */
function firstOf(block) {
  const found = [...block.querySelectorAll(FIELDS), ...block.querySelectorAll("a, button")];
  const isSeen = (/** @type {Element} */ one) => one instanceof HTMLElement && one.offsetParent !== null;
  return /** @type {HTMLElement} */ (found.find(isSeen) ?? block);
}

/** The list with all that can be done to it. */
class BlockOrder {
  /**
   * @param {HTMLElement} list
   * @param {(part: ParentNode) => unknown} start what to do with a part that is put in
   */
  constructor(list, start) {
    this.list = list;
    this.start = start;
    this.form = /** @type {HTMLFormElement} */ (document.getElementById(list.dataset.order ?? ""));
    this.status = document.querySelector("[data-order-status]");
    /** @type {Promise<unknown>} */
    this.queue = Promise.resolve();
    this.form.addEventListener("submit", (event) => this.onSubmit(event));
    list.addEventListener("keydown", (event) => this.onKey(event));
    list.addEventListener("pointerdown", (event) => this.onPointer(event));
    list.addEventListener("htmx:load", (event) => {
      const block = /** @type {CustomEvent} */ (event).detail.elt;
      if (block instanceof HTMLElement && block.parentElement === list) this.enter(block);
    });
  }

  /** Lead the keyboard into the block with which the page was opened, if there is one. */
  async enterOpen() {
    const open = this.list.querySelector("form[data-first]")?.closest("[data-block]");
    if (open instanceof HTMLElement) await this.enter(open);
  }

  /**
   * Lead the keyboard into a block that was just opened, or back to where it was opened. At once, where no
   * editor has to come first: somebody types on already.
   * @param {HTMLElement} block
   */
  async enter(block) {
    const hasFaults = block.querySelector("[data-error-summary]"); // these get the keyboard
    if (!hasFaults && !firstOf(block).matches("[data-rich]")) lead(firstOf(block), block);
    await this.start(this.list);
    if (!hasFaults) lead(firstOf(block), block);
  }

  /** @returns {HTMLElement[]} */
  get blocks() {
    return [...this.list.querySelectorAll(":scope > [data-block]:not(.block--dropped)")].filter(
      (one) => one instanceof HTMLElement,
    );
  }

  /** @param {SubmitEvent} event */
  onSubmit(event) {
    const button = event.submitter;
    const block = button?.closest("[data-block]");
    if (!(button instanceof HTMLButtonElement) || !(block instanceof HTMLElement)) return;
    event.preventDefault();
    if (button.name === "up" || button.name === "down") {
      this.step(block, button.name === "up" ? -1 : 1, button);
    } else {
      this.act(block, button);
    }
  }

  /**
   * Move a block one place; the focus stays on what was pressed.
   * @param {HTMLElement} block
   * @param {number} way
   * @param {HTMLElement} pressed
   */
  step(block, way, pressed) {
    const all = this.blocks;
    const place = all.indexOf(block) + way;
    if (place < 0 || place >= all.length) return this.tell(this.placeWords(block));
    if (way < 0) all[place].before(block);
    else all[place].after(block);
    pressed.focus();
    block.scrollIntoView({ block: "nearest" });
    this.keepPlace(block);
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    const handle = event.target instanceof Element ? event.target.closest("[data-handle]") : null;
    const block = handle?.closest("[data-block]");
    if (!(handle instanceof HTMLElement) || !(block instanceof HTMLElement)) return;
    const ways = { ArrowUp: -1, ArrowDown: 1 };
    if (!(event.key in ways)) return;
    event.preventDefault();
    this.step(block, ways[/** @type {keyof typeof ways} */ (event.key)], handle);
  }

  /** @param {PointerEvent} event */
  onPointer(event) {
    const handle = event.target instanceof Element ? event.target.closest("[data-handle]") : null;
    const block = handle?.closest("[data-block]");
    if (!(handle instanceof HTMLElement) || !(block instanceof HTMLElement) || event.button) return;
    event.preventDefault();
    handle.focus();
    handle.setPointerCapture(event.pointerId);
    const before = block.previousElementSibling;
    block.classList.add("block--dragged");
    const onMove = (/** @type {PointerEvent} */ moved) => this.drag(block, moved.clientY);
    const onEnd = (/** @type {Event} */ ended) => {
      handle.removeEventListener("pointermove", onMove);
      block.classList.remove("block--dragged");
      if (ended.type === "pointercancel") return;
      if (block.previousElementSibling !== before) this.keepPlace(block);
    };
    handle.addEventListener("pointermove", onMove);
    handle.addEventListener("pointerup", onEnd, { once: true });
    handle.addEventListener("pointercancel", onEnd, { once: true });
  }

  /**
   * Let the others make room for the dragged block, which itself stays in the page: a browser lets go of
   * the pointer when it is taken out. Near an edge the page comes along.
   * @param {HTMLElement} block
   * @param {number} y
   */
  drag(block, y) {
    if (y < EDGE) window.scrollBy(0, -12);
    if (y > window.innerHeight - EDGE) window.scrollBy(0, 12);
    const middle = (/** @type {Element} */ one) => {
      const box = one.getBoundingClientRect();
      return box.top + box.height / 2;
    };
    while (block.previousElementSibling && y < middle(block.previousElementSibling)) {
      block.after(block.previousElementSibling);
    }
    while (block.nextElementSibling && y > middle(block.nextElementSibling)) {
      block.before(block.nextElementSibling);
    }
  }

  /** @param {HTMLElement} block */
  keepPlace(block) {
    const all = this.blocks;
    const above = all[all.indexOf(block) - 1];
    const fields = this.fields();
    fields.set("move", block.dataset.block ?? "");
    fields.set("after", above?.dataset.block ?? "0");
    this.tell(this.placeWords(block));
    this.send(fields, () => {});
  }

  /**
   * Copy, take away or put back; the answer brings the block that comes in the place.
   * @param {HTMLElement} block
   * @param {HTMLButtonElement} button
   */
  act(block, button) {
    const fields = this.fields();
    fields.set(button.name, button.value);
    this.send(fields, (told) => {
      if (!told.html) return;
      const frame = document.createElement("template");
      frame.innerHTML = told.html.trim();
      const made = /** @type {HTMLElement} */ (frame.content.firstElementChild);
      const present = document.getElementById(block.id) ?? block; // drawn anew by block-watch.js
      const wasHere = present.contains(document.activeElement);
      if (button.name === "copy") present.after(made);
      else present.replaceWith(made);
      window.htmx?.process(made);
      this.start(made);
      lead(made.querySelector("button, a") ?? made, wasHere ? present : null);
      this.tell(told.words);
    });
  }

  /** @returns {FormData} */
  fields() {
    return new FormData(this.form);
  }

  /**
   * One act after another, as they were pressed; one that fails shows the page as it really is.
   * @param {FormData} fields
   * @param {(told: Told) => void} then
   */
  send(fields, then) {
    this.count(1);
    this.queue = this.queue.then(async () => {
      try {
        const answer = await fetch(this.form.action, {
          method: "POST",
          body: fields,
          headers: { Accept: "application/json" },
          redirect: "error",
          keepalive: true, // also when the page is left at once
        });
        if (!answer.ok) throw new Error(String(answer.status));
        then(await answer.json());
      } catch {
        this.tellFailure();
      }
      this.count(-1);
    });
  }

  /**
   * Say that something is done here: what was asked of the server before is out of date, and so is what it
   * tells as long as acts are under way.
   * @param {number} more acts under way
   */
  count(more) {
    const { acts = "0", busy = "0" } = this.list.dataset;
    this.list.dataset.acts = String(Number(acts) + 1);
    this.list.dataset.busy = String(Number(busy) + more);
  }

  /** Say that it failed where it can be seen; what stands in open forms is not touched. */
  tellFailure() {
    const place = document.getElementById("messages");
    const line = document.createElement("p");
    line.className = "notice tone-error";
    line.textContent = this.list.dataset.wordsFailed ?? "";
    place?.replaceChildren(line);
    place?.scrollIntoView({ block: "nearest" });
  }

  /** @param {HTMLElement} block */
  placeWords(block) {
    const all = this.blocks;
    return (this.list.dataset.wordsPlace ?? "")
      .replace("{name}", block.querySelector("h3")?.textContent?.trim() ?? "")
      .replace("{place}", String(all.indexOf(block) + 1))
      .replace("{all}", String(all.length));
  }

  /** @param {string} words */
  tell(words) {
    if (this.status) this.status.textContent = words;
  }
}

/**
 * Make the lists of blocks in this part of the page movable.
 * @param {ParentNode} part
 * @param {(part: ParentNode) => unknown} start
 */
export async function makeMovable(part, start) {
  for (const list of part.querySelectorAll("[data-order]:not([data-moves])")) {
    if (!(list instanceof HTMLElement)) continue;
    list.dataset.moves = "";
    await new BlockOrder(list, start).enterOpen();
  }
}
