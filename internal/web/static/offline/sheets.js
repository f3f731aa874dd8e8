// SPDX-License-Identifier: Apache-2.0
// The two sheets on which something is recorded: the result of a call, one tap; and the longer one, with the number and the rest.

import { asks, copy, nameOf, part } from "./card.js";
import { Full } from "./store.js";
import { addDays, dayOf, moment, say } from "./words.js";

/** @typedef {import("./card.js").Person} Person */
/** @typedef {(acts: {kind: string, data: any}[], person: Person) => Promise<void>} Keep */

const BOUNCE = 300; // milliseconds: the second half of a double tap on the sheet before is no answer on the next
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
    tests(form, person, data, now());
    whose(form, person);
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

/** What can be ticked off for her: the open tests, and a pledge on paper. @param {HTMLFormElement} form @param {Person} person @param {import("./card.js").Data} data @param {number} now */
function tests(form, person, data, now) {
  const open = data.tests.filter((t) => asks(t, person.id, now));
  const box = form.querySelector("[data-tests]"), paper = form.querySelector("[data-paper]");
  if (box instanceof HTMLElement) box.hidden = open.length === 0;
  if (paper instanceof HTMLElement) paper.hidden = data.words === 0 || person.pledge !== "none";
  form.querySelector("[data-tests-in]")?.replaceChildren(...open.map((t) => {
    const label = copy("t-test"), input = label.querySelector("input");
    part(label, "name").textContent = t.name;
    if (input) {
      input.value = t.id;
      input.checked = input.defaultChecked = person.took?.[t.id] === "yes";
      input.disabled = input.checked && Boolean(person.sure?.includes(t.id));
      input.dataset.evidence = t.evidence ?? "captain";
    }
    return label;
  }));
}

/** What may be said of a shared number that was the wrong one, hers first. @param {Person} person @returns {[string, string][]} */
const owners = (person) => [
  ...[{ id: person.id, name: nameOf(person) }, ...(person.shared ?? [])].map((s) =>
    /** @type {[string, string]} */ ([s.id, s.name ? say("whose.of", { name: s.name }) : say("whose.other")])),
  ["nobody", say("whose.nobody")], ["", say("whose.unknown", { name: nameOf(person) })],
];

/** The number that was the wrong one. @param {Person} person @param {string} channel @param {string} outcome */
const missed = (person, channel, outcome) => (outcome === "wrong_number" && ["call", "text"].includes(channel) ? person.phone : "");

/** The longer sheet asks whose a number is once it was the wrong one. @param {HTMLFormElement} form @param {Person} person */
function whose(form, person) {
  form.querySelector("[data-whose-in]")?.replaceChildren(...owners(person).map(([value, label]) => {
    const pick = copy("t-whose-pick"), input = /** @type {HTMLInputElement} */ (pick.querySelector("input"));
    input.value = value;
    input.checked = input.defaultChecked = value === "";
    /** @type {HTMLElement} */ (pick.querySelector("span")).textContent = label;
    return pick;
  }));
  asked(form, person);
}

/** @param {HTMLFormElement} form @param {Person} person */
function asked(form, person) {
  const f = new FormData(form), box = form.querySelector("[data-whose]");
  const number = missed(person, String(f.get("channel")), String(f.get("outcome")));
  if (box instanceof HTMLElement) box.hidden = !number || !person.shared?.length;
}

/** After one tap for the result one more: whose number it is. @param {any} data of the talk */
function askWhose(data) {
  const d = dialog("whose"), person = current?.person, since = performance.now();
  if (!person) return;
  fail(d, "");
  d.querySelector("[data-whose-in]")?.replaceChildren(...owners(person).map(([value, label]) => {
    const button = copy("t-whose");
    button.textContent = label;
    button.dataset.whose = value;
    button.addEventListener("click", () => {
      if (performance.now() - since < BOUNCE) return;
      void keep(d, [{ kind: "conversation", data: value ? { ...data, whose: value } : data }]);
    });
    return button;
  }));
  dialog("result").close();
  d.showModal();
  d.scrollTop = 0;
}

/** Not said yet: back to the result, which is not kept so far. @param {Event} [event] */
function back(event) {
  event?.preventDefault();
  dialog("whose").close();
  dialog("result").showModal();
}

dialog("whose").addEventListener("cancel", back);
document.querySelector("[data-whose-back]")?.addEventListener("click", () => back());

/** @param {Element} d @param {string} text */
function fail(d, text) {
  const box = d.querySelector("[data-sheet-error]");
  if (!(box instanceof HTMLElement)) return;
  box.hidden = text === "";
  const line = box.querySelector("span");
  if (line) line.textContent = text;
}

/** Once: another tap while the phone is still writing is no second act. @param {HTMLDialogElement} d @param {{kind: string, data: any}[]} acts */
async function keep(d, acts) {
  const about = current;
  if (!about) return;
  current = null;
  try {
    await about.keep(acts, about.person);
    d.close();
  } catch (problem) {
    current ??= about;
    if (!(problem instanceof Full)) throw problem;
    fail(d, say("full")); // what was chosen stands in the sheet still
  }
}

for (const button of document.querySelectorAll("[data-outcome]")) {
  button.addEventListener("click", () => {
    if (!current || !(button instanceof HTMLElement)) return;
    const { person, channel, now } = current, outcome = button.dataset.outcome;
    const next = outcome === "call_back" ? { next_step: button.textContent?.trim(), next_at: dayOf(now()) } : {};
    const number = missed(person, channel, outcome ?? "");
    const data = { person: person.id, channel, outcome, ...next, ...(number ? { number } : {}) };
    if (number && person.shared?.length) askWhose(data);
    else void keep(dialog("result"), [{ kind: "conversation", data }]);
  });
}

document.querySelector("[data-record]")?.addEventListener("change", (event) => {
  const form = event.target instanceof HTMLInputElement ? event.target.form : null;
  if (current && form) asked(form, current.person);
});

document.querySelector("[data-record]")?.addEventListener("submit", (event) => {
  event.preventDefault();
  if (!current || !(event.target instanceof HTMLFormElement)) return;
  const acts = read(event.target, current.person, dayOf(current.now()), current.words);
  if (acts.length > 0) void keep(dialog("record"), acts);
  else fail(dialog("record"), say("choose"));
});

document.querySelector("[data-record] [data-close]")?.addEventListener("click", () => dialog("record").close());

/** @param {HTMLFormElement} form @param {Person} who @param {string} today @param {number} words version of the pledge's @returns {{kind: string, data: any}[]} */
function read(form, who, today, words) {
  const f = new FormData(form), acts = [], person = who.id;
  const get = (/** @type {string} */ name) => String(f.get(name) ?? "");
  const note = get("note").trim();
  if (get("outcome")) {
    /** @type {any} */
    const data = { person, channel: get("channel"), outcome: get("outcome"), issues: f.getAll("issue"), note, note_visibility: get("visibility") };
    const number = missed(who, get("channel"), get("outcome"));
    if (number) data.number = number;
    if (number && who.shared?.length && get("whose")) data.whose = get("whose");
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
    acts.push({ kind: "participation", data: { person, test: tick.value, state: tick.checked ? "yes" : "unknown", evidence: tick.dataset.evidence } });
  }
  if (get("pledge")) acts.push({ kind: "pledge", data: { person, state: get("pledge"), text_version: words } });
  if (get("value")) acts.push({ kind: "assessment", data: { person, value: Number(get("value")), basis: get("basis") } });
  return acts;
}
