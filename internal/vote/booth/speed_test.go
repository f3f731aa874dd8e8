// SPDX-License-Identifier: Apache-2.0

package booth_test

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/performance"
	"github.com/chromedp/chromedp"

	"github.com/tenday/tenday/internal/vote/booth"
)

// slowDevice is how often in a second a slow device multiplies modulo p: a sixth of what a desk of 2025 does.
const slowDevice = 100_000

// TestACastTakesUnderThreeSecondsOnASlowDevice counts the processor's time, the page's and its workers', from the button to CAST, and that of
// a ballot made from nothing, in case a worker was ahead of the button; both in multiplications, of which the same browser says here how long
// one takes: a machine that is slow, or busy, is so with all of it.
func TestACastTakesUnderThreeSecondsOnASlowDevice(t *testing.T) {
	t.Parallel()

	el := newElection(t, 1, yesNoBlank)
	h := newHall(t, el)
	p := browsers(t)
	p.do(chromedp.Navigate(h.URL + "/b"))
	p.screen("credential")
	p.write("[data-credential-field]", el.credentials[0].Reveal())
	p.press("credential")
	p.screen("choose")
	p.pick("Yes")
	p.press("review")
	p.screen("review")
	if _, err := chromedp.Call(p.ctx, performance.Enable, performance.EnableParams{}); err != nil {
		t.Fatal(err)
	}
	const many = 100_000
	before := p.processor()
	eval[bool](p, fmt.Sprintf(`import("/modules/group.js").then(({ mul, g }) => {
		let x = g;
		for (let i = 0; i < %d; i++) x = mul(x, x);
		return x > 0n;
	})`, many))
	one := (p.processor() - before) / many
	before = p.processor()
	eval[bool](p, fmt.Sprintf(`(async () => {
		const { operations } = await import("/modules/crew.js");
		const election = new Uint8Array(await (await fetch("/election.json")).arrayBuffer());
		await operations.open({ election });
		await operations.ballot({ credential: %q, votes: [[0, 1, 0]] });
		return true;
	})()`, el.credentials[0].Reveal()))
	making := p.processor() - before
	before = p.processor()
	whole := eval[float64](p, `new Promise((done) => {
		const t = performance.now();
		const screen = document.querySelector('[data-screen="cast"]');
		new MutationObserver(() => screen.hidden || done(performance.now() - t)).observe(screen, { attributes: true });
		document.querySelector('[data-screen="review"] [data-do="cast"]').click();
	})`)
	work := p.processor() - before
	t.Logf("a ballot is %.0f ms of work; from button to CAST %.0f ms of work, %.0f ms here and now; a multiplication is %.1f µs", 1e3*making, 1e3*work, whole, 1e6*one)
	if slow := (making + work) / one / slowDevice; slow > 3 {
		t.Errorf("a cast takes %.1f s", slow)
	}
}

// processor returns how many seconds of a processor the page and its workers have used.
func (p *tab) processor() float64 {
	p.t.Helper()
	got, err := chromedp.Call(p.ctx, performance.GetMetrics, cdp.Empty{})
	if err != nil {
		p.t.Fatal(err)
	}
	for _, m := range got.Metrics {
		if m.Name == "ProcessTime" {
			return m.Value
		}
	}
	p.t.Fatalf("no ProcessTime in %v", got.Metrics)
	return 0
}

// TestPagesAndModulesAreSmall measures what a voter, a trustee and an observer load, compressed: the page of the tests stands for the room's.
func TestPagesAndModulesAreSmall(t *testing.T) {
	t.Parallel()

	el := newElection(t, 1, yesNoBlank)
	h := newHall(t, el)
	size := func(path string) (n int) {
		res, err := http.Get(h.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		w := counter{}
		z := gzip.NewWriter(&w)
		if _, err := io.Copy(z, res.Body); err != nil || z.Close() != nil || res.StatusCode != http.StatusOK {
			t.Fatal(path, res.StatusCode, err)
		}
		return w.n
	}
	total := size("/b") + size("/election.json")
	names, err := booth.Static.ReadDir("static")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		total += size("/modules/" + name.Name())
	}
	t.Logf("page and all modules, compressed one by one: %d bytes", total)
	if total > 75_000 { // half of what is allowed, since the room's page and style sheet come on top
		t.Errorf("page and modules take %d bytes", total)
	}
}

type counter struct{ n int }

func (c *counter) Write(b []byte) (int, error) {
	c.n += len(b)
	return len(b), nil
}
