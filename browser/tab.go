// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"context"
	_ "embed" // axe
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

//go:embed testdata/axe.min.js
var axe string

// Screen is what a tab is looked at on.
type Screen struct {
	Name          string
	Width, Height int64
	Phone         bool
}

// The two screens of every journey.
var (
	Phone = Screen{"phone", 390, 844, true}
	Desk  = Screen{"desk", 1440, 900, false}
)

// Browser is one running Chromium.
type Browser struct{ ctx context.Context }

// Open starts a Chromium that ends with t. It skips t where there is none.
func Open(t testing.TB) *Browser {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("no chromium on this machine: the browser was not tested")
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true))
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), opts...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	return &Browser{ctx: ctx}
}

// Tab is one person's browser: a context of its own, with its own cookies.
type Tab struct {
	t    testing.TB
	base string
	scr  Screen
	ctx  context.Context
	mu   sync.Mutex
	said []string // by the console: refused scripts, errors
}

// Tab opens a window of its own on the site at base.
func (b *Browser) Tab(t testing.TB, base string, s Screen) *Tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(b.ctx, chromedp.WithNewBrowserContext())
	tab := &Tab{t: t, base: base, scr: s, ctx: ctx}
	t.Cleanup(cancel)
	messages := chromedp.Console(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for m, err := range messages {
			if err != nil {
				return
			}
			tab.mu.Lock()
			tab.said = append(tab.said, fmt.Sprint(m))
			tab.mu.Unlock()
		}
	}()
	t.Cleanup(func() { cancel(); <-done })
	opts := []chromedp.EmulateViewportOption{}
	if s.Phone {
		opts = append(opts, chromedp.EmulateMobile, chromedp.EmulateTouch, chromedp.EmulatePortrait)
	}
	tab.Do(chromedp.EmulateViewport(s.Width, s.Height, opts...))
	return tab
}

// Do runs steps and fails the test when one of them does not come to pass within twenty seconds.
func (p *Tab) Do(steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, 20*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		p.Shot("failed")
		p.t.Fatalf("%s: %v\n%.600s", p.scr.Name, err, p.pageText())
	}
}

// Go opens path.
func (p *Tab) Go(path string) {
	p.t.Helper()
	p.Do(chromedp.Navigate(p.base + path))
}

// Click presses what sel finds and waits for the page that follows to be ready.
func (p *Tab) Click(sel string) {
	p.t.Helper()
	p.Do(chromedp.Click(sel, chromedp.NodeVisible), chromedp.Sleep(150*time.Millisecond), chromedp.WaitReady("body"))
}

// Type writes text into the field that sel finds, in place of what stood there.
func (p *Tab) Type(sel, text string) {
	p.t.Helper()
	p.Do(chromedp.WaitVisible(sel), chromedp.SetValue(sel, ""), chromedp.SendKeys(sel, text))
}

// Sees fails the test unless the page shows every text.
func (p *Tab) Sees(texts ...string) {
	p.t.Helper()
	deadline := time.Now().Add(8 * time.Second)
	for _, want := range texts {
		for !strings.Contains(p.pageText(), want) {
			if time.Now().After(deadline) {
				p.Shot("failed")
				p.t.Fatalf("%s: the page does not show %q:\n%.1200s", p.scr.Name, want, p.pageText())
			}
			time.Sleep(100 * time.Millisecond)
		}
	}
}

// SeesNot fails the test if the page shows any of the texts.
func (p *Tab) SeesNot(texts ...string) {
	p.t.Helper()
	page := p.pageText()
	for _, not := range texts {
		if strings.Contains(page, not) {
			p.t.Errorf("%s: the page shows %q", p.scr.Name, not)
		}
	}
}

// pageText is the text as laid out, without what is hidden, blanks folded.
func (p *Tab) pageText() string {
	ctx, cancel := context.WithTimeout(p.ctx, 10*time.Second)
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.body ? document.body.innerText : ""`))
	if err != nil {
		return ""
	}
	return strings.Join(strings.Fields(text), " ")
}

// Path returns path and query of the page.
func (p *Tab) Path() string {
	p.t.Helper()
	at, err := chromedp.Run(p.ctx, chromedp.Location())
	if err != nil {
		p.t.Fatal(err)
	}
	return strings.TrimPrefix(at, p.base)
}

// Eval returns the value of a JavaScript expression.
func Eval[T any](p *Tab, expression string) T {
	p.t.Helper()
	v, err := chromedp.Run(p.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		p.t.Fatalf("%s: %v", expression, err)
	}
	return v
}

// Dark makes the page as it looks at night; false takes it back.
func (p *Tab) Dark(on bool) {
	p.t.Helper()
	value := "light"
	if on {
		value = "dark"
	}
	_, err := chromedp.Call(p.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: value}}})
	if err != nil {
		p.t.Fatal(err)
	}
}

// violation is what axe finds against one rule.
type violation struct {
	ID    string `json:"id"`
	Help  string `json:"help"`
	Nodes []struct {
		HTML    string `json:"html"`
		Summary string `json:"failureSummary"`
	} `json:"nodes"`
}

// Fit fails the test for whatever axe finds against WCAG 2.2 AA, for a page wider than its screen, and for anything the console
// said: a script or style that the policy refused, an error.
func (p *Tab) Fit() {
	p.t.Helper()
	at := p.scr.Name + " " + p.Path()
	found := Eval[string](p, axe+`;axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]})
		.then(r => JSON.stringify(r.violations))`)
	var all []violation
	if err := json.Unmarshal([]byte(found), &all); err != nil {
		p.t.Fatal(err)
	}
	for _, v := range all {
		for _, n := range v.Nodes {
			p.t.Errorf("%s: %s (%s)\n  %.200s\n  %.300s", at, v.ID, v.Help, n.HTML, n.Summary)
		}
	}
	if over := Eval[float64](p, `document.documentElement.scrollWidth - document.documentElement.clientWidth`); over > 1 {
		p.Shot("wide")
		p.t.Errorf("%s: the page is %v px wider than the screen", at, over)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.said) > 0 {
		p.t.Errorf("%s: the console says %q", at, p.said)
		p.said = nil
	}
}

// Shot keeps a picture of the whole page in the folder TENDAY_SHOTS, when that is set.
func (p *Tab) Shot(name string) {
	dir := os.Getenv("TENDAY_SHOTS")
	if dir == "" {
		return
	}
	ctx, cancel := context.WithTimeout(p.ctx, 10*time.Second)
	defer cancel()
	png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = errors.Join(os.MkdirAll(dir, 0o755), os.WriteFile(filepath.Join(dir, name+"-"+p.scr.Name+".png"), png, 0o644))
	}
	if err != nil {
		p.t.Logf("no picture of %s: %v", name, err)
	}
}
