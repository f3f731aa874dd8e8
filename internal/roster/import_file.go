// SPDX-License-Identifier: Apache-2.0

package roster

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/sheet"
)

// guessFrom is how many rows the columns are guessed from.
const guessFrom = 5000

// Upload keeps the file as it came and proposes how to read it: with the mapping remembered for a header like this one, else
// with a guess. Nothing of it reaches a person yet. size may be -1 when it is not known. Errors: Invalid with file, line and
// column for what is no list.
func (s *Store) Upload(ctx context.Context, kind ListKind, fileName string, r io.Reader, size int64) (string, error) {
	if err := wholeUnit(ctx, auth.ListImport); err != nil {
		return "", err
	}
	if kind != EmployerList && kind != UnionList {
		return "", fault.Field("kind", "roster.list.kind_needed")
	}
	if size > sheet.Default.FileBytes {
		return "", fault.New(fault.TooLarge, "sheet.file_too_large", "File", fileName, "MaxMB", sheet.Default.FileBytes>>20)
	}
	body, err := io.ReadAll(io.LimitReader(r, sheet.Default.FileBytes+1))
	if err != nil {
		return "", fmt.Errorf("read upload: %w", err)
	}
	book, err := sheet.Open(fileName, bytes.NewReader(body), int64(len(body)), sheet.Default)
	if err != nil {
		return "", err
	}
	found, err := firstTable(book)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(body)
	id := newID()
	fileName = clean(fileName)
	return id, db.Do(ctx, s.d, func(tx *db.Tx) error {
		e, err := employer(ctx, tx)
		if err != nil {
			return err
		}
		m, err := remembered(ctx, tx, kind, found.guess)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `INSERT INTO list_import (id, kind, employer_id, file_name, file_sha256, sheet, mapping, state,
			rows_total, uploaded_at, uploaded_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`, id, kind, e.ID, fileName,
			hex.EncodeToString(sum[:]), found.sheet.Name, jsonValue(m), ListUploaded, found.rows, tx.Now.UnixMilli(),
			audit.By(ctx).Account); err != nil {
			return fmt.Errorf("add import: %w", err)
		}
		if _, err := tx.Exec(ctx, `INSERT INTO list_file (import_id, body) VALUES ($1, $2)`, id, body); err != nil {
			return fmt.Errorf("keep file: %w", err)
		}
		_, err = audit.Append(ctx, tx, audit.Entry{Verb: "list.upload", Object: "list:" + id, Detail: string(kind), Count: found.rows})
		return err
	})
}

// listTable is a sheet that holds a list: its beginning, and how many rows follow the header.
type listTable struct {
	sheet *sheet.Sheet
	guess *Sheet
	rows  int
}

// firstTable returns the first sheet with a header that can be read to its end; sheets that the employer's program shows come
// before hidden ones. The error is that of the first sheet.
func firstTable(book *sheet.Book) (listTable, error) {
	var first error
	for _, hidden := range []bool{false, true} {
		for _, sh := range book.Sheets {
			if sh.Hidden != hidden {
				continue
			}
			t, err := readTable(sh)
			if err == nil {
				return t, nil
			}
			first = cmp.Or(first, err)
		}
	}
	return listTable{}, first
}

func readTable(sh *sheet.Sheet) (listTable, error) {
	t := listTable{sheet: sh}
	err := eachLine(sh, func(beginning *Sheet) error { t.guess = beginning; return nil }, func(l Line) error {
		t.rows++
		if len(t.guess.Rows) < guessFrom {
			t.guess.Rows = append(t.guess.Rows, l)
		}
		return nil
	}, nil)
	if err == nil && t.rows == 0 {
		err = fault.New(fault.Invalid, "roster.list.no_rows")
	}
	return t, err
}

// eachLine reads a sheet once from its top: head is given the header alone, row each row after it, aside (which may be nil) each
// line that is none. Blank lines are passed over.
func eachLine(sh *sheet.Sheet, head func(*Sheet) error, row func(Line) error, aside func(Aside)) error {
	var top []Line
	var found *Sheet
	first, last := 0, 0
	take := func(l Line) error {
		if reason := asideReason(l, found.Header); reason != "" {
			if aside != nil {
				found.aside(l, reason)
				aside(found.Aside[len(found.Aside)-1])
				found.Aside = found.Aside[:0]
			}
			return nil
		}
		first, last = cmp.Or(first, l.No), l.No
		return row(l)
	}
	find := func() error {
		at, err := ReadSheet(top)
		if err != nil {
			return err
		}
		found = &Sheet{Header: at.Header}
		if err := head(&Sheet{Header: at.Header}); err != nil {
			return err
		}
		for _, l := range top {
			if l.No < at.Header.No && aside != nil {
				aside(Aside{l.No, AboveHeader, clean(joinCells(l.Cells))})
			} else if l.No > at.Header.No {
				if err := take(l); err != nil {
					return err
				}
			}
		}
		return nil
	}
	for r, err := range sh.Rows() {
		if err != nil {
			return quoteFault(err, first, last)
		}
		l := Line{r.Line, r.Cells}
		switch {
		case found != nil:
			if err := take(l); err != nil {
				return err
			}
		default:
			if top = append(top, l); len(top) == headerWithin {
				if err := find(); err != nil {
					return err
				}
			}
		}
	}
	if found == nil {
		return find()
	}
	return nil
}

// quoteFault says which rows of the list, not of the file, were read before a quote that was not closed.
func quoteFault(err error, first, last int) error {
	if f, ok := errors.AsType[*fault.Error](err); ok && first > 0 && f.Args["First"] != nil {
		f.Args["First"], f.Args["Last"] = first, last
	}
	return err
}

// remembered returns the mapping that was used for a header like this one, else a guess.
func remembered(ctx context.Context, tx *db.Tx, kind ListKind, s *Sheet) (Mapping, error) {
	m := GuessMapping(s, kind)
	var text string
	err := tx.Row(ctx, `SELECT mapping FROM import_mapping WHERE fingerprint = $1`, mappingKey(m)).Scan(&text)
	if ok, err := db.Found(err); err != nil || !ok {
		return m, err
	}
	was, err := readMapping(text)
	if err != nil || len(was.Columns) != len(m.Columns) {
		return m, err
	}
	return was, nil
}

func mappingKey(m Mapping) string { return string(m.Kind) + " " + m.Fingerprint }

// source opens the stored file of a list at the sheet that was chosen.
func source(ctx context.Context, tx *db.Tx, i *Import) (*sheet.Book, *sheet.Sheet, error) {
	var body []byte
	err := tx.Row(ctx, `SELECT body FROM list_file WHERE import_id = $1`, i.ID).Scan(&body)
	if ok, err := db.Found(err); err != nil {
		return nil, nil, fmt.Errorf("read list file: %w", err)
	} else if !ok {
		return nil, nil, fault.New(fault.Missing, "roster.list.file_gone")
	}
	book, err := sheet.Open(i.FileName, bytes.NewReader(body), int64(len(body)), sheet.Default)
	if err != nil {
		return nil, nil, err
	}
	for _, sh := range book.Sheets {
		if sh.Name == i.Sheet {
			return book, sh, nil
		}
	}
	return nil, nil, fault.New(fault.Missing, "roster.list.sheet_missing", "Sheet", i.Sheet)
}

// Columns is what the page of the columns shows: the sheets of the file, the header, and three samples of each column.
type Columns struct {
	Sheets     []string   `json:"sheets"`
	HeaderLine int        `json:"header_line"`
	Headings   []string   `json:"headings"`
	Samples    [][]string `json:"samples"`
	Aside      []Aside    `json:"aside"`
	Remembered bool       `json:"remembered"` // the mapping was used for such a header before
}

// Columns reads the beginning of the file of list id.
func (s *Store) Columns(ctx context.Context, id string) (*Columns, error) {
	if err := wholeUnit(ctx, auth.ListImport); err != nil {
		return nil, err
	}
	return db.InRead(ctx, s.d, func(tx *db.Tx) (*Columns, error) {
		i, err := importOf(ctx, tx, id, "")
		if err != nil {
			return nil, err
		}
		book, sh, err := source(ctx, tx, i)
		if err != nil {
			return nil, err
		}
		out := &Columns{}
		for _, one := range book.Sheets {
			out.Sheets = append(out.Sheets, one.Name)
		}
		var beginning *Sheet
		enough := errors.New("enough")
		err = eachLine(sh, func(b *Sheet) error { beginning = b; return nil }, func(l Line) error {
			if beginning.Rows = append(beginning.Rows, l); len(beginning.Rows) == 400 {
				return enough
			}
			return nil
		}, func(a Aside) { out.Aside = append(out.Aside, a) })
		if err != nil && !errors.Is(err, enough) {
			return nil, err
		}
		out.HeaderLine = beginning.Header.No
		for c, heading := range beginning.Header.Cells {
			out.Headings = append(out.Headings, clean(heading))
			out.Samples = append(out.Samples, beginning.Samples(c))
		}
		var n int
		err = tx.Row(ctx, `SELECT COUNT(*) FROM import_mapping WHERE fingerprint = $1`, mappingKey(i.Mapping)).Scan(&n)
		out.Remembered = n > 0
		return out, err
	})
}

// ChooseSheet takes another sheet of the workbook as the list, and guesses its columns anew.
func (s *Store) ChooseSheet(ctx context.Context, id, name string) error {
	if err := wholeUnit(ctx, auth.ListImport); err != nil {
		return err
	}
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		i, err := importOf(ctx, tx, id, ListMapped)
		if err != nil {
			return err
		}
		i.Sheet = name
		_, sh, err := source(ctx, tx, i)
		if err != nil {
			return err
		}
		t, err := readTable(sh)
		if err != nil {
			return err
		}
		m, err := remembered(ctx, tx, i.Kind, t.guess)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE list_import SET sheet = $1, mapping = $2, rows_total = $3 WHERE id = $4`, name, jsonValue(m),
			t.rows, id)
		return err
	})
}
