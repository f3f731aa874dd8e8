// SPDX-License-Identifier: Apache-2.0
// Workers, and calls to them.

import { Refusal } from "./canon.js";

/** @import {operations as Ballots} from "./crew.js" */
/** @import {operations as Keys} from "./keys.js" */
/** @import {Crew} from "./verify.js" */

/** @typedef {typeof Ballots & typeof Keys} Operations */
/** @typedef {{done: (value: any) => void, fail: (error: Refusal) => void, progress?: (done: number, of: number) => void}} Call */

/** One worker. To end it is what wipes the secrets in it, as far as a browser lets a page do so. */
export class Hand {
  constructor() {
    /** @type {Map<number, Call>} */
    this.calls = new Map();
    this.last = 0;
    this.worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
    this.worker.addEventListener("message", ({ data: { id, value, error, progress } }) => {
      const call = this.calls.get(id);
      if (progress) return call?.progress?.(progress[0], progress[1]);
      this.calls.delete(id);
      if (error) call?.fail(new Refusal(error.code, error.field, error.about));
      else call?.done(value);
    });
    this.worker.addEventListener("error", () => this.end("browser")); // it could not be loaded: too old a browser
  }

  /**
   * @template {keyof Operations} K
   * @param {K} op
   * @param {Parameters<Operations[K]>[0]} args
   * @param {(done: number, of: number) => void} [progress]
   * @returns {Promise<Awaited<ReturnType<Operations[K]>>>}
   */
  call(op, args, progress) {
    return new Promise((done, fail) => {
      this.calls.set(++this.last, { done, fail, progress });
      this.worker.postMessage({ id: this.last, op, args });
    });
  }

  /** @param {string} [code] why calls under way fail */
  end(code = "ended") {
    this.worker.terminate();
    for (const call of this.calls.values()) call.fail(new Refusal(code));
    this.calls.clear();
  }
}

/**
 * Workers to verify an archive with; the fewest busy one gets the next call.
 * @implements {Crew}
 */
export class Pool {
  /** @param {number} [size] */
  constructor(size = Math.min(navigator.hardwareConcurrency || 2, 8)) {
    this.hands = Array.from({ length: size }, () => new Hand());
    this.width = 3 * size;
  }

  get free() {
    return this.hands.reduce((a, b) => (b.calls.size < a.calls.size ? b : a));
  }

  /** @param {Uint8Array<ArrayBuffer>} election */
  async open(election) {
    await Promise.all(this.hands.map((hand) => hand.call("open", { election, many: true })));
  }

  /** @param {Uint8Array<ArrayBuffer>} raw */
  inspect = (raw) => this.free.call("inspect", { raw });

  /** @param {string[]} elements */
  members = (elements) => this.free.call("members", { elements });

  end() {
    for (const hand of this.hands) hand.end();
  }
}
