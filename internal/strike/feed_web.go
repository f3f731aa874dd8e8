// SPDX-License-Identifier: Apache-2.0

package strike

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/calendar"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/web"
)

type addressView struct {
	address
	URL    string      `json:"-"` // of a new one: shown this once
	WebCal string      `json:"-"` // the same, for phones that subscribe by a tap
	QR     *web.Square `json:"-"`
	Reads  bool        `json:"reads"` // deadlines are in it
}

// serveAddress serves GET /calendar. A new token comes sealed for its account, and is in no log and in no history.
func (f feeds) serveAddress(w http.ResponseWriter, r *http.Request) error {
	v := addressView{Reads: may(r.Context(), mayRead)}
	var err error
	if v.address, err = f.address(r.Context(), auth.By(r.Context()).Account); err != nil {
		return err
	}
	if token := web.Unseal(r, "calendar", r.URL.Query().Get("c")); token != "" && !v.Made.IsZero() {
		base := f.baseURL
		if base == "" {
			base = "http://" + r.Host
		}
		v.URL = strings.TrimSuffix(base, "/") + "/calendar/" + token + ".ics"
		_, rest, _ := strings.Cut(v.URL, "://")
		v.WebCal = "webcal://" + rest
		if v.QR, err = web.QR(v.URL); err != nil {
			return err
		}
	}
	return web.Page(w, r, web.View{Page: "feed", Title: "papers.calendar.title", Body: v})
}

// makeAddress serves POST /calendar.
func (f feeds) makeAddress(w http.ResponseWriter, r *http.Request) error {
	token, err := f.make(r.Context())
	if err != nil {
		return err
	}
	return web.Done(w, r, "/calendar?c="+web.Seal(r, "calendar", token), nil)
}

// revokeAddress serves POST /calendar/revoke.
func (f feeds) revokeAddress(w http.ResponseWriter, r *http.Request) error {
	if err := f.revoke(r.Context()); err != nil {
		return err
	}
	web.Say(w, r, web.Flash{Key: "papers.calendar.revoked"})
	return web.Done(w, r, "/calendar", nil)
}

// sendFeed serves GET /calendar/{token}.ics to whoever has the address: what its account may see now, in its language.
func (f feeds) sendFeed(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	token, ok := strings.CutSuffix(r.PathValue("token"), ".ics")
	if !ok {
		return fault.New(fault.Missing, "web.missing")
	}
	account, locale, err := f.owner(ctx, token)
	if err != nil {
		return err
	}
	id, err := f.identity(ctx, account)
	if err != nil {
		return err
	}
	_, reads := id.Reach(mayRead)
	tr := f.texts.For(locale)
	events, err := f.events(ctx, tr, reads, "")
	if err != nil {
		return err
	}
	return sendCalendar(w, r, tr.T("papers.calendar.name"), "", events)
}

// sendAction serves GET /calendar/strike/{strike}: one action as a file.
func (f feeds) sendAction(w http.ResponseWriter, r *http.Request) error {
	events, err := f.events(r.Context(), web.Text(r), may(r.Context(), mayRead), r.PathValue("strike"))
	if err != nil {
		return err
	}
	err = f.log.Read(r.Context(), audit.Entry{Verb: "calendar.read", Object: "strike:" + r.PathValue("strike"), Scope: "own", Count: len(events)})
	if err != nil {
		return err
	}
	return sendCalendar(w, r, "", "action.ics", events)
}

// sendCalendar answers with events; a reader that has them already is told so.
func sendCalendar(w http.ResponseWriter, r *http.Request, name, file string, events []calendar.Event) error {
	var b bytes.Buffer
	if err := calendar.Write(&b, name, events); err != nil {
		return err
	}
	sum := sha256.Sum256(b.Bytes())
	tag := `"` + hex.EncodeToString(sum[:16]) + `"`
	h := w.Header()
	h.Set("ETag", tag)
	h.Set("Cache-Control", "private, no-cache")
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	h.Set("Content-Type", calendar.ContentType)
	h.Set("X-Robots-Tag", "noindex")
	if file != "" {
		h.Set("Content-Disposition", `attachment; filename="`+file+`"`)
	}
	h.Set("Content-Length", strconv.Itoa(b.Len()))
	_, _ = w.Write(b.Bytes()) // whoever asked has gone
	return nil
}
