// SPDX-License-Identifier: Apache-2.0
// Runs the long work beside the page. One message is one call: {id, op, args}; answers are {id, value}, {id, error} or {id, progress}.

import { Refusal } from "./canon.js";
import { operations as ballots } from "./crew.js";
import { operations as keys } from "./keys.js";

/** @type {Record<string, (args: any, progress: (done: number, of: number) => void) => Promise<unknown>>} */
const operations = { ...ballots, ...keys };

const scope = /** @type {DedicatedWorkerGlobalScope} */ (/** @type {unknown} */ (self));

scope.addEventListener("message", async ({ data: { id, op, args } }) => {
  try {
    const value = await operations[op](args, (done, of) => scope.postMessage({ id, progress: [done, of] }));
    scope.postMessage({ id, value });
  } catch (error) {
    // Of anything but a Refusal nothing is told: its text could hold what must not leave the worker.
    const { code, field, about } = error instanceof Refusal ? error : new Refusal("broken");
    scope.postMessage({ id, error: { code, field, about } });
  }
});
