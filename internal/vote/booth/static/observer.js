// SPDX-License-Identifier: Apache-2.0
// The observers' page: verifies an archive, all of it, on the reader's own device.

import { Reject, sourceOf } from "./bel.js";
import { firstAnswer } from "./election.js";
import { ask, begin } from "./page.js";
import { Pool } from "./pool.js";
import { onlyGrew, verify } from "./verify.js";

/** @import {Page} from "./page.js" */
/** @import {Report} from "./verify.js" */

/** The archive that is to be verified: a file of one's own, or the server's. @param {Page} page */
async function archive(page) {
  const own = page.input('[data-file="archive"]')?.files?.[0];
  return own ?? (await (await ask(page.data.archive ?? "")).blob());
}

/** @param {Page} page */
async function verifyHere(page) {
  page.show("verifying");
  const pool = new Pool();
  try {
    const blob = await archive(page);
    const earlier = page.input('[data-file="earlier"]')?.files?.[0];
    if (earlier) await onlyGrew(sourceOf(earlier), sourceOf(blob));
    const report = await verify(sourceOf(blob), pool, {
      expectHead: page.data.head || undefined,
      progress(done, events) {
        page.progress(done, events);
        page.fill({ done, events });
      },
    });
    show(page, report, blob.size);
  } catch (error) {
    if (error instanceof Reject) {
      page.show("rejected");
      const shown = (/** @type {number} */ n) => (n < 0 ? "–" : n);
      const { code: reason, field, record, offset, height } = error;
      page.fill({ reason, field: field || "–", record: shown(record), offset: shown(offset), height: shown(height) });
    } else page.show("ask");
    throw error;
  } finally {
    pool.end();
  }
}

/**
 * @param {Page} page
 * @param {Report} report
 * @param {number} size
 */
function show(page, { election, stage, credentials, ballots, counted, height, head, result, warnings }, size) {
  page.show("verified");
  const { uuid, name, fingerprint } = election;
  page.fill({ uuid, name, fingerprint, stage, credentials, ballots: ballots.length, counted, height, head, file: size });
  page.choose(page.here, "stage", stage);
  for (const place of page.all("[data-results]", page.here)) {
    place.hidden = result === null;
    place.replaceChildren(
      ...(result ?? []).map((counts, i) => {
        const q = election.questions[i];
        const part = page.copy("result", { question: q.question });
        const rows = part.querySelector("[data-counts]");
        q.answers.forEach((answer, j) => rows?.append(page.copy("count", { answer, count: counts[j + firstAnswer(q)] })));
        if (q.blank) rows?.append(page.copy("count-blank", { count: counts[0] }));
        return part;
      }),
    );
  }
  for (const place of page.all("[data-trackers]", page.here)) {
    place.replaceChildren(
      ...ballots.map(({ tracker, counted: counts }) => {
        const part = page.copy("tracker", { tracker });
        page.choose(part, "when", counts ? "counted" : "superseded");
        const row = part.firstElementChild;
        if (row instanceof HTMLElement) row.dataset.tracker = tracker;
        return part;
      }),
    );
  }
  for (const code of warnings) page.say(code);
}

/** Leaves those trackers that hold what was typed, spaces aside. @param {Page} page @param {string} typed */
function find(page, typed) {
  const part = typed.replace(/\s/g, "");
  for (const row of page.all("[data-tracker]")) row.hidden = !row.dataset.tracker?.includes(part);
}

begin("[data-observer]", async (page) => {
  page.actions = { verify: () => verifyHere(page), ask: () => page.show("ask") };
  page.input("[data-find]")?.addEventListener("input", (event) => find(page, /** @type {HTMLInputElement} */ (event.target).value));
  page.show("ask");
});
