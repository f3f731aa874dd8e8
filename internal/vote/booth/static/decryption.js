// SPDX-License-Identifier: Apache-2.0
// A trustee's part of a count.

import { encode, Refusal } from "./canon.js";
import { pow, tableOfG } from "./group.js";
import { hex, sha256 } from "./hash.js";
import { proveEqual } from "./proof.js";
import { decryptPrefix } from "./verify.js";

/** @import {Election} from "./election.js" */
/** @import {Ciphertext} from "./proof.js" */

/**
 * Decrypts an encrypted tally with the secret x of its owner. decryption is the record for the archive; side proves the same with the whole
 * statement hashed, and serves to find who is to blame for a count that does not decode.
 * @param {Pick<Election, "fingerprint">} e
 * @param {Ciphertext[][]} tally of a verified archive
 * @param {number} owner from 1
 * @param {bigint} key that the archive lists for the owner
 * @param {bigint} x
 * @param {(done: number, of: number) => void} [progress]
 */
export async function decrypt(e, tally, owner, key, x, progress = () => {}) {
  if (tableOfG().pow(x) !== key) throw new Refusal("key.other");
  /** @type {bigint[][]} */
  const decryption_factors = [];
  const [decryption_proofs, side] = [/** @type {unknown[][]} */ ([]), /** @type {unknown[][]} */ ([])];
  let done = 0;
  for (const [i, row] of tally.entries()) {
    decryption_factors.push([]);
    decryption_proofs.push([]);
    side.push([]);
    for (const { alpha } of row) {
      const factor = pow(alpha, x);
      const strict = `tenday-decrypt-1|${e.fingerprint}|${owner}|${key}|${alpha}|${factor}|`;
      decryption_factors[i].push(factor);
      decryption_proofs[i].push(await proveEqual(decryptPrefix(e, key), alpha, x));
      side[i].push(await proveEqual(strict, alpha, x));
      progress(++done, tally.flat().length);
    }
  }
  const decryption = encode({ decryption_factors, decryption_proofs });
  return { decryption, owned: encode({ owner, payload: hex(await sha256(decryption)) }), side: encode(side) };
}
