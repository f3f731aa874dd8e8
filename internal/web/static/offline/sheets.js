// SPDX-License-Identifier: Apache-2.0
// The two sheets on which something is recorded: the result of a call, one tap; and the longer one, with the number and the rest.

import { copy, nameOf, part } from "./card.js";
import { Full } from "./store.js";
import { addDays, dayOf, moment, say } from "./words.js";

/** @typedef {import("./card.js").Person} Person */
/** @typedef {(acts: {kind: string, data: any}[], person: Person) => Promise<void>} Keep */

const DAYS = /** @type {Record<string, number>} */ ({ today: 0, tomorrow: 1, three: 3, week: 7 });

/** @param {string} id */
const dialog = (id) => /** @type {HTMLDialogElement} */ (document.getElementById(id));

/** @type {{person: Person, channel: string, keep: Keep, now: () => number, words: number} | null} */
let current = null;

/**
 * @param {string} id @param {Person} person @param {string} channel how they spoke, as far as one knows
 * @param {Keep} keep @param {() => number} now by the server's clock @param {import("./card.js").Data} data
 */
export function open(id, person, channel, keep, now, data) {
  for (const d of document.querySelectorAll("dialog[open]")) if (d instanceof HTMLDialogElement) d.close();
  current = { person, channel, keep, now, words: data.words };
  const d = dialog(id);
  const who = d.querySelector("[data-who]");
  if (who) who.textContent = nameOf(person);
  fail(d, "");
  const form = d.querySelector("form");
  if (id === "record" && form) {
    form.reset();
    choose(form, "channel", channel);
    notes(d, person);
    tests(form, person, data);
  }
  d.showModal();
  d.scrollTop = 0;
}

/** @param {HTMLFormElement} form @param {string} name @param {string} value */
function choose(form, name, value) {
  const input = form.querySelector(`[name="${name}"][value="${value}"]`);
  if (input instanceof HTMLInputElement) input.checked = true;
}

/** @param {HTMLDialogElement} d @param {Person} person */
function notes(d, person) {
  d.querySelector("[data-notes]")?.replaceChildren(...(person.notes ?? []).map((n) => {
    const p = copy("t-note");
    part(p, "text").textContent = n.text;
    part(p, "by").textContent = `${moment(n.at)} · ${say(n.only ? "note.own" : "note.shared")}`;
    return p;
  }));
}

/** What can be ticked off for her: the open tests, and a pledge on paper. @param {HTMLFormElement} form @param {Person} person @param {import("./card.js").Data} data */
function tests(form, person, data) {
  const box = form.querySelector("[data-tests]"), paper = form.querySelector("[data-paper]");
  if (box instanceof HTMLElement) box.hidden = data.tests.length === 0;
  if (paper instanceof HTMLElement) paper.hidden = data.words === 0 || person.pledge !== "none";
  form.querySelector("[data-tests-in]")?.replaceChildren(...data.tests.map((t) => {
    const label = copy("t-test"), input = label.querySelector("input");
    part(label, "name").textContent = t.name;
    if (input) {
      input.value = t.id;
      input.checked = input.defaultChecked = person.took?.[t.id] === "yes";
    }
    return label;
  }));
}

/** @param {Element} d @param {string} text */
function fail(d, text) {
  const box = d.querySelector("[data-sheet-error]");
  if (!(box instanceof HTMLElement)) return;
  box.hidden = text === "";
  const line = box.querySelector("span");
  if (line) line.textContent = text;
}

/** @param {HTMLDialogElement} d @param {{kind: string, data: any}[]} acts */
async function keep(d, acts) {
  if (!current) return;
  const { keep, person } = current;
  try {
    await keep(acts, person);
    current = null;
    d.close();
  } catch (problem) {
    if (!(problem instanceof Full)) throw problem;
    fail(d, say("full")); // what was chosen stands in the sheet still
  }
}

for (const button of document.querySelectorAll("[data-outcome]")) {
  button.addEventListener("click", () => {
    if (!current || !(button instanceof HTMLElement)) return;
    const { person, channel, now } = current, outcome = button.dataset.outcome;
    const next = outcome === "call_back" ? { next_step: button.textContent?.trim(), next_at: dayOf(now()) } : {};
    void keep(dialog("result"), [{ kind: "conversation", data: { person: person.id, channel, outcome, ...next } }]);
  });
}

document.querySelector("[data-record]")?.addEventListener("submit", (event) => {
  event.preventDefault();
  if (!current || !(event.target instanceof HTMLFormElement)) return;
  const acts = read(event.target, current.person.id, dayOf(current.now()), current.words);
  if (acts.length > 0) void keep(dialog("record"), acts);
  else fail(dialog("record"), say("choose"));
});

document.querySelector("[data-record] [data-close]")?.addEventListener("click", () => dialog("record").close());

/** @param {HTMLFormElement} form @param {string} person @param {string} today @param {number} words version of the pledge's @returns {{kind: string, data: any}[]} */
function read(form, person, today, words) {
  const f = new FormData(form), acts = [];
  const get = (/** @type {string} */ name) => String(f.get(name) ?? "");
  const note = get("note").trim();
  if (get("outcome")) {
    /** @type {any} */
    const data = { person, channel: get("channel"), outcome: get("outcome"), issues: f.getAll("issue"), note, note_visibility: get("visibility") };
    const next = form.querySelector("[name=next]:checked");
    if (next instanceof HTMLElement) {
      data.next_step = next.dataset.label;
      data.next_at = addDays(today, DAYS[get("when")] ?? 0);
    }
    acts.push({ kind: "conversation", data });
  } else if (note) {
    acts.push({ kind: "note", data: { person, text: note, visibility: get("visibility") } });
  }
  for (const tick of form.querySelectorAll("[name=took]")) {
    if (!(tick instanceof HTMLInputElement) || tick.checked === tick.defaultChecked) continue;
    acts.push({ kind: "participation", data: { person, test: tick.value, state: tick.checked ? "yes" : "unknown", evidence: "captain" } });
  }
  if (get("pledge")) acts.push({ kind: "pledge", data: { person, state: get("pledge"), text_version: words } });
  if (get("value")) acts.push({ kind: "assessment", data: { person, value: Number(get("value")), basis: get("basis") } });
  return acts;
}
