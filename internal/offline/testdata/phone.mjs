// SPDX-License-Identifier: Apache-2.0
// What phones run, tried outside a browser. argv: folder of the modules, public key. Prints boxes for the server to open.

import assert from "node:assert/strict";

const [, , modules, key] = process.argv;
const load = (name) => import(`${modules}/${name}`);
const { uuid7 } = await load("uuid7.js");
const { seal } = await load("seal.js");
const { Full, memory } = await load("store.js");
const { forget, move, put, room, shown, undo, waiting } = await load("queue.js");
const { expire, locked, lockUp, PINS, remember, setUp, stateOf, takeOut, unlock, wipe } = await load("vault.js");

// Ids are UUIDv7 and in the order in which they were made, also within a millisecond and when the clock is set back.
const ids = [5, 5, 5, 4, 6].map((ms) => uuid7(1_762_346_400_000 + ms));
for (const id of ids) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
assert.deepEqual(ids, [...ids].sort());
assert.equal(new Set(ids).size, ids.length);

/** A disk, as far as this machine has one. */
const onDisk = () => ({ ...memory(), keeps: true });
const me = { install: uuid7(), account: "account", key };
const PIN = "135790";

async function phone() {
  const store = onDisk();
  const dek = await setUp(store, PIN);
  await store.write({ shelf: "kv", key: "me", value: me }, { shelf: "kv", key: "list", value: await lockUp(dek, { people: ["Ingrid"] }) },
    { shelf: "kv", key: "lines", value: await lockUp(dek, []) });
  return { store, dek };
}

{ // the PIN opens the list; what is on the disk does not say what it is
  const { store } = await phone();
  const { key: opened } = await unlock(store, PIN);
  assert.deepEqual(await takeOut(opened, await store.get("list")), { people: ["Ingrid"] });
  assert.ok(!Buffer.from((await store.get("list")).box).includes("Ingrid"));
  await assert.rejects(takeOut(await setUp(memory(), ""), await store.get("list")));
}

{ // five wrong PINs: the list is gone, the right one opens nothing any more, the queue stays and its session ends
  const { store, dek } = await phone();
  await put(store, dek, "conversation", { person: "Ingrid" });
  for (let i = 1; i <= PINS; i++) assert.deepEqual(await unlock(store, "000001"), { key: null, left: PINS - i });
  assert.equal(await locked(store), false);
  assert.equal(await store.get("list"), undefined);
  assert.equal(await store.get("lines"), undefined);
  const [entry] = await waiting(store);
  assert.equal(entry.shown, null);
  assert.ok(entry.sealed.length > 100 && !atob(entry.sealed).includes("Ingrid"));
  const { out, gone } = await stateOf(store);
  assert.deepEqual([out, gone.why], [true, "pins"]);
}

{ // a right one in between starts the count anew
  const { store } = await phone();
  for (let i = 1; i < PINS; i++) await unlock(store, "000001");
  await unlock(store, PIN);
  assert.equal((await unlock(store, "000001")).left, PINS - 1);
}

for (const [ahead, stays] of [[23.9, true], [24.1, false], [-0.9, true], [-1.1, false]]) { // hours
  const { store } = await phone();
  const real = Date.now;
  Date.now = () => real() + ahead * 3600_000;
  await expire(store);
  Date.now = real;
  assert.equal(await locked(store), stays, `${ahead} hours`);
}

{ // what is taken back before it was sent is not sent; what was sent stays until a list shows it
  const { store, dek } = await phone();
  const one = await put(store, dek, "note", { n: 1 }), two = await put(store, dek, "note", { n: 2 });
  assert.equal(await undo(store, one), true);
  assert.deepEqual((await shown(store, dek)).map((e) => [e.id, e.data.n, e.sent]), [[two, 2, false]]);
  const [entry] = await waiting(store);
  await store.write({ shelf: "queue", key: two, value: { ...entry, sealed: "" } });
  assert.equal(await undo(store, two), false);
  assert.deepEqual([await waiting(store), (await shown(store, dek))[0].sent], [[], true]);
  await forget(store, [two]);
  assert.deepEqual(await shown(store, dek), []);
}

{ // a full disk: the reserve makes room for the last acts, then it is said before the next
  const { store, dek } = await phone();
  let space = 1_000_000;
  const write = store.write;
  store.write = async (...changes) => {
    const size = (v) => (v === undefined ? 0 : Array.isArray(v) ? v.reduce((n, p) => n + p.byteLength, 0) : v.byteLength ?? 2000);
    for (const c of changes) {
      const old = c.shelf === "kv" ? size(await store.get(c.key)) : 0;
      if (size(c.value) - old > space) throw new Full();
      space -= size(c.value) - old;
    }
    await write(...changes);
  };
  assert.equal(await room(store), true);
  space = 100;
  await put(store, dek, "note", { n: 1 });
  assert.equal((await waiting(store)).length, 1);
  space = 100;
  assert.equal(await room(store), false);
  await assert.rejects(put(store, dek, "note", { n: 2 }), Full);
  assert.equal((await waiting(store)).length, 1);
}

{ // what was recorded before she chose a PIN moves with her, under its own id
  const from = memory(), fromKey = await setUp(from, "");
  await from.write({ shelf: "kv", key: "me", value: me });
  const id = await put(from, fromKey, "note", { n: 1 });
  const { store, dek } = await phone();
  await move(from, fromKey, store, dek);
  assert.deepEqual([(await waiting(from)).length, (await shown(store, dek)).map((e) => [e.id, e.data.n])], [0, [[id, 1]]]);
  await wipe(store, "old", "");
  const again = await setUp(store, "246802"); // a new PIN: what the old one locked waits, and cannot be read here
  assert.deepEqual([(await waiting(store)).length, await shown(store, again)], [1, []]);
  await remember(store, { loaded: 5 });
  assert.equal((await stateOf(store)).loaded, 5);
}

const boxes = [];
for (const data of ["", "x", "Åsa Lindström 木", "y".repeat(20_000)]) {
  const id = uuid7();
  boxes.push({ id, data, sealed: await seal(key, id, JSON.stringify({ id, kind: "count", at: Date.now(), by: process.argv[4], data })) });
}
console.log(JSON.stringify(boxes));
