// SPDX-License-Identifier: Apache-2.0

package web

import (
	"bufio"
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tenday/tenday/internal/i18n"
)

func TestAStreamSaysThatSomethingChangedAndEndsWithTheServer(t *testing.T) {
	t.Parallel()

	texts, err := i18n.New(i18n.Text, Texts)
	if err != nil {
		t.Fatal(err)
	}
	changed := make(chan struct{}, 1)
	ended := make(chan string, 1)
	s, err := New(Config{
		Texts: texts, Now: time.Now, Key: bytes.Repeat([]byte{7}, 32),
		Gate: func(r *http.Request, _ Access) (*http.Request, Viewer, error) { return r, Viewer{}, nil },
		Watch: func(topic string, age time.Duration) (<-chan struct{}, func()) {
			if age != 1500*time.Millisecond {
				t.Errorf("the page is %v old", age)
			}
			return changed, func() { ended <- topic }
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Live("line", Public); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s.Handler())
	defer server.Close()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/live/line?age=1500", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept-Encoding", "gzip") // a browser's: events must not wait in a compressor
	res, err := server.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if got := res.Header.Get("Content-Type"); got != "text/event-stream" {
		t.Errorf("Content-Type %q", got)
	}
	changed <- struct{}{}
	lines := bufio.NewScanner(res.Body)
	var heard []string
	for lines.Scan() {
		heard = append(heard, lines.Text())
		if strings.HasPrefix(lines.Text(), "data:") {
			s.Stop()
			s.Stop() // a second word does no harm
		}
	}
	if got := strings.Join(heard, "|"); got != "retry: 3000|: here||event: changed|data:|" {
		t.Errorf("heard %q", got)
	}
	if topic := <-ended; topic != "line" {
		t.Errorf("the watch of %q was ended", topic)
	}
}

// The far end of a dead line looks alive to a browser: it knows by what it does not hear.
func TestAStreamSpeaksUpEveryTwentySecondsUntilItEnds(t *testing.T) {
	t.Parallel()

	texts, err := i18n.New(i18n.Text, Texts)
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		s, err := New(Config{
			Texts: texts, Now: time.Now, Key: bytes.Repeat([]byte{7}, 32),
			Gate:  func(r *http.Request, _ Access) (*http.Request, Viewer, error) { return r, Viewer{}, nil },
			Watch: func(string, time.Duration) (<-chan struct{}, func()) { return nil, func() {} },
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Live("line", Public); err != nil {
			t.Fatal(err)
		}
		start, rec := time.Now(), httptest.NewRecorder()
		s.Handler().ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/live/line", http.NoBody))
		if n := strings.Count(rec.Body.String(), "event: beat\ndata:\n\n"); n != 4 || time.Since(start) != streamLife {
			t.Errorf("%d beats in %v", n, time.Since(start))
		}
	})
}
