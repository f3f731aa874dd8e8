// SPDX-License-Identifier: Apache-2.0
// Parts of a page that renew themselves. <section id="day" data-live="line" data-live-src="/line/day"> is fetched anew when the
// server says that "line" changed; what comes back is the page or the part, of which the element with the same id is taken.
// data-live-lost holds the words that are shown while the server cannot be heard.

const QUIET = 15_000; // milliseconds without a connection before we say so

// When this page was asked for: what changed since, it may not show.
const [way] = performance.getEntriesByType("navigation");
const asked = way instanceof PerformanceNavigationTiming ? way.requestStart : 0;

/** @param {HTMLElement} part */
async function renew(part) {
  if (part.contains(document.activeElement) && document.activeElement?.matches("input, textarea, select")) return; // someone types
  const answer = await fetch(part.dataset.liveSrc ?? location.href, { headers: { "HX-Request": "true" } });
  if (!answer.ok || answer.redirected) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById(part.id) ?? page.body;
  const focused = document.activeElement instanceof HTMLElement && part.contains(document.activeElement) ? document.activeElement.id : "";
  part.replaceChildren(...fresh.childNodes);
  if (focused) document.getElementById(focused)?.focus();
}

/**
 * @param {string} topic
 * @param {HTMLElement[]} parts
 */
function follow(topic, parts) {
  /** @type {EventSource | undefined} */
  let source;
  let heard = false; // has there been a connection, so that the next one may have missed something
  let timer = 0;

  const all = () => {
    for (const part of parts) renew(part).catch(() => lost());
  };
  const lost = () => {
    for (const part of parts) {
      if (!part.dataset.liveLost || part.previousElementSibling?.matches("[data-live-note]")) continue;
      const note = document.createElement("p");
      note.setAttribute("role", "status");
      note.dataset.liveNote = "";
      note.className = "note warn";
      note.textContent = part.dataset.liveLost;
      part.before(note);
    }
  };
  const found = () => {
    clearTimeout(timer);
    timer = 0;
    for (const part of parts) {
      if (part.previousElementSibling?.matches("[data-live-note]")) part.previousElementSibling.remove();
    }
    if (heard) all();
    heard = true;
  };
  const open = () => {
    source = new EventSource(`/live/${topic}?age=${Math.ceil(performance.now() - asked)}`);
    source.addEventListener("open", found);
    source.addEventListener("changed", all);
    source.addEventListener("error", () => {
      if (!timer) timer = setTimeout(lost, QUIET);
    });
  };
  // A page that nobody looks at holds no connection; what it missed it fetches on return.
  document.addEventListener("visibilitychange", () => {
    source?.close();
    clearTimeout(timer);
    timer = 0;
    if (!document.hidden) open();
  });
  if (!document.hidden) open();
}

/** @type {Map<string, HTMLElement[]>} */
const topics = new Map();
for (const part of document.querySelectorAll("[data-live]")) {
  if (!(part instanceof HTMLElement) || !part.dataset.live) continue;
  topics.set(part.dataset.live, [...(topics.get(part.dataset.live) ?? []), part]);
}
for (const [topic, parts] of topics) follow(topic, parts);
