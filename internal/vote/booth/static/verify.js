// SPDX-License-Identifier: Apache-2.0
// Verification of a whole archive: container, events, contents. The first failure in archive order is the one reported, however many workers
// look at ballots.

import { wireChoice } from "./ballot.js";
import { at, contentOf, owned, Reject, scan, sizedTally } from "./bel.js";
import { decimal, decode, encode, int, list, object, Refusal, syntax } from "./canon.js";
import { firstAnswer, parseElection, slots } from "./election.js";
import { g, inverse, isMember, modq, mul, parseElement, pow } from "./group.js";
import { parseProof, verifyEqual, wireProof } from "./proof.js";
import { lagrange, members, needed, parseTrustees, verifyTrustees } from "./trustees.js";

/** @import {Inspected} from "./ballot.js" */
/** @import {Source, Stage, Step} from "./bel.js" */
/** @import {Election, Question} from "./election.js" */
/** @import {Ciphertext} from "./proof.js" */
/** @import {Trustee} from "./trustees.js" */

export const wireDecryption = object({ decryption_factors: list(list(decimal)), decryption_proofs: list(list(wireProof)) });
const wireResult = object({ result: list(list(int)) });

/**
 * Who does the long work. Calls may overlap; open comes first.
 * @typedef {object} Crew
 * @property {(election: Uint8Array<ArrayBuffer>) => Promise<void>} open
 * @property {(raw: Uint8Array<ArrayBuffer>) => Promise<Inspected>} inspect a ballot
 * @property {(elements: string[]) => Promise<boolean[]>} members which of the decimals are members of the group other than 1
 * @property {number} width how many calls are worth having under way
 */

/**
 * What a verified archive says.
 * @typedef {object} Report
 * @property {Election} election
 * @property {Trustee[]} trustees
 * @property {bigint[]} keys by owner, the first at index 0
 * @property {Stage} stage
 * @property {number} credentials
 * @property {{tracker: string, counted: boolean}[]} ballots in archive order
 * @property {number} counted
 * @property {number} height
 * @property {string} head
 * @property {number[]} owners who decrypted
 * @property {Ciphertext[][] | null} tally null before EncryptedTally
 * @property {number[][] | null} result null before Result
 * @property {string[]} warnings codes
 */

/**
 * Checks a whole archive. Throws a Reject.
 * @param {Source} source
 * @param {Crew} crew
 * @param {{expectHead?: string, progress?: (done: number, of: number) => void}} [options] expectHead: hash of an event that must be in it
 * @returns {Promise<Report>}
 */
export async function verify(source, crew, { expectHead, progress = () => {} } = {}) {
  const { steps, head, stage } = await scan(source);
  const state = await setUp(source, crew, steps[0]);
  progress(1, steps.length);
  /** Ballots under way. @type {Promise<Inspected>[]} */
  let ahead = [];
  for (const [i, step] of steps.entries()) {
    if (i === 0) continue;
    while (ahead.length < crew.width && steps[i + ahead.length]?.type === "Ballot") {
      const inspected = contentOf(source, steps[i + ahead.length].data[0]).then(crew.inspect);
      inspected.catch(() => {}); // met below, in its turn, unless an earlier one ends it all
      ahead.push(inspected);
    }
    const next = ahead.shift();
    await (next ? at(step.data[0], step.height, async () => state.ballot(await next)) : state.take(step));
    progress(i + 1, steps.length);
  }
  if (state.tally && state.ready()) state.decode();
  if (expectHead && !steps.some((s) => s.record.hash === expectHead)) throw new Reject("diff.not_prefix", null);
  return state.report(stage, steps[steps.length - 1].height, head);
}

/**
 * Whether an archive begins with an earlier one; the earlier one's container and events are checked.
 * @param {Source} earlier
 * @param {Source} later
 */
export async function onlyGrew(earlier, later) {
  try {
    await scan(earlier);
  } catch (error) {
    throw error instanceof Reject ? new Reject("diff.old_invalid", null) : error;
  }
  if (earlier.size > later.size) throw new Reject("diff.not_prefix", null);
  for (let offset = 0; offset < earlier.size; offset += 2 ** 20) {
    const length = Math.min(2 ** 20, earlier.size - offset);
    const [a, b] = await Promise.all([earlier.read(offset, length), later.read(offset, length)]);
    if (a.some((x, i) => x !== b[i])) throw new Reject("diff.not_prefix", null);
  }
}

/**
 * Checks election and trustees of an archive whose first step is given.
 * @param {Source} source
 * @param {Step} step
 */
async function founded(source, { data, height }) {
  const [bytes, list] = [await contentOf(source, data[0]), await contentOf(source, data[1])];
  const election = await at(data[0], height, () => parseElection(bytes));
  const trustees = await at(data[1], height, () => parseTrustees(list));
  const { keys, whole } = await at(data[1], height, () => verifyTrustees(trustees));
  if (whole !== election.key.y) throw new Reject("election.key", data[0], height, "/public_key");
  return { bytes, election, trustees, keys };
}

/**
 * The keys of an archive's trustees by owner, the first at index 0; container, events, election and trustees are checked for it.
 * @param {Source} source
 */
export async function trusteeKeys(source) {
  const { steps } = await scan(source);
  return (await founded(source, steps[0])).keys;
}

/**
 * Checks the records of Setup.
 * @param {Source} source
 * @param {Crew} crew
 * @param {Step} step
 */
async function setUp(source, crew, step) {
  const { bytes, election, trustees, keys } = await founded(source, step);
  const { data, height } = step;
  await crew.open(bytes);
  const credentials = await contentOf(source, data[2]);
  const voters = await at(data[2], height, () => readCredentials(credentials, crew));
  return new State(source, election, trustees, keys, voters);
}

/**
 * @param {Uint8Array} bytes
 * @param {Crew} crew
 * @returns {Promise<Map<string, Voter>>}
 */
async function readCredentials(bytes, crew) {
  const text = syntax(bytes);
  const weighted = (text.match(/"(?:[^"\\]|\\.)*"/g) ?? []).findIndex((one) => one.includes(","));
  if (weighted >= 0) throw new Refusal("unsupported.weight", `/${weighted}`);
  const values = decode(text, list(decimal));
  if (values.length === 0) throw new Refusal("credentials.empty");
  const portions = [];
  for (let i = 0; i < values.length; i += 50) portions.push(crew.members(values.slice(i, i + 50)));
  const good = (await Promise.all(portions)).flat();
  const voters = new Map();
  values.forEach((value, i) => {
    if (!good[i]) throw new Refusal("credentials.element", `/${i}`);
    if (voters.has(value)) throw new Refusal("credentials.duplicate", `/${i}`);
    voters.set(value, { last: -1, choices: [] });
  });
  return voters;
}

/** @typedef {{last: number, choices: Ciphertext[][]}} Voter last: index of the ballot that counts, -1 if there is none */

/** An election as far as its events have been checked. */
class State {
  /**
   * @param {Source} source
   * @param {Election} election
   * @param {Trustee[]} trustees
   * @param {bigint[]} keys
   * @param {Map<string, Voter>} voters
   */
  constructor(source, election, trustees, keys, voters) {
    this.source = source;
    this.election = election;
    this.trustees = trustees;
    this.keys = keys;
    this.voters = voters;
    /** @type {{tracker: string, counted: boolean}[]} */
    this.ballots = [];
    this.trackers = new Set();
    this.ciphertexts = new Set();
    /** @type {Ciphertext[][] | null} */
    this.tally = null;
    /** By owner. @type {Map<number, bigint[][]>} */
    this.factors = new Map();
    /** @type {number[][] | null} */
    this.counts = null;
    this.finished = false;
  }

  /** How many credentials have a ballot. */
  get counted() {
    return this.ballots.filter((b) => b.counted).length;
  }

  /** @param {Inspected} found */
  ballot(found) {
    const refuse = ({ code = "", field = "" }) => {
      throw new Refusal(code, field);
    };
    if (found.early) refuse(found.early);
    const voter = this.voters.get(found.credential);
    if (!voter) throw new Refusal("ballot.credential", "/credential");
    if (this.trackers.has(found.tracker)) throw new Refusal("ballot.duplicate");
    if (found.late) refuse(found.late);
    for (const key of found.keys) {
      if (this.ciphertexts.has(key)) throw new Refusal("ballot.ciphertext_reuse");
      this.ciphertexts.add(key);
    }
    if (voter.last >= 0) this.ballots[voter.last].counted = false;
    voter.last = this.ballots.length;
    voter.choices = found.choices;
    this.trackers.add(found.tracker);
    this.ballots.push({ tracker: found.tracker, counted: true });
  }

  /** @param {Step} step any but Setup and Ballot */
  async take(step) {
    const data = await Promise.all(step.data.map((record) => contentOf(this.source, record)));
    const refuse = (/** @type {number} */ i, /** @type {() => void | Promise<void>} */ check) => at(step.data[i], step.height, check);
    if (step.type === "EncryptedTally") {
      await refuse(0, () => this.checkTally(data[0]));
      await refuse(1, () => this.checkCounts(data[1]));
    } else if (step.type === "PartialDecryption") {
      let owner = 0;
      await refuse(1, () => void (owner = this.checkOwner(data[1])));
      await refuse(0, async () => void this.factors.set(owner, await this.checkFactors(owner, data[0])));
    } else if (step.type === "Result") {
      await refuse(0, () => this.checkResult(data[0]));
    }
  }

  /** @param {Uint8Array} bytes */
  checkTally(bytes) {
    decode(bytes, list(list(wireChoice)));
    /** @type {Ciphertext[][]} */
    const tally = this.election.questions.map((q) => Array.from({ length: slots(q) }, () => ({ alpha: 1n, beta: 1n })));
    for (const { choices } of this.voters.values()) {
      choices.forEach((answer, i) =>
        answer.forEach(({ alpha, beta }, j) => {
          tally[i][j] = { alpha: mul(tally[i][j].alpha, alpha), beta: mul(tally[i][j].beta, beta) };
        }),
      );
    }
    if (new TextDecoder().decode(bytes) !== encode(tally)) throw new Refusal("tally.mismatch");
    this.tally = tally;
  }

  /** @param {Uint8Array} bytes */
  checkCounts(bytes) {
    const sized = decode(bytes, sizedTally);
    if (sized.num_tallied !== this.counted) throw new Refusal("tally.count", "/num_tallied");
    if (sized.total_weight !== this.counted) throw new Refusal("tally.weight", "/total_weight");
  }

  /** @param {Uint8Array} bytes */
  checkOwner(bytes) {
    const { owner } = decode(bytes, owned);
    if (owner < 1 || owner > this.keys.length) throw new Refusal("decryption.owner", "/owner");
    if (this.factors.has(owner)) throw new Refusal("decryption.duplicate", "/owner");
    return owner;
  }

  /**
   * @param {number} owner
   * @param {Uint8Array} bytes
   */
  async checkFactors(owner, bytes) {
    const { decryption_factors: factors, decryption_proofs: proofs } = decode(bytes, wireDecryption);
    const tally = this.tally ?? [];
    const fits = (/** @type {unknown[][]} */ rows) => rows.length === tally.length && rows.every((row, i) => row.length === tally[i].length);
    if (!fits(factors) || !fits(proofs)) throw new Refusal("decryption.shape");
    const key = this.keys[owner - 1];
    const prefix = decryptPrefix(this.election, key);
    /** @type {bigint[][]} */
    const good = tally.map(() => []);
    for (const [i, row] of tally.entries()) {
      for (const [j, { alpha }] of row.entries()) {
        const field = `/${i}/${j}`;
        const proof = parseProof(proofs[i][j]);
        if (!proof) throw new Refusal("scalar.range", field);
        const factor = parseElement(factors[i][j]); // 1 is the factor of a tally without ballots
        if (factor === null || !isMember(factor)) throw new Refusal("decryption.element", field);
        if (!(await verifyEqual(prefix, key, alpha, factor, proof))) throw new Refusal("decryption.proof", field);
        good[i].push(factor);
      }
    }
    return good;
  }

  /** For each item of the list the owners whose factors are taken: the first that are needed, with their number within the item. */
  present() {
    let first = 1;
    return this.trustees.map((t) => {
      const indexes = Array.from({ length: members(t) }, (_, i) => i + 1).filter((d) => this.factors.has(first + d - 1));
      const item = { first, indexes: indexes.slice(0, needed(t)), enough: indexes.length >= needed(t) };
      first += members(t);
      return item;
    });
  }

  /** Whether enough trustees of every item have decrypted. */
  ready() {
    return this.present().every((item) => item.enough);
  }

  /** Combines the factors and finds the counts. */
  decode() {
    if (this.counts) return this.counts;
    const parts = this.present().flatMap(({ first, indexes }) => {
      const coefficients = lagrange(indexes); // 1 for a single trustee
      return indexes.map((d, k) => ({ factors: this.factors.get(first + d - 1) ?? [], l: coefficients[k] }));
    });
    const find = logarithms(this.counted);
    const counts = (this.tally ?? []).map((row, i) =>
      row.map(({ beta }, j) => {
        const factor = parts.reduce((x, { factors, l }) => mul(x, l === 1n ? factors[i][j] : pow(factors[i][j], modq(l))), 1n);
        return find(mul(beta, inverse(factor)));
      }),
    );
    counts.forEach((one, i) => {
      if (!possible(this.election.questions[i], one, this.counted)) throw new Reject("result.bounds", null);
    });
    this.counts = counts;
    return counts;
  }

  /** @param {Uint8Array} bytes */
  checkResult(bytes) {
    if (!this.ready()) throw new Refusal("decryption.missing");
    const counts = this.decode();
    const { result } = decode(bytes, wireResult);
    if (result.length !== counts.length) throw new Refusal("result.shape", "/result");
    result.forEach((row, i) => {
      if (row.length !== counts[i].length) throw new Refusal("result.shape", `/result/${i}`);
    });
    if (encode(result) !== encode(counts)) throw new Refusal("result.mismatch", "/result");
    this.finished = true;
  }

  /**
   * @param {Stage} stage
   * @param {number} height
   * @param {string} head
   * @returns {Report}
   */
  report(stage, height, head) {
    const { election, trustees, keys, ballots, counted, tally } = this;
    const result = this.finished ? this.counts : null;
    const warnings = [
      { code: "warn.one_trustee", on: keys.length === 1 },
      { code: "warn.threshold_one", on: trustees.some((t) => t.group?.threshold === 1) },
      { code: "warn.no_result", on: result === null },
      { code: "warn.small_electorate", on: this.voters.size < 20 },
      { code: "warn.few_ballots", on: result !== null && counted < 10 },
      { code: "warn.unanimous", on: result?.some((counts) => counts.every((c) => c === 0 || c === counted)) },
    ];
    return {
      election,
      trustees,
      keys,
      stage,
      credentials: this.voters.size,
      ballots,
      counted,
      height,
      head,
      owners: [...this.factors.keys()],
      tally,
      result,
      warnings: warnings.filter((w) => w.on).map((w) => w.code),
    };
  }
}

/**
 * @param {Pick<Election, "fingerprint">} election
 * @param {bigint} key of the trustee
 */
export const decryptPrefix = (election, key) => `decrypt|${election.fingerprint}|${key}|`;

/**
 * A function that finds r with g^r = x and 0 <= r <= most. Powers are kept from one search to the next.
 * @param {number} most
 */
function logarithms(most) {
  const known = new Map([[1n, 0]]);
  let last = 1n;
  return (/** @type {bigint} */ x) => {
    while (!known.has(x) && known.size <= most) {
      last = mul(last, g);
      known.set(last, known.size);
    }
    const r = known.get(x);
    if (r === undefined) throw new Reject("result.undecodable", null);
    return r;
  };
}

/**
 * Whether n ballots can have given these counts.
 * @param {Question} q
 * @param {number[]} counts
 * @param {number} n
 */
function possible(q, counts, n) {
  const voted = q.blank ? n - counts[0] : n;
  const answers = counts.slice(firstAnswer(q));
  const sum = answers.reduce((a, b) => a + b, 0);
  return answers.every((r) => r <= voted) && q.min * voted <= sum && sum <= q.max * voted;
}
