// SPDX-License-Identifier: Apache-2.0

// Package flow solves minimum-cost flow problems exactly: integers in, integers out, with a proof that nothing cheaper exists.
//
// In: a Problem (bounds, costs and supplies as integers), or a DIMACS .min file (ReadMin). Out: a Solution whose certificate Verify checks
// without a line of the solver's code, or an *InfeasibleError whose cut VerifyCut checks. Live keeps a solution optimal while capacities,
// costs and supplies change, by shortest residual paths. Not for: real-valued costs, convex costs (split the arc), multi-commodity.
//
// Always: the same Problem in the same order of arcs gives the same Solution on every machine; no float decides anything; nothing recurses;
// memory is 16 bytes an arc beside the Problem. No input or output but io.Reader and io.Writer. Judge: LEMON's network simplex.
package flow
