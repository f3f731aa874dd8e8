// SPDX-License-Identifier: Apache-2.0
// The day of a picket line without a signal: the page that the phone keeps of it, behind the PIN. What is tapped stands in the queue
// (line.js) and on the page that is kept. Where the server answers after all, its own page takes this one's place.

import "../opener.js";
import { linesOf, saveLines } from "./lines.js";
import { ask, said } from "./pin.js";
import { disk } from "./store.js";
import { expire, IDLE, locked, remember, stateOf, unlock } from "./vault.js";
import { count, moment, say } from "./words.js";

const HURRY = 1500; // how long the server has to answer before the page that is kept is shown
const store = await disk();
let touched = Date.now();

/** @param {string} sel @returns {HTMLElement} */
const at = (sel) => /** @type {HTMLElement} */ (document.querySelector(sel));

/** Whether the server answers at once. */
const answers = () => fetch("/healthz", { cache: "no-store", signal: AbortSignal.timeout(HURRY) }).then((r) => r.ok, () => false);

async function boot() {
  await expire(store);
  if (!(await locked(store))) {
    location.replace("/my");
    return;
  }
  at("[data-screen=pin]").hidden = false;
  ask(say("pin.title"), say("pin.why"), async (pin) => {
    const { key, left } = await unlock(store, pin);
    if (key && (await answers())) location.reload();
    else if (key) await open(key);
    else if (left > 0) said(count("pin.wrong", left));
    else location.replace("/my");
  });
}

/** @param {CryptoKey} key */
async function open(key) {
  const lines = await linesOf(store, key), line = lines.find((one) => one.path === location.pathname);
  try {
    if (line) await draw(key, lines, line);
  } finally { // what can be tapped is heard by then
    at("[data-screen=pin]").hidden = true;
    at(line ? "[data-screen=line]" : "[data-screen=none]").hidden = false;
  }
  if (!line) return;
  touched = Date.now();
  setInterval(() => void look(), 10_000);
}

/** @typedef {import("./lines.js").Line} Line */

/** @param {CryptoKey} key @param {Line[]} lines @param {Line} line one of them */
async function draw(key, lines, line) {
  const kept = at("[data-kept]");
  kept.replaceChildren(...new DOMParser().parseFromString(line.html, "text/html").body.childNodes);
  at("[data-as-of]").textContent = say("as_of", { when: moment(line.at) });
  document.addEventListener("tap", async () => {
    line.html = tidy(kept);
    await saveLines(store, key, lines);
  });
  document.addEventListener("submit", (event) => { // the forms that line.js does not send need the server
    if (!(event.target instanceof HTMLFormElement) || event.target.matches("[data-mark], [data-code], [data-incident], [data-walkin], [data-report], [method=dialog]")) return;
    event.preventDefault();
    at("[data-needs-signal]").textContent = say("needs_signal");
    at("[data-needs-signal]").hidden = false;
  });
  document.addEventListener("contact", () => (at("[data-signal]").hidden = false));
  await import("./line.js");
}

/** The page without what the search hid, for the next time. @param {HTMLElement} kept */
function tidy(kept) {
  const copy = /** @type {HTMLElement} */ (kept.cloneNode(true));
  for (const row of copy.querySelectorAll("[data-name]")) row.removeAttribute("hidden");
  return copy.innerHTML;
}

/** Idle, old, or signed out from afar: the PIN is asked again, or there is nothing left that it opens. */
async function look() {
  await expire(store);
  if (Date.now() - touched > IDLE || !(await locked(store))) {
    if ((await stateOf(store)).open > 0) await remember(store, { open: 0 });
    location.reload();
  }
}

for (const kind of ["pointerdown", "keydown"]) {
  document.addEventListener(kind, () => {
    if (Date.now() - touched > 20_000) void remember(store, { open: Date.now() + IDLE });
    touched = Date.now();
  }, { passive: true });
}
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible" && Date.now() - touched > IDLE) void look();
});

await boot();
