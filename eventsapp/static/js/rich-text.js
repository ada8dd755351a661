/**
 * An editor over `<textarea data-rich>`. The textarea stays the field of the form and is written at each
 * change; the server cleans what it holds in any case. The toolbar with its words comes from the server
 * (macros/field.html); here it gets its keys (one stop, arrows inside) and its pressed states.
 */

import DOMPurify from "../vendor/dompurify/purify.js";
import Squire from "../vendor/squire/squire.js";
import { tidied } from "./pasted.js";
import { LinkPanel } from "./rich-link.js";

const CLEANING = {
  ALLOWED_TAGS: ["p", "br", "b", "strong", "i", "em", "h2", "h3", "ul", "ol", "li", "a", "blockquote", "div"],
  ALLOWED_ATTR: ["href"],
  RETURN_DOM_FRAGMENT: true,
  WHOLE_DOCUMENT: false,
};
const HEADING = "H3";

/** What each button does, and in which state it shows as pressed. */
const COMMANDS = {
  bold: {
    is: (/** @type {Squire} */ editor) => editor.hasFormat("B"),
    turn: (/** @type {Squire} */ editor, /** @type {boolean} */ on) =>
      on ? editor.removeBold() : editor.bold(),
  },
  italic: {
    is: (/** @type {Squire} */ editor) => editor.hasFormat("I"),
    turn: (/** @type {Squire} */ editor, /** @type {boolean} */ on) =>
      on ? editor.removeItalic() : editor.italic(),
  },
  heading: {
    is: (/** @type {Squire} */ editor) => editor.hasFormat(HEADING),
    turn: (/** @type {Squire} */ editor, /** @type {boolean} */ on) => {
      editor.modifyBlocks((/** @type {DocumentFragment} */ blocks) => renamed(blocks, on ? "P" : HEADING));
      editor.focus();
    },
  },
  bullets: {
    is: (/** @type {Squire} */ editor) => editor.hasFormat("UL"),
    turn: (/** @type {Squire} */ editor, /** @type {boolean} */ on) =>
      on ? editor.removeList() : editor.makeUnorderedList(),
  },
};

/**
 * The same blocks under another tag; lists and quotes stay as they are.
 * @param {DocumentFragment} blocks
 * @param {string} tag
 * @returns {DocumentFragment}
 */
function renamed(blocks, tag) {
  for (const block of [...blocks.children]) {
    if (!["P", "DIV", "H2", HEADING].includes(block.tagName)) continue;
    const other = document.createElement(tag);
    other.append(...block.childNodes);
    block.replaceWith(other);
  }
  return blocks;
}

/** One editor with its textarea and its toolbar. */
class RichText {
  /** @param {HTMLTextAreaElement} textarea */
  constructor(textarea) {
    this.textarea = textarea;
    this.toolbar = /** @type {HTMLElement} */ (document.getElementById(`${textarea.id}-toolbar`));
    const isTyping = document.activeElement === textarea;
    this.root = this.makeRoot();
    this.editor = new Squire(this.root, {
      blockTag: "P",
      sanitizeToDOMFragment: (/** @type {string} */ html) =>
        document.importNode(/** @type {any} */ (DOMPurify.sanitize(tidied(html), CLEANING)), true),
    });
    this.keepKeysFree();
    this.editor.setHTML(textarea.value);
    this.link = new LinkPanel(this.toolbar, this.editor);
    this.wireToolbar();
    this.editor.addEventListener("input", () => this.write());
    for (const type of ["pathChange", "select", "cursor"]) {
      this.editor.addEventListener(type, () => this.showStates());
    }
    this.editor.addEventListener("undoStateChange", (/** @type {any} */ event) => {
      this.setAble("undo", event.detail.canUndo);
      this.setAble("redo", event.detail.canRedo);
    });
    this.setAble("undo", false);
    this.setAble("redo", false);
    if (isTyping) this.goOn();
  }

  /** Take over from the plain field in which somebody began before the editor had come. */
  goOn() {
    this.editor.focus();
    this.editor.moveCursorToEnd();
    this.write();
  }

  /**
   * Put the editor where the textarea stands, under the same label, hint and error.
   * @returns {HTMLElement}
   */
  makeRoot() {
    const root = document.createElement("div");
    root.className = "rich-text__editor";
    root.setAttribute("role", "textbox");
    root.setAttribute("aria-multiline", "true");
    root.setAttribute("aria-labelledby", `${this.textarea.id}-label`);
    for (const name of ["aria-describedby", "aria-invalid", "aria-required"]) {
      const value = this.textarea.getAttribute(name);
      if (value) root.setAttribute(name, value);
    }
    this.textarea.after(root);
    this.textarea.hidden = true;
    this.toolbar.hidden = false;
    document.addEventListener("click", (event) => {
      const pressed = event.target instanceof Element ? event.target.closest("a, label") : null;
      const leadsHere =
        pressed?.getAttribute("href") === `#${this.textarea.id}` ||
        pressed?.getAttribute("for") === this.textarea.id;
      if (!leadsHere) return;
      event.preventDefault();
      root.focus();
    });
    return root;
  }

  /** Tab always leads out of the editor; underlining is not kept by the server, so it is not offered. */
  keepKeysFree() {
    this.editor.setKeyHandler("Tab", null);
    this.editor.setKeyHandler("Shift-Tab", null);
    for (const key of ["Ctrl-u", "Meta-u"]) {
      this.editor.setKeyHandler(key, (/** @type {Squire} */ _editor, /** @type {Event} */ event) =>
        event.preventDefault(),
      );
    }
  }

  /** Write the text to the field; an editor without a word gives an empty field. */
  write() {
    this.textarea.value = this.root.textContent?.trim() ? this.editor.getHTML() : "";
    this.textarea.dispatchEvent(new Event("input", { bubbles: true }));
  }

  /** @returns {HTMLButtonElement[]} */
  get buttons() {
    return [...this.toolbar.querySelectorAll("button[data-command]")].filter(
      (one) => one instanceof HTMLButtonElement,
    );
  }

  wireToolbar() {
    this.buttons.forEach((button, index) => {
      button.tabIndex = index === 0 ? 0 : -1;
      button.addEventListener("click", () => this.run(button));
    });
    this.toolbar.addEventListener("keydown", (event) => this.moveBetweenButtons(event));
  }

  /** @param {KeyboardEvent} event */
  moveBetweenButtons(event) {
    const all = this.buttons;
    const here = all.indexOf(/** @type {HTMLButtonElement} */ (event.target));
    const steps = { ArrowRight: here + 1, ArrowLeft: here - 1, Home: 0, End: all.length - 1 };
    if (here < 0 || !(event.key in steps)) return;
    event.preventDefault();
    const next = (steps[/** @type {keyof typeof steps} */ (event.key)] + all.length) % all.length;
    all[here].tabIndex = -1;
    all[next].tabIndex = 0;
    all[next].focus();
  }

  /** @param {HTMLButtonElement} button */
  run(button) {
    const command = button.dataset.command ?? "";
    if (button.getAttribute("aria-disabled") === "true") return;
    if (command === "link") return this.link.open(button);
    if (command === "undo" || command === "redo") {
      this.editor[command]();
    } else {
      const one = COMMANDS[/** @type {keyof typeof COMMANDS} */ (command)];
      one.turn(this.editor, one.is(this.editor));
    }
    this.showStates();
  }

  showStates() {
    for (const button of this.buttons) {
      const command = button.dataset.command ?? "";
      if (command === "undo" || command === "redo") continue;
      const is = command === "link" ? this.editor.hasFormat("A") : COMMANDS[/** @type {keyof typeof COMMANDS} */ (command)].is(this.editor);
      button.setAttribute("aria-pressed", String(is));
    }
  }

  /**
   * @param {string} command
   * @param {boolean} is
   */
  setAble(command, is) {
    const button = this.toolbar.querySelector(`[data-command=${command}]`);
    button?.setAttribute("aria-disabled", String(!is));
  }
}

/**
 * Put an editor over each rich text field in this part of the page.
 * @param {ParentNode} part
 */
export function enrich(part) {
  part.querySelectorAll("textarea[data-rich]:not([hidden], [readonly], [disabled])").forEach((area) => {
    if (area instanceof HTMLTextAreaElement && document.getElementById(`${area.id}-toolbar`)) {
      new RichText(area);
    }
  });
}
