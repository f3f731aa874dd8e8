// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// On a slow line somebody presses twice: the first one is done already, and its answer on the way.
func TestAFormGoesOnce(t *testing.T) {
	t.Parallel()

	if testing.Short() {
		t.Skip("short: nothing was done in a browser")
	}
	m := newMast(t, Open(t))
	var done atomic.Int32
	pressed, let := make(chan struct{}), make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/done": // the page asks; while it waits for another, the debugger cannot
			fmt.Fprint(w, done.Load())
		case r.URL.Path == "/pressed":
			close(pressed)
		case r.Method == http.MethodPost:
			rec := httptest.NewRecorder()
			m.Handler().ServeHTTP(rec, r.WithContext(context.WithoutCancel(r.Context())))
			done.Add(1)
			<-let
			maps.Copy(w.Header(), rec.Header())
			w.WriteHeader(rec.Code)
			_, _ = w.Write(rec.Body.Bytes())
		default:
			m.Handler().ServeHTTP(w, r)
		}
	}))
	t.Cleanup(srv.Close)
	m.url = srv.URL
	p := m.tab(t, "data_lead")
	open := sync.OnceFunc(func() { close(let) })
	t.Cleanup(open)
	p.Go("/people/new")
	p.Type("#given", "Kirsten")
	p.Type("#family", "Twice")
	p.Do(chromedp.SetValue[chromedp.CSS]("#worksite", m.Site["0901"]), chromedp.SetValue[chromedp.CSS]("#job_class", "NP"), chromedp.SetValue[chromedp.CSS]("#unit_status", "in"))
	Eval[bool](p, `((button) => {
		button.click();
		(async () => {
			while (await (await fetch("/done")).text() === "0") await new Promise((later) => setTimeout(later, 100));
			button.click();
			await fetch("/pressed");
		})();
		return true;
	})(document.querySelector("main .form .primary"))`)
	select {
	case <-pressed:
	case <-time.After(patience):
		t.Fatal("nobody pressed twice")
	}
	open()
	p.wait(`location.pathname !== "/people/new" && document.querySelector("h1")?.innerText.includes("Twice")`)
	if n := done.Load(); n != 1 {
		t.Errorf("it went %d times", n)
	}
	p.Quick()
}
