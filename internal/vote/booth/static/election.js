// SPDX-License-Identifier: Apache-2.0
// The text that voters vote on, with the public key.

import { alphabet } from "./credential.js";
import { bool, decimal, decode, int, list, object, Refusal, syntax, text } from "./canon.js";
import { groupName, isMember, parseElement } from "./group.js";
import { tracker } from "./hash.js";
import { Key } from "./proof.js";

const question = object({ answers: list(text), "blank?": bool, min: int, max: int, question: text });

const shape = object({
  version: int,
  description: text,
  name: text,
  group: text,
  public_key: decimal,
  questions: list(question),
  uuid: text,
  "administrator?": text,
  "credential_authority?": text,
});

/** @typedef {ReturnType<typeof question>} Question */
/** @typedef {ReturnType<typeof shape> & {fingerprint: string, key: Key}} Election */

/** The slot of the first answer: 1 where slot 0 is the blank one. @param {Question} q */
export const firstAnswer = (q) => (q.blank ? 1 : 0);

// Our limit on the slots of all questions, as package ballot has it.
const maxSlots = 4096;

/** How many ciphertexts an answer has. @param {Question} q */
export const slots = (q) => q.answers.length + firstAnswer(q);

/**
 * Reads an election, as archived, byte for byte: the fingerprint covers the bytes.
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @param {number} [width] of the key's tables, see Table
 * @returns {Promise<Election>}
 */
export async function parseElection(bytes, width) {
  supported(JSON.parse(syntax(bytes)));
  const e = decode(bytes, shape);
  if (e.uuid.length < 14 || [...e.uuid].some((c) => !alphabet.includes(c))) throw new Refusal("election.uuid", "/uuid");
  if (e.questions.length === 0) throw new Refusal("election.question", "/questions");
  let all = 0;
  e.questions.forEach((q, i) => {
    const valid = q.answers.length > 0 && 0 <= q.min && q.min <= q.max && q.max <= q.answers.length && q.max >= 1;
    if (!valid) throw new Refusal("election.question", `/questions/${i}`);
    all += slots(q);
    if (all > maxSlots) throw new Refusal("limit.size", `/questions/${i}`);
  });
  const y = parseElement(e.public_key);
  if (y === null || y === 1n || !isMember(y)) throw new Refusal("election.key", "/public_key");
  return { ...e, fingerprint: await tracker(bytes), key: new Key(y, width) };
}

/**
 * Refuses by name what the profile leaves out, before the schema would refuse it without saying why.
 * @param {any} e
 */
function supported(e) {
  if (Number.isInteger(e?.version) && e.version !== 1) throw new Refusal("unsupported.version", "/version");
  if (typeof e?.group === "string" && e.group !== groupName) throw new Refusal("unsupported.group", "/group");
  if (!Array.isArray(e?.questions)) return;
  e.questions.forEach((/** @type {any} */ q, /** @type {number} */ i) => {
    if (q !== null && typeof q === "object" && "type" in q) throw new Refusal("unsupported.question", `/questions/${i}`);
  });
}

/**
 * Checks votes before anything is encrypted: an array of 0 and 1 per question, slot 0 being blank where blank is allowed. Throws a Refusal
 * (about: question, counted from 1): votes.shape, votes.range (too few or many answers), votes.blank_mixed.
 * @param {Election} e
 * @param {number[][]} votes
 */
export function checkVotes(e, votes) {
  if (votes.length !== e.questions.length) throw new Refusal("votes.shape", "", { question: 0 });
  e.questions.forEach((q, i) => {
    const about = { question: i + 1 };
    if (votes[i].length !== slots(q)) throw new Refusal("votes.shape", "", about);
    if (votes[i].some((v) => v !== 0 && v !== 1)) throw new Refusal("votes.range", "", about);
    const sum = votes[i].slice(firstAnswer(q)).reduce((a, b) => a + b, 0);
    if (q.blank && votes[i][0] === 1) {
      if (sum > 0) throw new Refusal("votes.blank_mixed", "", about);
    } else if (sum < q.min || sum > q.max) throw new Refusal("votes.range", "", about);
  });
}
