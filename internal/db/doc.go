// SPDX-License-Identifier: Apache-2.0

// Package db opens the campaign's database and runs its transactions.
//
// One SQL text serves two engines: SQLite, embedded and the default, and PostgreSQL. The text keeps to what both understand
// in the same way: `$1..$N` in ascending first appearance, instants as BIGINT Unix milliseconds, civil days as ISO text
// (” for none), 0 and 1 for truth, JSON as text. What still differs stands in dialect.go.
//
// Rooms write their own SQL and call InTx for a change, InRead for a consistent look. One exported store method is one
// transaction: the fact, its audit entry and whatever follows from it commit together or not at all. Inside a transaction
// everything takes the Tx; asking the DB for another one from there would wait for itself.
//
// A DB is safe for concurrent use. It has no knowledge of any room.
package db
