// SPDX-License-Identifier: Apache-2.0
// Ids that a device makes where a fact is made: UUIDv7 (RFC 9562), the first 48 bits its time, the rest drawn at random.

let last = 0; // time of the id before, so that two of one millisecond keep their order

/**
 * @param {number} now Unix milliseconds
 * @returns {string}
 */
export function uuid7(now = Date.now()) {
  last = Math.max(now, last + 1);
  const b = crypto.getRandomValues(new Uint8Array(16));
  for (let i = 0, t = last; i < 6; i++, t = Math.floor(t / 256)) b[5 - i] = t % 256;
  b[6] = 0x70 | (b[6] & 0x0f);
  b[8] = 0x80 | (b[8] & 0x3f);
  const hex = [...b].map((x) => x.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
