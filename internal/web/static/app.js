// SPDX-License-Identifier: Apache-2.0
// What the pages gain with JavaScript. All of it listens on the document, so fragments swapped in later need no set-up.

import "./dirty.js";
import "./live.js";
import "./once.js";
import "./opener.js";
import "./shortcuts.js";
import "./table.js";
import "./toast.js";
import "./upload.js";

/** Menus are <details>: a click elsewhere or Escape closes them. */
const menus = "details.menu[open], details[data-menu][open]";

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll(menus)) {
    if (event.target instanceof Node && !menu.contains(event.target)) menu.removeAttribute("open");
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll(menus)) {
    menu.removeAttribute("open");
    menu.querySelector("summary")?.focus();
  }
});

/** A button that prints, hidden until there is a script to do it. */
for (const button of document.querySelectorAll("[data-print]")) button.removeAttribute("hidden");
document.addEventListener("click", (event) => {
  if (event.target instanceof Element && event.target.closest("[data-print]")) window.print();
});

/** After a refused form the reader starts at the list of what to mend. */
for (const summary of document.querySelectorAll("[data-errors]")) {
  if (summary instanceof HTMLElement) summary.focus();
}
