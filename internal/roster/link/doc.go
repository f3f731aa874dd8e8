// SPDX-License-Identifier: Apache-2.0

// Package link finds the rows of one or two lists that are the same person or place, and says why.
//
// What enters is a table whose columns say what they hold; what leaves are pairs with their evidence in bits, column by column, and
// clusters. Nothing is learned from examples: how much each column tells is estimated on the rows at hand (Fellegi and Sunter 1969, by
// expectation and maximization, rare values telling more), rows are joined where that makes them likelier one than not, and nothing is
// set per file but what its columns are. The same table gives the same result. Blocks keep the work near the number of rows.
//
// Pure: no SQL, no clock, no files. It proposes; that only an identifier links by itself is a rule of package roster, which shares the
// folding of names, the table of nicknames and the string measure of this one. Judged by open sets (testdata, docs/matching.md).
package link
