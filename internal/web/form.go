// SPDX-License-Identifier: Apache-2.0

package web

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"

	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/i18n"
)

// Form carries what was typed back to the page that asked for it, with what is wrong beside each field.
type Form struct {
	Values  url.Values        `json:"-"`
	Problem *Problem          `json:"problem,omitempty"` // nil: nothing is wrong
	Errors  map[string]string `json:"-"`                 // by field
}

// Value returns what stands in the field.
func (f Form) Value(field string) string { return f.Values.Get(field) }

// Error returns what is wrong with the field, "" for nothing.
func (f Form) Error(field string) string { return f.Errors[field] }

// Line is one line of the summary above a form: what is wrong, and the field it leads to.
type Line struct{ Field, Text string }

// Lines returns what is wrong, for the summary above the form; nil when nothing is.
func (f Form) Lines() []Line {
	if f.Problem == nil {
		return nil
	}
	if len(f.Problem.Problems) == 0 {
		return []Line{{f.Problem.Field, f.Problem.Text}}
	}
	var out []Line
	for _, p := range f.Problem.Problems {
		out = append(out, Line{p.Field, p.Text})
	}
	return out
}

// Refill returns the form of r again with the problems of err. ok is false when err is not about the form (a conflict, or ours)
// and must be returned as it is.
func Refill(r *http.Request, err error) (f Form, ok bool) {
	e, is := errors.AsType[*fault.Error](err)
	if !is || e.Code != fault.Invalid && e.Code != fault.Conflict {
		return Form{}, false
	}
	p := ProblemOf(Text(r), err)
	f = Form{Values: r.PostForm, Problem: &p, Errors: map[string]string{}}
	if p.Field != "" {
		f.Errors[p.Field] = p.Text
	}
	for _, one := range p.Problems {
		if one.Field != "" && f.Errors[one.Field] == "" {
			f.Errors[one.Field] = one.Text
		}
	}
	return f, true
}

// Flash is a line shown once on the next page, with a way to undo where there is one.
type Flash struct {
	Key  string         `json:"k"`
	Args map[string]any `json:"a,omitempty"`
	Undo string         `json:"u,omitempty"` // path that takes it back when posted to
	Tone string         `json:"t,omitempty"` // ok, warn, stop, info; "" is ok
}

type flashView struct{ Text, UndoHref, UndoLabel, Tone string }

const flashCookie = "flash"

// Say leaves f for the next page. It travels in a cookie, sealed, since its arguments may name somebody.
func Say(w http.ResponseWriter, r *http.Request, f Flash) {
	b, err := json.Marshal(f)
	if err != nil {
		return // arguments are texts and numbers
	}
	s := of(r).server
	http.SetCookie(w, &http.Cookie{
		Name: flashCookie, Value: s.seal(flashCookie, string(b)), Path: "/", MaxAge: 120, HttpOnly: true,
		Secure: s.cfg.Secure, SameSite: http.SameSiteLaxMode,
	})
}

func takeFlash(w http.ResponseWriter, r *http.Request, tr *i18n.Translator) *flashView {
	c, err := r.Cookie(flashCookie)
	if err != nil || c.Value == "" {
		return nil
	}
	http.SetCookie(w, &http.Cookie{Name: flashCookie, Path: "/", MaxAge: -1, HttpOnly: true})
	plain, ok := of(r).server.unseal(flashCookie, c.Value)
	var f Flash
	if !ok || json.Unmarshal([]byte(plain), &f) != nil {
		return nil
	}
	if n, ok := f.Args["N"].(float64); ok { // JSON's only number; plurals want a whole one
		f.Args["N"] = int(n)
	}
	v := &flashView{Text: tr.M(f.Key, f.Args), Tone: f.Tone}
	if v.Tone == "" {
		v.Tone = "ok"
	}
	if f.Undo != "" {
		v.UndoHref, v.UndoLabel = Local(f.Undo), tr.T("web.undo")
	}
	return v
}

// Seal hides text that must not stand in an address: what was searched for is a name more often than not. It opens again with
// Unseal, for the same purpose and the same account alone: what one page sealed is nothing to another page, and nothing to
// somebody who reads the address in a history.
func Seal(r *http.Request, purpose, text string) string {
	if text == "" {
		return ""
	}
	return of(r).server.seal(sealedFor(r, purpose), text)
}

// Unseal returns what Seal hid, "" for anything else.
func Unseal(r *http.Request, purpose, sealed string) string {
	text, _ := of(r).server.unseal(sealedFor(r, purpose), sealed)
	return text
}

func sealedFor(r *http.Request, purpose string) string { return purpose + "\x00" + of(r).viewer.ID }

func (s *Server) seal(bound, text string) string {
	g := s.gcm()
	nonce := make([]byte, g.NonceSize(), g.NonceSize()+len(text)+g.Overhead())
	_, _ = rand.Read(nonce) // never fails
	return base64.RawURLEncoding.EncodeToString(g.Seal(nonce, nonce, []byte(text), []byte(bound)))
}

func (s *Server) unseal(bound, sealed string) (string, bool) {
	g := s.gcm()
	b, err := base64.RawURLEncoding.DecodeString(sealed)
	if err != nil || len(b) < g.NonceSize() {
		return "", false
	}
	text, err := g.Open(nil, b[:g.NonceSize()], b[g.NonceSize():], []byte(bound))
	return string(text), err == nil
}

func (s *Server) gcm() cipher.AEAD {
	block, err := aes.NewCipher(s.cfg.Key)
	if err != nil {
		panic("web: Config.Key must be 32 bytes") // a mistake of the program's, at its start
	}
	g, err := cipher.NewGCM(block)
	if err != nil {
		panic(err)
	}
	return g
}

// cutOrigin returns path and query of ref when its host is host.
func cutOrigin(ref, host string) (string, bool) {
	u, err := url.Parse(ref)
	if err != nil || u.Host != host {
		return "", false
	}
	return Local(u.RequestURI()), true
}
