// SPDX-License-Identifier: Apache-2.0

// Package notice is the legal clock: may this strike, picket or refusal begin at this minute, at these sites, on these
// papers; and if not, why, who is hurt, what cures it, and what would have to be asked?
//
// In: one employer's facts (LoadFacts) and a rule pack (Packs, LoadPack), both strict JSON, and the day of asking. Out: a Report
// (Evaluate), a Plan backward and forward (Solve), a Diff (WhatIf), the minute on the day (Guard), the fields that may no longer
// change (Locked) and the calendar (Events). Not for: tactics, drafting, sending. It has no clock, no network and no storage; time
// zones come from an embedded database, never the host's.
//
// Always: the same facts, pack and day give the same bytes; a missing fact is never lawful; what no authority settles says so.
// Judges: the statutes and decided cases of the vectors. Nothing here is legal advice: see Disclaimer and docs/law.md.
package notice
