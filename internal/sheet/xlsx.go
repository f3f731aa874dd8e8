// SPDX-License-Identifier: Apache-2.0

package sheet

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/tenday/tenday/internal/fault"
)

// workbook is an opened .xlsx: its parts, and what all its sheets share.
type workbook struct {
	b       *Book
	parts   map[string]*zip.File // by lower-case name without leading slash
	dates   []bool               // cell style -> a date format
	date    int                  // days to add to a date serial: 1,462 in a workbook of the 1904 system
	texts   *texts               // shared strings; nil until a sheet is read
	textsIn string               // part that holds them, if any
}

// maxParts is far above what programs write (a few per sheet) and bounds the directory held in memory.
const maxParts = 10_000

func (b *Book) openXLSX(r io.ReaderAt, size int64) error {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return b.damaged(err)
	}
	w := &workbook{b: b}
	if err := w.index(z); err != nil {
		return err
	}
	main, err := w.mainPart()
	if err != nil {
		return err
	}
	rels, err := w.relations(main)
	if err != nil {
		return err
	}
	if err := w.readWorkbook(main, rels); err != nil {
		return err
	}
	for _, rel := range rels {
		switch rel.kind {
		case "styles":
			if w.dates, err = w.readStyles(rel.target); err != nil {
				return err
			}
		case "sharedStrings":
			w.textsIn = rel.target
		case "vbaProject":
			b.warn("sheet.macros_ignored")
		}
	}
	return nil
}

// index takes stock of the parts and refuses a zip bomb by the directory, before anything is expanded. A directory that lies
// does not help: archive/zip never yields more than it promises.
func (w *workbook) index(z *zip.Reader) error {
	lim := w.b.lim
	bomb := func() error {
		return w.b.fault(fault.TooLarge, "sheet.expands_too_much", "MaxMB", lim.ExpandedBytes>>20)
	}
	if len(z.File) > maxParts {
		return bomb()
	}
	w.parts = make(map[string]*zip.File, len(z.File))
	var total uint64
	for _, f := range z.File {
		if f.Flags&1 != 0 {
			return w.b.fault(fault.Invalid, "sheet.encrypted")
		}
		// Compared one by one: a sum of hostile 64-bit sizes could wrap round.
		size, limit := f.UncompressedSize64, uint64(lim.ExpandedBytes)
		if size > limit || total+size > limit {
			return bomb()
		}
		total += size
		if size > ratioFloor && size/max(f.CompressedSize64, 1) > uint64(lim.Ratio) {
			return bomb()
		}
		name := partName(f.Name)
		if w.parts[name] != nil {
			// Two programs would read two different lists.
			return w.b.damaged(fmt.Errorf("part %q twice", name))
		}
		w.parts[name] = f
	}
	return nil
}

func partName(name string) string {
	return strings.ToLower(strings.TrimPrefix(strings.ReplaceAll(name, `\`, "/"), "/"))
}

// foreign are zips that are no .xlsx, by a part or folder that only they have.
var foreign = []struct{ part, key string }{
	{"xl/workbook.bin", "sheet.binary_excel"},
	{"index/document.iwa", "sheet.numbers"},
	{"index.zip", "sheet.numbers"},
	{"content.xml", "sheet.ods"},
	{"word/document.xml", "sheet.not_a_sheet"},
	{"ppt/presentation.xml", "sheet.not_a_sheet"},
}

// mainPart finds the workbook part.
func (w *workbook) mainPart() (string, error) {
	for _, f := range foreign {
		if w.parts[f.part] != nil {
			return "", w.b.fault(fault.Invalid, f.key)
		}
	}
	rels, err := w.relations("")
	if err != nil {
		return "", err
	}
	for _, rel := range rels {
		if rel.kind == "officeDocument" && w.parts[rel.target] != nil {
			return rel.target, nil
		}
	}
	if w.parts["xl/workbook.xml"] != nil {
		return "xl/workbook.xml", nil
	}
	if w.parts["[content_types].xml"] == nil {
		return "", w.b.fault(fault.Invalid, "sheet.packed")
	}
	return "", w.b.damaged(errors.New("no workbook part"))
}

// relation is one line of a .rels part; kind is the last word of its type, which the strict and the usual dialect share.
type relation struct{ id, kind, target string }

// relations reads those of a part, "" being the package. None is a valid answer, and external ones are left out.
func (w *workbook) relations(of string) ([]relation, error) {
	name := path.Join(path.Dir(of), "_rels", path.Base(of)+".rels")
	if of == "" {
		name = "_rels/.rels"
	}
	if w.parts[name] == nil {
		return nil, nil
	}
	var all []relation
	err := w.scan(name, func(x *xmlScanner, t token) error {
		if t != startTag || string(x.name) != "Relationship" || string(x.attr("TargetMode")) == "External" {
			return nil
		}
		target, err := x.attrText("Target")
		if err != nil {
			return err
		}
		if !strings.HasPrefix(target, "/") {
			target = path.Join("/", path.Dir(of), target)
		}
		all = append(all, relation{string(x.attr("Id")), path.Base(string(x.attr("Type"))), partName(path.Clean(target))})
		return nil
	})
	return all, err
}

func (w *workbook) readWorkbook(main string, rels []relation) error {
	part := map[string]string{}
	for _, rel := range rels {
		if rel.kind == "worksheet" {
			part[rel.id] = rel.target
		}
	}
	err := w.scan(main, func(x *xmlScanner, t token) error {
		if t != startTag {
			return nil
		}
		switch string(x.name) {
		case "workbookPr":
			if v := string(x.attr("date1904")); v == "1" || v == "true" {
				w.date = 1462
				w.b.warn("sheet.dates_1904")
			}
		case "sheet":
			target, ok := part[string(x.attr("id"))]
			if !ok {
				return nil // a chart or a dialog
			}
			if len(w.b.Sheets) == w.b.lim.Sheets {
				return w.b.fault(fault.TooLarge, "sheet.too_many_sheets", "Max", w.b.lim.Sheets)
			}
			name, err := x.attrText("name")
			if err != nil {
				return err
			}
			state := string(x.attr("state"))
			w.b.Sheets = append(w.b.Sheets, &Sheet{
				Name: name, Hidden: state == "hidden" || state == "veryHidden", book: w.b,
				read: func(s *Sheet, yield func(Row) bool) error { return w.readSheet(s, target, yield) },
			})
		}
		return nil
	})
	if err != nil {
		return err
	}
	if len(w.b.Sheets) == 0 {
		return w.b.damaged(errors.New("no worksheet"))
	}
	return nil
}

// open returns a part as it is expanded.
func (w *workbook) open(name string) (io.ReadCloser, error) {
	f := w.parts[name]
	if f == nil {
		return nil, w.b.damaged(fmt.Errorf("part %q missing", name))
	}
	r, err := f.Open()
	if err != nil {
		return nil, w.b.damaged(err)
	}
	return r, nil
}

// scan calls each for every token of a part to its end, so that the part's checksum is tested as well.
func (w *workbook) scan(name string, each func(*xmlScanner, token) error) error {
	r, err := w.open(name)
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }()
	x := newXMLScanner(&counting{r: r, n: &w.b.bytes})
	for {
		t, err := x.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = each(x, t)
		}
		if err != nil {
			return w.b.damaged(err)
		}
	}
}

// damaged says that a file cannot be relied on; what stays as it is: a fault, a caller that broke off.
func (b *Book) damaged(err error) error {
	if _, ok := errors.AsType[*fault.Error](err); ok || errors.Is(err, errStopped) {
		return err
	}
	f := b.fault(fault.Invalid, "sheet.damaged")
	f.Err = err
	return f
}
