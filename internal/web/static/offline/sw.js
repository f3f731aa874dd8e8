// SPDX-License-Identifier: Apache-2.0
// The service worker: My people opens without a signal, and what waits is sent when one is back, also with the page closed. It is
// there only on a phone whose owner chose to keep her list. It keeps files and an empty page; people are in the vault, not here.

import { waiting } from "./queue.js";
import { disk } from "./store.js";
import { send } from "./sync.js";
import { expire, locked, stateOf, remember, IDLE } from "./vault.js";

const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (globalThis));
const START = "/my", SHELL = "/my/shell", AWAY = "/my/away", LINE = "/lines/shell";
const CACHE = "tenday-" + new URL(worker.location.href).searchParams.get("v");

worker.addEventListener("install", (event) => event.waitUntil(install()));

async function install() {
  const files = await (await fetch("/sync/files")).json();
  const cache = await caches.open(CACHE);
  await cache.addAll([SHELL, AWAY, LINE, ...files]);
  await worker.skipWaiting();
}

worker.addEventListener("activate", (event) => event.waitUntil(activate()));

async function activate() {
  for (const name of await caches.keys()) {
    if (name.startsWith("tenday-") && name !== CACHE) await caches.delete(name);
  }
  await worker.clients.claim();
}

worker.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== worker.location.origin) return;
  if (event.request.mode === "navigate") event.respondWith(page(event, url));
  else if (url.pathname.startsWith("/static/")) event.respondWith(file(event.request));
});

/** @param {Request} request */
async function file(request) {
  return (await (await caches.open(CACHE)).match(request)) ?? fetch(request);
}

/** Where one may go without the PIN: in and out, and pages for everybody. */
const ways = /^\/(signin|signout|join|demo|my\/away|static|healthz)(\/|$)/;

/** Where a captain works at a picket line: it opens without a signal, too. */
const day = /^\/lines\/[^/]+\/day$/;

/** @param {FetchEvent} event @param {URL} url @returns {Promise<Response>} */
async function page(event, url) {
  if (url.pathname === AWAY) return kept(AWAY);
  const store = await disk();
  let keeps = false;
  try {
    await expire(store);
    const state = await stateOf(store);
    if (state.out) await send(store, true); // nothing guards the session any more: before anything else it ends
    keeps = await locked(store);
    if (url.pathname === START) {
      if (!keeps) return await fetch(event.request).catch(() => kept(SHELL)); // no list here: the server's own page
      event.waitUntil(renew());
      return await kept(SHELL);
    }
    // The PIN guards every page on this phone, not this one alone: five minutes without a tap, and it is asked.
    if (keeps && !ways.test(url.pathname)) {
      if (state.open < Date.now()) return day.test(url.pathname) ? await kept(LINE) : Response.redirect(START);
      await remember(store, { open: Date.now() + IDLE });
    }
  } finally {
    store.close();
  }
  try {
    return await fetch(event.request);
  } catch {
    return keeps && day.test(url.pathname) ? kept(LINE) : Response.redirect(START + "?away=1");
  }
}

/** @param {string} path @returns {Promise<Response>} */
async function kept(path) {
  return (await (await caches.open(CACHE)).match(path)) ?? fetch(path);
}

/** The pages may have changed their language since. Those of a newer version come with the worker of that version, and its files. */
async function renew() {
  try {
    for (const path of [SHELL, LINE]) {
      const answer = await fetch(path), copy = answer.clone();
      const ours = answer.ok && !answer.redirected && (await answer.text()).includes(worker.location.search);
      if (ours) await (await caches.open(CACHE)).put(path, copy);
    }
  } catch {
    // no signal: the one that is kept will do
  }
}

worker.addEventListener("sync", (event) => {
  /** @type {any} */ (event).waitUntil(background());
});

async function background() {
  const store = await disk();
  try {
    await expire(store);
    const seen = (await worker.clients.matchAll({ type: "window" })).some((c) => c.visibilityState === "visible");
    const sent = await send(store, !seen); // while she looks at the page, what she may take back stays
    if (sent.out) return; // nobody is signed in here: it waits until somebody is
    if (!sent.contact || sent.again || (await waiting(store)).length > 0) throw new Error("not all was sent"); // the browser tries again, later and later
  } finally {
    store.close();
  }
}
