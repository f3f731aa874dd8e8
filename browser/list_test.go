// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// B03.4: a list whose columns slid is stopped, by the real file field.
func misalignedStops(t *testing.T, h *house) {
	p := h.as(t, "data_lead", Desk)
	before := onFile(p)
	p.Go("/lists/upload")
	p.Do(chromedp.SetUploadFiles[chromedp.CSS]("#file", []string{slid(t)}), chromedp.SetValue[chromedp.CSS]("#as_of", "2025-10-31"))
	p.Follow(".form .primary")
	if strings.HasSuffix(p.Path(), "/columns") {
		p.Follow(".dock .primary")
	}
	p.Sees("This list was stopped: it looks wrong", "Nothing was changed")
	for _, column := range []string{"Hire date differs", "Home ZIP differs", "Phone differs", "E-mail differs"} {
		p.Sees(column)
	}
	p.Sees("It begins on line 42")
	p.Fit()
	p.Shot("stopped")
	p.Screen(Phone)
	p.Fit()
	p.Shot("stopped")
	p.Follow(`form[action$="/discard"] button`)
	if after := onFile(p); after != before {
		t.Errorf("the stopped list changed the board:\n%s\n%s", before, after)
	}
}

// slid writes the employer's first list with hire date to work e-mail one row too low from line 42 on.
func slid(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "internal", "demo", "data", "employer_list_v1.csv"))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(string(b))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for i := len(rows) - 1; i >= 41; i-- {
		copy(rows[i][12:18], rows[i-1][12:18])
	}
	file := filepath.Join(t.TempDir(), "october.csv")
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := csv.NewWriter(f).WriteAll(rows); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return file
}

// onFile is the first numbers of the board.
func onFile(p *Tab) string {
	p.t.Helper()
	p.Go("/board")
	return Eval[string](p, `document.querySelector(".stats").innerText`)
}

// B03.1, B03.3, B03.5: the waiting list is looked through, decided and applied; somebody works on a person; the undo keeps that.
func listAndUndo(t *testing.T, h *house) {
	p := h.as(t, "data_lead", Desk)
	before := onFile(p)
	p.Sees("A new employer’s list waits for you")
	p.Follow(`//a[contains(., "Open the preview")]`)
	list := p.Path()
	p.Sees("employer_list_v2.xlsx", "Previewed", "Leading zeros were put back", "Grand total", "Subtotal", "Nothing is changed yet")
	for _, s := range []Screen{Phone, Desk} {
		p.Screen(s)
		p.Fit()
		p.Shot("preview")
	}
	p.Go(list + "/columns")
	p.Sees("headings on line 5")

	p.Go(list + "/absent")
	p.Sees("Left", "On leave", "Ask the captain", "The list alone makes nobody leave")
	if said := Eval[int](p, `[...document.querySelectorAll("tbody td:last-child")].filter(e => e.innerText.trim() !== "Nothing changes").length`); said != 0 {
		t.Errorf("%d absent people are decided by the list alone", said)
	}
	p.Screen(Phone)
	p.Fit()
	p.Shot("absent")
	gone := Eval[string](p, `document.querySelector("tbody th a").innerText`)
	p.Click("tbody [name=person]")
	p.Follow(".dock [value=left]")
	p.Sees(gone)

	p.Go(list + "/rows?state=proposed")
	p.Fit()
	p.Shot("rows")
	p.Screen(Desk)
	p.Fit()
	p.Shot("rows")
	p.Click("[name=from]")
	p.Follow(".toolbar [value=link]")
	for range 40 { // the rest one by one
		p.Go(list + "/rows?state=proposed")
		if !Eval[bool](p, `document.querySelector("tbody [value$=' hold']") !== null`) {
			break
		}
		p.Follow("tbody [value$=' hold']")
	}
	p.Go(list)
	p.Follow(`form[action$="/apply"] .primary`)
	p.Sees("In use")

	// Somebody works on a person whom the list moved.
	p.Go(list + "/rows?kind=moved")
	p.Follow("tbody th a")
	edited := Eval[string](p, `document.querySelector("h1").innerText`)
	p.Follow(`a[href*="edit=job-change"]`)
	p.Type("#fte", "0.55")
	p.Follow("#form .primary")
	p.Sees("0.55")
	person, _, _ := strings.Cut(p.Path(), "?")

	p.Go(list)
	p.Follow(`.page-head a[href$="/undo"]`)
	p.Follow(`form[action$="/undo"] .danger`)
	names := strings.Fields(edited)
	p.Sees("The list was undone", "What stays", names[len(names)-1]+", "+names[0], "Somebody edited it since")
	p.Fit()
	p.Shot("undone")
	p.Go(person)
	p.Sees("0.55")
	if after := onFile(p); after != before {
		t.Errorf("the board, before and after:\n%s\n%s", before, after)
	}
}

// clock sets the demo's time on and back: who one is stays.
func clock(t *testing.T, h *house) {
	p := h.as(t, "captain", Phone)
	p.Go("/people")
	move := func(at, says string) {
		p.Click(".demo summary")
		p.Follow(`.demo button[value="` + at + `"]`)
		p.Sees(says, "Bakken, Sasha")
	}
	move("2025-11-05T06:40", "5 Nov 2025, 6:40")
	move("2025-10-24T15:00", "24 Oct 2025, 3:00")
	p.Sees("Your changes in the demo were put back")
	p.Go("/account")
	p.Sees("Your account", "Captain", "Turf Hastings")
}
