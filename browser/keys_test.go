// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// keyboard opens a person without a mouse: / leads to the search, j and k along the rows, Enter opens one.
func keyboard(t *testing.T, h *house) {
	p := h.as(t, "data_lead", Desk)
	p.Go("/people")
	p.Do(chromedp.KeyEvent("/"))
	if at := focused(p); at != "q" {
		t.Fatalf("/ leads to %q", at)
	}
	p.Do(chromedp.KeyEvent("Nguyen"))
	p.leads(chromedp.KeyEvent(kb.Enter))
	p.Do(chromedp.KeyEvent("j"), chromedp.KeyEvent("j"), chromedp.KeyEvent("k"), chromedp.KeyEvent("j"))
	second := Eval[string](p, `document.querySelectorAll("tbody th a")[1].innerText`)
	if at := focused(p); at != second {
		t.Fatalf("j j k j leads to %q, want %q", at, second)
	}
	p.leads(chromedp.KeyEvent(kb.Enter))
	if !strings.HasPrefix(p.Path(), "/people/") {
		t.Errorf("Enter leads to %s", p.Path())
	}
	p.Do(chromedp.KeyEvent("?"))
	p.Sees("Next and previous row")
}

func focused(p *Tab) string {
	p.t.Helper()
	return Eval[string](p, `document.activeElement.name || document.activeElement.innerText`)
}

// withoutScripts filters, edits and uploads where the browser runs none.
func withoutScripts(t *testing.T, h *house) {
	p := h.as(t, "data_lead", Phone)
	p.Scripts(false)
	p.Go("/people")
	p.Sees("1 to 50 of 6")
	p.Click(".fold > summary")
	p.Type("#q", "Rønning-Gallagher")
	p.Follow(`.filters[action="/people/find"] > .btn`)
	p.Sees("1 to 1 of 1")
	p.Follow("tbody th a")
	p.Follow(`a[href*="edit=about"]`)
	p.Type("#pronouns", "they/them")
	p.Follow("#form .primary")
	p.Sees("they/them", "Undo")

	p.Go("/lists/upload")
	file := filepath.Join(t.TempDir(), "three.csv")
	if err := os.WriteFile(file, []byte("Employee ID,Last Name,First Name,Location Code\n0015116,Abdi,Ayaan,0305\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p.Do(chromedp.SetUploadFiles[chromedp.CSS]("#file", []string{file}), chromedp.SetValue[chromedp.CSS]("#as_of", "2025-11-04"))
	p.Follow(".form .primary")
	p.Sees("three.csv", "Columns", "Last Name")
	p.Follow(".dock .primary")
	p.Go(p.Path())
	p.Sees("Nothing is changed yet")
	p.Follow(`form[action$="/discard"] button`)
}

// Scripts runs the pages' scripts from the next page on, or none.
func (p *Tab) Scripts(on bool) {
	p.t.Helper()
	if _, err := chromedp.Call(p.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on}); err != nil {
		p.t.Fatal(err)
	}
}
