// SPDX-License-Identifier: Apache-2.0
// What a worker does, as a table of functions from data to data. A page reaches them by pool.js, a test directly.

import { inspect, newBallot } from "./ballot.js";
import { isListed, publicCredential } from "./credential.js";
import { parseElection } from "./election.js";
import { tableOfG, widen } from "./group.js";
import { parseMember } from "./trustees.js";

/** @typedef {(done: number, of: number) => void} Progress */

/** @type {import("./election.js").Election | undefined} */
let election;

function opened() {
  if (!election) throw new Error("no election is open");
  return election;
}

export const operations = {
  /** Reads an election; what follows is about it. @param {{election: Uint8Array<ArrayBuffer>, many?: boolean}} args many: ballots to verify */
  async open({ election: bytes, many = false }) {
    if (many) widen();
    election = await parseElection(bytes, many ? 8 : 4);
    // Made now, while a voter reads.
    tableOfG();
    void election.key.table;
  },

  /** Whether a list of the server has a credential; see isListed. @param {{credential: string, list: Uint8Array}} args */
  listed: async ({ credential, list }) => isListed(list, await publicCredential(credential, opened().uuid)),

  /** Makes a ballot. @param {{credential: string, votes: number[][]}} args @param {Progress} [progress] */
  ballot: ({ credential, votes }, progress) => newBallot(opened(), credential, votes, progress),

  /** @param {{raw: Uint8Array<ArrayBuffer>}} args */
  inspect: ({ raw }) => inspect(opened(), raw),

  /** @param {{elements: string[]}} args */
  members: async ({ elements }) => elements.map((x) => parseMember(x) !== null),
};

/** @typedef {typeof operations} Operations */
