// SPDX-License-Identifier: Apache-2.0

// Package backup writes the campaign's database to a file that only its officers can read, and puts it back.
//
// A backup is two files. NAME.age is a consistent copy of the database (an SQLite file, or a dump by pg_dump), compressed by
// gzip and encrypted by age to the recipients named; `age -d -i KEY NAME.age | gunzip` opens it without this program.
// NAME.age.manifest says what it is, with its hash and the end of the audit chain in it, signed by Ed25519 in the note format of
// golang.org/x/mod: age says who may read, the signature says who wrote.
//
// Restore checks signature, hash, the database itself and its audit chain, and replaces nothing until all of them hold; what
// stood there before is kept beside it. Files appear under their name when they are complete and on the disk, never before.
// A plain copy of an encrypted database is never written anywhere.
package backup

import "embed"

// Text holds the sentences of this part.
//
//go:embed text/*.json
var Text embed.FS
