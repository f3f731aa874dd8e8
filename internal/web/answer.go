// SPDX-License-Identifier: Apache-2.0

package web

import (
	"errors"
	"log/slog"
	"net/http"

	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/i18n"
)

var statuses = map[fault.Code]int{
	fault.OK:        http.StatusOK,
	fault.Invalid:   http.StatusUnprocessableEntity,
	fault.SignedOut: http.StatusUnauthorized,
	fault.Forbidden: http.StatusForbidden,
	fault.Missing:   http.StatusNotFound,
	fault.Conflict:  http.StatusConflict,
	fault.TooLarge:  http.StatusRequestEntityTooLarge,
	fault.TooMany:   http.StatusTooManyRequests,
	fault.Internal:  http.StatusInternalServerError,
}

// Problem is a refusal as a page or a JSON client reads it.
type Problem struct {
	Code     fault.Code `json:"code"`
	Key      string     `json:"key"`
	Text     string     `json:"text"`
	Field    string     `json:"field,omitempty"`
	Problems []Problem  `json:"problems,omitempty"`
}

// ProblemOf returns err in the reader's language. What is not a *fault.Error tells nothing but that it failed.
func ProblemOf(tr *i18n.Translator, err error) Problem {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		err = fault.New(fault.TooLarge, "web.too_large")
	}
	e, ok := errors.AsType[*fault.Error](err)
	if !ok {
		return Problem{Code: fault.Internal, Key: "fault.internal", Text: tr.T("fault.internal")}
	}
	p := Problem{Code: e.Code, Key: e.Key, Text: tr.M(e.Key, e.Args), Field: e.Field}
	for _, one := range e.Problems {
		p.Problems = append(p.Problems, ProblemOf(tr, one))
	}
	return p
}

// errorView is the page of a refusal.
type errorView struct {
	Problem
	Status int
	Back   string
	SignIn bool
}

// answer sends err: a page, a fragment or JSON. The log gets key and code, and what lies beneath when it is ours.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, err error) {
	q := of(r)
	p := ProblemOf(q.tr, err)
	status := statuses[p.Code]
	at := slog.Group("fault", slog.String("key", p.Key))
	if p.Code == fault.Internal {
		at = slog.Group("fault", slog.String("key", p.Key), slog.String("error", err.Error()))
	}
	q.fault = &at
	if p.Code == fault.SignedOut && r.Method == http.MethodGet && !wantsJSON(r) && r.Header.Get("HX-Request") == "" {
		http.Redirect(w, r, "/signin", http.StatusSeeOther)
		return
	}
	if wantsJSON(r) {
		_ = JSON(w, status, p)
		return
	}
	v := View{
		Page: "error", Title: "web.error.title", Status: status, Bare: q.viewer.ID == "",
		Body: errorView{Problem: p, Status: status, Back: back(r), SignIn: p.Code == fault.SignedOut},
	}
	if err := Page(w, r, v); err != nil { // the error page itself failed: plain words are left
		s.cfg.Log.Error("error page", "error", err)
		http.Error(w, q.tr.T("fault.internal"), http.StatusInternalServerError)
	}
}

// back returns the page to go back to: the one before, when it is ours.
func back(r *http.Request) string {
	if ref := r.Referer(); ref != "" {
		if rest, ok := cutOrigin(ref, r.Host); ok && rest != r.URL.Path {
			return rest
		}
	}
	return "/"
}
