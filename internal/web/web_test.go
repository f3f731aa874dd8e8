// SPDX-License-Identifier: Apache-2.0

package web

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/i18n"
)

// shell returns a server with a page, a form, and handlers that fail in every way; whoever sends the header "Name" is signed in.
func shell(t *testing.T, log io.Writer) http.Handler {
	t.Helper()
	texts, err := i18n.New(i18n.Text, Texts)
	if err != nil {
		t.Fatal(err)
	}
	gate := func(r *http.Request, a Access) (*http.Request, Viewer, error) {
		v := Viewer{ID: r.Header.Get("Name"), Name: r.Header.Get("Name")}
		switch {
		case a == Public || v.ID != "" && a.Ability == "":
			return r, v, nil
		case v.ID == "":
			return r, v, fault.New(fault.SignedOut, "web.missing")
		}
		return r, v, fault.New(fault.Forbidden, "web.missing")
	}
	s, err := New(Config{
		Texts: texts, Gate: gate, Now: time.Now, Key: bytes.Repeat([]byte{7}, 32), Campaign: "The campaign",
		Log: slog.New(slog.NewJSONHandler(log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	files := fstest.MapFS{
		"templates/plain.html":  {Data: []byte(`{{define "content"}}<h1>{{.Body.Text}}</h1>{{with .Body.Form.Error "name"}}<p>{{.}}</p>{{end}}<input value="{{.Body.Form.Value "name"}}">{{end}}`)},
		"templates/broken.html": {Data: []byte(`{{define "content"}}half{{.Body.Nothing}}{{end}}`)},
	}
	type view struct {
		Text string
		Form Form
	}
	err = s.Add(files,
		Route{Pattern: "GET /page", Access: Public, Handler: func(w http.ResponseWriter, r *http.Request) error {
			return Page(w, r, View{Page: "plain", Title: "web.help.title", Body: view{Text: "<Hello>"}})
		}},
		Route{Pattern: "GET /broken", Access: Public, Handler: func(w http.ResponseWriter, r *http.Request) error {
			return Page(w, r, View{Page: "broken", Title: "web.help.title", Body: view{}})
		}},
		Route{Pattern: "POST /form", Access: Public, Handler: func(w http.ResponseWriter, r *http.Request) error {
			if name := r.PostFormValue("name"); name != "" {
				Say(w, r, Flash{Key: "web.print.at", Args: map[string]any{"Now": name}, Undo: "/undo"})
				return Done(w, r, "/page", map[string]string{"name": name})
			}
			err := fault.Join(fault.Field("name", "web.missing"), fault.Field("zip", "web.too_large"))
			if f, ok := Refill(r, err); ok {
				return Page(w, r, View{Page: "plain", Title: "web.help.title", Status: 422, Body: view{Form: f}})
			}
			return err
		}},
		Route{Pattern: "GET /search", Access: Public, Handler: func(w http.ResponseWriter, r *http.Request) error {
			_, err := io.WriteString(w, Unseal(r, "search", r.URL.Query().Get("q"))+"|"+Seal(r, "search", "Kate Nguyen")+"|"+Seal(r, "undo", "Kate Nguyen"))
			return err
		}},
		Route{Pattern: "GET /panic", Access: Public, Handler: func(http.ResponseWriter, *http.Request) error { panic("Kate Nguyen, 651-555-0101") }},
		Route{Pattern: "GET /fails", Access: Public, Handler: func(http.ResponseWriter, *http.Request) error { return errors.New("disk: Kate Nguyen") }},
		Route{Pattern: "GET /mine", Access: SignedIn, Handler: func(w http.ResponseWriter, _ *http.Request) error { return JSON(w, 200, 1) }},
		Route{Pattern: "GET /theirs", Access: Need("x.y"), Handler: func(w http.ResponseWriter, _ *http.Request) error { return JSON(w, 200, 1) }},
	)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Add(nil, Route{Pattern: "GET /undeclared", Handler: s.health}); err == nil {
		t.Error("a route without a declaration was taken")
	}
	return s.Handler()
}

// reply is what a handler answered.
type reply struct {
	StatusCode int
	Header     http.Header
	cookies    []*http.Cookie
	text       string
}

func ask(t *testing.T, h http.Handler, method, target string, form url.Values, headers ...string) reply {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, target, strings.NewReader(form.Encode()))
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	res := w.Result()
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{StatusCode: res.StatusCode, Header: res.Header, cookies: res.Cookies(), text: string(b)}
}

func TestEveryAnswerHasTheFormThatWasAskedFor(t *testing.T) {
	t.Parallel()

	h := shell(t, io.Discard)
	long := strings.Repeat("x", maxForm+1)
	for name, c := range map[string]struct {
		method, target string
		form           url.Values
		headers        []string
		status         int
		has, hasNot    string
	}{
		"page":                   {method: "GET", target: "/page", status: 200, has: "&lt;Hello&gt;"},
		"page in Spanish":        {method: "GET", target: "/page", headers: []string{"Accept-Language", "es-MX"}, status: 200, has: `lang="es"`},
		"JSON":                   {method: "GET", target: "/page", headers: []string{"Accept", "application/json"}, status: 200, has: `{"Text":`},
		"part for htmx":          {method: "GET", target: "/page", headers: []string{"HX-Request-Type", "partial"}, status: 200, has: "<h1>", hasNot: "<html"},
		"template that fails":    {method: "GET", target: "/broken", status: 500, has: "Something went wrong", hasNot: "half"},
		"handler that fails":     {method: "GET", target: "/fails", status: 500, has: "Something went wrong", hasNot: "Kate"},
		"handler that panics":    {method: "GET", target: "/panic", status: 500, has: "Something went wrong", hasNot: "Kate"},
		"failure as JSON":        {method: "GET", target: "/fails", headers: []string{"Accept", "application/json"}, status: 500, has: `"code":"internal"`, hasNot: "Kate"},
		"form refused":           {method: "POST", target: "/form", form: url.Values{"name": {""}, "zip": {"1"}}, status: 422, has: "There is no such page."},
		"form kept":              {method: "POST", target: "/form", form: url.Values{"name": {"Åsa"}}, status: 303},
		"form as JSON":           {method: "POST", target: "/form", form: url.Values{"name": {"Åsa"}}, headers: []string{"Accept", "application/json"}, status: 200, has: `{"name":"Åsa"}`},
		"form of another site":   {method: "POST", target: "/form", form: url.Values{"name": {"x"}}, headers: []string{"Sec-Fetch-Site", "cross-site"}, status: 403},
		"form of other origin":   {method: "POST", target: "/form", form: url.Values{"name": {"x"}}, headers: []string{"Origin", "https://evil.example"}, status: 403},
		"form too long":          {method: "POST", target: "/form", form: url.Values{"name": {long}}, status: 413, has: "larger than this form takes"},
		"form with a zero":       {method: "POST", target: "/form", form: url.Values{"name": {"a\x00"}}, status: 422, has: "no text"},
		"form that is no text":   {method: "POST", target: "/form", form: url.Values{"name": {"\xff"}}, status: 422, has: "no text"},
		"query with a zero":      {method: "GET", target: "/page?a=%00", status: 422, has: "no text"},
		"query that is no text":  {method: "GET", target: "/page?a=%ff", status: 422, has: "no text"},
		"query cut short":        {method: "GET", target: "/page?a=%f", status: 422, has: "no text"},
		"path with a zero":       {method: "GET", target: "/a%00", status: 404, has: "There is no such page."},
		"nowhere":                {method: "GET", target: "/nowhere", status: 404, has: "There is no such page."},
		"stranger":               {method: "GET", target: "/mine", status: 303},
		"stranger as JSON":       {method: "GET", target: "/mine", headers: []string{"Accept", "application/json"}, status: 401},
		"signed in":              {method: "GET", target: "/mine", headers: []string{"Name", "a1"}, status: 200},
		"not in her role":        {method: "GET", target: "/theirs", headers: []string{"Name", "a1"}, status: 403},
		"health":                 {method: "GET", target: "/healthz", status: 200, has: "ok"},
		"static file":            {method: "GET", target: "/static/app.css", status: 200, has: "@layer"},
		"static file not there":  {method: "GET", target: "/static/../server.go", status: 404},
		"language":               {method: "POST", target: "/locale", form: url.Values{"value": {"es"}, "path": {"//evil.example"}}, status: 303},
		"language nobody speaks": {method: "POST", target: "/locale", form: url.Values{"value": {"xx"}}, status: 422},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			res := ask(t, h, c.method, c.target, c.form, c.headers...)
			text := res.text
			if res.StatusCode != c.status && !(c.status == 404 && res.StatusCode == http.StatusTemporaryRedirect) {
				t.Errorf("status = %d, want %d: %.200s", res.StatusCode, c.status, text)
			}
			if !strings.Contains(text, c.has) || c.hasNot != "" && strings.Contains(text, c.hasNot) {
				t.Errorf("body has not %q or has %q: %.300s", c.has, c.hasNot, text)
			}
			if csp := res.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "script-src 'self'") || strings.Contains(csp, "unsafe") {
				t.Errorf("policy = %q", csp)
			}
			if to := res.Header.Get("Location"); strings.Contains(to, "evil") {
				t.Errorf("sent away to %s", to)
			}
		})
	}
}

func TestAToastIsShownOnceAndNobodyElseCanMakeOne(t *testing.T) {
	t.Parallel()

	h := shell(t, io.Discard)
	res := ask(t, h, "POST", "/form", url.Values{"name": {"Kate"}})
	cookie := res.cookies[0]
	if strings.Contains(cookie.Value, "Kate") || !cookie.HttpOnly {
		t.Errorf("cookie = %v", cookie)
	}
	res = ask(t, h, "GET", "/page", nil, "Cookie", cookie.Name+"="+cookie.Value)
	if text := res.text; !strings.Contains(text, "Printed Kate") || !strings.Contains(text, `action="/undo"`) {
		t.Errorf("no toast: %s", text)
	}
	if gone := res.cookies[0]; gone.MaxAge >= 0 {
		t.Errorf("the toast stays: %v", gone)
	}
	forged := ask(t, h, "GET", "/page", nil, "Cookie", cookie.Name+"=e30")
	if text := forged.text; strings.Contains(text, "data-toast>") {
		t.Error("a forged toast was shown")
	}
}

func TestWhatIsSealedOpensHereAlone(t *testing.T) {
	t.Parallel()

	h := shell(t, io.Discard)
	parts := strings.Split(ask(t, h, "GET", "/search", nil).text, "|")
	sealed, other := parts[1], parts[2]
	if strings.Contains(sealed, "Kate") {
		t.Errorf("sealed text is readable: %s", sealed)
	}
	if text := ask(t, h, "GET", "/search?q="+other, nil).text; !strings.HasPrefix(text, "|") {
		t.Errorf("what was sealed for another purpose opened as %q", text)
	}
	if text := ask(t, h, "GET", "/search?q="+sealed, nil, "Name", "somebody-else").text; !strings.HasPrefix(text, "|") {
		t.Errorf("what was sealed for another account opened as %q", text)
	}
	if text := ask(t, h, "GET", "/search?q="+sealed, nil).text; !strings.HasPrefix(text, "Kate Nguyen|") {
		t.Errorf("opened as %q", text)
	}
	if text := ask(t, h, "GET", "/search?q=x"+sealed[1:], nil).text; !strings.HasPrefix(text, "|") && sealed[0] != 'x' {
		t.Errorf("an altered text opened as %q", text)
	}
}

func TestTheLogHoldsPatternsAndNoPeople(t *testing.T) {
	t.Parallel()

	var log bytes.Buffer
	h := shell(t, &log)
	for _, target := range []string{"/panic", "/fails?q=Kate", "/page?name=Kate", "/Kate"} {
		_ = ask(t, h, "GET", target, nil)
	}
	for line := range strings.Lines(log.String()) {
		if strings.Contains(line, "Kate") && !strings.Contains(line, "disk: Kate") { // an error's own text is its maker's duty
			t.Errorf("log holds a name: %s", line)
		}
	}
	if !strings.Contains(log.String(), `"route":"GET /page"`) {
		t.Errorf("log = %s", log.String())
	}
}

func TestALargePageIsSentCompressed(t *testing.T) {
	t.Parallel()

	res := ask(t, shell(t, io.Discard), "GET", "/page", nil, "Accept-Encoding", "gzip")
	if res.Header.Get("Content-Encoding") != "gzip" || res.Header.Get("Content-Length") != "" {
		t.Errorf("headers = %v", res.Header)
	}
}
