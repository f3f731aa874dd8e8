// SPDX-License-Identifier: Apache-2.0
// Toasts are drawn by the server. They leave after ten seconds; pointer or focus on one holds it.

const STAY = 10_000; // milliseconds; the time to undo promised by the guide

/** @param {Element} toast */
function leave(toast) {
  toast.classList.add("leaving");
  setTimeout(() => toast.remove(), 250);
}

/** @param {Element} toast */
function tend(toast) {
  const close = toast.querySelector("[data-toast-close]");
  close?.removeAttribute("hidden");
  close?.addEventListener("click", () => leave(toast));

  let timer = setTimeout(leave, STAY, toast);
  const hold = () => clearTimeout(timer);
  const resume = () => {
    hold();
    timer = setTimeout(leave, STAY, toast);
  };
  toast.addEventListener("pointerenter", hold);
  toast.addEventListener("pointerleave", resume);
  toast.addEventListener("focusin", hold);
  toast.addEventListener("focusout", resume);
}

const region = document.querySelector("[data-toasts]");
if (region) {
  // A live region speaks of what changes in it: what came with the page is put in once more.
  const drawn = [...region.children];
  region.replaceChildren();
  new MutationObserver((changes) => {
    for (const node of changes.flatMap((change) => [...change.addedNodes])) {
      if (node instanceof Element && node.matches("[data-toast]")) tend(node);
    }
  }).observe(region, { childList: true });
  setTimeout(() => region.append(...drawn), 100);
}
