// SPDX-License-Identifier: Apache-2.0
// The PIN's own keypad: twelve big keys, for gloves and the dark; the field takes a keyboard, too.

import { PIN_LENGTH } from "./vault.js";
import { say } from "./words.js";

const field = /** @type {HTMLInputElement} */ (document.getElementById("pin"));

/** @type {((pin: string) => Promise<void>) | null} */
let done = null;

/**
 * Asks for six digits. then may ask again.
 * @param {string} title @param {string} why @param {(pin: string) => Promise<void>} then
 */
export function ask(title, why, then) {
  done = then;
  field.value = "";
  set("[data-pin-title]", title);
  set("[data-pin-why]", why);
  said("");
}

/** @param {string} text */
export const said = (text) => set("[data-pin-said]", text);

/** @param {string} at @param {string} text */
function set(at, text) {
  const e = document.querySelector(at);
  if (e) e.textContent = text;
}

async function typed() {
  field.value = field.value.replace(/\D/g, "").slice(0, PIN_LENGTH);
  const pin = field.value;
  if (pin.length < PIN_LENGTH || !done || field.readOnly) return;
  field.readOnly = true; // while the key is worked out, half a second on an old phone
  try {
    await done(pin);
  } finally {
    field.readOnly = false;
    field.value = "";
  }
}

field?.addEventListener("input", () => void typed());
document.querySelector("[data-pin]")?.addEventListener("submit", (event) => event.preventDefault());
for (const key of document.querySelectorAll("[data-key]")) {
  key.addEventListener("click", () => {
    const digit = key.getAttribute("data-key") ?? "";
    if (field.readOnly) return;
    field.value = digit === "back" ? field.value.slice(0, -1) : field.value + digit;
    void typed();
  });
}

/** Whether anybody would try it first: one digit six times, or six in a row. @param {string} pin */
export function weak(pin) {
  const steps = new Set([...pin].slice(1).map((d, i) => Number(d) - Number(pin[i])));
  return steps.size === 1 && [-1, 0, 1].includes([...steps][0] ?? 9);
}

/**
 * Asks for a new PIN, twice.
 * @param {(pin: string) => Promise<void>} then
 */
export function choose(then) {
  const first = () => ask(say("pin.choose"), say("pin.choose_why"), async (pin) => {
    if (weak(pin)) {
      said(say("pin.digits"));
      return;
    }
    ask(say("pin.again"), say("pin.choose_why"), async (again) => {
      if (again === pin) {
        await then(pin);
        return;
      }
      first();
      said(say("pin.differ"));
    });
  });
  first();
}
