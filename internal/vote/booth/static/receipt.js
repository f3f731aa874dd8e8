// SPDX-License-Identifier: Apache-2.0
// What the server signs: a ballot stands in the archive. Only then is it cast.

import { encode } from "./canon.js";
import { inverse } from "./group.js";
import { unbase64, utf8 } from "./hash.js";

/** @typedef {{uuid: string, tracker: string, height: number, event: string, signature: string}} Receipt */

/**
 * Whether a receipt is for this ballot of this election, signed by the key that the page named.
 * @param {any} receipt as it came
 * @param {{uuid: string, tracker: string, key: string}} want key in base64
 * @returns {Promise<Receipt | null>}
 */
export async function checkReceipt(receipt, { uuid, tracker, key }) {
  if (receipt?.uuid !== uuid || receipt.tracker !== tracker || !Number.isSafeInteger(receipt.height)) return null;
  if (!/^[0-9a-f]{64}$/.test(String(receipt.event)) || typeof receipt.signature !== "string") return null;
  const { height, event, signature } = receipt;
  const [bytes, publicKey] = [unbase64(signature), unbase64(key)];
  if (bytes?.length !== 64 || publicKey?.length !== 32) return null;
  const message = utf8(encode({ uuid, tracker, height, event }));
  return (await verifyEd25519(publicKey, bytes, message)) ? { uuid, tracker, height, event, signature } : null;
}

/**
 * Verifies an Ed25519 signature (RFC 8032) with the browser's own code, and where it has none (Chromium before 137, Safari before 17, Firefox
 * before 129) with ours.
 * @param {Uint8Array<ArrayBuffer>} key
 * @param {Uint8Array<ArrayBuffer>} signature
 * @param {Uint8Array<ArrayBuffer>} message
 */
export async function verifyEd25519(key, signature, message) {
  try {
    const known = await crypto.subtle.importKey("raw", key, "Ed25519", false, ["verify"]);
    return await crypto.subtle.verify("Ed25519", known, signature, message);
  } catch {
    return verifySlowly(key, signature, message); // it refuses by itself what is no key
  }
}

const field = 2n ** 255n - 19n;
const order = 2n ** 252n + 27742317777372353535851937790883648493n;
const mod = (/** @type {bigint} */ x) => ((x % field) + field) % field;
const d = mod(-121665n * inverse(121666n, field));
const rootOfMinusOne = power(2n, (field - 1n) / 4n);

/** @param {bigint} x @param {bigint} e */
function power(x, e) {
  let result = 1n;
  for (; e > 0n; e >>= 1n) {
    if (e & 1n) result = mod(result * x);
    x = mod(x * x);
  }
  return result;
}

/** x, y, z, t with x/z, y/z on the curve and t = xy/z. @typedef {[bigint, bigint, bigint, bigint]} Point */

/**
 * RFC 8032, section 5.1.4.
 * @param {Point} a
 * @param {Point} b
 * @returns {Point}
 */
function add([x1, y1, z1, t1], [x2, y2, z2, t2]) {
  const a = mod((y1 - x1) * (y2 - x2));
  const b = mod((y1 + x1) * (y2 + x2));
  const c = mod(2n * d * t1 * t2);
  const e = mod(2n * z1 * z2);
  return [mod((b - a) * (e - c)), mod((e + c) * (b + a)), mod((e - c) * (e + c)), mod((b - a) * (b + a))];
}

/** @param {Point} p @param {bigint} n @returns {Point} */
function times(p, n) {
  /** @type {Point} */
  let sum = [0n, 1n, 1n, 0n];
  for (; n > 0n; n >>= 1n) {
    if (n & 1n) sum = add(sum, p);
    p = add(p, p);
  }
  return sum;
}

/** @param {Uint8Array} bytes */
const littleEndian = (bytes) => bytes.reduceRight((n, b) => n * 256n + BigInt(b), 0n);

/**
 * The point that 32 bytes name, or null (section 5.1.3).
 * @param {Uint8Array} bytes
 * @returns {Point | null}
 */
function point(bytes) {
  const n = littleEndian(bytes);
  const y = BigInt.asUintN(255, n);
  if (y >= field) return null;
  const u = mod(y * y - 1n);
  const v = mod(d * y * y + 1n);
  let x = mod(u * v ** 3n * power(mod(u * v ** 7n), (field - 5n) / 8n));
  if (mod(v * x * x) === mod(-u)) x = mod(x * rootOfMinusOne);
  if (mod(v * x * x) !== u) return null;
  if (x === 0n && n >> 255n) return null;
  if ((x & 1n) !== n >> 255n) x = mod(-x);
  return [x, y, 1n, mod(x * y)];
}

const base = /** @type {Point} */ (point(Uint8Array.from({ length: 32 }, (_, i) => (i ? 0x66 : 0x58))));

/**
 * Section 5.1.7, without the cofactor; everything here is public.
 * @param {Uint8Array<ArrayBuffer>} key
 * @param {Uint8Array<ArrayBuffer>} signature
 * @param {Uint8Array<ArrayBuffer>} message
 */
export async function verifySlowly(key, signature, message) {
  const a = point(key);
  const r = point(signature.subarray(0, 32));
  const s = littleEndian(signature.subarray(32));
  if (!a || !r || s >= order) return false;
  const text = new Uint8Array(64 + message.length);
  text.set(signature.subarray(0, 32));
  text.set(key, 32);
  text.set(message, 64);
  const k = littleEndian(new Uint8Array(await crypto.subtle.digest("SHA-512", text))) % order;
  const [x1, y1, z1] = times(base, s);
  const [x2, y2, z2] = add(r, times(a, k));
  return mod(x1 * z2 - x2 * z1) === 0n && mod(y1 * z2 - y2 * z1) === 0n;
}
