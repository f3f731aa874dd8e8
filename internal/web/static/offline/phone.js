// SPDX-License-Identifier: Apache-2.0
// My people on a phone. What the server drew works by itself; this makes it work without a signal. Two ways: kept (her own phone:
// list and queue on the disk, under a PIN) and unkept (any other: all of it in this page, gone with it). See docs/adr/0010.

import { draw, nameOf, part, withActs, copy } from "./card.js";
import { choose, ask, said } from "./pin.js";
import { linesOf, loadLines } from "./lines.js";
import { forget, move, put, room, shown, undo, UNDO, waiting } from "./queue.js";
import { open } from "./sheets.js";
import { disk, Full, memory } from "./store.js";
import { send } from "./sync.js";
import { clearTests, drawTests } from "./tests.js";
import { uuid7 } from "./uuid7.js";
import { expire, IDLE, locked, lockUp, remember, setUp, stateOf, takeOut, unlock, wipe } from "./vault.js";
import { block, count, dayOf, moment, say, setup } from "./words.js";

/** @typedef {import("./card.js").Data} Data */
/** @typedef {import("./card.js").Person} Person */
/** @typedef {import("./store.js").Store} Store */

const BEAT = 10_000; // how often the server is asked while the page is looked at: a phone that was signed out learns it by then
const FRESH = 5 * 60_000; // a list older than this is loaded anew

/** @type {Store} */
let store = memory();
/** @type {Store | null} the phone's disk, when another store is in use: what waits there is sent, too */
let left = null;
/** @type {CryptoKey | null} */
let key = null;
/** @type {Data | null} */
let data = null;
/** @type {import("./lines.js").Line[] | null} those that she leads today; null: nobody was asked yet */
let lines = null;
/** @type {import("./queue.js").Shown[]} */
let acts = [];
let skew = 0;
/** Cards as they stand, by person: one that says the same stays, so that a tap under way finds what it aimed at. */
const cards = /** @type {Map<string, {says: string, li: HTMLElement}>} */ (new Map());
/** @type {Element | null} the card that is being pressed: it is drawn anew once it was tapped */
let pressed = null;

let signal = true;
let loadedAt = 0;
let touched = Date.now();

/** @param {string} sel @returns {HTMLElement} */
const at = (sel) => /** @type {HTMLElement} */ (document.querySelector(sel));
const now = () => Date.now() + skew;

/** @param {"list" | "pin" | "gone"} name */
function screen(name) {
  for (const s of document.querySelectorAll("[data-screen]")) if (s instanceof HTMLElement) s.hidden = s.dataset.screen !== name;
  if (name !== "list") {
    at("[data-people]").replaceChildren();
    clearTests(at("[data-asked]"));
    at("[data-toasts]").replaceChildren();
    cards.clear();
    at("[data-refusals]").replaceChildren();
    delete at("[data-refusals]").dataset.ids;
    for (const d of document.querySelectorAll("dialog")) {
      d.close();
      d.querySelector("form")?.reset();
    }
    for (const e of document.querySelectorAll("dialog :is([data-who], [data-notes], [data-whose-in])")) e.replaceChildren(); // they name people
  }
}

async function boot() {
  if (!window.isSecureContext || !crypto.subtle) return; // the server's page is all there is
  /** @type {Data | null} */
  const drawn = block("data");
  const kept = await disk().catch(() => null); // a browser that forbids it
  if (kept) await expire(kept);
  if (kept && (await locked(kept))) {
    store = kept;
    if (drawn && drawn.account !== (await kept.get("me"))?.account) await wipe(kept, "left", "");
    else {
      askPin();
      void contact();
      return;
    }
  }
  if (drawn) await unkept(drawn, kept);
  else {
    store = kept ?? store;
    await gone();
    void contact();
  }
}

/** Works in this page alone, until she says that the phone is hers. @param {Data} drawn @param {Store | null} kept */
async function unkept(drawn, kept) {
  store = memory();
  left = kept && (await kept.get("me")) ? kept : null;
  await store.write({ shelf: "kv", key: "me", value: { install: uuid7(), account: drawn.account, key: setup.key } });
  key = await setUp(store, "");
  data = drawn;
  loadedAt = Date.now();
  skew = drawn.made - Date.now();
  screen("list");
  at("[data-offer]").hidden = !(kept && "serviceWorker" in navigator);
  at("[data-choose-pin]").addEventListener("click", () => {
    screen("pin");
    choose((pin) => keep(/** @type {Store} */ (kept), pin));
  });
  at("[data-no-pin]").addEventListener("click", () => (at("[data-offer]").hidden = true));
  await refresh();
  void contact();
}

/** Keeps the list here from now on. @param {Store} kept @param {string} pin */
async function keep(kept, pin) {
  if (!data || !key) return;
  const before = await kept.get("me");
  const me = { install: before?.install ?? uuid7(), account: data.account, key: setup.key };
  const made = await setUp(kept, pin);
  await kept.write({ shelf: "kv", key: "me", value: me });
  await move(store, key, kept, made);
  [store, left, key] = [kept, null, made];
  await room(store);
  await save();
  await navigator.storage?.persist?.().catch(() => false);
  work(setup.worker);
  at("[data-offer]").hidden = true;
  screen("list");
  lines = null;
  await refresh();
  void contact();
}

/** Starts the service worker, or the one of a newer version: its address tells them apart. @param {string} address */
function work(address) {
  if (store.keeps) void navigator.serviceWorker?.register(address, { type: "module", scope: "/" });
}

function askPin() {
  key = data = null;
  acts = [];
  screen("pin");
  ask(say("pin.title"), say("pin.why"), async (pin) => {
    const tried = await unlock(store, pin);
    if (tried.key) {
      key = tried.key;
      data = await takeOut(key, await store.get("list"));
      if (data) data = { ...data, tests: data.tests ?? [], words: data.words ?? 0 }; // a list kept by an older program
      lines = await linesOf(store, key);
      skew = (await stateOf(store)).skew;
      touched = Date.now();
      screen("list");
      await refresh();
      goOn();
      void contact();
    } else if (tried.left > 0) {
      said(count("pin.wrong", tried.left));
    } else {
      await gone();
      void contact();
    }
  });
  void chip();
}

/** There is no list here: says why, and what is kept. */
async function gone() {
  key = data = null;
  screen("gone");
  const state = await stateOf(store), n = (await waiting(store)).length;
  const hours = state.loaded ? Math.round((Date.now() + state.skew - state.loaded) / 3600_000) : 24;
  const why = state.gone;
  at("[data-gone]").textContent = !why ? "" : why.why === "out" ? why.text : say(`gone.${why.why}`, { h: hours });
  at("[data-gone-kept]").textContent = n ? count("gone.kept", n) : say("gone.kept.none");
  await chip();
}

/** Keeps the list under the PIN. */
async function save() {
  if (!store.keeps || !key || !data) return;
  await store.write({ shelf: "kv", key: "list", value: await lockUp(key, data) });
  await remember(store, { loaded: data.made, skew });
}

let busy = false;

/** Sends what waits, learns whether this phone is still welcome, and loads the list anew when it is old or changed. */
async function contact(hurry = false) {
  if (busy && !hurry) return;
  busy = true;
  try {
    if (left) await send(left, hurry);
    const from = store; // she may keep the list meanwhile
    const sent = await send(from, hurry);
    signal = sent.contact;
    if (sent.out) {
      await out();
      return;
    }
    if (!key || !data) return;
    if (sent.contact) skew = (await stateOf(from)).skew;
    const old = Date.now() - loadedAt > FRESH;
    if (sent.contact && (sent.done > 0 || sent.refused.length > 0 || old)) await load();
    if (sent.contact && key && (old || !lines)) lines = await loadLines(store, key);
    if (key) await refresh();
  } finally {
    busy = false;
  }
}

/** Nobody is signed in here: what stood in the page goes, too. */
async function out() {
  if (store.keeps) await gone();
  else location.assign("/signin");
}

async function load() {
  const before = acts.length ? await shown(store, /** @type {CryptoKey} */ (key)) : [];
  let answer;
  try {
    answer = await fetch("/my/data", { headers: { Accept: "application/json" }, signal: AbortSignal.timeout(20_000) });
  } catch {
    return;
  }
  if (answer.status === 403) { // her role has ended: her people are not hers to see
    await wipe(store, "out", (await answer.json()).text);
    await out();
    return;
  }
  if (!answer.ok) return;
  /** @type {Data} */
  const fresh = await answer.json();
  if (!key) return; // locked meanwhile
  data = fresh;
  loadedAt = Date.now();
  work(fresh.worker);
  await save();
  await forget(store, before.filter((e) => e.sent).map((e) => e.id));
}

/** Draws what is known now. */
async function refresh() {
  if (!key || !data) return;
  acts = await shown(store, key);
  const taken = new Set(acts.filter((e) => e.kind === "retract").map((e) => e.data.fact));
  acts = acts.filter((e) => !taken.has(e.id));
  const rows = withActs(data, acts, skew);
  drawTests(at("[data-asked]"), data.tests, rows, now(), answer, (test, person) =>
    acts.some((e) => !e.sent && e.kind === "participation" && e.data.test === test && e.data.person === person));
  drawPeople(data, rows);
  at("[data-nobody]").hidden = data.people.length > 0;
  at("[data-count]").textContent = count("people", data.people.length);
  at("[data-loaded]").textContent = say(signal || !store.keeps ? "loaded" : "loaded_old", { when: moment(data.made) });
  const note = at("[data-signal]");
  note.hidden = signal;
  const line = note.querySelector("span");
  if (line) line.textContent = say("no_signal");
  at("[data-full]").hidden = await room(store);
  at("[data-lines]").replaceChildren(...(lines ?? []).map((line) => {
    const way = /** @type {HTMLAnchorElement} */ (copy("t-line"));
    way.href = line.path;
    part(way, "name").textContent = say("line", { name: line.name });
    return way;
  }));
  refusals();
  await chip();
}

/** @param {Data} data @param {{person: Person, waits: boolean}[]} rows */
function drawPeople(data, rows) {
  const list = at("[data-people]"), today = dayOf(now());
  const focus = document.activeElement?.closest("[data-person]")?.getAttribute("data-person");
  const all = rows.map(({ person, waits }) => {
    const says = JSON.stringify([person, waits, today, data.tests]);
    let card = cards.get(person.id);
    if (card?.says !== says) {
      card = { says, li: draw(person, waits, now(), data) };
      cards.set(person.id, card);
    }
    return card.li;
  });
  const y = window.scrollY;
  all.forEach((li, i) => {
    const there = list.children[i];
    if (!there) list.append(li);
    else if (there !== li && there !== pressed) there.replaceWith(li);
  });
  while (list.children.length > all.length) list.lastElementChild?.remove();
  const here = focus && document.activeElement === document.body && list.querySelector(`[data-person="${focus}"] [data-f=record]`);
  if (here instanceof HTMLElement) here.focus({ preventScroll: true });
  window.scrollTo(0, y);
}

/** What was not accepted, each with its sentence, until she has read it. */
function refusals() {
  const ids = (data?.refused ?? []).map((r) => r.id).join(" ");
  if (at("[data-refusals]").dataset.ids === ids) return;
  at("[data-refusals]").dataset.ids = ids;
  at("[data-refusals]").replaceChildren(...(data?.refused ?? []).map((r) => {
    const box = copy("t-refused");
    part(box, "what").textContent = [what(r.kind, r.data?.person), detail(r.data), moment(r.at)].filter(Boolean).join(" · ");
    part(box, "why").textContent = r.text;
    part(box, "seen").addEventListener("click", async () => {
      const answer = await fetch(`/sync/refused/${r.id}`, { method: "POST", headers: { Accept: "application/json" } }).catch(() => null);
      if (!answer?.ok || !data) return;
      data.refused = data.refused.filter((one) => one.id !== r.id);
      box.remove();
      await save();
    });
    return box;
  }));
}

/** What it said, for one who no longer has the person before her. @param {any} data */
function detail(data) {
  return data?.outcome ? say(`outcome.${data.outcome}`) : data?.value ? say(`mark.${data.value}`) : (data?.name ?? "");
}

/** @param {string} kind @param {string} [id] */
function what(kind, id) {
  const person = data?.people.find((p) => p.id === id);
  const word = say(["conversation", "assessment", "note", "participation"].includes(kind) ? `kind.${kind}` : "kind.other");
  return person ? say("what_of", { what: word, name: nameOf(person) }) : word;
}

/** The chip, top right, always: how many wait. Green only when none does. */
async function chip() {
  const n = (await waiting(store)).length + (left ? (await waiting(left)).length : 0);
  const box = at("[data-queue]");
  const text = n ? count("waiting", n) : say("sent_all");
  box.hidden = false;
  box.classList.toggle("ok", n === 0);
  at("[data-queue-icon=ok]").hidden = n > 0;
  at("[data-queue-icon=wait]").hidden = n === 0;
  if (at("[data-queue-text]").textContent !== text) at("[data-queue-text]").textContent = text;
}

at("[data-queue]").addEventListener("click", async () => {
  const all = [...(await waiting(store)), ...(left ? await waiting(left) : [])];
  at("[data-waiting-title]").textContent = all.length ? count("waiting", all.length) : say("sent_all");
  const me = await store.get("me");
  at("[data-waiting]").replaceChildren(...all.map((e) => {
    const row = copy("t-wait"), act = acts.find((a) => a.id === e.id);
    part(row, "what").textContent = act ? what(act.kind, act.data.person) : say(e.account === me?.account ? "entry.locked" : "entry.other");
    part(row, "when").textContent = `${moment(e.at + skew)} · ${say("entry.waiting")}`;
    return row;
  }));
  /** @type {HTMLDialogElement} */ (at("#waiting")).showModal();
});

at("[data-send]").addEventListener("click", async () => {
  await contact(true);
  /** @type {HTMLDialogElement} */ (at("#waiting")).close();
});

/** @param {{kind: string, data: any}[]} chosen @param {Person} person */
async function record(chosen, person) {
  if (!key) return;
  /** @type {string[]} */
  const ids = [];
  for (const { kind, data } of chosen) ids.push(await put(store, key, kind, data));
  sessionStorage.removeItem("call");
  const talked = chosen.some((c) => c.data.outcome === "talked") && !chosen.some((c) => c.kind === "assessment");
  toast(say("saved", { name: nameOf(person) }), ids, talked ? person : null);
  await refresh();
  setTimeout(() => void contact(), UNDO + 250);
  void sendLater();
}

/** Has the worker send it, should the page be closed by then. */
async function sendLater() {
  const worker = /** @type {any} */ (await navigator.serviceWorker?.getRegistration());
  await worker?.sync?.register("queue").catch(() => {});
}

/** A yes, or a yes taken back, from the list. @param {{kind: string, data: any}[]} chosen @param {Person} person */
async function answer(chosen, person) {
  try {
    await record(chosen, person);
  } catch (problem) {
    if (!(problem instanceof Full)) throw problem;
    toast(say("full"), [], null);
    await refresh();
  }
}

/** @param {string} text @param {string[]} ids @param {Person | null} more whom one may want to say more about */
function toast(text, ids, more) {
  const region = at("[data-toasts]"), box = copy("t-toast");
  part(box, "text").textContent = text;
  part(box, "more").hidden = !more;
  part(box, "more").addEventListener("click", () => {
    box.remove();
    if (more) sheet("record", more.id, "call");
  });
  part(box, "undo").hidden = ids.length === 0;
  part(box, "undo").addEventListener("click", async () => {
    box.remove();
    for (const id of ids) if (!(await undo(store, id)) && key) await put(store, key, "retract", { fact: id });
    await refresh();
    toast(say("undone"), [], null);
  });
  region.replaceChildren(box);
  setTimeout(() => box.remove(), UNDO);
}

/** @param {"result" | "record"} id @param {string} person @param {string} channel */
function sheet(id, person, channel) {
  const found = data && withActs(data, acts, skew).find((p) => p.person.id === person);
  if (data && found) open(id, found.person, channel, record, now, data);
}

document.addEventListener("click", (event) => {
  const link = event.target instanceof Element ? event.target.closest("[data-person] a[data-f]") : null;
  const person = link?.closest("[data-person]")?.getAttribute("data-person");
  if (!link || !person || !data) return;
  const what = link.getAttribute("data-f");
  if (what === "call" || what === "text") { // when she comes back the sheet is open
    sessionStorage.setItem("call", JSON.stringify({ person, channel: what, at: Date.now() }));
    setTimeout(() => sheet("result", person, what), 300);
  } else {
    event.preventDefault();
    sheet("record", person, "call");
  }
});

/** After the PIN: where she was when the phone took the page away. */
function goOn() {
  const call = JSON.parse(sessionStorage.getItem("call") ?? "null");
  if (call && Date.now() - call.at < 30 * 60_000) sheet("result", call.person, call.channel);
}

for (const id of ["#result", "#whose"]) { // one leads to the other
  at(id).addEventListener("close", () => {
    if (!document.querySelector(":is(#result, #whose)[open]")) sessionStorage.removeItem("call");
  });
}

at("[data-leave]").addEventListener("click", async (event) => {
  event.preventDefault();
  screen("gone");
  at("[data-screen=gone]").hidden = true;
  if (store.keeps) await remember(store, { open: 0 });
  else void send(store, true);
  location.replace("/my/away");
});

at("[data-signout]").addEventListener("submit", async (event) => {
  const form = event.target;
  if (!store.keeps || !(form instanceof HTMLFormElement)) return;
  event.preventDefault();
  await send(store, true);
  await wipe(store, "out", "");
  form.submit();
});

for (const kind of ["pointerdown", "keydown"]) {
  document.addEventListener(kind, () => {
    const before = touched;
    touched = Date.now();
    if (store.keeps && key && touched - before > 20_000) void remember(store, { open: touched + IDLE });
  }, { passive: true });
}

document.addEventListener("pointerdown", (event) => {
  pressed = event.target instanceof Element ? event.target.closest("[data-people] > li") : null;
});
for (const kind of ["pointerup", "pointercancel"]) {
  document.addEventListener(kind, () => {
    if (!pressed) return;
    pressed = null;
    setTimeout(() => void refresh()); // after the click
  });
}

/** Idle, old, or back in sight. */
async function look() {
  if (!store.keeps || !(await store.get("me"))) return;
  await expire(store);
  if (!(await locked(store))) {
    if (key) await gone();
  } else if (key && Date.now() - touched > IDLE) {
    askPin();
  }
}

setInterval(() => {
  if (document.visibilityState !== "visible") return;
  void look().then(() => contact());
}, BEAT);

document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") void look().then(() => contact());
  else void contact(true); // what could still be undone is sent rather than left
});
window.addEventListener("online", () => void contact());
window.addEventListener("beforeunload", (event) => {
  if (!store.keeps && acts.some((e) => !e.sent)) event.preventDefault();
});

await boot();
