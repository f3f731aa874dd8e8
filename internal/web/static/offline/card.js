// SPDX-License-Identifier: Apache-2.0
// Her people as cards: what the server last said, and over it what was recorded on this phone since.

import { dayName, dayOf, daysBetween, say } from "./words.js";

/** @typedef {import("./queue.js").Shown} Shown */

/**
 * @typedef {object} Person
 * @property {string} id
 * @property {string} given
 * @property {string} family
 * @property {string} job
 * @property {string} town
 * @property {string} phone
 * @property {number} value
 * @property {number} value_at
 * @property {number} tried_at
 * @property {number} talk_at
 * @property {string} [outcome]
 * @property {string} [pledge]
 * @property {string} [booked]
 * @property {string} [next]
 * @property {string} [next_on]
 * @property {{at: number, text: string, own: boolean, only: boolean}[]} [notes]
 * @property {Record<string, string>} [took] answers to open tests, by id
 * @property {string[]} [sure] tests in which her yes is not to be taken back here
 * @property {{id: string, name?: string}[]} [shared] who else is reached by her phone; without a name: nobody whom one may see
 */

/**
 * An open test. A list that an older program kept knows its id and name alone.
 * @typedef {object} Test
 * @property {string} id
 * @property {string} name
 * @property {string} [question]
 * @property {number} [closes]
 * @property {string} [evidence]
 * @property {boolean} [weak]
 * @property {string[]} [of] the people whom it counts; without: all
 */

/** @typedef {{account: string, made: number, stale_days: number, worker: string, people: Person[], tests: Test[], words: number, refused: import("./sync.js").Refused[]}} Data */

/** Whether a test asks about somebody now. @param {Test} t @param {string} person @param {number} now */
export const asks = (t, person, now) => (!t.closes || now < t.closes) && (!t.of || t.of.includes(person));

/** Whether a call said that p's number is not hers. @param {any} d @param {Person} p */
function wrongFor(d, p) {
  if (d.outcome !== "wrong_number" || !d.number || d.number !== p.phone) return false;
  if (d.person === p.id) return d.whose !== p.id;
  return Boolean(d.whose) && d.whose !== p.id && (p.shared ?? []).some((s) => s.id === d.person);
}

/** @param {Person} p */
export const nameOf = (p) => `${p.given} ${p.family}`;

/**
 * What the person is with an act over what is known. The later fact wins, whichever came first.
 * @param {Person} p @param {Shown} e @param {number} skew
 * @returns {Person}
 */
function over(p, e, skew) {
  const at = e.at + skew, d = e.data;
  if (wrongFor(d, p)) p = { ...p, phone: "", shared: [] };
  if (d.person !== p.id) return p;
  if (e.kind === "assessment" && at >= p.value_at) return { ...p, value: d.value, value_at: at };
  if (e.kind === "note") return { ...p, notes: [{ at, text: d.text, own: true, only: d.visibility === "private" }, ...(p.notes ?? [])] };
  if (e.kind === "participation") return { ...p, took: { ...p.took, [d.test]: d.state } };
  if (e.kind === "pledge") return { ...p, pledge: d.state };
  if (e.kind !== "conversation") return p;
  const out = { ...p };
  if (at >= p.tried_at) [out.tried_at, out.outcome] = [at, d.outcome];
  if (d.outcome === "talked" && at >= p.talk_at) out.talk_at = at;
  if (!["no_answer", "busy", "left_message"].includes(d.outcome) || d.next_step) [out.next, out.next_on] = [d.next_step, d.next_at];
  if (d.note) out.notes = [{ at, text: d.note, own: true, only: d.note_visibility === "private" }, ...(p.notes ?? [])];
  return out;
}

/**
 * The people with what was recorded here since.
 * @param {Data} data @param {Shown[]} acts @param {number} skew
 */
export function withActs(data, acts, skew) {
  return data.people.map((p) => ({
    person: acts.reduce((q, e) => over(q, e, skew), p),
    waits: acts.some((e) => e.data.person === p.id && !e.sent),
  }));
}

/** @param {string} id @returns {HTMLElement} a copy of what the template holds */
export function copy(id) {
  const t = document.getElementById(id);
  if (!(t instanceof HTMLTemplateElement)) throw new Error(`no template ${id}`);
  const first = /** @type {DocumentFragment} */ (t.content.cloneNode(true)).firstElementChild;
  return /** @type {HTMLElement} */ (first);
}

/** @param {Element} root @param {string} name @returns {HTMLElement} */
export function part(root, name) {
  const found = root.querySelector(`[data-f="${name}"]`);
  if (!(found instanceof HTMLElement)) throw new Error(`no part ${name}`);
  return found;
}

/** @param {string} what talk or tried @param {number} at @param {number} now */
function ago(what, at, now) {
  const days = daysBetween(dayOf(at), dayOf(now));
  if (days <= 0) return say(`${what}.today`);
  return days === 1 ? say(`${what}.yesterday`) : say(`${what}.days`, { n: days });
}

/** @param {Person} p @param {number} now */
function nextLine(p, now) {
  const what = p.next ?? "";
  if (!p.next_on) return say("next", { what });
  const days = daysBetween(dayOf(now), p.next_on);
  if (days === 0) return say("next_today", { what });
  return say(days < 0 ? "next_over" : "next_on", { what, when: dayName(p.next_on) });
}

/**
 * Draws one card.
 * @param {Person} p @param {boolean} waits @param {number} now by the server's clock @param {Data} data
 */
export function draw(p, waits, now, data) {
  const li = copy("t-card");
  li.dataset.person = p.id;
  const mark = part(li, "mark");
  mark.replaceChildren(copy(`t-mark-${p.value}`));
  mark.classList.toggle("old", p.value > 0 && now - p.value_at > data.stale_days * 86400_000);
  part(li, "name").textContent = part(li, "who").textContent = nameOf(p);
  part(li, "under").textContent = [p.job, p.town].filter(Boolean).join(" · ");
  part(li, "value").textContent = say(`mark.${p.value}`);
  let talk = p.talk_at ? ago("talk", p.talk_at, now) : say("talk.never");
  if (p.tried_at > p.talk_at) talk += ` · ${ago("tried", p.tried_at, now)}: ${say(`outcome.${p.outcome}`)}`;
  part(li, "talk").textContent = talk;
  show(part(li, "pledge"), p.pledge ? say(`pledge.${p.pledge}`) : "");
  show(part(li, "booked"), p.booked ? say(`booked.${p.booked}`) : "");
  const took = data.tests.filter((t) => p.took?.[t.id] === "yes").map((t) => t.name);
  show(part(li, "part"), took.length ? say("part", { what: took.join(", ") }) : "");
  part(li, "next").hidden = !p.next;
  part(li, "nextText").textContent = p.next ? nextLine(p, now) : "";
  part(li, "clock").hidden = !waits;
  for (const [name, scheme] of [["call", "tel:"], ["text", "sms:"]]) {
    const link = part(li, name);
    link.hidden = !p.phone;
    if (p.phone) link.setAttribute("href", scheme + p.phone);
  }
  part(li, "none").hidden = Boolean(p.phone);
  for (const name of ["open", "record"]) part(li, name).setAttribute("href", `/my/${p.id}`);
  return li;
}

/** @param {HTMLElement} e @param {string} text */
function show(e, text) {
  e.textContent = text;
  e.hidden = text === "";
}
