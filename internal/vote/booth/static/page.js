// SPDX-License-Identifier: Apache-2.0
// A page whose words the server has drawn: one screen is shown at a time, sentences are uncovered, gaps are filled.

import { Refusal } from "./canon.js";

/** @typedef {Record<string, string | number>} About */

export class Page {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    /** @type {Record<string, (button: HTMLElement) => void | Promise<void>>} */
    this.actions = {};
    root.addEventListener("click", (event) => {
      const button = event.target instanceof Element ? event.target.closest("[data-do]") : null;
      if (!(button instanceof HTMLElement)) return;
      event.preventDefault();
      this.run(button.dataset.do ?? "", button);
    });
    // Enter in a field is the screen's first button.
    root.addEventListener("submit", (event) => {
      event.preventDefault();
      const button = event.target instanceof Element ? event.target.querySelector("[data-do]") : null;
      if (button instanceof HTMLElement) this.run(button.dataset.do ?? "", button);
    });
  }

  /** The page's own data, by the name of the attribute without "data-". */
  get data() {
    return this.root.dataset;
  }

  /**
   * Does what a button asks for, once at a time; a Refusal becomes its sentence.
   * @param {string} name
   * @param {HTMLElement} button
   */
  async run(name, button) {
    if (this.busy || !this.actions[name] || button.matches(":disabled")) return;
    this.busy = true;
    this.root.setAttribute("aria-busy", "true");
    this.hush();
    try {
      await this.actions[name](button);
    } catch (error) {
      this.refuse(error);
    } finally {
      this.busy = false;
      this.root.removeAttribute("aria-busy");
      this.progress(0, 0);
    }
  }

  /**
   * @param {string} selector
   * @param {ParentNode} [within]
   */
  all(selector, within = this.root) {
    return /** @type {NodeListOf<HTMLElement>} */ (within.querySelectorAll(selector));
  }

  /** @param {string} selector */
  input(selector) {
    return /** @type {HTMLInputElement | null} */ (this.here.querySelector(selector) ?? this.root.querySelector(selector));
  }

  /** The screen that is shown. */
  get here() {
    return /** @type {HTMLElement} */ (this.root.querySelector("[data-screen]:not([hidden])") ?? this.root);
  }

  /** @param {string} name */
  show(name) {
    for (const screen of this.all("[data-screen]")) screen.hidden = screen.dataset.screen !== name;
    this.hush();
    const heading = this.here.querySelector("h1, h2");
    if (heading instanceof HTMLElement) heading.focus();
    scrollTo(0, 0);
  }

  hush() {
    for (const sentence of this.all("[data-say]")) sentence.hidden = true;
  }

  /**
   * Uncovers the sentence of a code on this screen; without one, "other" with the code.
   * @param {string} code
   * @param {About} [about]
   */
  say(code, about = {}) {
    const find = (/** @type {string} */ c) => this.here.querySelector(`[data-say="${CSS.escape(c)}"]`);
    const sentence = find(code) ?? find("other");
    if (!(sentence instanceof HTMLElement)) return;
    this.fill({ ...about, code }, sentence);
    sentence.hidden = false;
  }

  /** @param {unknown} error */
  refuse(error) {
    if (error instanceof Refusal) this.say(error.code, { field: error.field, ...error.about });
    else this.say("other", { code: "broken" });
  }

  /**
   * Fills gaps by name.
   * @param {About} values
   * @param {ParentNode} [within]
   */
  fill(values, within = this.root) {
    for (const gap of this.all("[data-fill]", within)) {
      const value = values[gap.dataset.fill ?? ""];
      if (value === undefined) continue;
      if (gap instanceof HTMLImageElement) gap.src = String(value);
      else if (gap instanceof HTMLAnchorElement) gap.href = String(value);
      else if (gap instanceof HTMLInputElement) gap.value = String(value);
      else gap.textContent = String(value);
    }
  }

  /**
   * A copy of a template, filled.
   * @param {string} name
   * @param {About} [values]
   */
  copy(name, values = {}) {
    const template = this.root.querySelector(`template[data-template="${name}"]`);
    if (!(template instanceof HTMLTemplateElement)) throw new Error(`no template ${name}`);
    const copy = /** @type {DocumentFragment} */ (template.content.cloneNode(true));
    this.fill(values, copy);
    return copy;
  }

  /**
   * Keeps those of the variants in a part that fit.
   * @param {ParentNode} part
   * @param {string} attribute
   * @param {string} value
   */
  choose(part, attribute, value) {
    for (const variant of this.all(`[data-${attribute}]`, part)) variant.hidden = variant.dataset[attribute] !== value;
  }

  /** @param {number} done @param {number} of 0 hides it */
  progress(done, of) {
    for (const bar of this.all("progress[data-progress]")) {
      bar.hidden = of === 0;
      if (bar instanceof HTMLProgressElement && of > 0) [bar.max, bar.value] = [of, done];
    }
  }
}

/**
 * The root of a page, and whether this browser can do the work; where it cannot, the page says so.
 * @param {string} selector
 * @param {(page: Page) => Promise<void>} start
 */
export async function begin(selector, start) {
  const root = document.querySelector(selector);
  if (!(root instanceof HTMLElement)) return;
  const page = new Page(root);
  if (!globalThis.crypto?.subtle || typeof Worker === "undefined" || typeof BigInt === "undefined") {
    page.say("browser");
    return;
  }
  try {
    await start(page);
  } catch (error) {
    page.refuse(error);
  }
}

/**
 * Sends or gets, and throws what the server refuses: "refused" with its own sentence.
 * @param {string} address
 * @param {{body?: string, cookies?: boolean}} [options]
 */
export async function ask(address, { body, cookies = false } = {}) {
  const answer = await fetch(new URL(address, location.href), {
    method: body === undefined ? "GET" : "POST",
    body,
    headers: {
      Accept: "application/json",
      "Accept-Language": document.documentElement.lang,
      ...(body === undefined ? {} : { "Content-Type": "application/json" }),
    },
    credentials: cookies ? "same-origin" : "omit",
    cache: "no-store",
    redirect: "error",
  }).catch(() => {
    throw new Refusal("unreachable");
  });
  if (answer.ok) return answer;
  const problem = await answer.json().catch(() => ({}));
  throw new Refusal("refused", "", { text: String(problem.text ?? answer.status), key: String(problem.key ?? "") });
}

/**
 * Hands a file to the person.
 * @param {string} name
 * @param {string} content
 */
export function save(name, content) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([content], { type: "application/octet-stream" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** A tracker or fingerprint in groups of four, as people compare it. @param {string} text */
export const grouped = (text) => (text.match(/.{1,4}/g) ?? []).join(" ");
