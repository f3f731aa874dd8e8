// SPDX-License-Identifier: Apache-2.0
// Seals an event to the campaign's public key, so that no one but its server opens it: not a finder of the phone, not whoever
// reads the traffic. HPKE, RFC 9180: DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-256-GCM, base mode, one message a seal. Go's
// crypto/hpke opens it, which a test holds it to.

import { base64, join, unbase64, utf8 } from "./bytes.js";

/** @typedef {import("./bytes.js").Bytes} Bytes */

const KEM = join(utf8("KEM"), new Uint8Array([0x00, 0x10]));
const SUITE = join(utf8("HPKE"), new Uint8Array([0x00, 0x10, 0x00, 0x01, 0x00, 0x02]));
const NONE = new Uint8Array(0);

/** @param {Bytes} key @param {Bytes} data @returns {Promise<Bytes>} */
async function hmac(key, data) {
  const raw = key.length ? key : new Uint8Array(32); // RFC 5869: no salt is a string of zeros
  const k = await crypto.subtle.importKey("raw", raw, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", k, data));
}

/** LabeledExtract of RFC 9180, section 4. @param {Bytes} suite @param {Bytes} salt @param {string} label @param {Bytes} ikm */
const extract = (suite, salt, label, ikm) => hmac(salt, join(utf8("HPKE-v1"), suite, utf8(label), ikm));

/** LabeledExpand, for up to 32 bytes: one round. @param {Bytes} suite @param {Bytes} prk @param {string} label @param {Bytes} info @param {number} n */
async function expand(suite, prk, label, info, n) {
  const labeled = join(new Uint8Array([0, n]), utf8("HPKE-v1"), suite, utf8(label), info);
  return (await hmac(prk, join(labeled, new Uint8Array([1])))).slice(0, n);
}

/**
 * Seals text for one event.
 * @param {string} publicKey base64 of an uncompressed P-256 point
 * @param {string} id the event's: the seal opens for no other
 * @param {string} text
 * @returns {Promise<string>} base64 of enc and ciphertext
 */
export async function seal(publicKey, id, text) {
  const to = unbase64(publicKey);
  const P256 = { name: "ECDH", namedCurve: "P-256" };
  const theirs = await crypto.subtle.importKey("raw", to, P256, false, []);
  const once = await crypto.subtle.generateKey(P256, true, ["deriveBits"]);
  const dh = new Uint8Array(await crypto.subtle.deriveBits({ name: "ECDH", public: theirs }, once.privateKey, 256));
  const enc = new Uint8Array(await crypto.subtle.exportKey("raw", once.publicKey));

  const shared = await expand(KEM, await extract(KEM, NONE, "eae_prk", dh), "shared_secret", join(enc, to), 32);
  const context = join(
    new Uint8Array([0]),
    await extract(SUITE, NONE, "psk_id_hash", NONE),
    await extract(SUITE, NONE, "info_hash", utf8("tenday sync 1 " + id)),
  );
  const secret = await extract(SUITE, shared, "secret", NONE);
  const key = await crypto.subtle.importKey("raw", await expand(SUITE, secret, "key", context, 32), "AES-GCM", false, ["encrypt"]);
  const iv = await expand(SUITE, secret, "base_nonce", context, 12);
  return base64(join(enc, await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, utf8(text))));
}
