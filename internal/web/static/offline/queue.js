// SPDX-License-Identifier: Apache-2.0
// What waits to be sent. Every act is an entry of its own: sealed to the campaign, so that it can be sent without the PIN (in the
// background, or after the list was wiped) and read by nobody on the way; and locked under the PIN, so that the page can show it.
// An entry is deleted only once the server has said that it holds it.

import { seal } from "./seal.js";
import { Full } from "./store.js";
import { uuid7 } from "./uuid7.js";
import { lockUp, takeOut } from "./vault.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./store.js").Change} Change */
/** @typedef {import("./vault.js").Box} Box */

/**
 * @typedef {object} Entry
 * @property {string} id
 * @property {string} account who recorded it
 * @property {number} at by this clock
 * @property {number} hold not sent before: the time to undo
 * @property {string} sealed "" once it was sent
 * @property {Box | null} shown null once the list was wiped
 */

/** @typedef {{id: string, kind: string, at: number, data: any, sent: boolean}} Shown */

export const UNDO = 10_000;
const RESERVE = 256 * 1024; // bytes set aside: when the phone is full, they make room for the last acts

/**
 * Keeps one act. It is on the disk when this returns. Throws Full when there is no room even without the reserve.
 * @param {Store} store
 * @param {CryptoKey} key
 * @param {string} kind
 * @param {any} data
 * @returns {Promise<string>} its id
 */
export async function put(store, key, kind, data) {
  const me = await store.get("me");
  const at = Date.now(), id = uuid7(at);
  const act = { id, kind, at, data };
  const sealed = await seal(me.key, id, JSON.stringify({ ...act, by: me.account }));
  /** @type {Entry} */
  const entry = { id, account: me.account, at, hold: at + UNDO, sealed, shown: await lockUp(key, act) };
  const add = { shelf: /** @type {const} */ ("queue"), key: id, value: entry };
  try {
    await store.write(add);
  } catch (problem) {
    if (!(problem instanceof Full)) throw problem;
    await store.write({ shelf: "kv", key: "reserve" });
    await store.write(add);
  }
  return id;
}

/**
 * Takes an act back, if it was not sent. @param {Store} store @param {string} id @returns {Promise<boolean>}
 */
export async function undo(store, id) {
  const entry = (await store.queue()).find((e) => e.id === id);
  if (!entry?.sealed) return false;
  await store.write({ shelf: "queue", key: id });
  return true;
}

/** How many acts wait. @param {Store} store @returns {Promise<Entry[]>} */
export async function waiting(store) {
  return (await store.queue()).filter((/** @type {Entry} */ e) => e.sealed !== "");
}

/**
 * What the queue holds, as far as the key shows it: what waits, and what was sent and the list does not show yet.
 * @param {Store} store @param {CryptoKey} key @returns {Promise<Shown[]>}
 */
export async function shown(store, key) {
  /** @type {Shown[]} */
  const out = [];
  for (const e of /** @type {Entry[]} */ (await store.queue())) {
    if (!e.shown) continue;
    try {
      out.push({ ...(await takeOut(key, e.shown)), sent: e.sealed === "" });
    } catch {
      // locked under a key that was wiped: it waits, and is counted, but nobody here can read it
    }
  }
  return out;
}

/** Deletes what was sent: a list that was loaded since shows it. @param {Store} store @param {string[]} ids */
export async function forget(store, ids) {
  /** @type {Change[]} */
  const changes = ids.map((id) => ({ shelf: "queue", key: id }));
  if (changes.length) await store.write(...changes);
}

/**
 * Whether there is room, asked before anything is tapped: false when the reserve had to be given up and cannot be had again.
 * @param {Store} store
 */
export async function room(store) {
  if (!store.keeps || (await store.get("reserve"))) return true;
  try {
    await store.write({ shelf: "kv", key: "reserve", value: crypto.getRandomValues(new Uint8Array(65536)).buffer });
    /** @type {ArrayBuffer[]} */
    const parts = Array.from({ length: RESERVE / 65536 }, () => crypto.getRandomValues(new Uint8Array(65536)).buffer);
    await store.write({ shelf: "kv", key: "reserve", value: parts });
    return true;
  } catch (problem) {
    if (problem instanceof Full) return false;
    throw problem;
  }
}

/**
 * Moves what waits in one store to another, under its own ids.
 * @param {Store} from @param {CryptoKey} key @param {Store} to @param {CryptoKey} toKey
 */
export async function move(from, key, to, toKey) {
  for (const e of /** @type {Entry[]} */ (await from.queue())) {
    const act = e.shown && (await takeOut(key, e.shown));
    await to.write({ shelf: "queue", key: e.id, value: { ...e, shown: act && (await lockUp(toKey, act)) } });
    await from.write({ shelf: "queue", key: e.id });
  }
}
