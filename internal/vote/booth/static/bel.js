// SPDX-License-Identifier: Apache-2.0
// The archive of an election: a tar file of records, in which events form a chain. Container and events are checked here, in one walk; what
// the records say is for verify.js.

import { decimal, decode, hash, int, object, Refusal, text } from "./canon.js";
import { hex, sha256 } from "./hash.js";

const block = 512;
const maxRecord = 64 * 2 ** 20;
const maxArchive = 2 * 2 ** 30;
const maxTimestamp = 2 ** 33 - 1; // 11 octal digits

/** @typedef {{size: number, read: (offset: number, length: number) => Promise<Uint8Array<ArrayBuffer>>}} Source */

/**
 * @param {Blob} blob a file, or an answer that was fetched
 * @returns {Source}
 */
export const sourceOf = (blob) => ({
  size: blob.size,
  read: async (offset, length) => new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer()),
});

/** @typedef {{index: number, offset: number, size: number, hash: string, event: boolean}} Place */
/** @typedef {"Setup" | "Ballot" | "EndBallots" | "EncryptedTally" | "PartialDecryption" | "Result"} Type */
/** @typedef {{height: number, type: Type, record: Place, data: Place[]}} Step */
/** @typedef {"open" | "closed" | "tallied" | "decrypting" | "result"} Stage */

/**
 * Per type of event: how many records stand before it, what it may follow ("" is the start), and the stage it leads to.
 * @type {Record<string, {records: number, after: string[], stage: Stage}>}
 */
const types = {
  Setup: { records: 4, after: [""], stage: "open" },
  Ballot: { records: 1, after: ["Setup", "Ballot"], stage: "open" },
  EndBallots: { records: 0, after: ["Setup", "Ballot"], stage: "closed" },
  Shuffle: { records: 0, after: [], stage: "open" },
  EndShuffles: { records: 0, after: [], stage: "open" },
  EncryptedTally: { records: 2, after: ["EndBallots"], stage: "tallied" },
  PartialDecryption: { records: 2, after: ["EncryptedTally", "PartialDecryption"], stage: "decrypting" },
  Result: { records: 1, after: ["PartialDecryption"], stage: "result" },
};

const version = object({ version: int, timestamp: decimal });

const event = object({
  "parent?": hash,
  height: int,
  type: (r) => {
    const name = text(r);
    if (!Object.hasOwn(types, name)) r.fail();
    return name;
  },
  "payload?": hash,
});

export const sizedTally = object({ num_tallied: int, total_weight: int, encrypted_tally: hash });
export const owned = object({ owner: int, payload: hash });
const setupData = object({ election: hash, trustees: hash, credentials: hash });

/**
 * The hashes that the payload of an event holds, in the order of the records before it.
 * @param {string} type
 * @param {Uint8Array} payload
 */
function named(type, payload) {
  if (type === "Setup") {
    const d = decode(payload, setupData);
    return [d.election, d.trustees, d.credentials];
  }
  if (type === "EncryptedTally") return [decode(payload, sizedTally).encrypted_tally];
  return [decode(payload, owned).payload];
}

/** A Refusal that knows its place in the archive; record -1 means that none is to blame. */
export class Reject extends Refusal {
  /**
   * @param {string} code
   * @param {Pick<Place, "index" | "offset"> | null} record
   * @param {number} [height] of the event, -1 if none
   * @param {string} [field]
   */
  constructor(code, record, height = -1, field = "") {
    super(code, field);
    this.record = record?.index ?? -1;
    this.offset = record?.offset ?? -1;
    this.height = height;
  }
}

/**
 * Runs a check of one record; what it refuses is refused there.
 * @template T
 * @param {Pick<Place, "index" | "offset">} record
 * @param {number} height
 * @param {() => T | Promise<T>} check
 * @returns {Promise<T>}
 */
export async function at(record, height, check) {
  try {
    return await check();
  } catch (error) {
    if (error instanceof Refusal && !(error instanceof Reject)) throw new Reject(error.code, record, height, error.field);
    throw error;
  }
}

/**
 * The tar header of a record, v7 format.
 * @param {string} name
 * @param {number} size
 * @param {number} timestamp
 */
function header(name, size, timestamp) {
  const h = new Uint8Array(block);
  const put = (/** @type {number} */ offset, /** @type {string} */ s) => h.set(Uint8Array.from(s, (c) => c.charCodeAt(0)), offset);
  put(0, name);
  put(100, "0000644");
  put(108, "0000000");
  put(116, "0000000");
  put(124, size.toString(8).padStart(11, "0"));
  put(136, timestamp.toString(8).padStart(11, "0"));
  put(148, "        0");
  put(148, h.reduce((a, b) => a + b, 0).toString(8).padStart(6, "0") + "\0 ");
  return h;
}

/** @param {Uint8Array} a @param {Uint8Array} b */
const equal = (a, b) => a.length === b.length && a.every((x, i) => x === b[i]);

/** @param {Uint8Array} a */
const allZero = (a) => a.every((x) => x === 0);

/** @param {Uint8Array} a */
const latin = (a) => String.fromCharCode(...a);

/** The content of a record. @param {Source} source @param {Place} record */
export const contentOf = (source, record) => source.read(record.offset + block, record.size);

/**
 * What the container tells. Throws a Reject: of the container wherever it is, else of the first event.
 * @param {Source} source
 * @param {(done: number, of: number) => void} [progress] in bytes
 */
export async function scan(source, progress = () => {}) {
  if (source.size === 0) throw new Reject("tar.truncated", null);
  if (source.size > maxArchive) throw new Reject("limit.size", null);
  const chain = new Chain(source);
  /** @type {unknown} */
  let fault = null;
  let timestamp = 0;
  for (let offset = 0, index = 0; offset < source.size; index++) {
    const here = { index, offset };
    const record = await recordAt(source, here, timestamp);
    offset += block + padded(record.size);
    if (index === 0) timestamp = record.timestamp;
    else if (fault === null) {
      try {
        await chain.follow(record);
      } catch (error) {
        if (!(error instanceof Reject)) throw error;
        fault = error; // a fault of the container further on goes before
      }
    }
    progress(offset, source.size);
  }
  if (fault !== null) throw fault;
  return chain.finish();
}

/** @param {number} size */
const padded = (size) => Math.ceil(size / block) * block;

/**
 * Checks the container of one record and returns it with its content (of records of the chain) and, of the first, the archive's time.
 * @param {Source} source
 * @param {{index: number, offset: number}} here
 * @param {number} timestamp
 */
async function recordAt(source, here, timestamp) {
  const { index, offset } = here;
  if (source.size - offset < block) throw new Reject("tar.truncated", here);
  const head = await source.read(offset, block);
  if (allZero(head)) throw new Reject("tar.trailing", here);
  const end = head.subarray(0, 100).indexOf(0);
  const name = latin(head.subarray(0, end < 0 ? 100 : end));
  const octal = latin(head.subarray(124, 136));
  if (!/^[ -~]*$/.test(name) || (end >= 0 && !allZero(head.subarray(end, 100))) || !/^[0-7]{11}\0$/.test(octal)) {
    throw new Reject("tar.header", here);
  }
  const size = parseInt(octal, 8);
  if (size > maxRecord) throw new Reject("limit.size", here);
  if (offset + block + padded(size) > source.size) throw new Reject("tar.truncated", here);
  const named = /^([0-9a-f]{64})\.(data|event)\.json$/.exec(name);
  if (index === 0 ? name !== "BELENIOS" : !named) throw new Reject("tar.name", here);
  const body = await source.read(offset + block, padded(size));
  const content = body.subarray(0, size);
  if (index === 0) timestamp = await at(here, -1, () => readVersion(content));
  if (!equal(head, header(name, size, timestamp))) throw new Reject("tar.header", here);
  if (!allZero(body.subarray(size))) throw new Reject("tar.padding", here);
  if (named && hex(await sha256(content)) !== named[1]) throw new Reject("record.hash", here);
  return { index, offset, size, hash: named?.[1] ?? "", event: named?.[2] === "event", content, timestamp };
}

/** @param {Uint8Array} content */
function readVersion(content) {
  const v = decode(content, version);
  if (v.version !== 1) throw new Refusal("unsupported.version", "/version");
  if (BigInt(v.timestamp) > BigInt(maxTimestamp)) throw new Refusal("json.schema", "/timestamp");
  return Number(v.timestamp);
}

/** The events so far. */
class Chain {
  /** @param {Source} source */
  constructor(source) {
    this.source = source;
    /** @type {Step[]} */
    this.steps = [];
    /** Data records since the last event, one more than any event needs at most. @type {Place[]} */
    this.pending = [];
  }

  /** The last event. */
  get last() {
    return this.steps.at(-1);
  }

  /** @param {Place & {content: Uint8Array}} record */
  async follow({ content, index, offset, size, hash, event: isEvent }) {
    const record = { index, offset, size, hash, event: isEvent };
    if (!isEvent) {
      if (this.pending.length > types.Setup.records) this.pending.pop(); // the first and the last are what refusals ask for
      this.pending.push(record);
      return;
    }
    const height = this.steps.length;
    const e = await at(record, height, () => decode(content, event));
    if (e.height !== height) throw new Reject("event.height", record, height, "/height");
    if (e.parent !== this.last?.record.hash) throw new Reject("event.parent", record, height, "/parent");
    if (!types[e.type].after.includes(this.last?.type ?? "")) throw new Reject("event.order", record, height, "/type");
    await this.hold(record, height, e.type, e.payload);
    this.steps.push({ height, type: /** @type {Type} */ (e.type), record, data: this.pending });
    this.pending = [];
  }

  /**
   * Holds an event to the data records before it.
   * @param {Place} record
   * @param {number} height
   * @param {string} type
   * @param {string} [payload]
   */
  async hold(record, height, type, payload) {
    const need = types[type].records;
    const last = this.pending.at(-1);
    if ((payload !== undefined) !== need > 0 || this.pending.length < need || (need > 0 && payload !== last?.hash)) {
      throw new Reject("event.payload", record, height, "/payload");
    }
    if (this.pending.length > need) throw new Reject("record.unreferenced", this.pending[0], height);
    if (need < 2 || !last) return;
    const content = await contentOf(this.source, last);
    const hashes = await at(last, height, () => named(type, content));
    if (hashes.some((h, i) => h !== this.pending[i].hash)) throw new Reject("event.payload", last, height);
  }

  finish() {
    if (!this.last) throw new Reject("event.order", null);
    if (this.pending.length > 0) throw new Reject("record.unreferenced", this.pending[0]);
    return { steps: this.steps, head: this.last.record.hash, stage: types[this.last.type].stage };
  }
}
