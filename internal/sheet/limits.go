// SPDX-License-Identifier: Apache-2.0

package sheet

import "cmp"

// Limits bound what one file may cost. A zero field takes the value of Default.
type Limits struct {
	FileBytes     int64 // the file as sent
	ExpandedBytes int64 // all parts of an .xlsx together, and each as it is read
	Ratio         int64 // expanded to compressed, for parts over ratioFloor
	TextBytes     int64 // distinct texts of an .xlsx, which are held in memory
	Rows          int   // rows with a value, a sheet
	Columns       int   // the last column with a value
	CellRunes     int   // characters in one cell
	Sheets        int   // sheets in one .xlsx
}

// Default is generous for a national union's largest employer and small for a two-core machine.
var Default = Limits{
	FileBytes:     64 << 20,
	ExpandedBytes: 1 << 30,
	Ratio:         250, // an ordinary list shrinks about tenfold; deflate's own ceiling is 1,032
	TextBytes:     128 << 20,
	Rows:          500_000,
	Columns:       256,
	CellRunes:     10_000,
	Sheets:        64,
}

// ratioFloor is the size up to which a part may compress as well as it likes: small, blank and repetitive is common.
const ratioFloor = 16 << 20

func (l Limits) orDefault() Limits {
	return Limits{
		FileBytes:     cmp.Or(l.FileBytes, Default.FileBytes),
		ExpandedBytes: cmp.Or(l.ExpandedBytes, Default.ExpandedBytes),
		Ratio:         cmp.Or(l.Ratio, Default.Ratio),
		TextBytes:     cmp.Or(l.TextBytes, Default.TextBytes),
		Rows:          cmp.Or(l.Rows, Default.Rows),
		Columns:       cmp.Or(l.Columns, Default.Columns),
		CellRunes:     cmp.Or(l.CellRunes, Default.CellRunes),
		Sheets:        cmp.Or(l.Sheets, Default.Sheets),
	}
}
