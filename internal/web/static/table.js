// SPDX-License-Identifier: Apache-2.0
// Rows by keyboard: j, k and the arrows move between the first links of a table's rows; Enter follows the link, as always.

import { typing, keysOn } from "./shortcuts.js";

const links = "table[data-rows] tbody th a";

/**
 * Moves the focus by step rows.
 * @param {number} step
 * @returns {boolean} whether there was a row to go to
 */
function move(step) {
  /** @type {HTMLElement[]} */
  const rows = [...document.querySelectorAll(links)].filter((link) => link instanceof HTMLElement);
  const row = document.activeElement?.closest("tr");
  const at = rows.findIndex((link) => link.closest("tr") === row);
  const next = rows[at < 0 ? 0 : at + step];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
  return next !== undefined;
}

document.addEventListener("keydown", (event) => {
  if (typing(event) || event.metaKey || event.ctrlKey || event.altKey) return;
  const inTable = document.activeElement?.matches(links) ?? false;
  const step =
    (event.key === "j" && keysOn()) || (event.key === "ArrowDown" && inTable) ? 1
    : (event.key === "k" && keysOn()) || (event.key === "ArrowUp" && inTable) ? -1
    : 0;
  if (step !== 0 && move(step)) event.preventDefault();
});
