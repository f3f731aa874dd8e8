// SPDX-License-Identifier: Apache-2.0
// What a worker does for a trustee. The secret is unlocked here, stays here, and goes when the worker ends.

import { encode, Refusal } from "./canon.js";
import {
  certFingerprint,
  keyFingerprint,
  newCertificate,
  newOutput,
  newPolynomial,
  newPublicKey,
  newSeed,
  openDecryptionKey,
  proveCheck,
} from "./ceremony.js";
import { decrypt } from "./decryption.js";
import { q, random, tableOfG } from "./group.js";
import { lock, unlock } from "./keyfile.js";

/** @import {KeyFile} from "./keyfile.js" */
/** @import {Ciphertext} from "./proof.js" */

/** Which file is open, and what is in it. */
let held = { kind: "", secret: "" };

function secret(/** @type {"single" | "threshold"} */ kind) {
  if (held.kind !== kind) throw new Refusal("key.other");
  return held.secret;
}

/** The number in a .privkey file. @param {string} text */
const numberIn = (text) => BigInt(text.slice(1, -1)) % q;

/**
 * The secret that decrypts: of a group's member it is in the .dkey file.
 * @param {string} [dkey]
 */
async function decryptionSecret(dkey) {
  if (held.kind === "single") return numberIn(held.secret);
  if (!dkey) throw new Refusal("key.other");
  return openDecryptionKey(secret("threshold"), dkey);
}

/**
 * What of the open secret goes to the others: a public key with its proof, or a certificate.
 * @param {string} name is published with a key; may be empty
 */
async function publicPart(name) {
  if (held.kind === "threshold") {
    const message = await newCertificate(held.secret);
    return { message, fingerprint: await certFingerprint(message) };
  }
  const key = await newPublicKey(numberIn(held.secret), name);
  return { message: encode(key), fingerprint: await keyFingerprint(key.public_key) };
}

export const operations = {
  /**
   * Makes a secret and locks it; message is the public part for the others.
   * @param {{kind: "single" | "threshold", label: string, name: string, passphrase: string}} args
   */
  async make({ kind, label, name, passphrase }) {
    held = { kind, secret: kind === "threshold" ? newSeed() : `"${random()}"` };
    const { message, fingerprint } = await publicPart(name);
    return { file: await lock({ kind, label, fingerprint }, held.secret, passphrase), message, fingerprint };
  },

  /** Opens a key file; message is its public part, signed anew. @param {{file: KeyFile, name: string, passphrase: string}} args */
  async unlock({ file, name, passphrase }) {
    held = { kind: file.kind, secret: await unlock(file, passphrase) };
    const valid = file.kind === "single" ? /^"[0-9]+"$/ : /^[1-9A-HJ-NP-Za-km-z]{22}$/;
    if (!valid.test(held.secret)) throw new Refusal("key.file");
    const opened = await publicPart(name);
    if (opened.fingerprint !== file.fingerprint) throw new Refusal("key.file");
    return opened;
  },

  /** @param {{certs: string[], threshold: number}} args */
  polynomial: ({ certs, threshold }) => newPolynomial(secret("threshold"), certs, threshold),

  /** @param {{certs: string[], input: string, threshold: number, name: string}} args */
  output: ({ certs, input, threshold, name }) => newOutput(secret("threshold"), certs, input, threshold, name),

  /** The public key that this secret has, and a proof of it for a challenge. @param {{dkey?: string, fresh?: string}} args */
  async check({ dkey, fresh }) {
    const x = await decryptionSecret(dkey);
    return { key: tableOfG().pow(x), proof: fresh === undefined ? null : await proveCheck(fresh, x) };
  },

  /**
   * @param {{fingerprint: string, tally: Ciphertext[][], owner: number, key: bigint, dkey?: string}} args
   * @param {(done: number, of: number) => void} [progress]
   */
  async decrypt({ fingerprint, tally, owner, key, dkey }, progress) {
    return decrypt({ fingerprint }, tally, owner, key, await decryptionSecret(dkey), progress);
  },

  /** The content of belenios-tool's .privkey or .key file, for its holder to save. */
  plain: async () => held.secret,
};
