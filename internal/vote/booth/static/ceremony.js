// SPDX-License-Identifier: Apache-2.0
// A trustee's side of making keys: a key of one's own (Single), or the odd steps of the six by which n trustees make a key that any t can use
// (Pedersen). The even steps are the server's. Messages are texts, byte for byte as they go to the others.

import { decimal, decode, encode, list, object, Refusal, text } from "./canon.js";
import { receive, send, sign } from "./channel.js";
import { alphabet } from "./credential.js";
import { modq, q, random, tableOfG } from "./group.js";
import { challenge, hex, sha256 } from "./hash.js";
import { proveLog } from "./proof.js";
import { checkCertificate, checkCoefexps, pokPrefix, shareKey, signed } from "./trustees.js";

/** @import {Signed} from "./trustees.js" */

const polynomialShape = object({ polynomial: list(decimal) });
const share = object({ secret: decimal });
const decryptionKey = object({ decryption_key: decimal });
const vinput = object({ polynomial: text, secrets: list(text), coefexps: list(signed) });

/**
 * The public key of x with its proof. The name is published; it may be empty.
 * @param {bigint} x
 * @param {string} name
 */
export async function newPublicKey(x, name) {
  const key = tableOfG().pow(x);
  return { pok: await proveLog(pokPrefix(String(key)), x), public_key: key, name: name || undefined };
}

/** The secret that a participant's two keys derive from: 22 characters of base 58. */
export function newSeed() {
  let seed = "";
  while (seed.length < 22) seed += alphabet[crypto.getRandomValues(new Uint8Array(1))[0] & 63] ?? "";
  return seed;
}

/** @param {string} seed */
const signing = (seed) => challenge("sk|" + seed);

/** @param {string} seed */
const decryption = (seed) => challenge("dk|" + seed);

/** Step 1: the own two keys, signed under the first. @param {string} seed */
export async function newCertificate(seed) {
  const sk = await signing(seed);
  const g = tableOfG();
  return encode(await sign(sk, { verification: g.pow(sk), encryption: g.pow(await decryption(seed)) }));
}

/** The participants, in the order of their certificates. */
class Circle {
  /**
   * Throws a Refusal (about: participant, from 1): dkg.cert, dkg.count (one twice).
   * @param {string[]} certs
   */
  static async of(certs) {
    if (certs.length < 2 || certs.length > 32) throw new Refusal("dkg.count");
    const circle = new Circle();
    for (const [i, cert] of certs.entries()) {
      const { verification, encryption } = await blame("dkg.cert", i + 1, () => checkCertificate(decode(cert, signed)));
      if (circle.verify.includes(verification) || circle.encryption.includes(encryption)) {
        throw new Refusal("dkg.count", "", { participant: i + 1 });
      }
      circle.verify.push(verification);
      circle.encryption.push(encryption);
    }
    return circle;
  }

  constructor() {
    /** @type {bigint[]} */
    this.verify = [];
    /** @type {bigint[]} */
    this.encryption = [];
  }

  /** The index of the participant whose signing key is sk. @param {bigint} sk */
  find(sk) {
    const i = this.verify.indexOf(tableOfG().pow(sk));
    if (i < 0) throw new Refusal("dkg.not_mine");
    return i;
  }

  /** The published polynomials of all, which must be equally long. @param {Signed[]} published */
  async coefexps(published) {
    if (published.length !== this.verify.length) throw new Refusal("dkg.count");
    /** @type {bigint[][]} */
    const all = [];
    for (const [i, s] of published.entries()) {
      all.push(await blame("dkg.coefexps", i + 1, () => checkCoefexps(s, this.verify[i])));
      const t = all[i].length;
      if (t !== all[0].length || t < 1 || t > this.verify.length) throw new Refusal("dkg.coefexps", "", { participant: i + 1 });
    }
    return all;
  }
}

/**
 * Runs a check of one participant's message; whatever it refuses, that participant is named.
 * @template T
 * @param {string} code
 * @param {number} participant
 * @param {() => Promise<T>} check
 */
async function blame(code, participant, check) {
  try {
    return await check();
  } catch (error) {
    throw error instanceof Refusal ? new Refusal(code, "", { participant }) : error;
  }
}

/**
 * Step 3: shares a random polynomial with all.
 * @param {string} seed
 * @param {string[]} certs
 * @param {number} threshold from 2 to the number of participants
 */
export async function newPolynomial(seed, certs, threshold) {
  const circle = await Circle.of(certs);
  if (threshold < 2 || threshold > certs.length) throw new Refusal("dkg.count");
  const sk = await signing(seed);
  const me = circle.find(sk);
  const a = Array.from({ length: threshold }, random);
  const polynomial = await send(sk, circle.encryption[me], { polynomial: a });
  const secrets = [];
  for (const [j, ek] of circle.encryption.entries()) secrets.push(await send(sk, ek, { secret: evaluate(a, BigInt(j + 1)) }));
  return encode({ polynomial, secrets, coefexps: await sign(sk, { coefexps: a.map((c) => tableOfG().pow(c)) }) });
}

/**
 * a_0 + a_1 x + ..
 * @param {bigint[]} a
 * @param {bigint} x
 */
const evaluate = (a, x) => a.reduceRight((y, coefficient) => modq(y * x + coefficient), 0n);

/**
 * Step 5: checks the shares from all and makes the own decryption key. Throws a Refusal that names the participant to blame.
 * @param {string} seed
 * @param {string[]} certs
 * @param {string} input what the server put together for this participant
 * @param {number} threshold as agreed
 * @param {string} name is published; may be empty
 */
export async function newOutput(seed, certs, input, threshold, name) {
  const circle = await Circle.of(certs);
  const [sk, dk] = [await signing(seed), await decryption(seed)];
  const me = circle.find(sk);
  const given = await blame("dkg.channel", 0, async () => decode(input, vinput));
  const published = await circle.coefexps(given.coefexps);
  if (published[0].length !== threshold || given.secrets.length !== certs.length) throw new Refusal("dkg.count");

  const own = await blame("dkg.channel", me + 1, async () => decode(await receive(dk, circle.verify[me], given.polynomial), polynomialShape));
  const same = own.polynomial.length === threshold && own.polynomial.every((a, k) => tableOfG().pow(BigInt(a) % q) === published[me][k]);
  if (!same) throw new Refusal("dkg.secret", "", { participant: me + 1 });

  let sum = 0n;
  for (const [i, message] of given.secrets.entries()) {
    const { secret } = await blame("dkg.channel", i + 1, async () => decode(await receive(dk, circle.verify[i], message), share));
    const s = BigInt(secret) % q; // belenios-tool leaves it unreduced
    if (tableOfG().pow(s) !== shareKey(published[i], me + 1)) throw new Refusal("dkg.secret", "", { participant: i + 1 });
    sum = (sum + s) % q;
  }
  return encode({
    private_key: await send(sk, circle.encryption[me], { decryption_key: sum }),
    public_key: await newPublicKey(sum, name),
  });
}

/**
 * The secret in a participant's .dkey file.
 * @param {string} seed
 * @param {string} dkey
 */
export async function openDecryptionKey(seed, dkey) {
  const message = await receive(await decryption(seed), tableOfG().pow(await signing(seed)), dkey.trim());
  return BigInt(decode(message, decryptionKey).decryption_key) % q;
}

/**
 * What people compare of a public key: the hash of it as a JSON string, quotes included.
 * @param {bigint | string} key
 */
export const keyFingerprint = async (key) => hex(await sha256(`"${key}"`));

/** The same of a certificate. @param {string} cert */
export const certFingerprint = async (cert) => hex(await sha256(decode(cert, signed).message));

/**
 * Proves to the server, for a challenge that it made, that the key is at hand.
 * @param {string} fresh
 * @param {bigint} x
 */
export async function proveCheck(fresh, x) {
  if (!/^[0-9A-Za-z-]{8,64}$/.test(fresh)) throw new Refusal("key.challenge"); // nothing that could be read as another statement
  return proveLog(`tenday-check-1|${fresh}|${tableOfG().pow(x)}|`, x);
}
