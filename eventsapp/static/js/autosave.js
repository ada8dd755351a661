/**
 * Keeps what somebody types, a moment after the last key: each `form[data-autosave]` is sent to that
 * address, and the line with data-kept says how it stands. When somebody else changed the same, keeping
 * stops and the button of the form shows both. A closed lid loses a second of typing at most.
 */

import { keptNow } from "./forms.js";

const PAUSE = 1200;
const FIRST_RETRY = 3000;
const LONGEST_RETRY = 30000;
/** What a browser still sends while it leaves a page. */
const LARGEST_PARTING = 60000;

/** @type {WeakMap<HTMLFormElement, Autosave>} */
const keepers = new WeakMap();

/** One form that keeps itself. */
class Autosave {
  /** @param {HTMLFormElement} form */
  constructor(form) {
    this.form = form;
    this.line = form.querySelector("[data-kept]");
    this.kept = this.contents();
    this.retry = FIRST_RETRY;
    this.isStopped = false;
    /** @type {Promise<void> | null} */
    this.flight = null;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    form.addEventListener("input", () => this.later(PAUSE));
    form.addEventListener("change", () => this.later(200));
    form.addEventListener("submit", (event) => this.beforeSubmit(event), { capture: true });
    form.addEventListener("htmx:afterRequest", (event) => this.afterSubmit(event));
    document.addEventListener("visibilitychange", () => document.hidden && this.keep());
    window.addEventListener("online", () => this.keep());
    form.addEventListener("kept-elsewhere", () => {
      this.kept = this.contents();
      keptNow(form, true);
    });
  }

  /** @returns {FormData} the fields; a file goes its own way (picture-field.js) */
  fields() {
    const fields = new FormData(this.form);
    for (const [name, value] of [...fields]) if (value instanceof File) fields.delete(name);
    return fields;
  }

  /** @returns {string} what is typed, without what each showing or keeping changes */
  contents() {
    const pairs = [...this.fields()].filter(([name]) => !/(csrf_token|form_key|version)$/.test(name));
    return JSON.stringify(pairs);
  }

  /** @param {number} pause in milliseconds */
  later(pause) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.keep(), pause);
  }

  /** Keep now, unless nothing changed or the last keeping is still under way. */
  async keep() {
    clearTimeout(this.timer);
    if (this.isStopped || !this.form.isConnected) return;
    if (this.flight) {
      await this.flight;
      return this.later(0);
    }
    const contents = this.contents();
    if (contents === this.kept) return;
    this.flight = this.send(contents);
    await this.flight;
    this.flight = null;
  }

  /** @param {string} contents */
  async send(contents) {
    this.say(this.words("busy"), "busy");
    try {
      const answer = await fetch(this.form.dataset.autosave ?? "", {
        method: "POST",
        body: this.fields(),
        headers: { Accept: "application/json" },
        redirect: "manual",
        keepalive: document.hidden && contents.length < LARGEST_PARTING,
      });
      await this.take(answer, contents);
    } catch {
      this.again(this.words("offline"));
    }
  }

  /**
   * @param {Response} answer
   * @param {string} contents
   */
  async take(answer, contents) {
    if (answer.type === "opaqueredirect") return this.again(this.words("out"));
    const isJson = answer.headers.get("Content-Type")?.startsWith("application/json");
    const told = isJson ? await answer.json() : {};
    if (answer.ok) {
      const version = this.form.querySelector("input[name$=version]");
      if (version instanceof HTMLInputElement) version.value = told.version;
      this.kept = contents;
      this.retry = FIRST_RETRY;
      keptNow(this.form, this.contents() === contents);
      return this.say(told.words, "kept");
    }
    if (answer.status >= 500) return this.again(this.words("offline"));
    this.isStopped = answer.status !== 422;
    this.say(told.words ?? this.words("failed"), "stopped");
  }

  /**
   * Try again later, and more seldom each time.
   * @param {string} words
   */
  again(words) {
    this.say(words, "stopped");
    this.later(this.retry);
    this.retry = Math.min(2 * this.retry, LONGEST_RETRY);
  }

  /**
   * Let what is under way arrive first, so that the form does not meet its own keeping.
   * @param {SubmitEvent} event
   */
  async beforeSubmit(event) {
    clearTimeout(this.timer);
    if (!this.flight) {
      this.isStopped = true;
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
    await this.flight;
    this.isStopped = true;
    const button = /** @type {HTMLElement | null} */ (event.submitter);
    this.form.requestSubmit(button);
  }

  /**
   * Go on keeping when the press of the button did not get through: the form still stands there.
   * @param {Event} event
   */
  afterSubmit(event) {
    const { elt, successful } = /** @type {CustomEvent} */ (event).detail;
    if (elt !== this.form || successful || !this.form.isConnected) return;
    this.isStopped = false;
    this.later(this.retry);
  }

  /** @param {string} name */
  words(name) {
    return this.form.getAttribute(`data-words-${name}`) ?? "";
  }

  /**
   * @param {string} words
   * @param {string} state
   */
  say(words, state) {
    if (!(this.line instanceof HTMLElement)) return;
    this.line.textContent = words;
    this.line.dataset.state = state;
  }
}

/**
 * Let the forms of this part of the page keep themselves.
 * @param {ParentNode} part
 */
export function keepTyping(part) {
  part.querySelectorAll("form[data-autosave]:not([data-keeps])").forEach((form) => {
    if (!(form instanceof HTMLFormElement)) return;
    form.dataset.keeps = "";
    keepers.set(form, new Autosave(form));
  });
}

/**
 * Tell whether all that stands in a form is kept.
 * @param {HTMLFormElement} form
 * @returns {boolean}
 */
export function isKept(form) {
  const keeper = keepers.get(form);
  return !keeper || (!keeper.flight && keeper.contents() === keeper.kept);
}
