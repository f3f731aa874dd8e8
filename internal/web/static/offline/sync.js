// SPDX-License-Identifier: Apache-2.0
// Sends the queue. It may be stopped anywhere and run twice at once: the server takes each event once, and an entry is marked as
// sent only by the server's word. Pages and the service worker use the same.

import { waiting } from "./queue.js";
import { remember, stateOf, wipe } from "./vault.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./store.js").Change} Change */
/** @typedef {import("./queue.js").Entry} Entry */

/** @typedef {{id: string, kind: string, at: number, key: string, text: string, data?: any}} Refused */

/**
 * @typedef {object} Sent
 * @property {boolean} contact whether the server answered
 * @property {boolean} out whether it said that nobody is signed in here; the list is gone then
 * @property {number} done how many events it took
 * @property {Refused[]} refused those that it did not accept, and keeps
 * @property {boolean} again whether it could not deal with some: later
 */

const BATCH = 50; // events in a request, and
const BYTES = 700_000; // their length together; one alone may be longer
const LONG = 60_000; // of one: a picture, which goes after all the others
const PATIENCE = 20_000; // and longer the more there is to send:
const SLOW = 20; // bytes a millisecond, through a bad signal

/**
 * @param {Store} store
 * @param {boolean} hurry also what could still be undone: the page is being left
 * @returns {Promise<Sent>}
 */
export function send(store, hurry = false) {
  if (!store.keeps || !globalThis.navigator?.locks) return run(store, hurry);
  return navigator.locks.request("tenday-sync", () => run(store, hurry));
}

/** @param {Store} store @param {boolean} hurry @returns {Promise<Sent>} */
async function run(store, hurry) {
  /** @type {Sent} */
  const out = { contact: false, out: false, done: 0, refused: [], again: false };
  const me = await store.get("me");
  if (!me) return out;
  const now = Date.now();
  const mine = (await waiting(store)).filter((e) => e.account === me.account);
  const ready = mine.filter((e) => hurry || e.hold <= now).sort((a, b) => Number(a.sealed.length > LONG) - Number(b.sealed.length > LONG));
  do {
    const answer = await post(me.install, batch(ready), hurry);
    if (!answer) return out;
    out.contact = true;
    if (answer.status === 401) {
      out.out = true;
      await wipe(store, "out", answer.body.text ?? "");
      return out;
    }
    if (answer.status !== 200) {
      out.contact = false; // it is there, and cannot: as if there were no signal
      return out;
    }
    await settle(store, answer.body, me.account, out);
    if (out.out) return out;
  } while (ready.length > 0);
  if ((await stateOf(store)).out && (await signOut(store))) out.out = true;
  return out;
}

/** Takes what goes in one request. @param {Entry[]} ready @returns {Entry[]} */
function batch(ready) {
  let n = 0;
  for (let bytes = 0; n < Math.min(BATCH, ready.length); n++) {
    bytes += ready[n].sealed.length;
    if (n > 0 && bytes > BYTES) break;
  }
  return ready.splice(0, n);
}

/**
 * @param {string} install @param {Entry[]} entries @param {boolean} keepalive
 * @returns {Promise<{status: number, body: any} | null>} null for no answer
 */
async function post(install, entries, keepalive) {
  try {
    const body = JSON.stringify({ device: install, now: Date.now(), events: entries.map(({ id, sealed }) => ({ id, sealed })) });
    const answer = await fetch("/sync", {
      method: "POST", body, signal: AbortSignal.timeout(PATIENCE + Math.round(body.length / SLOW)), keepalive: keepalive && body.length < 60_000, // the most that a page may leave behind
      headers: { "Content-Type": "application/json", Accept: "application/json" },
    });
    return { status: answer.status, body: await answer.json() };
  } catch {
    return null;
  }
}

/** Marks what the server holds. @param {Store} store @param {any} answer @param {string} account @param {Sent} out */
async function settle(store, answer, account, out) {
  if (answer.who !== account) { // somebody else signed in on this phone: the list is not hers
    out.out = true;
    await wipe(store, "left", "");
    return;
  }
  /** @type {Map<string, Entry>} */
  const byId = new Map((await store.queue()).map((e) => [e.id, e]));
  /** @type {Change[]} */
  const changes = [];
  for (const id of answer.done) {
    const e = byId.get(id);
    if (e?.shown) changes.push({ shelf: "queue", key: id, value: { ...e, sealed: "" } }); // until the list shows it
    else if (e) changes.push({ shelf: "queue", key: id });
  }
  for (const { id } of answer.refused) changes.push({ shelf: "queue", key: id });
  const now = Date.now();
  const state = { ...(await stateOf(store)), contact: now, seen: now, skew: answer.now - now };
  changes.push({ shelf: "kv", key: "state", value: state });
  await store.write(...changes);
  out.done += answer.done.length;
  out.refused.push(...answer.refused);
  out.again ||= answer.again.length > 0;
}

/** Where no PIN guards the session any more it ends; signing in asks who she is. @param {Store} store */
async function signOut(store) {
  try {
    await fetch("/signout", { method: "POST", headers: { Accept: "application/json" }, signal: AbortSignal.timeout(PATIENCE) });
    await remember(store, { out: false });
    return true;
  } catch {
    return false;
  }
}
