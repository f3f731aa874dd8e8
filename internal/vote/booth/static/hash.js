// SPDX-License-Identifier: Apache-2.0
// SHA-256 of the browser, and its three forms in the protocol.

import { integer, q } from "./group.js";

const encoder = new TextEncoder();

/** @param {string} text */
export const utf8 = (text) => encoder.encode(text);

/**
 * @param {string | Uint8Array<ArrayBuffer>} data text is hashed as UTF-8
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 */
export async function sha256(data) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", typeof data === "string" ? utf8(data) : data));
}

/**
 * H of the protocol: SHA-256 as a big-endian integer modulo q.
 * @param {string} text
 */
export const challenge = async (text) => integer(await sha256(text)) % q;

/** @param {Uint8Array} bytes */
export function hex(bytes) {
  let text = "";
  for (const b of bytes) text += b.toString(16).padStart(2, "0");
  return text;
}

/**
 * The bytes of lower-case hex digits, or null.
 * @param {string} text
 */
export function unhex(text) {
  if (text.length % 2 || /[^0-9a-f]/.test(text)) return null;
  return Uint8Array.from({ length: text.length / 2 }, (_, i) => parseInt(text.slice(2 * i, 2 * i + 2), 16));
}

/**
 * Standard base64 without padding.
 * @param {Uint8Array} bytes
 */
export const base64 = (bytes) => btoa(String.fromCharCode(...bytes)).replaceAll("=", "");

/**
 * The bytes of base64, padded or not, with either pair of last digits; null for anything else.
 * @param {string} text
 * @returns {Uint8Array<ArrayBuffer> | null}
 */
export function unbase64(text) {
  const plain = text.replace(/=+$/, "").replaceAll("-", "+").replaceAll("_", "/");
  if (/[^A-Za-z0-9+/]/.test(plain) || plain.length % 4 === 1) return null;
  return Uint8Array.from(atob(plain), (c) => c.charCodeAt(0));
}

/**
 * Tracker or fingerprint of what was published: b64 of its bytes.
 * @param {string | Uint8Array<ArrayBuffer>} data
 */
export const tracker = async (data) => base64(await sha256(data));
