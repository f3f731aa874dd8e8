// SPDX-License-Identifier: Apache-2.0
// Check-in at a picket line where there may be no signal. The server's page works by itself; this keeps each tap on the phone before
// anything is sent, sealed to the campaign (seal.js), so that a tap survives a dead battery and a double send is one event. Nothing
// that names anybody stays on the phone: what is kept opens on the server alone.

import { utf8 } from "./bytes.js";
import { picture } from "./picture.js";
import { scanner } from "./scan.js";
import { seal } from "./seal.js";
import { disk, memory } from "./store.js";
import { send } from "./sync.js";
import { uuid7 } from "./uuid7.js";

const setup = JSON.parse(document.getElementById("line-setup")?.textContent || "null");
const BEAT = 10_000;

/** @param {string} sel @returns {HTMLElement | null} */
const at = (sel) => document.querySelector(sel);

/** @type {Set<string>} codes of those who are not on the list, since the page was opened */
const scanned = new Set();

const BOUNCE = 1000; // milliseconds: the second half of a double tap is neither another arrival nor a departure

/** When somebody's last mark was shown, by her id or code; Infinity while it is on its way to the disk. @type {Map<string, number>} */
const marked = new Map();

/** @typedef {import("./store.js").Store} Store */

/** @type {Promise<Store>} where taps are kept; one that comes before it is open waits for it */
let place;

function boot() {
  filter();
  if (!setup?.key || !window.isSecureContext || !crypto.subtle) return; // forms do it
  place = open();
  for (const form of document.querySelectorAll("form[data-mark], form[data-code]")) {
    if (form instanceof HTMLFormElement) form.addEventListener("submit", (e) => void submit(e, form));
  }
  const report = at("form[data-incident]");
  if (report instanceof HTMLFormElement) report.addEventListener("submit", (e) => void incident(e, report));
  for (const form of document.querySelectorAll("form[data-walkin], form[data-report]")) {
    if (form instanceof HTMLFormElement) form.addEventListener("submit", (e) => void once(e, form, () => later(form)));
  }
  const code = document.getElementById("code");
  scanner(setup.words.scan, (text) => {
    if (!(code instanceof HTMLInputElement)) return;
    code.value = text;
    code.form?.requestSubmit();
  });
  void goOn();
}

/** The phone's disk, if need be beside another captain's taps; this page's memory where a browser forbids that, or the disk is full. @returns {Promise<Store>} */
async function open() {
  /** @type {import("./store.js").Change} */
  const me = { shelf: "kv", key: "me", value: { install: uuid7(), account: setup.account, key: setup.key } };
  try {
    const store = await disk(), mine = await store.get("me");
    if (!mine) await store.write(me);
    if (!mine || mine.account === setup.account) return store;
    return await beside(store, me);
  } catch {
    // what she taps goes to the campaign at once, or not at all
  }
  const store = memory();
  await store.write(me);
  return store;
}

/**
 * On another captain's phone: the disk keeps this one's taps, too, until she is signed in there and they are sent; all else of hers is in this page's memory.
 * @param {Store} store @param {import("./store.js").Change} me
 */
async function beside(store, me) {
  const own = memory();
  await own.write(me);
  return {
    ...store, get: own.get, update: own.update,
    queue: async () => (await store.queue()).filter((e) => e.account === setup.account),
    /** @param {import("./store.js").Change[]} changes */
    write: async (...changes) => {
      await store.write(...changes.filter((c) => c.shelf === "queue"));
      await own.write(...changes.filter((c) => c.shelf === "kv"));
    },
  };
}

/** Sends what waits, now and again. */
async function goOn() {
  const store = await place;
  window.addEventListener("pagehide", () => void send(store, true));
  await flush();
  setInterval(() => void flush(), BEAT);
  window.addEventListener("online", () => void flush());
}

/** @param {SubmitEvent} event @param {HTMLFormElement} form */
async function submit(event, form) {
  event.preventDefault();
  const said = Object.fromEntries(new FormData(form));
  const row = said.code ? await byCode(String(said.code)) : form.closest("[data-person]");
  const code = String(said.code ?? "").trim().toUpperCase();
  note("[data-day-note]", "");
  if (code && (row ? row.hasAttribute("data-here") : scanned.has(code))) { // held up twice, it counts once
    form.reset();
    return note("[data-day-note]", setup.words.again);
  }
  const who = (row instanceof HTMLElement && row.dataset.person) || code;
  if (performance.now() - (marked.get(who) ?? -Infinity) < BOUNCE) return;
  marked.set(who, Infinity);
  const act = { line: setup.line, kind: String(said.kind), method: String(said.method), person: said.person ?? "", code, paper: said.paper ?? "" };
  try {
    await keep([{ id: uuid7(), kind: "checkin", data: act }]);
  } catch {
    return form.submit(); // the disk is full: straight to the campaign, as without a script
  }
  if (row instanceof HTMLElement) show(row, act.kind === "in");
  marked.set(who, performance.now());
  form.closest("details")?.removeAttribute("open");
  if (code) {
    scanned.add(code);
    form.reset();
  }
  document.dispatchEvent(new Event("tap"));
  await flush();
}

/** @typedef {{id: string, kind: string, data: any}} Act */

const PATIENCE = 30_000;

/**
 * An incident is on the disk, with its picture, before anything is sent. Then it goes at once, the picture as it was taken; where nobody answers, what is on the
 * disk goes later, the picture as small as the phone keeps it. It has one id either way: what the server took although its answer was lost is not written twice.
 * @param {SubmitEvent} event @param {HTMLFormElement} form
 */
async function incident(event, form) {
  const said = new FormData(form, event.submitter);
  await once(event, form, () => tell(form, said));
}

/** What a form does, and not again before it is done. @param {SubmitEvent} event @param {HTMLFormElement} form @param {() => Promise<void>} act */
async function once(event, form, act) {
  event.preventDefault();
  if (form.ariaBusy === "true") return;
  form.ariaBusy = "true";
  try {
    await act();
  } finally {
    form.ariaBusy = "false";
  }
}

/**
 * A walk-in by name, or a report: on the disk before it is sent; then the form goes as it would without a script, and where nobody answers, what is on the disk
 * goes later. Whose name it is the server finds, now or then.
 * @param {HTMLFormElement} form
 */
async function later(form) {
  const said = new FormData(form), id = uuid7(), get = (/** @type {string} */ name) => String(said.get(name) ?? "").trim();
  said.set("id", id);
  const name = form.matches("[data-walkin]") ? get("name") : "";
  if (!name && !form.matches("[data-report]")) return form.submit(); // the page says what is missing
  const act = name
    ? { id, kind: "checkin", data: { line: setup.line, kind: "in", method: "walk_in", name, paper: get("paper") } }
    : { id, kind: "line_report", data: { line: setup.line, here: Number(get("here")), weather: get("weather"), supplies: get("supplies"), note: get("note") } };
  const kept = (await tryKeep([act])) ?? [];
  const answer = await post(form, new URLSearchParams(/** @type {any} */ (said)));
  await settle(kept, answer !== null);
  if (answer?.ok && !at("[data-kept]")) return location.reload(); // the list of now, with what was said
  if (answer ? !answer.ok : !kept.length) return form.submit(); // refused, or the disk is full: as without a script, and the page says why
  note("[data-day-note]", (name ? name + ": " : "") + setup.words[answer ? "sent" : "keptHere"]);
  form.reset();
  at("[data-day-note]")?.scrollIntoView({ block: "center" });
}

/** @param {HTMLFormElement} form @param {FormData} said */
async function tell(form, said) {
  const id = (form.dataset.id ??= uuid7()); // another try at the same one is no second incident
  said.set("id", id);
  const what = { line: setup.line, incident: id, kind: said.get("kind"), privileged: said.get("privileged") !== null };
  const photo = said.get("photo"), taken = photo instanceof File && photo.size > 0;
  const small = taken ? await picture(photo).catch(() => null) : null;
  const words = { id: uuid7(), kind: "incident", data: { ...what, text: said.get("text") } };
  const all = small ? [words, { id: uuid7(), kind: "incident_picture", data: { ...what, ...small } }] : [words];
  const kept = (await tryKeep(all)) || (small && (await tryKeep([words]))) || []; // a full disk may have room for the words
  const answer = await post(form, said);
  await settle(kept, answer !== null);
  if (answer?.ok || (!answer && kept.length === all.length && (small || !taken))) {
    note("[data-day-note]", answer ? setup.words.incident : setup.words.incidentKept);
    note("[data-incident-note]", "");
    delete form.dataset.id;
    form.reset();
    form.closest("dialog")?.close();
    return;
  }
  note("[data-incident-note]", !answer && kept.length ? setup.words.incidentWords : setup.words.incidentNot); // what she wrote stays, and the picture
}

/** What the server says to a form; null for no answer, or one that says nothing of it. @param {HTMLFormElement} form @param {FormData | URLSearchParams} said */
async function post(form, said) {
  const answer = await fetch(form.action, { method: "POST", body: said, headers: { Accept: "application/json" }, signal: AbortSignal.timeout(PATIENCE) }).catch(() => null);
  return answer && answer.status < 500 && answer.status !== 401 ? answer : null;
}

/** After a form was posted: what the server has heard is not sent again; what it has not is, from now on. @param {Act[]} kept @param {boolean} heard */
async function settle(kept, heard) {
  const store = await place, now = Date.now();
  const there = new Map((await store.queue()).map((e) => [e.id, e])); // without those that went meanwhile
  const mine = kept.map((act) => there.get(act.id)).filter(Boolean);
  await store.write(...mine.map((e) => ({ shelf: /** @type {const} */ ("queue"), key: e.id, value: heard ? undefined : { ...e, hold: now } })));
  await chip();
}

/** Keeps acts for the time that a form takes, and says which; null when the disk is full. @param {Act[]} acts @returns {Promise<Act[] | null>} */
const tryKeep = (acts) => keep(acts, Date.now() + PATIENCE).then(() => acts, () => null);

/** @param {string} sel @param {string} text "" for nothing */
function note(sel, text) {
  const box = at(sel);
  if (!box) return;
  box.textContent = text;
  box.hidden = text === "";
}

/** All of them on the disk when this returns, or none. @param {Act[]} acts @param {number} [hold] until when they are not sent */
async function keep(acts, hold = 0) {
  const now = Date.now(), store = await place;
  /** @type {import("./store.js").Change[]} */
  const changes = [];
  for (const { id, kind, data } of acts) {
    const sealed = await seal(setup.key, id, JSON.stringify({ id, kind, at: now, data, by: setup.account }));
    changes.push({ shelf: "queue", key: id, value: { id, account: setup.account, at: now, hold: hold || now, sealed, shown: null } });
  }
  await store.write(...changes);
  await chip();
}

async function flush() {
  const done = await send(await place);
  if (done.out) return location.reload(); // nobody is signed in here, or somebody else is: it is no longer her list
  if (done.contact) document.dispatchEvent(new Event("contact"));
  const problem = at("[data-day-problem]");
  if (done.refused.length && problem) {
    problem.textContent = done.refused.map((r) => (r.data?.name ? r.data.name + ": " : "") + (r.text || setup.words.refused)).join(" ");
    problem.hidden = false;
  }
  await chip();
}

async function chip() {
  const n = (await (await place).queue()).filter((e) => e.sealed !== "" && e.account === setup.account).length;
  const note = at("[data-day-waiting]");
  if (note) note.textContent = n ? setup.words.waiting.replace("#", String(n)) : setup.words.none;
}

/** The person whose code it is, if she is on the list: the page has only hashes of codes. @param {string} code */
async function byCode(code) {
  const sum = await crypto.subtle.digest("SHA-256", utf8(code.trim().toUpperCase()));
  const hex = Array.from(new Uint8Array(sum), (b) => b.toString(16).padStart(2, "0")).join("");
  return at(`[data-hash="${hex}"]`);
}

/** Shows a tap at once, before the server has it. @param {HTMLElement} row @param {boolean} here */
function show(row, here) {
  const state = row.querySelector("[data-state]");
  if (state) state.textContent = here ? setup.words.here : setup.words.left;
  row.toggleAttribute("data-here", here);
  const kind = row.querySelector('form[data-mark] input[name="kind"]');
  if (kind instanceof HTMLInputElement) kind.value = here ? "out" : "in";
  const button = row.querySelector("form[data-mark] button");
  const other = document.querySelector(here ? "[data-word-out]" : "[data-word-in]");
  if (button instanceof HTMLElement && other instanceof HTMLTemplateElement) {
    button.classList.toggle("primary", !here);
    button.ariaLabel = (here ? button.dataset.out : button.dataset.in) ?? null;
    button.replaceChildren(other.content.cloneNode(true));
  }
}

/** Three letters of a name are enough. */
function filter() {
  const box = at("[data-find]"), field = document.getElementById("find");
  if (!box || !(field instanceof HTMLInputElement)) return;
  box.hidden = false;
  const plain = (/** @type {string} */ s) => s.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().trim();
  field.addEventListener("input", () => {
    const q = plain(field.value);
    for (const later of document.querySelectorAll("details:has([data-roll])")) if (later instanceof HTMLDetailsElement) later.open = q !== "";
    for (const row of document.querySelectorAll("[data-name]")) {
      if (row instanceof HTMLElement) row.hidden = q !== "" && !plain(row.dataset.name ?? "").split(" ").some((w) => w.startsWith(q));
    }
  });
}

boot();
