// SPDX-License-Identifier: Apache-2.0
// Phones that go through everything, made of the same modules that phones run: pages killed at any step, the network cut before
// or after the server heard, sends doubled and at once. The server is killed by its own side. argv: folder of the modules, the
// server, cookie, account, key, person, first seed, how many. Prints what the phones were told is kept, by kind.

const [, , modules, base, cookie, account, key, person, first, seeds] = process.argv;
const load = (name) => import(`${modules}/${name}`);
const { put, waiting, undo } = await load("queue.js");
const { send } = await load("sync.js");
const { setUp, wipe } = await load("vault.js");
const { uuid7 } = await load("uuid7.js");

/** mulberry32 */
function random(seed) {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

class Killed extends Error {}

/** A disk that survives its page: writes are whole or not at all, and a killed page reads and writes nothing more. */
class Disk {
  shelves = { kv: new Map(), queue: new Map() };

  page(rnd, risk) {
    const life = { killed: false };
    const step = async () => {
      await null;
      if (!life.killed && rnd() < risk) life.killed = true;
      if (life.killed) throw new Killed();
    };
    const store = {
      keeps: true,
      get: async (k) => (await step(), structuredClone(this.shelves.kv.get(k))),
      queue: async () => (await step(), [...this.shelves.queue.values()].sort((a, b) => (a.id < b.id ? -1 : 1)).map((e) => structuredClone(e))),
      write: async (...changes) => {
        await step();
        for (const c of changes) {
          if (c.value === undefined) this.shelves[c.shelf].delete(c.key);
          else this.shelves[c.shelf].set(c.key, structuredClone(c.value));
        }
        await step(); // killed after the write, before the page heard of it
      },
      update: async (key, next) => {
        await step();
        const value = next(structuredClone(this.shelves.kv.get(key)));
        this.shelves.kv.set(key, structuredClone(value));
        await step();
        return value;
      },
      close() {},
    };
    return { store, life };
  }
}

let bad = () => 0; // how likely the network is to fail, by the seed that runs
const real = globalThis.fetch;
globalThis.fetch = async (path, options = {}) => {
  const fate = bad();
  const go = () => real(new URL(path, base), { ...options, headers: { ...options.headers, cookie, "sec-fetch-site": "same-origin" } });
  if (fate < 0.15) throw new TypeError("no signal");
  if (fate < 0.3) {
    await go().catch(() => null);
    throw new TypeError("cut off before the answer");
  }
  if (fate < 0.45) return (await Promise.allSettled([go(), go()])).find((a) => a.status === "fulfilled")?.value ?? Promise.reject(new TypeError("twice nothing"));
  return go();
};

const quiet = async (promise) => {
  try {
    return await promise;
  } catch (problem) {
    if (!(problem instanceof Killed)) throw problem;
    return null;
  }
};

const seen = [];
for (let seed = Number(first); seed < Number(first) + Number(seeds); seed++) {
  const rnd = random(seed), disk = new Disk(), kept = new Map(), maybe = new Map();
  bad = () => 1;
  let page = disk.page(rnd, 0).store;
  let dek = await setUp(page, "135790");
  await page.write({ shelf: "kv", key: "me", value: { install: uuid7(), account, key } });
  bad = rnd;
  for (let i = 0, n = 4 + Math.floor(rnd() * 8); i < n; i++) {
    const { store, life } = disk.page(rnd, 0.03);
    const kind = rnd() < 0.5 ? "conversation" : "assessment";
    const data = kind === "conversation" ? { person, channel: "call", outcome: "talked" } : { person, value: 1 + Math.floor(rnd() * 5), basis: "said" };
    const before = new Set(disk.shelves.queue.keys());
    const id = await quiet(put(store, dek, kind, data));
    if (id) kept.set(id, kind); // she was told
    else for (const other of disk.shelves.queue.keys()) if (!before.has(other)) maybe.set(other, kind); // she was not, and it is there
    const sends = Math.floor(rnd() * 3);
    await Promise.all(Array.from({ length: sends }, () => quiet(send(store, true))));
    if (id && rnd() < 0.1 && !life.killed) { // taken back: it may have been sent, and the page may be killed meanwhile
      await quiet(undo(store, id));
      kept.delete(id);
      maybe.set(id, kind);
    }
    if (rnd() < 0.05) { // lost, found, five wrong PINs, or a day without a signal: the list goes, the queue does not
      page = disk.page(rnd, 0).store;
      await wipe(page, ["pins", "old", "out"][Math.floor(rnd() * 3)], "");
      dek = await setUp(page, "135790");
    }
  }
  page = disk.page(rnd, 0).store;
  for (let i = 0; i < 60 && (await waiting(page)).length > 0; i++) await send(page, true); // the signal is as bad as before
  const left = (await waiting(page)).length;
  if (left > 0) throw new Error(`seed ${seed}: ${left} are still waiting after 60 tries`);
  seen.push({ seed, kept: [...kept], maybe: [...maybe] });
}
console.log(JSON.stringify(seen));
