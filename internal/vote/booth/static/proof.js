// SPDX-License-Identifier: Apache-2.0
// Zero-knowledge proofs: of one logarithm (keys, signatures), of two equal ones (decryptions), of one claim among several (votes).
// Challenges are hashes of texts (Fiat and Shamir); each prefix binds a proof to its place. Commitments are recomputed, never sent.

import { decimal, object } from "./canon.js";
import { modq, mul, parseScalar, pow, powers, random, Table, tableOfG } from "./group.js";
import { challenge } from "./hash.js";

/** @typedef {{challenge: bigint, response: bigint}} Proof */
/** @typedef {{challenge: string, response: string}} WireProof */
/** @typedef {{alpha: bigint, beta: bigint}} Ciphertext */

/** A proof as archives hold it: its numbers may be out of range. */
export const wireProof = object({ challenge: decimal, response: decimal });

/**
 * Null means that a number is not below q.
 * @param {WireProof} wire
 * @returns {Proof | null}
 */
export function parseProof(wire) {
  const c = parseScalar(wire.challenge);
  const z = parseScalar(wire.response);
  return c === null || z === null ? null : { challenge: c, response: z };
}

/**
 * Null means that a number of one of them is not below q.
 * @param {WireProof[]} wires
 */
export function parseProofs(wires) {
  const proofs = wires.map(parseProof);
  return proofs.includes(null) ? null : /** @type {Proof[]} */ (proofs);
}

/**
 * Proves that one knows x, of which g^x is public (Schnorr 1991).
 * @param {string} prefix
 * @param {bigint} x
 * @returns {Promise<Proof>}
 */
export async function proveLog(prefix, x) {
  const w = random();
  const c = await challenge(prefix + tableOfG().pow(w));
  return { challenge: c, response: modq(w - x * c) };
}

/**
 * @param {string} prefix
 * @param {bigint} key g^x
 * @param {Proof} proof
 */
export async function verifyLog(prefix, key, { challenge: c, response: z }) {
  return (await challenge(prefix + mul(tableOfG().pow(z), pow(key, c)))) === c;
}

/**
 * Proves that one x gives g^x and base^x (Chaum and Pedersen 1992).
 * @param {string} prefix
 * @param {bigint} base
 * @param {bigint} x
 * @returns {Promise<Proof>}
 */
export async function proveEqual(prefix, base, x) {
  const w = random();
  const c = await challenge(`${prefix}${tableOfG().pow(w)},${pow(base, w)}`);
  return { challenge: c, response: modq(w - x * c) };
}

/**
 * @param {string} prefix
 * @param {bigint} key g^x
 * @param {bigint} base
 * @param {bigint} power base^x
 * @param {Proof} proof
 */
export async function verifyEqual(prefix, key, base, power, { challenge: c, response: z }) {
  const a = mul(tableOfG().pow(z), pow(key, c));
  const b = mul(pow(base, z), pow(power, c));
  return (await challenge(`${prefix}${a},${b}`)) === c;
}

/** The key that votes are encrypted under: y, with tables of its powers. */
export class Key {
  /**
   * @param {bigint} y
   * @param {number} [width] see Table
   */
  constructor(y, width) {
    this.y = y;
    this.width = width;
  }

  /** @returns {Table} */
  get table() {
    const table = new Table(this.y, this.width);
    Object.defineProperty(this, "table", { value: table });
    return table;
  }

  /**
   * @param {number} m
   * @param {bigint} r fresh
   * @returns {Ciphertext}
   */
  encrypt(m, r) {
    return { alpha: tableOfG().pow(r), beta: mul(this.table.pow(r), tableOfG().pow(BigInt(m))) };
  }

  /**
   * Proves that one of the claims holds, without telling which (Cramer, Damgard and Schoenmakers 1994). A claim says that the ciphertext with
   * randomness r encrypts some message; it really encrypts that plus excess. Exactly one is chosen to carry the proof, and must be true.
   *
   * All branches are treated alike: nonce w and challenge c at random, A = g^w, B = y^w g^(excess c), z = w - r c. Where excess is 0, B does not
   * depend on c, so there c may still be moved to make the challenges sum to the hash.
   * @param {string} prefix
   * @param {{r: bigint, excess: number, chosen: boolean}[]} claims
   * @returns {Promise<Proof[]>}
   */
  async proveOr(prefix, claims) {
    const branches = claims.map(({ r, excess, chosen }) => ({ r, excess: BigInt(excess), chosen: BigInt(chosen), w: random(), c: random() }));
    const commitments = branches.flatMap(({ excess, w, c }) => [
      tableOfG().pow(w),
      mul(this.table.pow(w), tableOfG().pow(modq(excess * c))),
    ]);
    const missing = (await challenge(prefix + commitments.join(","))) - branches.reduce((sum, { c }) => sum + c, 0n);
    return branches.map(({ r, chosen, w, c }) => {
      const moved = modq(c + missing * chosen);
      return { challenge: moved, response: modq(w - r * moved) };
    });
  }

  /**
   * Checks a proof of proveOr. Each branch holds the ciphertext's parts to the challenge of its proof, which the caller computes, because one
   * ciphertext is part of several disjunctions and its powers are cheaper together.
   * @param {string} prefix
   * @param {{message: number, proof: Proof, alphaC: bigint, betaC: bigint}[]} branches
   */
  async verifyOr(prefix, branches) {
    let sum = 0n;
    const commitments = branches.flatMap(({ message, proof: { challenge: c, response: z }, alphaC, betaC }) => {
      sum += c;
      let beta = mul(this.table.pow(z), betaC);
      if (message !== 0) beta = mul(beta, tableOfG().pow(modq(-BigInt(message) * c)));
      return [mul(tableOfG().pow(z), alphaC), beta];
    });
    return (await challenge(prefix + commitments.join(","))) === modq(sum);
  }
}

/**
 * A ciphertext raised to the challenges of all proofs that it is part of.
 * @param {Ciphertext} ciphertext
 * @param {Proof[]} proofs
 * @returns {(message: number, proof: Proof) => {message: number, proof: Proof, alphaC: bigint, betaC: bigint}}
 */
export function raise({ alpha, beta }, proofs) {
  return branches(proofs, powers(alpha, ...proofs.map((one) => one.challenge)), powers(beta, ...proofs.map((one) => one.challenge)));
}

/**
 * @param {Proof[]} proofs
 * @param {bigint[]} alphas
 * @param {bigint[]} betas
 */
export const branches = (proofs, alphas, betas) => (/** @type {number} */ message, /** @type {Proof} */ proof) => {
  const k = proofs.indexOf(proof);
  return { message, proof, alphaC: alphas[k], betaC: betas[k] };
};
