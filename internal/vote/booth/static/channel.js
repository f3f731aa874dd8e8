// SPDX-License-Identifier: Apache-2.0
// Sealed and signed messages between trustees: ElGamal, AES-256-CCM (RFC 3610: tag of 8 bytes, nonce of 13) and Schnorr signatures.

import { decimal, decode, encode, object, Refusal, text } from "./canon.js";
import { inverse, mul, pow, random, tableOfG } from "./group.js";
import { hex, sha256, unhex, utf8 } from "./hash.js";
import { proveLog } from "./proof.js";
import { parseMember, signed, signedPrefix, verifySigned } from "./trustees.js";

const sealed = object({ alpha: decimal, beta: decimal, data: text });
const addressed = object({ recipient: decimal, message: text });

/**
 * Signs the canonical encoding of a value.
 * @param {bigint} sk
 * @param {unknown} value
 */
export async function sign(sk, value) {
  const message = encode(value);
  return { message, signature: await proveLog(signedPrefix(message), sk) };
}

/**
 * Signs a value for the holder of the encryption key ek, and seals it.
 * @param {bigint} sk
 * @param {bigint} ek
 * @param {unknown} value
 */
export async function send(sk, ek, value) {
  return seal(ek, encode(await sign(sk, { recipient: ek, message: encode(value) })));
}

/**
 * Encrypts a text for the holder of ek.
 * @param {bigint} ek
 * @param {string} text
 */
export async function seal(ek, text) {
  const r = random();
  const alpha = tableOfG().pow(r);
  const shared = tableOfG().pow(random());
  const data = await sealWith(`key|${shared}`, `iv|${alpha}`, utf8(text));
  return encode({ alpha, beta: mul(pow(ek, r), shared), data: hex(data) });
}

/**
 * Opens a message of send and returns what the sender encoded. Throws a Refusal, dkg.channel: it does not open, or is not signed by its sender,
 * or is for somebody else.
 * @param {bigint} dk the own decryption key
 * @param {bigint} sender the verification key of who signed
 * @param {string} message
 */
export async function receive(dk, sender, message) {
  try {
    const m = decode(message, sealed);
    const [alpha, beta, data] = [parseMember(m.alpha), parseMember(m.beta), unhex(m.data)];
    if (alpha === null || beta === null || data === null) throw new Refusal("dkg.channel");
    const plain = await openWith(`key|${mul(beta, inverse(pow(alpha, dk)))}`, `iv|${alpha}`, data);
    const s = decode(plain, signed);
    plain.fill(0);
    await verifySigned(s, sender, "dkg.channel");
    const inner = decode(s.message, addressed);
    if (inner.recipient !== String(tableOfG().pow(dk))) throw new Refusal("dkg.channel");
    return inner.message;
  } catch (error) {
    throw error instanceof Refusal ? new Refusal("dkg.channel") : error;
  }
}

// CCM out of the browser's CBC and CTR, which has no CCM of its own: a tag of 8 bytes, a length of 2, no associated data. Keys and nonces are
// hashes of texts.

const tagSize = 8;

/** @param {string} text @param {"AES-CBC" | "AES-CTR"} name */
async function keyOf(text, name) {
  const bytes = await sha256(text);
  const key = await crypto.subtle.importKey("raw", bytes, name, false, ["encrypt"]);
  bytes.fill(0);
  return key;
}

/** @param {string} text */
const nonceOf = async (text) => (await sha256(text)).subarray(0, 13);

/**
 * The CBC-MAC before encryption.
 * @param {string} key
 * @param {Uint8Array} nonce
 * @param {Uint8Array} plain
 */
async function tagOf(key, nonce, plain) {
  const blocks = new Uint8Array(16 * (1 + Math.ceil(plain.length / 16)));
  blocks[0] = 0x19;
  blocks.set(nonce, 1);
  new DataView(blocks.buffer).setUint16(14, plain.length);
  blocks.set(plain, 16);
  const out = await crypto.subtle.encrypt({ name: "AES-CBC", iv: new Uint8Array(16) }, await keyOf(key, "AES-CBC"), blocks);
  return new Uint8Array(out, blocks.length - 16, tagSize); // the browser adds a block of padding behind
}

/**
 * En- or decrypts a tag (counter 0) and what follows (from 1).
 * @param {string} key
 * @param {Uint8Array} nonce
 * @param {Uint8Array} tag
 * @param {Uint8Array} data
 */
async function stream(key, nonce, tag, data) {
  const counter = new Uint8Array(16);
  counter[0] = 1;
  counter.set(nonce, 1);
  const text = new Uint8Array(16 + data.length);
  text.set(tag);
  text.set(data, 16);
  const out = new Uint8Array(await crypto.subtle.encrypt({ name: "AES-CTR", counter, length: 16 }, await keyOf(key, "AES-CTR"), text));
  text.fill(0);
  return { tag: out.subarray(0, tagSize), data: out.subarray(16) };
}

/**
 * @param {string} key
 * @param {string} iv
 * @param {Uint8Array} plain
 */
export async function sealWith(key, iv, plain) {
  if (plain.length >= 2 ** 16) throw new Refusal("dkg.channel");
  const nonce = await nonceOf(iv);
  const { tag, data } = await stream(key, nonce, await tagOf(key, nonce, plain), plain);
  plain.fill(0);
  const out = new Uint8Array(data.length + tagSize);
  out.set(data);
  out.set(tag, data.length);
  return out;
}

/**
 * Throws a Refusal, dkg.channel, if the tag does not fit.
 * @param {string} key
 * @param {string} iv
 * @param {Uint8Array} sealed
 */
export async function openWith(key, iv, sealed) {
  const n = sealed.length - tagSize;
  if (n < 0 || n >= 2 ** 16) throw new Refusal("dkg.channel");
  const nonce = await nonceOf(iv);
  const { tag, data } = await stream(key, nonce, sealed.subarray(n), sealed.subarray(0, n));
  const want = await tagOf(key, nonce, data);
  if (tag.reduce((wrong, b, i) => wrong | (b ^ want[i]), 0) !== 0) throw new Refusal("dkg.channel");
  return data;
}
