// SPDX-License-Identifier: Apache-2.0
// Who holds the key of an election together: single trustees, and groups of which any t members can decrypt (Pedersen).

import { decimal, decode, int, list, object, Refusal, text } from "./canon.js";
import { groupName, inverse, isMember, modq, mul, parseElement, pow, q } from "./group.js";
import { parseProof, verifyLog, wireProof } from "./proof.js";

/** A trustee's public key with the proof that somebody knows its secret. */
export const publicKey = object({ pok: wireProof, public_key: decimal, "name?": text });

/** A message, itself JSON, under a participant's signature. */
export const signed = object({ message: text, signature: wireProof });

export const certificate = object({ verification: decimal, encryption: decimal });
export const coefexps = object({ coefexps: list(decimal) });

const threshold = object({ threshold: int, certs: list(signed), coefexps: list(signed), verification_keys: list(publicKey) });

/** @typedef {ReturnType<typeof publicKey>} PublicKey */
/** @typedef {ReturnType<typeof signed>} Signed */
/** @typedef {ReturnType<typeof threshold>} Threshold */
/** One item of the list: exactly one field is set. @typedef {{single?: PublicKey, group?: Threshold}} Trustee */

/** @type {import("./canon.js").Shape<Trustee>} */
const trustee = (r) => {
  if (!r.take("[")) r.fail();
  r.path.push(0);
  const kind = text(r);
  if (kind !== "Single" && kind !== "Pedersen") r.fail();
  r.path[r.path.length - 1] = 1;
  if (!r.take(",")) r.fail();
  const item = kind === "Single" ? { single: publicKey(r) } : { group: threshold(r) };
  if (!r.take("]")) r.fail();
  r.path.pop();
  return item;
};

/** How many owner numbers an item takes. @param {Trustee} t */
export const members = (t) => t.group?.verification_keys.length ?? 1;

/** How many of an item's members must decrypt. @param {Trustee} t */
export const needed = (t) => t.group?.threshold ?? 1;

/**
 * Reads a list, nested messages too, without verifying it.
 * @param {Uint8Array} bytes
 */
export function parseTrustees(bytes) {
  const trustees = decode(bytes, list(trustee));
  trustees.forEach(({ group }, i) => {
    group?.certs.forEach((s, k) => within(`/${i}/1/certs/${k}/message`, () => decode(s.message, certificate)));
    group?.coefexps.forEach((s, k) => within(`/${i}/1/coefexps/${k}/message`, () => decode(s.message, coefexps)));
  });
  return trustees;
}

/**
 * Runs a check of a part; what it refuses is refused there.
 * @template T
 * @param {string} field
 * @param {() => T} check
 * @returns {T}
 */
function within(field, check) {
  const there = (/** @type {unknown} */ error) => (error instanceof Refusal ? new Refusal(error.code, field + error.field) : error);
  try {
    const value = check();
    if (value instanceof Promise) return /** @type {T} */ (value.catch((error) => Promise.reject(there(error))));
    return value;
  } catch (error) {
    throw there(error);
  }
}

/**
 * Checks every item and returns the keys by owner, the first at index 0, and the election's key that they make.
 * @param {Trustee[]} trustees
 */
export async function verifyTrustees(trustees) {
  if (trustees.length === 0) throw new Refusal("trustees.empty");
  /** @type {bigint[]} */
  const keys = [];
  /** @type {bigint[]} */
  const distinct = [];
  let whole = 1n;
  for (const [i, t] of trustees.entries()) {
    await within(`/${i}/1`, async () => {
      if (t.single) {
        const key = await verifyKey(t.single);
        keys.push(key);
        distinct.push(key);
        whole = mul(whole, key);
      } else if (t.group) {
        const group = await verifyThreshold(t.group);
        keys.push(...group.keys);
        // Where one member is enough, all have the key of the whole.
        distinct.push(...(t.group.threshold === 1 ? group.keys.slice(0, 1) : group.keys));
        whole = mul(whole, group.whole);
      }
    });
  }
  if (new Set(distinct).size < distinct.length) throw new Refusal("trustees.duplicate");
  return { keys, whole };
}

/** An element that must be in the group and not 1, or null. @param {string} text */
export function parseMember(text) {
  const x = parseElement(text);
  return x !== null && x !== 1n && isMember(x) ? x : null;
}

/** @param {string} key in decimal */
export const pokPrefix = (key) => `pok|${groupName}|${key}|`;

/** @param {PublicKey} k */
export async function verifyKey(k) {
  const key = parseMember(k.public_key);
  if (key === null) throw new Refusal("trustees.element", "/public_key");
  const proof = parseProof(k.pok);
  if (proof === null) throw new Refusal("scalar.range", "/pok");
  if (!(await verifyLog(pokPrefix(k.public_key), key, proof))) throw new Refusal("trustees.pok");
  return key;
}

/** @param {Threshold} t */
async function verifyThreshold(t) {
  const n = t.certs.length;
  if (t.coefexps.length !== n || t.verification_keys.length !== n || t.threshold < 1 || t.threshold > n) {
    throw new Refusal("trustees.threshold");
  }
  if (t.coefexps.some((s) => decode(s.message, coefexps).coefexps.length !== t.threshold)) {
    throw new Refusal("trustees.threshold", "/coefexps");
  }
  const seen = new Set();
  /** @type {bigint[]} */
  const signers = [];
  for (const [i, s] of t.certs.entries()) {
    const cert = await within(`/certs/${i}`, () => checkCertificate(s));
    if (seen.has(cert.verification) || seen.has(cert.encryption)) throw new Refusal("trustees.duplicate", `/certs/${i}`);
    seen.add(cert.verification).add(cert.encryption);
    signers.push(cert.verification);
  }
  /** @type {bigint[][]} */
  const polynomials = [];
  for (const [i, s] of t.coefexps.entries()) {
    polynomials.push(await within(`/coefexps/${i}`, () => checkCoefexps(s, signers[i])));
  }
  const shared = sumOf(polynomials);
  /** @type {bigint[]} */
  const keys = [];
  for (const [j, k] of t.verification_keys.entries()) {
    const field = `/verification_keys/${j}`;
    keys.push(await within(field, () => verifyKey(k)));
    if (keys[j] !== shareKey(shared, j + 1)) throw new Refusal("trustees.vk", field);
  }
  return { keys, whole: shared[0] };
}

/**
 * @param {Signed} s
 * @param {bigint} key
 * @param {string} code
 */
export async function verifySigned(s, key, code) {
  const proof = parseProof(s.signature);
  if (proof === null) throw new Refusal("scalar.range");
  if (!(await verifyLog(signedPrefix(s.message), key, proof))) throw new Refusal(code);
}

/** @param {string} message */
export const signedPrefix = (message) => `sigmsg|${message}|`;

/**
 * Checks a certificate: its keys, and that it is signed under its own verification key.
 * @param {Signed} s
 */
export async function checkCertificate(s) {
  const cert = within("/message", () => decode(s.message, certificate));
  const [verification, encryption] = [parseMember(cert.verification), parseMember(cert.encryption)];
  if (verification === null || encryption === null) throw new Refusal("trustees.element");
  await verifySigned(s, verification, "trustees.cert");
  return { verification, encryption };
}

/**
 * Checks one published polynomial and returns g to each of its coefficients.
 * @param {Signed} s
 * @param {bigint} signer
 */
export async function checkCoefexps(s, signer) {
  const powers = within("/message", () => decode(s.message, coefexps)).coefexps.map(parseMember);
  if (powers.includes(null)) throw new Refusal("trustees.element");
  await verifySigned(s, signer, "trustees.coefexps");
  return /** @type {bigint[]} */ (powers);
}

/**
 * The sum of polynomials with as many coefficients each, hidden as they are. Its share of j is the public key of member j, and its first
 * coefficient that of the whole.
 * @param {bigint[][]} polynomials
 */
export const sumOf = (polynomials) => polynomials.reduce((sum, a) => sum.map((x, k) => mul(x, a[k])));

/**
 * g^(f(j)) for the polynomial whose coefficients a hides, by Horner's rule.
 * @param {bigint[]} a
 * @param {number} j
 */
export const shareKey = (a, j) => a.reduceRight((key, coefficient) => mul(pow(key, BigInt(j)), coefficient), 1n);

/**
 * For each of the distinct indexes the coefficient of its share when the secret is taken at 0: the product over the other k of k/(k-d).
 * @param {number[]} indexes
 */
export const lagrange = (indexes) =>
  indexes.map((d) =>
    indexes.filter((k) => k !== d).reduce((l, k) => modq(l * BigInt(k) * inverse(modq(BigInt(k - d)), q)), 1n),
  );
