// SPDX-License-Identifier: Apache-2.0

// Package audit keeps the record of who saw, exported and changed what.
//
// Records are numbered without a hole and chained: hash = sha256(RFC 8785 JSON of the record, the hash before it included).
// Whoever alters, removes or inserts one breaks the chain from there on; Verify names the first record that does not fit.
// A change is recorded by Append in the transaction that makes it: both exist or neither. A list or profile that was read is
// recorded by Log.Read, which writes many readers' records in one commit and returns when it is durable, before the page is
// sent.
//
// What enters: ids, verbs, counts, filters. What never does: names, values, what somebody searched for (a keyed hash of it).
// What it cannot do: detect a false entry made by a rightful account, or a chain rewritten from end to end by whoever owns the
// disk; against that two officers keep the daily head.
package audit
