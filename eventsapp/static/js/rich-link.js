/**
 * The line under the editor's toolbar that asks for the address of a link. Used by rich-text.js only.
 */

/**
 * Make an address out of what somebody types: a web address without its beginning, or a mail address.
 * @param {string} typed
 * @returns {string | null} null when no sense can be made of it
 */
export function addressOf(typed) {
  const text = typed.trim();
  if (!text || /\s/.test(text)) return null;
  const whole = /^(https?|mailto|tel):/i.test(text)
    ? text
    : text.includes("@")
      ? `mailto:${text}`
      : `https://${text}`;
  return URL.canParse(whole) && (whole.includes(".") || /^tel:/i.test(whole)) ? whole : null;
}

/** Asks for an address, links the selected words to it, or takes a link away. */
export class LinkPanel {
  /**
   * @param {HTMLElement} toolbar
   * @param {any} editor Squire
   */
  constructor(toolbar, editor) {
    this.editor = editor;
    this.panel = /** @type {HTMLElement} */ (toolbar.nextElementSibling);
    this.input = /** @type {HTMLInputElement} */ (this.panel.querySelector("input"));
    this.panel.addEventListener("keydown", (event) => this.onKey(event));
    this.panel.querySelector("[data-link=keep]")?.addEventListener("click", () => this.keep());
    this.panel.querySelector("[data-link=remove]")?.addEventListener("click", () => this.remove());
    this.panel.querySelector("[data-link=close]")?.addEventListener("click", () => this.close());
  }

  /** @param {HTMLElement} button the button that was pressed, for aria-expanded */
  open(button) {
    this.button = button;
    this.range = this.editor.getSelection();
    this.input.value = this.hrefHere();
    this.input.removeAttribute("aria-invalid");
    this.panel.hidden = false;
    button.setAttribute("aria-expanded", "true");
    this.input.focus();
  }

  /**
   * The address of the link in which the cursor stands.
   * @returns {string}
   */
  hrefHere() {
    const node = this.range.startContainer;
    const element = node instanceof Element ? node : node.parentElement;
    return element?.closest("a")?.getAttribute("href") ?? "";
  }

  close() {
    this.panel.hidden = true;
    this.button?.setAttribute("aria-expanded", "false");
    this.editor.focus();
    this.editor.setSelection(this.range);
  }

  keep() {
    const address = addressOf(this.input.value);
    if (!address) {
      this.input.setAttribute("aria-invalid", "true");
      this.input.focus();
      return;
    }
    this.close();
    this.editor.makeLink(address);
  }

  remove() {
    this.close();
    this.editor.removeLink();
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    if (event.key === "Escape") {
      event.preventDefault();
      this.close();
    } else if (event.key === "Enter" && event.target === this.input) {
      event.preventDefault();
      this.keep();
    }
  }
}
