// SPDX-License-Identifier: Apache-2.0
// BELENIOS-2048: the subgroup of prime order q of the integers modulo p. Elements and exponents are BigInts.
//
// Nothing here is constant time: BigInt is not, in any browser. What could be measured is one voter's own device, by somebody who is on it
// already. Exponents that must stay hidden still take the same steps whatever they are, table look-ups aside.

/** The modulus, 2048 bits. */
export const p = BigInt(
  "0xa3ef2d011fefb1b6e39e568fccdffb0fb7dc7ef3a791b6862791811d21fc35f21e6d36856b428030421f514ed40bfd4c06e0" +
    "92a495af8d79a2f85e0fb11c0ede07dd973f9c53e50930c6e82ac36de1ae3fb8c3aabfff12ce27a5022ddd8912d107435012" +
    "768a2cdd0a4091d8fa447f6c7ebc15a349fa318a6b4fe17d8d47e843a3e14dfa9b2162f4d7229abe93a188b46b006517d6f6" +
    "747ebbb29c9ec3099b607f18fb1a8bc858279aa8599411d998d3e3fada9e010840d082d8c31911acdd4a0e7992d0f18cc759" +
    "cb5de0acf66a3882555bc810941e021b6a4ccfa04ee4008f878affa2375e2999b44f6cef17d707301e59e0e6351e051ed9ce" +
    "c4157646e64f",
);

/** The order of the group, 256 bits, a prime. */
export const q = BigInt("0xadb6066a73522565f4daa0f2579db7f2f0fa90c2168bc709e20263387d55c491");

/** The generator. */
export const g = BigInt(
  "0x1307c1ab5f295885d7caa3a78a42415e31fd1c5807b61fb1e781878a52230a51988b98c259597f9c5a9dfd001d26ba31d9d8" +
    "976f01d95a1c8262ee68a0e92cea541e5219e0d0d094301b894236823fe1d4bc04e29f3748aefd4f10d5b1a356a8643e673f" +
    "d9d215fc8fe5fb9cf9fdb8ea88fdb1a3381a697fdf9c2458570b06d26aef1be365fdd90165f397c6b870df8c1b9e519edcee" +
    "8bb0f74b7a1615a274ba60a7ea574a61f552d2dde0ce514e0927c4ff49b1964c4a913731ae4268d60d7f22127b6cbba44d45" +
    "3ac8b72fd04e0991b7aeff04867d8724ac638f5f34100d2d47aa680d43771902743d663f42d853c041e1c91fe3823f4bcf28" +
    "4308f1d7e653",
);

/** What elections, proofs and archives call this group. */
export const groupName = "BELENIOS-2048";

/**
 * Plain multiplication and remainder: measured faster than Montgomery's and Barrett's ways with BigInt.
 * @param {bigint} x
 * @param {bigint} y
 */
export const mul = (x, y) => (x * y) % p;

/**
 * The remainder modulo q, never negative.
 * @param {bigint} n
 */
export function modq(n) {
  const r = n % q;
  return r < 0n ? r + q : r;
}

/**
 * 1/x for an x that has no factor in common with the modulus (Euclid).
 * @param {bigint} x
 * @param {bigint} modulus
 */
export function inverse(x, modulus = p) {
  let [a, b, s, t] = [x % modulus, modulus, 1n, 0n];
  while (b > 0n) {
    const d = a / b;
    [a, b, s, t] = [b, a - d * b, t, s - d * t];
  }
  return s < 0n ? s + modulus : s;
}

/**
 * An element as archives hold it, or null: other characters than digits, a leading zero, or not within 0 < x < p.
 * @param {string} decimal
 */
export function parseElement(decimal) {
  if (!/^[1-9][0-9]{0,616}$/.test(decimal)) return null;
  const x = BigInt(decimal);
  return x < p ? x : null;
}

/**
 * An exponent as archives hold it, or null: other characters than digits, a leading zero, or not below q.
 * @param {string} decimal
 */
export function parseScalar(decimal) {
  if (!/^(0|[1-9][0-9]{0,77})$/.test(decimal)) return null;
  const s = BigInt(decimal);
  return s < q ? s : null;
}

/**
 * The big-endian integer of bytes.
 * @param {Uint8Array} bytes
 */
export function integer(bytes) {
  let hex = "0x0";
  for (const b of bytes) hex += b.toString(16).padStart(2, "0");
  return BigInt(hex);
}

/** A fresh exponent from 48 bytes of the system's generator: its bias is below 2^-128. */
export function random() {
  const bytes = crypto.getRandomValues(new Uint8Array(48));
  const s = integer(bytes) % q;
  bytes.fill(0);
  return s;
}

/** Powers of one base that returns often: row i holds base^(d*2^(width*i)) for every digit d. */
export class Table {
  /**
   * @param {bigint} base
   * @param {number} [width] bits of a digit: 4 to make some ballots, 8 to verify many
   */
  constructor(base, width = 4) {
    this.width = width;
    /** @type {bigint[][]} */
    this.rows = [];
    for (let at = 0; at < 256; at += width) {
      const row = [1n];
      for (let d = 1; d < 1 << width; d++) row.push(mul(row[d - 1], base));
      this.rows.push(row);
      base = mul(row[row.length - 1], base);
    }
  }

  /**
   * base^e for 0 <= e < q.
   * @param {bigint} e
   */
  pow(e) {
    const digits = e.toString(16).padStart(64, "0");
    const step = this.width / 4;
    let x = 1n;
    for (let i = 0; i < this.rows.length; i++) {
      const end = 64 - step * i;
      x = mul(x, this.rows[i][parseInt(digits.slice(end - step, end), 16)]);
    }
    return x;
  }
}

/** @type {Table | undefined} */
let generator;

/** The table of g, made at its first use. */
export const tableOfG = () => (generator ??= new Table(g));

/** A table of g with wide digits, for those who verify much. */
export function widen() {
  if (generator?.width !== 8) generator = new Table(g, 8);
}

/**
 * x to each exponent, 0 <= e < 2^256. All share one run of squarings, and each gathers the squares by its digits, sliding windows of four bits
 * from the low end (A. C. Yao, On the evaluation of powers, 1976).
 * @param {bigint} x
 * @param {...bigint} exponents
 */
export function powers(x, ...exponents) {
  const jobs = exponents.map((e) => ({ bits: digitsOf(e), buckets: /** @type {bigint[]} */ (new Array(8).fill(1n)) }));
  let square = x;
  for (let i = 0; i < 256; i++) {
    if (i > 0) square = mul(square, square);
    for (const { bits, buckets } of jobs) {
      const slot = bits[i];
      if (slot >= 0) buckets[slot] = buckets[slot] === 1n ? square : mul(buckets[slot], square);
    }
  }
  return jobs.map(({ buckets }) => product(buckets));
}

/**
 * For each bit the slot of the window that begins there, (digit - 1) / 2, or -1.
 * @param {bigint} e
 */
function digitsOf(e) {
  const bits = [...e.toString(2).padStart(256, "0")].reverse();
  const slots = new Int8Array(256).fill(-1);
  for (let i = 0; i < 256; i++) {
    if (bits[i] === "0") continue;
    slots[i] = Number(bits[i + 1] ?? 0) + 2 * Number(bits[i + 2] ?? 0) + 4 * Number(bits[i + 3] ?? 0);
    i += 3;
  }
  return slots;
}

/**
 * The product of b[j]^(2j+1): with s(j) = b[j] b[j+1] .., that is (s(1) s(2) .. s(7))^2 s(0).
 * @param {bigint[]} buckets
 */
function product(buckets) {
  let [suffix, all] = [1n, 1n];
  for (let j = 7; j > 0; j--) {
    suffix = mul(suffix, buckets[j]);
    all = mul(all, suffix);
  }
  return mul(mul(mul(all, all), suffix), buckets[0]);
}

/**
 * x^e for a base that is met once.
 * @param {bigint} x
 * @param {bigint} e
 */
export const pow = (x, e) => powers(x, e)[0];

/**
 * Whether x lies in the subgroup; the identity does. For 0 < x < p.
 * @param {bigint} x
 */
export const isMember = (x) => pow(x, q) === 1n;
