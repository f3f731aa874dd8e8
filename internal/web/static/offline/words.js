// SPDX-License-Identifier: Apache-2.0
// The sentences, which the server drew into the page, and dates, in the campaign's zone.

/** @typedef {{key: string, zone: string, locale: string, worker: string, words: Record<string, string>}} Setup */

/** @param {string} id @returns {any} what stands in a block of data of the page */
export const block = (id) => JSON.parse(document.getElementById(id)?.textContent || "null");

/** @type {Setup} */
export const setup = block("setup");

/** @param {string} key @param {Record<string, string | number>} [values] */
export function say(key, values = {}) {
  let text = setup.words[key] ?? key;
  for (const [name, value] of Object.entries(values)) text = text.replaceAll(`{${name}}`, String(value));
  return text;
}

/** @param {string} key @param {number} n */
export const count = (key, n) => say(key + (n === 1 ? ".one" : ".other"), { n });

const zone = { timeZone: setup.zone };
const clock = new Intl.DateTimeFormat(setup.locale, { ...zone, weekday: "short", hour: "numeric", minute: "2-digit" });
const hour = new Intl.DateTimeFormat(setup.locale, { ...zone, hour: "numeric", minute: "2-digit" });
const shortDay = new Intl.DateTimeFormat(setup.locale, { timeZone: "UTC", weekday: "short", day: "numeric", month: "short" });
const iso = new Intl.DateTimeFormat("en-CA", { ...zone, year: "numeric", month: "2-digit", day: "2-digit" });

/** @param {number} at Unix milliseconds */
export const moment = (at) => clock.format(at);

/** @param {number} at Unix milliseconds */
export const clockOf = (at) => hour.format(at);

/** @param {number} at @returns {string} the civil day there, 2025-11-05 */
export const dayOf = (at) => iso.format(at);

/** @param {string} day @param {number} n @returns {string} */
export const addDays = (day, n) => new Date(Date.parse(day) + n * 86400_000).toISOString().slice(0, 10);

/** @param {string} day */
export const dayName = (day) => shortDay.format(Date.parse(day));

/** @param {string} from @param {string} to */
export const daysBetween = (from, to) => Math.round((Date.parse(to) - Date.parse(from)) / 86400_000);
