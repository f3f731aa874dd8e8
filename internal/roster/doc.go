// SPDX-License-Identifier: Apache-2.0

// Package roster is the room of people and worksites: who works where, since when, how each can be reached, and the lists that
// say so.
//
// Enters: employers' and unions' lists (sheet rows), edits by hand. Leaves: people within a caller's reach, the unit's list by
// version, files for those who may export. Names, numbers, jobs and contacts are dated rows; fields that have no date of their
// own are journalled in `change` with what stood before, so that every import can be undone and every past day asked for.
// person_now, person_site and person_token are derived from those rows by refresh, in the transaction that changes them.
//
// Always: a list alone makes nobody leave; a name alone links nobody; a blank cell erases nothing; a reader outside the grant
// finds nobody (every query that reads people carries auth.Reach.Where); every read of people is in the audit before it is sent.
//
// normal*.go, mapping*.go and match*.go are pure: cells in, values and candidates out.
package roster
