// SPDX-License-Identifier: Apache-2.0
// Parts of a page that renew themselves. <section id="day" data-live="line" data-live-src="/line/day"> is fetched anew when the
// server says that "line" changed; what comes back is the page or the part, of which the element with the same id is taken.
// data-live-lost holds the words that are shown while the server cannot be heard.
// <section id="work" data-again="2"> is fetched anew every two seconds instead, until the page has it no more: then all of the page is.

const QUIET = 15_000; // milliseconds without a connection before we say so
const DEAD = 45_000; // without a word on a connection: the server says something every 20 seconds, so nobody is there
const AGAIN = 5_000; // until we come back after a refusal, the first time: the server may be starting
const SELDOM = 20_000; // and at most: who takes her pledge back is off an open list within a minute

// When this page was asked for: what changed since, it may not show.
const [way] = performance.getEntriesByType("navigation");
const asked = way instanceof PerformanceNavigationTiming ? way.requestStart : 0;

/** @param {HTMLElement} part */
async function renew(part) {
  const typing = "input:not([type=checkbox], [type=radio]), textarea, select";
  if (part.contains(document.activeElement) && document.activeElement?.matches(typing)) return; // someone types
  const answer = await fetch(part.dataset.liveSrc ?? location.href, { headers: { "HX-Request": "true" } });
  if (answer.redirected || answer.status === 401 || answer.status === 403) return location.reload(); // she may not see it any more
  if (!answer.ok) throw new Error(answer.statusText);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const same = page.getElementById(part.id);
  if (!same && part.dataset.again) return location.reload();
  const fresh = same ?? page.body;
  const focused = document.activeElement instanceof HTMLElement && part.contains(document.activeElement) ? named(document.activeElement) : "";
  const ticks = new Map(boxes(part).filter((box) => box.checked !== box.defaultChecked).map((box) => [named(box), box.checked]));
  part.replaceChildren(...fresh.childNodes);
  for (const box of boxes(part)) {
    if (!box.disabled) box.checked = ticks.get(named(box)) ?? box.checked;
  }
  if (!focused) return;
  for (const one of part.querySelectorAll("[id], [name]")) {
    if (one instanceof HTMLElement && named(one) === focused) return one.focus();
  }
}

/** What somebody ticked stays ticked; the rest is as the server has it. @param {HTMLElement} part */
const boxes = (part) => [...part.querySelectorAll("input")].filter((box) => box.type === "checkbox" || box.type === "radio");

/** By what an element is found again in the fresh part. @param {HTMLElement} one */
const named = (one) => one.id || (one instanceof HTMLInputElement ? `${one.name}=${one.value}` : "");

/**
 * @param {string} topic
 * @param {HTMLElement[]} parts
 */
function follow(topic, parts) {
  /** @type {EventSource | undefined} */
  let source;
  let heard = false; // has there been a connection, so that the next one may have missed something
  let losing = 0; // timer until we say that nobody is heard
  let coming = 0; // timer until we open another connection
  let wait = AGAIN;

  const all = () => {
    for (const part of parts) renew(part).then(() => told(part), failed);
  };
  /** @param {HTMLElement} part */
  const told = (part) => {
    if (part.previousElementSibling?.matches("[data-live-note]")) part.previousElementSibling.remove();
  };
  const failed = () => {
    lost();
    openIn(wait);
    wait = Math.min(2 * wait, SELDOM);
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
  const close = () => {
    source?.close();
    clearTimeout(losing);
    clearTimeout(coming);
    losing = coming = 0;
  };
  /** @param {number} after */
  const openIn = (after) => {
    clearTimeout(coming);
    coming = setTimeout(again, after);
  };
  const again = () => { // where no stream comes through, we look by ourselves
    heard = false;
    all();
    open();
  };
  const alive = () => {
    wait = AGAIN;
    openIn(DEAD);
  };
  const found = () => {
    clearTimeout(losing);
    losing = 0;
    alive();
    if (heard || parts.some((part) => part.previousElementSibling?.matches("[data-live-note]"))) all();
    heard = true;
  };
  const open = () => {
    source?.close();
    openIn(DEAD);
    const mine = new EventSource(`/live/${topic}?age=${Math.ceil(performance.now() - asked)}`);
    source = mine;
    mine.addEventListener("open", found);
    mine.addEventListener("beat", alive);
    mine.addEventListener("changed", () => {
      alive();
      all();
    });
    mine.addEventListener("error", () => {
      if (!losing) losing = setTimeout(lost, QUIET);
      if (mine.readyState !== EventSource.CLOSED) return; // it comes back by itself
      openIn(wait); // refused
      wait = Math.min(2 * wait, SELDOM);
    });
  };
  // A page that nobody looks at holds no connection; what it missed it fetches on return.
  document.addEventListener("visibilitychange", () => {
    close();
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

/** @param {HTMLElement} part */
function again(part) {
  const next = () => again(part);
  setTimeout(() => (document.hidden ? next() : renew(part).then(next, next)), 1000 * Number(part.dataset.again));
}
for (const part of document.querySelectorAll("[data-again]")) {
  if (part instanceof HTMLElement) again(part);
}
