// SPDX-License-Identifier: Apache-2.0

// Package bel reads and writes the archive of an election: an append-only tar of records named by their hash, and a chain of events
// over them (spec, section 4). It knows what follows what, not what ballots mean.
//
// In: an io.ReaderAt and a size. Out: a Summary and the Steps, an event each with the records that belong to it, or a *Reject that
// names the first thing wrong (Scan: passes A and B of section 10). It never holds more than one record, reads 64 MiB of a record and
// 2 GiB of an archive at most, and does not trust a length before the bytes are there.
//
// Append makes the bytes of one more event. An archive has no times of voting: every header carries the time of its creation.
package bel
