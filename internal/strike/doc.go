// SPDX-License-Identifier: Apache-2.0

// Package strike is the room of strikes, pickets, rallies and handbilling: from "we want to strike on Nov 5" to served and
// reviewed papers, through the day, to the return.
//
// Enters: what is planned, answers to the questions of the legal clock, deliveries with their proof, reviews, and the words of
// two people. Leaves: a verdict with its trace, a plan with its days, the minute on the day, and Now for other rooms.
//
// Always: the room asks package notice and computes no deadline; unknown is shown as a question, never as good news; one state
// table (life) decides what may follow what; once a notice has been sent its start, end, sites, kind and name stand; whatever follows from
// a change of state or facts (OnChange) is in the same transaction. Nothing here is legal advice: notice.Disclaimer is on every
// page that dates or judges.
package strike
