// SPDX-License-Identifier: Apache-2.0

package strike

import (
	"bytes"
	"fmt"
	"time"

	"codeberg.org/go-pdf/fpdf"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
)

// Sheet is what lies on top of a letter that has yet to be checked. It is kept in the house and says so.
type Sheet struct {
	Title string
	Lines []string
	Write []string // labels of what is left blank
	Draft string   // stands on every page of the letter below it
}

// Measures of a letter in points: US Letter, an inch around.
const (
	inch    = 72.0
	textPt  = 11.0
	leading = 15.0
	labelAt = 150.0 // from the left margin to what is written beside a label
)

// made stands in every PDF, so that equal letters are equal bytes; the letter's own date is written by hand.
var made = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// PDF returns the letter, under its sheet where there is one. The fonts are embedded and carry every Latin script; the text can be
// read and copied, but the file is not tagged: whoever needs the structure has the page.
func (l Letter) PDF(sheet *Sheet) ([]byte, error) {
	first, err := l.pdf(sheet, 0)
	if err != nil {
		return nil, err
	}
	again, err := l.pdf(sheet, first.pages) // now that the number of pages is known
	if err != nil {
		return nil, err
	}
	return again.body, nil
}

type printed struct {
	body  []byte
	pages int // of the letter, without its sheet
}

func (l Letter) pdf(sheet *Sheet, of int) (printed, error) {
	f := fpdf.New("P", "pt", "Letter", "")
	f.SetCatalogSort(true)
	f.SetCreationDate(made)
	f.SetModificationDate(made)
	f.SetLang("en-US")
	f.SetTitle(l.Title, true)
	f.SetProducer("Tenday", true)
	f.AddUTF8FontFromBytes("go", "", goregular.TTF)
	f.AddUTF8FontFromBytes("go", "B", gobold.TTF)
	f.SetMargins(inch, inch, inch)
	f.SetAutoPageBreak(true, inch)
	p := printer{f}
	before := 0
	if sheet != nil {
		f.AddPage()
		p.sheet(sheet)
		before = f.PageNo()
	}
	f.SetHeaderFuncMode(func() {
		if sheet != nil && f.PageNo() > before {
			p.small(inch/2, sheet.Draft, "L")
		}
	}, true)
	f.SetFooterFunc(func() {
		if f.PageNo() > before {
			p.small(11*inch-inch/2, fmt.Sprintf("Page %d of %d", f.PageNo()-before, of), "R")
		}
	})
	f.AddPage()
	p.letter(l)
	pages := f.PageNo() - before
	var b bytes.Buffer
	if err := f.Output(&b); err != nil {
		return printed{}, fmt.Errorf("write letter: %w", err)
	}
	return printed{b.Bytes(), pages}, nil
}

type printer struct{ *fpdf.Fpdf }

func (p printer) small(y float64, text, align string) {
	p.SetFont("go", "", 9)
	p.SetXY(inch, y)
	p.CellFormat(0, 12, text, "", 0, align, false, 0, "")
}

func (p printer) text(style string, size float64, s string) {
	p.SetFont("go", style, size)
	p.MultiCell(0, size*leading/textPt, s, "", "L", false)
}

func (p printer) gap(lines float64) { p.Ln(lines * leading) }

// beside writes a label and what belongs to it to its right.
func (p printer) beside(label, value string) {
	y := p.GetY()
	p.SetFont("go", "B", textPt)
	p.MultiCell(labelAt-10, leading, label, "", "L", false)
	below := p.GetY()
	p.SetXY(inch+labelAt, y)
	p.SetFont("go", "", textPt)
	p.MultiCell(0, leading, value, "", "L", false)
	p.SetXY(inch, max(below, p.GetY()))
}

// lines leaves room to write, and keeps it on one page.
func (p printer) lines(labels []string) {
	const room = 2 * leading
	if p.GetY()+float64(len(labels))*room > 10*inch {
		p.AddPage()
	}
	for _, label := range labels {
		p.gap(1)
		p.beside(label, blank+blank[:8])
	}
}

func (p printer) letter(l Letter) {
	for _, part := range []struct {
		label string
		lines []string
	}{{"From", l.From}, {"To", l.To}} {
		for i, line := range part.lines {
			label := part.label
			if i > 0 {
				label = ""
			}
			p.beside(label, line)
		}
		p.gap(0.5)
	}
	p.gap(0.5)
	p.text("B", 14, l.Title)
	p.text("", textPt, l.Under)
	p.gap(1)
	p.text("", textPt, l.Opening)
	p.gap(0.7)
	for _, f := range l.Facts {
		p.beside(f[0], f[1])
		p.gap(0.3)
	}
	if len(l.Sites) > 0 {
		p.gap(0.4)
		p.text("B", textPt, l.SitesAre)
		for i, s := range l.Sites {
			p.text("", textPt, fmt.Sprintf("%d. %s", i+1, s))
		}
	}
	if l.Closing != "" {
		p.gap(0.7)
		p.text("", textPt, l.Closing)
	}
	p.lines(l.Sign)
	if l.Receipt != nil {
		p.gap(1.5)
		p.text("B", textPt, "Receipt")
		p.lines(l.Receipt)
	}
}

func (p printer) sheet(s *Sheet) {
	p.text("B", 16, s.Title)
	p.gap(1)
	for _, line := range s.Lines {
		p.text("", textPt, line)
		p.gap(0.5)
	}
	p.lines(s.Write)
}
