// SPDX-License-Identifier: Apache-2.0
// A form goes once: a second press while the answer is on its way is no second act. Where the answer is a file the page stays, and its form
// can be sent again after a while.

const STALE = 5_000; // milliseconds after which it may go again

/** When a form went. @type {WeakMap<HTMLFormElement, number>} */
let went = new WeakMap();

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || !(form instanceof HTMLFormElement) || form.method !== "post") return;
  const before = went.get(form);
  if (before !== undefined && event.timeStamp - before < STALE) event.preventDefault();
  else went.set(form, event.timeStamp);
});

window.addEventListener("pageshow", () => {
  went = new WeakMap();
});
