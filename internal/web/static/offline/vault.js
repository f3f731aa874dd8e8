// SPDX-License-Identifier: Apache-2.0
// What the PIN locks. A key drawn at random (AES-256-GCM) encrypts the list and what the page shows of the queue; it stands on
// the disk only as the PIN's own key (PBKDF2) wraps it. Without the wrapped key the rest is noise: to wipe is to delete that one
// record. It is deleted after 24 hours without contact, after five wrong PINs, and when the phone was signed out. What waits to be
// sent is sealed to the campaign as well (queue.js) and outlives all three.

import { text, utf8 } from "./bytes.js";

/** @typedef {import("./bytes.js").Bytes} Bytes */
/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./store.js").Change} Change */

/** @typedef {{iv: Bytes, box: ArrayBuffer}} Box */

/**
 * Whose phone it is, and what it seals to.
 * @typedef {{install: string, account: string, key: string}} Me
 */

/**
 * What the phone remembers in clear; nothing in it names anybody.
 * @typedef {object} State
 * @property {number} contact when the server last answered, by this clock
 * @property {number} loaded when the list was made, by the server's clock
 * @property {number} seen the latest that this clock has shown
 * @property {number} skew what this clock is slow by, in milliseconds
 * @property {number} tries wrong PINs in a row
 * @property {number} open until when the PIN need not be asked again; 0: locked
 * @property {boolean} out whether the session here has to end, since nothing guards it now: the server is to be told
 * @property {{why: "old" | "pins" | "out" | "left", text: string, at: number} | null} gone why there is no list
 */

const DAY = 24 * 3600_000;
const HOUR = 3600_000;
const ROUNDS = 600_000; // OWASP's figure for PBKDF2-HMAC-SHA256; slows a thief, not a laboratory: six digits are a million

export const IDLE = 5 * 60_000;
export const PINS = 5;
export const PIN_LENGTH = 6;

/** @type {State} */
const fresh = { contact: 0, loaded: 0, seen: 0, skew: 0, tries: 0, open: 0, out: false, gone: null };

/** @param {Store} store @returns {Promise<State>} */
export async function stateOf(store) {
  return { ...fresh, ...(await store.get("state")) };
}

/**
 * Changes some of the state and leaves the rest, which another tab may be changing: to lock is not undone by an answer of the server.
 * @param {Store} store @param {Partial<State> | ((state: State) => Partial<State>)} changes @returns {Promise<State>}
 */
export function remember(store, changes) {
  return store.update("state", (was) => {
    const state = { ...fresh, ...was };
    return { ...state, ...(typeof changes === "function" ? changes(state) : changes) };
  });
}

/** @param {string} pin @param {Bytes} salt @param {number} rounds */
async function pinKey(pin, salt, rounds) {
  const raw = await crypto.subtle.importKey("raw", utf8(pin), "PBKDF2", false, ["deriveKey"]);
  return crypto.subtle.deriveKey({ name: "PBKDF2", hash: "SHA-256", salt, iterations: rounds }, raw,
    { name: "AES-GCM", length: 256 }, false, ["wrapKey", "unwrapKey"]);
}

/** @param {number} n */
const random = (n) => crypto.getRandomValues(new Uint8Array(n));

/**
 * Locks the phone under a PIN and returns the key, which lives in the page's memory alone.
 * @param {Store} store
 * @param {string} pin
 */
export async function setUp(store, pin) {
  const made = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, true, ["encrypt", "decrypt"]);
  if (!store.keeps) return made;
  const salt = random(16), iv = random(12);
  const wrapped = await crypto.subtle.wrapKey("raw", made, await pinKey(pin, salt, ROUNDS), { name: "AES-GCM", iv });
  const state = { ...fresh, seen: Date.now(), contact: Date.now(), open: Date.now() + IDLE };
  await store.write({ shelf: "kv", key: "lock", value: { salt, iv, wrapped, rounds: ROUNDS } }, { shelf: "kv", key: "state", value: state });
  return unwrap(store, pin);
}

/** @param {Store} store @param {string} pin @returns {Promise<CryptoKey>} */
async function unwrap(store, pin) {
  const lock = await store.get("lock");
  const by = await pinKey(pin, lock.salt, lock.rounds);
  return crypto.subtle.unwrapKey("raw", lock.wrapped, by, { name: "AES-GCM", iv: lock.iv }, "AES-GCM", false, ["encrypt", "decrypt"]);
}

/** Whether there is a list that a PIN opens. @param {Store} store */
export async function locked(store) {
  return (await store.get("lock")) !== undefined;
}

/**
 * Tries a PIN. Each try is counted before it is made, so that closing the page does not save one.
 * @param {Store} store
 * @param {string} pin
 * @returns {Promise<{key: CryptoKey | null, left: number}>} the key, or how many tries are left; 0: the list is gone
 */
export async function unlock(store, pin) {
  const { tries } = await remember(store, (state) => ({ tries: state.tries + 1 }));
  try {
    const key = await unwrap(store, pin);
    await remember(store, { tries: 0, open: Date.now() + IDLE });
    return { key, left: PINS };
  } catch {
    if (tries >= PINS) await wipe(store, "pins", "");
    return { key: null, left: Math.max(0, PINS - tries) };
  }
}

/**
 * Takes the list away, and leaves the queue, of which only its sealed form is left.
 * @param {Store} store
 * @param {"old" | "pins" | "out" | "left"} why
 * @param {string} text what the server said
 */
export async function wipe(store, why, text) {
  const state = await stateOf(store);
  /** @type {Change[]} */
  const changes = [{ shelf: "kv", key: "lock" }, { shelf: "kv", key: "list" }, { shelf: "kv", key: "lines" }];
  for (const e of await store.queue()) {
    if (e.sealed) changes.push({ shelf: "queue", key: e.id, value: { ...e, shown: null } });
    else changes.push({ shelf: "queue", key: e.id });
  }
  const gone = { why, text, at: Date.now() };
  changes.push({ shelf: "kv", key: "state", value: { ...state, tries: 0, open: 0, out: state.out || why === "pins" || why === "old", gone } });
  await store.write(...changes);
}

/**
 * Wipes the list when nobody answered for 24 hours. A clock set back does not give it longer.
 * @param {Store} store
 */
export async function expire(store) {
  if (!(await locked(store))) return;
  const now = Date.now(), state = await stateOf(store);
  if (now - state.contact > DAY || now < state.seen - HOUR) await wipe(store, "old", "");
  else if (now > state.seen + 60_000) await remember(store, { seen: now });
}

/** @param {CryptoKey} key @param {any} value @returns {Promise<Box>} */
export async function lockUp(key, value) {
  const iv = random(12);
  return { iv, box: await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, utf8(JSON.stringify(value))) };
}

/** @param {CryptoKey} key @param {Box} box */
export async function takeOut(key, box) {
  return JSON.parse(text(await crypto.subtle.decrypt({ name: "AES-GCM", iv: box.iv }, key, box.box)));
}
