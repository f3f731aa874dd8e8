// SPDX-License-Identifier: Apache-2.0
// The file in which a trustee keeps a secret: encrypted under a passphrase (PBKDF2-SHA-256 and AES-256-GCM of the browser). Inside is what
// belenios-tool's .privkey or .key file holds.

import { Refusal } from "./canon.js";
import { base64, unbase64, utf8 } from "./hash.js";

const rounds = 600_000;

/**
 * @typedef {object} Head what the file says openly; it is authenticated
 * @property {1} tenday_key
 * @property {"single" | "threshold"} kind
 * @property {string} label of the election, for people
 * @property {string} fingerprint of the public key, or of the certificate
 */

/** @typedef {Head & {rounds: number, salt: string, iv: string, data: string}} KeyFile */

/**
 * @param {string} passphrase
 * @param {Uint8Array<ArrayBuffer>} salt
 * @param {number} iterations
 */
async function keyOf(passphrase, salt, iterations) {
  const base = await crypto.subtle.importKey("raw", utf8(passphrase.normalize("NFC")), "PBKDF2", false, ["deriveKey"]);
  const how = { name: "PBKDF2", hash: "SHA-256", salt, iterations };
  return crypto.subtle.deriveKey(how, base, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
}

/** The label, which may hold anything, comes last. @param {Head} head */
const openly = ({ tenday_key, kind, label, fingerprint }) => utf8(`tenday-key-${tenday_key}\n${kind}\n${fingerprint}\n${label}`);

/**
 * @param {Omit<Head, "tenday_key">} about
 * @param {string} secret
 * @param {string} passphrase
 * @returns {Promise<KeyFile>}
 */
export async function lock({ kind, label, fingerprint }, secret, passphrase) {
  /** @type {Head} */
  const head = { tenday_key: 1, kind, label, fingerprint };
  const [salt, iv] = [crypto.getRandomValues(new Uint8Array(16)), crypto.getRandomValues(new Uint8Array(12))];
  const how = { name: "AES-GCM", iv, additionalData: openly(head) };
  const data = new Uint8Array(await crypto.subtle.encrypt(how, await keyOf(passphrase, salt, rounds), utf8(secret)));
  return { ...head, rounds, salt: base64(salt), iv: base64(iv), data: base64(data) };
}

/**
 * Reads the text of a key file. Throws a Refusal: key.file.
 * @param {string} text
 * @returns {KeyFile}
 */
export function parseKeyFile(text) {
  try {
    const file = JSON.parse(text);
    const texts = [file.label, file.fingerprint, file.salt, file.iv, file.data].every((one) => typeof one === "string");
    const known = file.tenday_key === 1 && ["single", "threshold"].includes(file.kind);
    if (texts && known && Number.isInteger(file.rounds) && file.rounds >= 1 && file.rounds <= 10_000_000) return file;
  } catch {
    // said below
  }
  throw new Refusal("key.file");
}

/**
 * The secret in a key file. Throws a Refusal: key.passphrase, which also means that the file was changed.
 * @param {KeyFile} file
 * @param {string} passphrase
 */
export async function unlock(file, passphrase) {
  const [salt, iv, data] = [unbase64(file.salt), unbase64(file.iv), unbase64(file.data)];
  if (!salt || !iv || !data) throw new Refusal("key.file");
  try {
    const how = { name: "AES-GCM", iv, additionalData: openly(file) };
    return new TextDecoder().decode(await crypto.subtle.decrypt(how, await keyOf(passphrase, salt, file.rounds), data));
  } catch {
    throw new Refusal("key.passphrase");
  }
}
