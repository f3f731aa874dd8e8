// SPDX-License-Identifier: Apache-2.0

// Package sheet reads the spreadsheets that employers send and writes the ones that members download.
//
// What enters: .xlsx, .csv and .tsv, told apart by content, from a hand that may be careless or hostile. What leaves: a
// stream of rows with the line each one stands on in the file, or a fault.Error that says what, where and what now. Nothing
// is evaluated: no formula, macro, link or external part. Nothing is written to disk, and memory does not grow with the
// number of rows (an .xlsx costs its distinct texts). A damaged file is an error, never a shorter list.
//
// The package knows nothing of rosters: it neither finds the header nor judges a value. It is no general spreadsheet
// library: one table out, many rows in. Judge: excelize, which reads what this writes and writes what this reads.
package sheet
