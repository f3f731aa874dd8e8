// SPDX-License-Identifier: Apache-2.0
// A form with data-dirty warns before its changes are lost. The browser words the question.

/** What a form held when it was first touched. @type {WeakMap<HTMLFormElement, string>} */
const before = new WeakMap();
let sending = false;

/** @param {HTMLFormElement} form */
function held(form) {
  const parts = [...new FormData(form)].map(([name, value]) => [name, value instanceof File ? value.name : value]);
  return JSON.stringify(parts);
}

document.addEventListener("focusin", (event) => {
  const form = event.target instanceof Element ? event.target.closest("form") : null;
  if (form && "dirty" in form.dataset && !before.has(form)) before.set(form, held(form));
});

document.addEventListener("submit", () => {
  sending = true;
});
window.addEventListener("pageshow", () => {
  sending = false;
});

window.addEventListener("beforeunload", (event) => {
  if (sending) return;
  for (const form of document.querySelectorAll("form")) {
    if ("dirty" in form.dataset && before.has(form) && before.get(form) !== held(form)) event.preventDefault();
  }
});
