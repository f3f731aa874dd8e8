// SPDX-License-Identifier: Apache-2.0

package booth_test

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/tenday/tenday/internal/vote/booth"
)

// TestACastTakesUnderThreeSecondsOnASlowDevice slows the processor six times. DevTools slows the page, not its workers, so the ballot is also made
// on the page itself, and the whole cast is timed with that share added.
func TestACastTakesUnderThreeSecondsOnASlowDevice(t *testing.T) {
	t.Parallel()

	el := newElection(t, 1, yesNoBlank)
	h := newHall(t, el)
	p := browsers(t)
	p.do(chromedp.Navigate(h.URL + "/b"))
	p.screen("credential")
	const loop = `(() => { const t = performance.now(); let x = 1; for (let i = 0; i < 3e7; i++) x = (x * 7 + i) % 1000003; return performance.now() - t + 0 * x })()`
	best := func() float64 {
		return min(eval[float64](p, loop), eval[float64](p, loop), eval[float64](p, loop), eval[float64](p, loop))
	}
	fast := best()
	p.slow(6)
	slow := best()
	making := eval[float64](p, fmt.Sprintf(`(async () => {
		const { operations } = await import("/modules/crew.js");
		const election = new Uint8Array(await (await fetch("/election.json")).arrayBuffer());
		const t = performance.now();
		await operations.open({ election });
		await operations.ballot({ credential: %q, votes: [[0, 1, 0]] });
		return performance.now() - t;
	})()`, el.credentials[0].Reveal()))
	p.write("[data-credential-field]", el.credentials[0].Reveal())
	p.press("credential")
	p.screen("choose")
	p.pick("Yes")
	p.press("review")
	p.screen("review")
	whole := eval[float64](p, `new Promise((done) => {
		const t = performance.now();
		const screen = document.querySelector('[data-screen="cast"]');
		new MutationObserver(() => screen.hidden || done(performance.now() - t)).observe(screen, { attributes: true });
		document.querySelector('[data-screen="review"] [data-do="cast"]').click();
	})`)
	t.Logf("loop %.0f ms, slowed %.0f ms; ballot on the slowed page %.0f ms; from button to CAST %.0f ms, worker not slowed", fast, slow, making, whole)
	if slow < 3*fast {
		t.Log("other work hides the throttle on this machine: the times above are those of a busy one, not of one six times slower")
	}
	if total := making + whole; total > 3000 {
		t.Errorf("a cast takes %.0f ms", total)
	}
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
