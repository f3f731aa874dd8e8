// SPDX-License-Identifier: Apache-2.0
// Single keys: / searches, ? lists the keys, g and a letter goes to a room. They can be turned off (WCAG 2.1.4), and that
// choice stays in this browser only.

const STORE = "tenday.keys";

/** Whether single keys are on. */
export function keysOn() {
  try {
    return localStorage.getItem(STORE) !== "off";
  } catch {
    return true; // storage refused: nothing remembered, keys on
  }
}

/**
 * Whether a key press belongs to a field or a dialog.
 * @param {KeyboardEvent} event
 */
export function typing(event) {
  const at = event.target;
  return at instanceof Element && at.closest("input, select, textarea, dialog, [contenteditable]") !== null;
}

/**
 * The rooms by letter: the first free letter of each address ("/people" is p; "/" is h).
 * @returns {Map<string, HTMLAnchorElement>}
 */
function rooms() {
  /** @type {Map<string, HTMLAnchorElement>} */
  const byLetter = new Map();
  for (const link of document.querySelectorAll("[data-shortcuts] a")) {
    if (!(link instanceof HTMLAnchorElement)) continue;
    const letters = (link.pathname.split("/")[1] || "home").replace(/[^a-z]/g, "");
    const letter = [...letters].find((l) => !byLetter.has(l));
    if (letter) byLetter.set(letter, link);
  }
  return byLetter;
}

/** Writes "g p  People" into the help dialog, from the links on this page. */
function listRooms() {
  const list = document.querySelector("[data-shortcut-list]");
  list?.replaceChildren();
  for (const [letter, link] of rooms()) {
    const term = document.createElement("dt");
    for (const key of ["g", letter]) {
      const kbd = document.createElement("kbd");
      kbd.textContent = key;
      term.append(kbd, " ");
    }
    const what = document.createElement("dd");
    what.textContent = link.textContent?.trim() ?? "";
    list?.append(term, what);
  }
}

function help() {
  const dialog = document.getElementById("help");
  if (!(dialog instanceof HTMLDialogElement) || dialog.open) return;
  listRooms();
  dialog.showModal();
}

let afterG = -Infinity; // when g was pressed, on the event clock; the letter must follow within a second

document.addEventListener("keydown", (event) => {
  if (typing(event) || event.metaKey || event.ctrlKey || event.altKey || !keysOn()) return;
  const going = event.timeStamp - afterG < 1000;
  afterG = -Infinity;
  if (going) {
    rooms().get(event.key)?.click();
  } else if (event.key === "g") {
    afterG = event.timeStamp;
  } else if (event.key === "/") {
    const field = document.querySelector("[data-search]");
    if (!(field instanceof HTMLInputElement)) return;
    event.preventDefault();
    field.focus();
    field.select();
  } else if (event.key === "?") {
    help();
  }
});

for (const button of document.querySelectorAll("[data-help]")) {
  button.removeAttribute("hidden");
  button.addEventListener("click", help);
}

const toggle = document.querySelector("[data-shortcuts-on]");
if (toggle instanceof HTMLInputElement) {
  toggle.checked = keysOn();
  toggle.addEventListener("change", () => {
    try {
      localStorage.setItem(STORE, toggle.checked ? "on" : "off");
    } catch {
      toggle.checked = true;
    }
  });
}
