// SPDX-License-Identifier: Apache-2.0
// The open structure tests over her list: each opens into one row a person with a big yes; another tap takes it back.

import { asks, copy, nameOf, part } from "./card.js";
import { clockOf, dayName, dayOf, say } from "./words.js";

/** @typedef {import("./card.js").Person} Person */
/** @typedef {import("./card.js").Test} Test */
/** @typedef {{person: Person, waits: boolean}} Row */
/** @typedef {(acts: {kind: string, data: any}[], person: Person) => Promise<void>} Keep */

/** @type {Map<string, HTMLElement>} what stands there, by test, and by test and person: a tap under way finds what it aimed at */
const parts = new Map();
/** @type {Set<string>} taps that are being kept */
const under = new Set();

/**
 * Shows the tests as they are now.
 * @param {HTMLElement} box @param {Test[]} tests @param {Row[]} rows @param {number} now by the server's clock
 * @param {Keep} keep @param {(test: string, person: string) => boolean} waits
 */
export function drawTests(box, tests, rows, now, keep, waits) {
  const open = tests.filter((t) => rows.some((r) => asks(t, r.person.id, now)));
  box.hidden = open.length === 0;
  put(box, open.map((t) => test(t, rows.filter((r) => asks(t, r.person.id, now)), now, keep, waits)));
  for (const [key, e] of parts) if (!e.isConnected) parts.delete(key);
}

/** Nobody is to be seen any more. @param {HTMLElement} box */
export function clearTests(box) {
  box.replaceChildren();
  parts.clear();
}

/** @param {Element} box @param {HTMLElement[]} all leaves those that stand already where they are */
function put(box, all) {
  all.forEach((e, i) => {
    const there = box.children[i];
    if (!there) box.append(e);
    else if (there !== e) there.replaceWith(e);
  });
  while (box.children.length > all.length) box.lastElementChild?.remove();
}

/** @param {string} key @param {string} template */
function kept(key, template) {
  const e = parts.get(key) ?? copy(template);
  parts.set(key, e);
  return e;
}

/** @param {HTMLElement} e @param {string} text */
function write(e, text) {
  if (e.textContent !== text) e.textContent = text;
}

/** @param {Test} t @param {Row[]} rows @param {number} now @param {Keep} keep @param {(test: string, person: string) => boolean} waits */
function test(t, rows, now, keep, waits) {
  const card = kept(t.id, "t-asked");
  card.dataset.test = t.id;
  write(part(card, "name"), t.name);
  const n = rows.filter((r) => r.person.took?.[t.id] === "yes").length;
  write(part(card, "so"), t.closes ? say("test.so", { when: until(t.closes, now), n, of: rows.length }) : "");
  write(part(card, "question"), t.question ? say("test.question", { what: t.question }) : "");
  part(card, "weak").hidden = !t.weak;
  part(card, "seen").hidden = !t.evidence || t.evidence === "captain";
  put(part(card, "rows"), rows.map((r) => ask(t, r.person, keep, waits(t.id, r.person.id))));
  return card;
}

/** @param {number} closes @param {number} now */
const until = (closes, now) => (dayOf(closes) === dayOf(now) ? clockOf(closes) : dayName(dayOf(closes)));

/** @param {Test} t @param {Person} p @param {Keep} keep @param {boolean} waits */
function ask(t, p, keep, waits) {
  const key = `${t.id} ${p.id}`, fresh = !parts.has(key), row = kept(key, "t-ask");
  const answer = p.took?.[t.id], yes = answer === "yes", fixed = yes && Boolean(p.sure?.includes(t.id));
  row.dataset.ask = p.id;
  write(part(row, "name"), nameOf(p));
  write(part(row, "who"), nameOf(p));
  const how = waits ? say("to_send") : fixed ? say("test.sure") : answer === "no" ? say("test.no") : "";
  write(part(row, "how"), how);
  part(row, "how").hidden = how === "";
  part(row, "form").hidden = fixed;
  part(row, "fixed").hidden = !fixed;
  const button = part(row, "yes");
  if (!under.has(key)) button.setAttribute("aria-pressed", String(yes));
  if (fresh) {
    part(row, "form").addEventListener("submit", async (event) => {
      event.preventDefault();
      if (under.has(key)) return;
      under.add(key);
      const state = button.getAttribute("aria-pressed") === "true" ? "unknown" : "yes";
      button.setAttribute("aria-pressed", String(state === "yes")); // at once: the thumb is at the next one already
      try {
        await keep([{ kind: "participation", data: { person: p.id, test: t.id, state, evidence: t.evidence ?? "captain" } }], p);
      } catch (problem) {
        button.setAttribute("aria-pressed", String(state !== "yes"));
        throw problem;
      } finally {
        under.delete(key);
      }
    });
  }
  return row;
}
