// SPDX-License-Identifier: Apache-2.0
// A ballot: made from votes and a credential, or inspected as found in an archive.

import { decimal, decode, encode, list, object, Refusal, text } from "./canon.js";
import { derive } from "./credential.js";
import { checkVotes, firstAnswer, slots } from "./election.js";
import { mul, parseElement, powers, q as order, random, tableOfG } from "./group.js";
import { hex, sha256, tracker } from "./hash.js";
import { branches, parseProof, parseProofs, proveLog, raise, verifyLog, wireProof } from "./proof.js";

/** @import {Election, Question} from "./election.js" */
/** @import {Ciphertext, Key, Proof} from "./proof.js" */

export const wireChoice = object({ alpha: decimal, beta: decimal });

const wireAnswer = object({
  choices: list(wireChoice),
  individual_proofs: list(list(wireProof)),
  overall_proof: list(wireProof),
  "blank_proof?": list(wireProof),
});

const wireBallot = object({
  election_uuid: text,
  election_hash: text,
  credential: decimal,
  answers: list(wireAnswer),
  signature: object({ hash: text, proof: wireProof }),
});

/** @typedef {ReturnType<typeof wireAnswer>} WireAnswer */

/**
 * Encrypts and signs votes and returns the ballot's canonical text. All valid votes take the same steps.
 * @param {Election} e
 * @param {string} credential as readCredential returns it
 * @param {number[][]} votes see checkVotes
 * @param {(done: number, of: number) => void} [progress]
 */
export async function newBallot(e, credential, votes, progress = () => {}) {
  checkVotes(e, votes);
  const of = votes.flat().length + votes.length + 1;
  let done = 0;
  const step = () => progress(++done, of);
  const secret = await derive(credential, e.uuid);
  const key = tableOfG().pow(secret);
  const answers = [];
  for (const [i, vote] of votes.entries()) {
    answers.push(await encrypt(e.key, e.questions[i], `${e.fingerprint}|${key}`, vote, step));
  }
  const unsigned = { election_uuid: e.uuid, election_hash: e.fingerprint, credential: key, answers };
  const hash = await tracker(encode(unsigned));
  const proof = await proveLog(`sig|${hash}|`, secret);
  step();
  return encode({ ...unsigned, signature: { hash, proof } });
}

/**
 * One answer with its proofs.
 * @param {Key} key
 * @param {Question} q
 * @param {string} s0 fingerprint and public credential
 * @param {number[]} vote
 * @param {() => void} step
 */
async function encrypt(key, q, s0, vote, step) {
  const first = firstAnswer(q);
  const rs = vote.map(random);
  const choices = vote.map((m, j) => key.encrypt(m, rs[j]));
  const individual_proofs = [];
  for (const [j, m] of vote.entries()) {
    individual_proofs.push(await key.proveOr(`prove|${s0}|${pair(choices[j])}|`, [claim(rs[j], m, 0), claim(rs[j], m, 1)]));
    step();
  }
  const statement = `${s0}|${choices.map(pair).join(",")}`;
  const r = rs.slice(first).reduce((a, b) => (a + b) % order, 0n);
  const sum = vote.slice(first).reduce((a, b) => a + b, 0);
  const sums = Array.from({ length: q.max - q.min + 1 }, (_, i) => claim(r, sum, q.min + i));
  if (!q.blank) {
    const overall_proof = await key.proveOr(`prove|${statement}|${pair(total(choices))}|`, sums);
    step();
    return { choices, individual_proofs, overall_proof };
  }
  const blank = vote[0] === 1;
  // Of a blank ballot the sum is zero, of another the blank slot is: that branch carries the proof.
  const blank_proof = await key.proveOr(`bproof0|${statement}|`, [
    { r: rs[0], excess: vote[0], chosen: !blank },
    { r, excess: sum, chosen: blank },
  ]);
  // With min = 0 the sum of a blank ballot is permitted too; the proof is carried by branch 0 alone.
  const overall_proof = await key.proveOr(`bproof1|${statement}|`, [
    claim(rs[0], vote[0], 1),
    ...sums.map((one) => ({ ...one, chosen: one.chosen && !blank })),
  ]);
  step();
  return { choices, individual_proofs, overall_proof, blank_proof };
}

/**
 * Says that the ciphertext of m with randomness r encrypts what is claimed.
 * @param {bigint} r
 * @param {number} m
 * @param {number} claimed
 */
const claim = (r, m, claimed) => ({ r, excess: m - claimed, chosen: m === claimed });

/** @param {{alpha: bigint | string, beta: bigint | string}} c */
export const pair = ({ alpha, beta }) => `${alpha},${beta}`;

/**
 * The encryption of the sum.
 * @param {Ciphertext[]} choices
 * @returns {Ciphertext}
 */
const total = (choices) =>
  choices.reduce((a, b) => ({ alpha: mul(a.alpha, b.alpha), beta: mul(a.beta, b.beta) }), { alpha: 1n, beta: 1n });

/**
 * What can be said about a ballot without knowing the others. Failures are in two parts, because between them the ballot is compared with the
 * list of credentials and with earlier ballots.
 * @typedef {object} Inspected
 * @property {string} tracker
 * @property {string} credential in decimal; "" with an early failure
 * @property {Ciphertext[][]} choices
 * @property {string[]} keys one per ciphertext: half a hash, to find one that occurs twice
 * @property {{code: string, field: string}} [early] up to the credential
 * @property {{code: string, field: string}} [late] from the group's members on
 */

/**
 * Checks the bytes of one ballot.
 * @param {Election} e
 * @param {Uint8Array<ArrayBuffer>} raw
 * @returns {Promise<Inspected>}
 */
export async function inspect(e, raw) {
  /** @type {Inspected} */
  const found = { tracker: await tracker(raw), credential: "", choices: [], keys: [] };
  /** @type {ReturnType<typeof wireBallot>} */
  let wire;
  /** @type {Answer[]} */
  let answers;
  try {
    wire = decode(raw, wireBallot);
    answers = parts(e, wire);
  } catch (error) {
    return { ...found, early: refused(error) };
  }
  found.credential = wire.credential;
  try {
    await prove(e, raw, wire, answers);
    found.choices = answers.map((a) => a.choices);
    for (const a of wire.answers) {
      for (const c of a.choices) found.keys.push(hex((await sha256(pair(c))).subarray(0, 16)));
    }
  } catch (error) {
    found.late = refused(error);
  }
  return found;
}

/** @param {unknown} error */
function refused(error) {
  if (!(error instanceof Refusal)) throw error;
  return { code: error.code, field: error.field };
}

/**
 * One question's part of a ballot whose shape is right.
 * @typedef {object} Answer
 * @property {Question} q
 * @property {WireAnswer} wire
 * @property {string} field
 * @property {Ciphertext[]} choices 0 in place of what is not within 0 < x < p
 * @property {Proof[][]} individual
 * @property {Proof[]} overall
 * @property {Proof[] | null} blank
 */

/**
 * Checks what a ballot says about its election and how many of everything it has, and parses its numbers.
 * @param {Election} e
 * @param {ReturnType<typeof wireBallot>} wire
 * @returns {Answer[]}
 */
function parts(e, wire) {
  if (wire.election_uuid !== e.uuid) throw new Refusal("ballot.uuid", "/election_uuid");
  if (wire.election_hash !== e.fingerprint) throw new Refusal("ballot.fingerprint", "/election_hash");
  if (wire.answers.length !== e.questions.length) throw new Refusal("ballot.shape", "/answers");
  wire.answers.forEach((a, i) => {
    if (!fits(e.questions[i], a)) throw new Refusal("ballot.shape", `/answers/${i}`);
  });
  const answers = wire.answers.map((a, i) => {
    const individual = a.individual_proofs.map(parseProofs);
    const overall = parseProofs(a.overall_proof);
    const blank = a.blank_proof ? parseProofs(a.blank_proof) : null;
    if (individual.includes(null) || !overall || (a.blank_proof && !blank)) throw new Refusal("scalar.range", `/answers/${i}`);
    const choices = a.choices.map((c) => ({ alpha: parseElement(c.alpha) ?? 0n, beta: parseElement(c.beta) ?? 0n }));
    return { q: e.questions[i], wire: a, field: `/answers/${i}`, choices, individual: /** @type {Proof[][]} */ (individual), overall, blank };
  });
  if (!parseProof(wire.signature.proof)) throw new Refusal("scalar.range", "/signature/proof");
  return answers;
}

/**
 * Whether an answer has the numbers of choices and proofs that its question asks for.
 * @param {Question} q
 * @param {WireAnswer} a
 */
const fits = (q, a) =>
  a.choices.length === slots(q) &&
  a.individual_proofs.length === slots(q) &&
  a.individual_proofs.every((one) => one.length === 2) &&
  a.overall_proof.length === q.max - q.min + 1 + firstAnswer(q) &&
  (q.blank ? a.blank_proof?.length === 2 : a.blank_proof === undefined);

/**
 * Checks members, hash, signature and proofs, in this order.
 * @param {Election} e
 * @param {Uint8Array} raw
 * @param {ReturnType<typeof wireBallot>} wire
 * @param {Answer[]} answers
 */
async function prove(e, raw, wire, answers) {
  const raised = answers.map(raiseMembers);
  const signed = new TextDecoder().decode(raw);
  const hash = await tracker(signed.slice(0, signed.lastIndexOf(',"signature":')) + "}");
  if (wire.signature.hash !== hash) throw new Refusal("ballot.hash", "/signature/hash");
  const signature = /** @type {Proof} */ (parseProof(wire.signature.proof));
  if (!(await verifyLog(`sig|${hash}|`, parseElement(wire.credential) ?? 0n, signature))) {
    throw new Refusal("ballot.signature", "/signature/proof");
  }
  for (const [i, a] of answers.entries()) await checkProofs(e.key, `${e.fingerprint}|${wire.credential}`, a, raised[i]);
}

/**
 * Raises each ciphertext to the challenges of its proofs, after the test that both its parts are members other than 1.
 * @param {Answer} a
 */
function raiseMembers(a) {
  return a.choices.map(({ alpha, beta }, j) => {
    const proofs = j === 0 && a.blank ? [...a.individual[0], a.blank[0], a.overall[0]] : a.individual[j];
    const exponents = [order, ...proofs.map((one) => one.challenge)];
    const [alphaQ, ...alphas] = alpha > 1n ? powers(alpha, ...exponents) : [0n];
    const [betaQ, ...betas] = alphaQ === 1n && beta > 1n ? powers(beta, ...exponents) : [0n];
    if (betaQ !== 1n) throw new Refusal("ballot.element", `${a.field}/choices/${j}`);
    return branches(proofs, alphas, betas);
  });
}

/**
 * @param {Key} key
 * @param {string} s0
 * @param {Answer} a
 * @param {ReturnType<typeof raiseMembers>} raised
 */
async function checkProofs(key, s0, { q, wire, field, choices, individual, overall, blank }, raised) {
  for (const [j, [zero, one]] of individual.entries()) {
    if (!(await key.verifyOr(`prove|${s0}|${pair(wire.choices[j])}|`, [raised[j](0, zero), raised[j](1, one)]))) {
      throw new Refusal("ballot.individual_proof", `${field}/individual_proofs/${j}`);
    }
  }
  const statement = `${s0}|${wire.choices.map(pair).join(",")}`;
  const sum = total(choices.slice(firstAnswer(q)));
  const sums = overall.slice(firstAnswer(q));
  const whole = raise(sum, blank ? [blank[1], ...sums] : sums);
  if (blank && !(await key.verifyOr(`bproof0|${statement}|`, [raised[0](0, blank[0]), whole(0, blank[1])]))) {
    throw new Refusal("ballot.blank_proof", field);
  }
  const prefix = blank ? `bproof1|${statement}|` : `prove|${statement}|${pair(sum)}|`;
  const inRange = sums.map((proof, i) => whole(q.min + i, proof));
  if (!(await key.verifyOr(prefix, blank ? [raised[0](1, overall[0]), ...inRange] : inRange))) {
    throw new Refusal("ballot.overall_proof", field);
  }
}
