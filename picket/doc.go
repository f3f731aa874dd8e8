// SPDX-License-Identifier: Apache-2.0

// Package picket plans who stands where and when on picket lines: Plan makes the plan, Replan repairs it when people drop out or sites
// close, Explain says why someone is here and what any other place would cost the plan.
//
// In: an Input (Read makes it from CSV files, with every error in them), events, the time at the sites. Out: placements, the levels
// they reach and a proven bound for each. Not for: sequences over many days, road routing, street addresses.
//
// Always: a shortage is shown where it is, never "infeasible"; people on emergency duty have no way onto a line; the plan without
// teams and rest is proven best level by level; the same input gives the same plan whatever the order of rows. No clock, no network,
// no storage. Judges: LEMON and cbc optima of the vectors.
package picket
