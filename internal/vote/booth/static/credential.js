// SPDX-License-Identifier: Apache-2.0
// A voter's credential: 14 random characters of base 58 and a check character, written XXX-XXX-XXX-XXX-XXX.

import { Refusal } from "./canon.js";
import { integer, q, tableOfG } from "./group.js";
import { sha256, utf8 } from "./hash.js";

export const alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

const length = 15;

/**
 * What a voter types, in the one form that keys are derived from. Spaces and dashes may be anywhere; case matters. Throws a Refusal:
 * credential.character (about: character, position from 1), credential.length (about: count), credential.checksum.
 * @param {string} typed
 */
export function readCredential(typed) {
  const characters = [...typed.trim().replace(/[- ]/g, "")];
  const wrong = characters.findIndex((c) => !alphabet.includes(c));
  if (wrong >= 0) throw new Refusal("credential.character", "", { character: characters[wrong], position: wrong + 1 });
  if (characters.length !== length) throw new Refusal("credential.length", "", { count: characters.length });
  // 53 - (v mod 53), from 1 to 53: belenios-tool lets five aliases through, which would derive another key.
  let v = 0;
  for (const c of characters.slice(0, -1)) v = (v * alphabet.length + alphabet.indexOf(c)) % 53;
  if (alphabet.indexOf(characters[length - 1]) !== 53 - v) throw new Refusal("credential.checksum");
  return [0, 3, 6, 9, 12].map((i) => characters.slice(i, i + 3).join("")).join("-");
}

/**
 * The signing key: PBKDF2 of the dashed text, salted with the election's identifier.
 * @param {string} credential as readCredential returns it
 * @param {string} uuid
 */
export async function derive(credential, uuid) {
  const secret = await crypto.subtle.importKey("raw", utf8(credential), "PBKDF2", false, ["deriveBits"]);
  const algorithm = { name: "PBKDF2", hash: "SHA-256", salt: utf8(uuid), iterations: 1000 };
  const bytes = new Uint8Array(await crypto.subtle.deriveBits(algorithm, secret, 256));
  const key = integer(bytes) % q;
  bytes.fill(0);
  return key;
}

/**
 * What the election's list of credentials has in this one's place.
 * @param {string} credential
 * @param {string} uuid
 */
export const publicCredential = async (credential, uuid) => tableOfG().pow(await derive(credential, uuid));

/**
 * Whether a list of the server (per credential the first eight bytes of SHA-256 of its public value, in any order) has this one.
 * @param {Uint8Array} list
 * @param {bigint} value
 */
export async function isListed(list, value) {
  const mine = (await sha256(String(value))).subarray(0, 8);
  for (let at = 0; at + 8 <= list.length; at += 8) {
    if (mine.every((b, i) => list[at + i] === b)) return true;
  }
  return false;
}
