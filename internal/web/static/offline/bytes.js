// SPDX-License-Identifier: Apache-2.0
// Bytes and texts, one into the other.

/** @typedef {Uint8Array<ArrayBuffer>} Bytes */

/** @param {string} text @returns {Bytes} */
export const utf8 = (text) => new TextEncoder().encode(text);

/** @param {ArrayBuffer | Bytes} bytes */
export const text = (bytes) => new TextDecoder().decode(bytes);

/** @param {Bytes} bytes */
export const base64 = (bytes) => btoa(Array.from(bytes, (b) => String.fromCharCode(b)).join(""));

/** @param {string} encoded @returns {Bytes} */
export const unbase64 = (encoded) => Uint8Array.from(atob(encoded), (c) => c.charCodeAt(0));

/** @param {(ArrayBuffer | Bytes)[]} parts @returns {Bytes} */
export function join(...parts) {
  const all = parts.map((p) => new Uint8Array(p));
  const out = new Uint8Array(all.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const p of all) {
    out.set(p, at);
    at += p.length;
  }
  return out;
}
