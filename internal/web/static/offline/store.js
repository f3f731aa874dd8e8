// SPDX-License-Identifier: Apache-2.0
// Where the phone keeps things: "kv" by name, "queue" by event id. On disk (IndexedDB), or in memory for a phone that is not
// hers: the same acts, and nothing is left behind.

/** @typedef {"kv" | "queue"} Shelf */

/**
 * One record to write; without a value, to take away.
 * @typedef {{shelf: Shelf, key: string, value?: any}} Change
 */

/**
 * @typedef {object} Store
 * @property {boolean} keeps whether it is there after the page is closed
 * @property {(key: string) => Promise<any>} get what kv holds by that name, undefined for nothing
 * @property {() => Promise<any[]>} queue all of the queue, the oldest first
 * @property {(...changes: Change[]) => Promise<void>} write all of them or none
 * @property {(key: string, next: (value: any) => any) => Promise<any>} update writes to kv what next makes of what it holds, and
 *   returns that; between the two nobody else writes, in no other tab either
 * @property {() => void} close
 */

const NAME = "tenday";

/** The disk is full: nothing of the change was written. */
export class Full extends Error {}

/** @returns {Store} */
export function memory() {
  /** @type {Record<Shelf, Map<string, any>>} */
  const shelves = { kv: new Map(), queue: new Map() };
  return {
    keeps: false,
    get: async (key) => shelves.kv.get(key),
    queue: async () => [...shelves.queue.values()].sort((a, b) => (a.id < b.id ? -1 : 1)),
    write: async (...changes) => {
      for (const c of changes) {
        if (c.value === undefined) shelves[c.shelf].delete(c.key);
        else shelves[c.shelf].set(c.key, structuredClone(c.value));
      }
    },
    update: async (key, next) => {
      const value = next(shelves.kv.get(key));
      shelves.kv.set(key, structuredClone(value));
      return value;
    },
    close: () => {},
  };
}

/** @returns {Promise<Store>} */
export async function disk() {
  const db = await new Promise((/** @type {(db: IDBDatabase) => void} */ resolve, reject) => {
    const open = indexedDB.open(NAME, 1);
    open.onupgradeneeded = () => {
      open.result.createObjectStore("kv");
      open.result.createObjectStore("queue");
    };
    open.onsuccess = () => resolve(open.result);
    open.onerror = () => reject(open.error);
  });
  db.onversionchange = () => db.close();
  /** @param {(tx: IDBTransaction) => void} ask @returns {Promise<void>} */
  const change = (ask) =>
    new Promise((resolve, reject) => {
      // Strict: what the phone says is kept survives a dead battery.
      const tx = db.transaction(["kv", "queue"], "readwrite", { durability: "strict" });
      tx.oncomplete = () => resolve();
      tx.onabort = () => reject(tx.error?.name === "QuotaExceededError" ? new Full() : tx.error);
      ask(tx);
    });
  return {
    keeps: true,
    get: (key) => ask(db.transaction("kv").objectStore("kv").get(key)),
    queue: () => ask(db.transaction("queue").objectStore("queue").getAll()), // by key, which is by time
    write: (...changes) =>
      change((tx) => {
        for (const c of changes) {
          if (c.value === undefined) tx.objectStore(c.shelf).delete(c.key);
          else tx.objectStore(c.shelf).put(c.value, c.key);
        }
      }),
    update: async (key, next) => {
      /** @type {any} */
      let value;
      await change((tx) => {
        const kv = tx.objectStore("kv"), was = kv.get(key);
        was.onsuccess = () => kv.put(value = next(was.result), key);
      });
      return value;
    },
    close: () => db.close(),
  };
}

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
function ask(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
