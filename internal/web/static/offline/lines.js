// SPDX-License-Identifier: Apache-2.0
// The pages of the picket lines that she leads today, as the server last drew them, under the PIN like her list (vault.js).

import { lockUp, takeOut } from "./vault.js";

/** @typedef {import("./store.js").Store} Store */

/**
 * @typedef {object} Line
 * @property {string} path of its day
 * @property {string} name
 * @property {string} html what stands on that page
 * @property {number} at when it was drawn, by the server's clock
 */

/** @param {Store} store @param {CryptoKey} key @returns {Promise<Line[]>} */
export async function linesOf(store, key) {
  const box = await store.get("lines");
  return box ? takeOut(key, box) : [];
}

/** @param {Store} store @param {CryptoKey} key @param {Line[]} lines */
export async function saveLines(store, key, lines) {
  await store.write({ shelf: "kv", key: "lines", value: await lockUp(key, lines) });
}

/**
 * Asks the server for them. Of one that does not come the page from before stays; one that is hers no longer goes.
 * @param {Store} store @param {CryptoKey} key @returns {Promise<Line[]>}
 */
export async function loadLines(store, key) {
  const before = await linesOf(store, key);
  const answer = await ask("/lines/today", "application/json");
  if (!answer) return before;
  /** @type {Line[]} */
  const lines = [];
  for (const { path, name, at } of await answer.json()) {
    const html = store.keeps ? await page(path) : ""; // a phone that is not hers keeps the way there alone
    if (html !== null) lines.push({ path, name, html, at });
    else lines.push(...before.filter((one) => one.path === path));
  }
  await saveLines(store, key, lines);
  return lines;
}

/** @param {string} path @returns {Promise<string | null>} */
async function page(path) {
  const answer = await ask(path, "text/html");
  const main = answer && new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("main");
  return main ? main.innerHTML : null;
}

/** @param {string} path @param {string} kind @returns {Promise<Response | null>} null: it did not come, or not as it should */
async function ask(path, kind) {
  const answer = await fetch(path, { headers: { Accept: kind }, signal: AbortSignal.timeout(20_000) }).catch(() => null);
  return answer?.ok && !answer.redirected ? answer : null;
}
