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
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
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

// patience is how long a step may take: on a busy machine a page is slow, and a test that is wrong may take its time to say so.
const patience = 2 * time.Minute

// Browser is one running Chromium.
type Browser struct{ ctx context.Context }

// Open starts a Chromium, with more flags if need be, that ends with t. It skips t where there is none.
func Open(t testing.TB, flags ...chromedp.ExecAllocatorOption) *Browser {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("no chromium on this machine: the browser was not tested")
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true))
	opts = append(opts, flags...)
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

	Status int // of the answer that the page came with

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
	tab.Screen(s)
	tab.Dark(false)
	tab.linger()
	return tab
}

// linger makes toasts, which leave after ten seconds, stay for ten minutes: on a busy machine a test is slow to press their Undo.
func (p *Tab) linger() {
	p.t.Helper()
	p.before(`{ const real = setTimeout, leaves = (f) => f.name === "leave" || String(f).includes(".remove()");
		setTimeout = (f, ms, ...args) => real(f, ms === 10_000 && leaves(f) ? 600_000 : ms, ...args); }`)
}

// before runs a script ahead of those of every page from the next one on.
func (p *Tab) before(script string) {
	p.t.Helper()
	_, err := chromedp.Call(p.ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: script})
	if err != nil {
		p.t.Fatal(err)
	}
}

// Screen looks at the page on another screen from now on.
func (p *Tab) Screen(s Screen) {
	p.t.Helper()
	p.scr = s
	opts := []chromedp.EmulateViewportOption{}
	if s.Phone {
		opts = append(opts, chromedp.EmulateMobile, chromedp.EmulateTouch, chromedp.EmulatePortrait)
	}
	p.Do(chromedp.EmulateViewport(s.Width, s.Height, opts...))
}

// Do runs steps and fails the test when one of them does not come to pass within its patience.
func (p *Tab) Do(steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	err := chromedp.Do(ctx, steps...)
	for redrawn(err) && len(steps) == 1 {
		err = chromedp.Do(ctx, steps...)
	}
	if err != nil {
		p.Shot("failed")
		p.t.Fatalf("%s: %v\n%.600s", p.scr.Name, err, p.pageText())
	}
}

// redrawn tells whether a step did nothing because the page had just put something else where what it found had been.
func redrawn(err error) bool {
	return err != nil && strings.Contains(err.Error(), "Could not find node with given id")
}

// Go opens path.
func (p *Tab) Go(path string) {
	p.t.Helper()
	p.leads(chromedp.Navigate(p.base + path))
}

// Click presses what sel finds and stays on the page.
func (p *Tab) Click(sel string) {
	p.t.Helper()
	p.Do(click(sel))
}

// click presses what sel finds: "//a" is an XPath, anything else a selector of CSS, whose first match counts.
func click(sel string) chromedp.Action[chromedp.Void] {
	if strings.HasPrefix(sel, "//") {
		return chromedp.Click(sel, chromedp.NodeVisible)
	}
	return chromedp.Click(chromedp.CSS(sel), chromedp.NodeVisible)
}

// Follow presses what sel finds and waits for the page that it leads to.
func (p *Tab) Follow(sel string) {
	p.t.Helper()
	p.leads(click(sel))
}

// Submit presses Enter in the field that sel finds and waits for the page that it leads to.
func (p *Tab) Submit(sel string) {
	p.t.Helper()
	p.leads(chromedp.SendKeys(chromedp.CSS(sel), "\r"))
}

// leads runs steps that lead to a page and waits until all of it is there.
func (p *Tab) leads(steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	res, err := chromedp.RunResponse(ctx, steps...)
	for redrawn(err) && len(steps) == 1 {
		res, err = chromedp.RunResponse(ctx, steps...)
	}
	if err != nil {
		p.Shot("failed")
		p.t.Fatalf("%s: %v\n%.600s", p.scr.Name, err, p.pageText())
	}
	p.Status = 0
	if res != nil {
		p.Status = int(res.Status)
	}
}

// Type writes text into the field that sel finds, in place of what stood there.
func (p *Tab) Type(sel, text string) {
	p.t.Helper()
	p.Do(chromedp.WaitVisible(chromedp.CSS(sel)))
	Eval[bool](p, fmt.Sprintf(`(document.querySelector(%q).value = "") === ""`, sel))
	p.Do(chromedp.SendKeys(chromedp.CSS(sel), text))
}

// Sees fails the test unless the page shows every text.
func (p *Tab) Sees(texts ...string) {
	p.t.Helper()
	deadline := time.Now().Add(patience)
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

// Main returns the text of the page without its frame, blanks folded.
func (p *Tab) Main() string {
	p.t.Helper()
	return strings.Join(strings.Fields(Eval[string](p, `document.querySelector("main").innerText`)), " ")
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
		Features: []*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: value},
			{Name: "prefers-reduced-motion", Value: "reduce"},
		},
	}) // a colour on its way to another cannot be judged
	if err != nil {
		p.t.Fatal(err)
	}
}

// Spanish makes the page Spanish from the next one on; false makes it English.
func (p *Tab) Spanish(on bool) {
	p.t.Helper()
	value := "en"
	if on {
		value = "es"
	}
	_, err := chromedp.Call(p.ctx, network.SetCookie, network.SetCookieParams{Name: "locale", Value: value, URL: p.base})
	if err != nil {
		p.t.Fatal(err)
	}
}

// Silent forgets what the console said so far: of a page that was refused on purpose. It waits for a word of its own, behind which
// nothing older is still on its way.
func (p *Tab) Silent() {
	p.t.Helper()
	const word = "what was said before this is forgotten"
	Eval[bool](p, `(console.log("`+word+`"), true)`)
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if p.forgets(word) {
			return
		}
	}
	p.t.Fatalf("%s: the console is not heard", p.scr.Name)
}

// forgets drops all that was said, if a word was.
func (p *Tab) forgets(word string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !slices.ContainsFunc(p.said, func(said string) bool { return strings.Contains(said, word) }) {
		return false
	}
	p.said = nil
	return true
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

var keys = regexp.MustCompile(`\b(audit|auth|backup|board|contact|db|demo|device|job|line|offline|organize|papers|roster|scope|sheet|strike|vote|web)(\.[a-z0-9_-]+)+\b`)

// Fit fails the test for whatever axe finds against WCAG 2.2 AA, and for what Quick finds.
func (p *Tab) Fit() {
	p.t.Helper()
	p.axe(`{type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}`)
	p.Quick()
}

// Contrast fails the test for text that axe finds hard to read: all that a dark page has different from a light one.
func (p *Tab) Contrast() {
	p.t.Helper()
	p.axe(`{type: "rule", values: ["color-contrast"]}`)
}

func (p *Tab) axe(only string) {
	p.t.Helper()
	if !Eval[bool](p, `"axe" in window`) {
		p.Do(chromedp.Evaluate[chromedp.Void](axe))
	}
	// Bars that stay lie over what scrolls under them, which axe would take for hidden.
	found := Eval[string](p, `((bars) => {
		for (const b of bars) b.style.position = "static";
		return axe.run(document, {runOnly: `+only+`, resultTypes: ["violations"], iframes: false}).then(r => JSON.stringify(r.violations))
			.finally(() => { for (const b of bars) b.style.position = ""; });
	})(document.querySelectorAll(".top, .tabbar, .dock, .phone-top"))`)
	var all []violation
	if err := json.Unmarshal([]byte(found), &all); err != nil {
		p.t.Fatal(err)
	}
	for _, v := range all {
		for _, n := range v.Nodes {
			p.t.Errorf("%s %s: %s (%s)\n  %.200s\n  %.300s", p.scr.Name, p.Path(), v.ID, v.Help, n.HTML, n.Summary)
		}
	}
}

// Quick fails the test for a page wider than its screen, for a text that is missing, and for anything the console said: a script or
// style that the policy refused, an error.
func (p *Tab) Quick() {
	p.t.Helper()
	at := p.scr.Name + " " + p.Path()
	// A key without its sentence shows as itself, also where only a screen reader finds it.
	shown := Eval[string](p, `document.title + " " + document.body.innerText + " " + [...document.querySelectorAll("[aria-label], [placeholder], [title], [data-label]")]
		.map(e => [e.ariaLabel, e.placeholder, e.title, e.dataset.label].join(" ")).join(" ")`)
	if lost := keys.FindAllString(shown, 5); len(lost) > 0 {
		p.t.Errorf("%s: no sentence for %q", at, lost)
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
