// SPDX-License-Identifier: Apache-2.0

package booth_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// tab is one window of a Chromium of its own.
type tab struct {
	t    testing.TB
	ctx  context.Context
	mu   sync.Mutex
	said []string // by the console
}

const patience = 2 * time.Minute

func newTab(t testing.TB, path string) *tab {
	t.Helper()
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true))
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), opts...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	p := &tab{t: t, ctx: ctx}
	if err := chromedp.Do(ctx); err != nil {
		cancel()
		t.Fatal(err)
	}
	p.listen(cancel)
	p.do(chromedp.EmulateViewport(390, 844, chromedp.EmulateMobile, chromedp.EmulateTouch, chromedp.EmulatePortrait))
	return p
}

// another opens a window with storage of its own.
func (p *tab) another() *tab {
	p.t.Helper()
	ctx, cancel := chromedp.NewContext(p.ctx, chromedp.WithNewBrowserContext())
	o := &tab{t: p.t, ctx: ctx}
	if err := chromedp.Do(ctx); err != nil {
		cancel()
		p.t.Fatal(err)
	}
	o.listen(cancel)
	return o
}

func (p *tab) listen(cancel context.CancelFunc) {
	messages := chromedp.Console(p.ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for m, err := range messages {
			if err != nil {
				return
			}
			if said := fmt.Sprint(m); !strings.HasPrefix(said, "debug:") { // advice about forms
				p.mu.Lock()
				p.said = append(p.said, said)
				p.mu.Unlock()
			}
		}
	}()
	p.t.Cleanup(func() { cancel(); <-done })
}

func (p *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		p.t.Fatalf("%v\n%.800s\n%q", err, p.text(), p.console())
	}
}

// eval returns the value of an expression, or of the promise that it is.
func eval[T any](p *tab, expression string) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, 2*patience)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		p.t.Fatalf("%.200s: %v", expression, err)
	}
	return v
}

// until waits for an expression to hold. While one page gives way to another there is nobody to ask.
func (p *tab) until(expression string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	for {
		so, err := chromedp.Run(ctx, chromedp.Evaluate[bool](expression, chromedp.EvalAwaitPromise))
		if err == nil && so {
			return
		}
		if ctx.Err() != nil {
			p.t.Fatalf("never holds: %s, %v\n%.1200s\n%q", expression, err, p.text(), p.console())
		}
		time.Sleep(30 * time.Millisecond)
	}
}

// screen waits for a screen.
func (p *tab) screen(name string) {
	p.t.Helper()
	p.until(fmt.Sprintf(`document.querySelector('[data-screen="%s"]')?.hidden === false`, name))
}

// says waits for a sentence on the screen.
func (p *tab) says(code string) {
	p.t.Helper()
	p.until(fmt.Sprintf(`document.querySelector('[data-screen]:not([hidden]) [data-say="%s"]')?.hidden === false`, code))
}

// press clicks a button of the screen, once the page is done with the one before: it does one thing at a time.
func (p *tab) press(name string) {
	p.t.Helper()
	p.until(`document.querySelector("[aria-busy]") === null`)
	p.do(chromedp.Click(chromedp.CSS(fmt.Sprintf(`[data-screen]:not([hidden]) [data-do="%s"]`, name)), chromedp.NodeVisible))
}

// write fills a field of the screen.
func (p *tab) write(sel, text string) {
	p.t.Helper()
	sel = "[data-screen]:not([hidden]) " + sel
	p.until(fmt.Sprintf(`document.querySelector(%q) !== null`, sel))
	eval[bool](p, fmt.Sprintf(`(document.querySelector(%q).value = "") === ""`, sel))
	p.do(chromedp.SendKeys(chromedp.CSS(sel), text))
}

// filled returns what stands in the gap of that name on the screen.
func (p *tab) filled(name string) string {
	p.t.Helper()
	return eval[string](p, fmt.Sprintf(`document.querySelector('[data-screen]:not([hidden]) [data-fill="%s"]').textContent`, name))
}

func (p *tab) text() string {
	v, err := chromedp.Run(p.ctx, chromedp.Evaluate[string](`document.body?.innerText ?? ""`))
	if err != nil {
		return err.Error()
	}
	return strings.Join(strings.Fields(v), " ")
}

func (p *tab) console() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.said)
}

// hears waits until the console says a word: what it says comes on a way of its own, later than the page.
func (p *tab) hears(word string) {
	p.t.Helper()
	for end := time.Now().Add(patience); !strings.Contains(strings.Join(p.console(), " "), word); time.Sleep(30 * time.Millisecond) {
		if time.Now().After(end) {
			p.t.Fatalf("the console does not say %q: %q", word, p.console())
		}
	}
}

// shot keeps a picture in the folder TENDAY_SHOTS, when that is set.
func (p *tab) shot(name string) {
	dir := os.Getenv("TENDAY_SHOTS")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(p.ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name+".png"), png, 0o600)
	}
	if err != nil {
		p.t.Log(err)
	}
}
