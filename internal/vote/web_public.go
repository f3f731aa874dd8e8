// SPDX-License-Identifier: Apache-2.0

package vote

import (
	"errors"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"regexp"
	"strconv"

	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/vote/booth"
	"github.com/tenday/tenday/internal/web"
)

// modulesAt is where the booth's modules are served.
const modulesAt = "/booth"

// publicView is what the pages without an account share.
type publicView struct {
	*Public
	Tags     template.HTML `json:"-"`
	Bundle   string        `json:"bundle"`
	Practice string        `json:"-"` // the credential of a practice election
	Find     *Standing     `json:"find,omitempty"`
	Asked    bool          `json:"-"`
	Answers  []answerView  `json:"-"`
}

// Warns are the warnings of a verified archive that the page has sentences for.
func (v *publicView) Warns() []string {
	return []string{"one_trustee", "threshold_one", "no_result", "small_electorate", "few_ballots", "unanimous"}
}

// answerView is one line of a result.
type answerView struct {
	Share
	Of  int
	Pct int
}

func (h handler) public(r *http.Request, entry string) (*publicView, error) {
	p, err := h.s.Public(r.Context(), r.PathValue("uuid"))
	if err != nil {
		return nil, err
	}
	v := &publicView{Public: p, Practice: p.Board.Credential, Bundle: booth.Bundle()}
	if entry != "" {
		v.Tags = booth.Tags(modulesAt, entry)
	}
	v.Answers = answers(p.Outcome)
	return v, nil
}

func answers(o *Outcome) (all []answerView) {
	if o == nil {
		return nil
	}
	for _, a := range o.Answers {
		all = append(all, answerView{a, o.Cast, a.N() * 100 / max(1, o.Cast)})
	}
	if len(all) > 0 && all[0].Name == "" { // blank comes last
		all = append(all[1:], all[0])
	}
	return all
}

// booth serves GET /b/{uuid}: the credential stands behind the # and never comes here.
func (h handler) booth(w http.ResponseWriter, r *http.Request) error {
	v, err := h.public(r, "booth.js")
	if err != nil {
		return err
	}
	return web.Page(w, r, web.View{Page: "vote-booth", Title: "vote.booth.title", Bare: true, Body: v})
}

// election serves the election's bytes exactly as they are archived.
func (h handler) election(w http.ResponseWriter, r *http.Request) error {
	b, err := h.s.election(r.Context(), r.PathValue("uuid"))
	if err != nil {
		return err
	}
	return bytesOf(w, "application/json", b.Text)
}

// listed serves what a voter's device compares her credential with.
func (h handler) listed(w http.ResponseWriter, r *http.Request) error {
	b, err := h.s.election(r.Context(), r.PathValue("uuid"))
	if err != nil {
		return err
	}
	return bytesOf(w, "application/octet-stream", b.Listed)
}

func bytesOf(w http.ResponseWriter, kind string, body []byte) error {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body) // whoever asked has gone
	return nil
}

// cast serves POST /b/{uuid}/cast: the body is the ballot. Of the sender nothing is looked at but, for practice, the network: to bound
// what strangers can cost.
func (h handler) cast(w http.ResponseWriter, r *http.Request) error {
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	receipt, err := h.s.Cast(r.Context(), r.PathValue("uuid"), raw, h.s.network(r))
	if err != nil {
		return err
	}
	return bytesOf(w, "application/json", receipt.Marshal())
}

func (s *Store) network(r *http.Request) string {
	if s.Network == nil {
		return ""
	}
	return s.Network(r)
}

var (
	trackerForm = regexp.MustCompile(`^[0-9A-Za-z+/]{43}$`)
	blanks      = regexp.MustCompile(`[\s·=-]+`)
)

// tracker serves GET /b/{uuid}/tracker, which works without JavaScript. A tracker is public, so it may stand in an address.
func (h handler) tracker(w http.ResponseWriter, r *http.Request) error {
	v, err := h.public(r, "")
	if err != nil {
		return err
	}
	if text := blanks.ReplaceAllString(r.FormValue("t"), ""); text != "" {
		v.Asked, v.Find = true, &Standing{Tracker: r.FormValue("t")}
		if trackerForm.MatchString(text) {
			st, err := h.s.Find(r.Context(), r.PathValue("uuid"), text)
			if err != nil {
				return err
			}
			v.Find = &st
		}
	}
	return web.Page(w, r, web.View{Page: "vote-tracker", Title: "vote.tracker.title", Bare: true, Body: v})
}

// qr serves the code of a tracker's page.
func (h handler) qr(w http.ResponseWriter, r *http.Request) error {
	t := r.FormValue("t")
	b, err := h.s.election(r.Context(), r.PathValue("uuid"))
	if err != nil || !trackerForm.MatchString(t) {
		return firstError(err, errMissing())
	}
	base := h.s.BaseURL
	if base == "" {
		base = "http://" + r.Host
	}
	code, err := web.QR(base + "/b/" + b.UUID + "/tracker?t=" + template.URLQueryEscaper(t))
	if err != nil {
		return err
	}
	svg := fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="%s" shape-rendering="crispEdges"><rect x="-4" y="-4" width="100%%" height="100%%" fill="#fff"/><path d="%s"/></svg>`,
		code.Box, code.Path)
	return bytesOf(w, "image/svg+xml", []byte(svg))
}

// check serves the observers' page.
func (h handler) check(w http.ResponseWriter, r *http.Request) error {
	v, err := h.public(r, "observer.js")
	if err != nil {
		return err
	}
	return web.Page(w, r, web.View{Page: "vote-check", Title: "vote.check.title", Bare: true, Body: v})
}

// archive serves the .bel. It is read block by block: an archive may be long.
func (h handler) archive(w http.ResponseWriter, r *http.Request) error {
	uuid := r.PathValue("uuid")
	head, err := h.s.Head(r.Context(), uuid, -1)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Disposition", `attachment; filename="`+uuid+`.bel"`)
	if _, err := h.s.copyArchive(r.Context(), w, uuid, head.Height); err != nil {
		panic(http.ErrAbortHandler) // half an archive must not look like a whole one
	}
	return nil
}

// head serves the newest signed head, or with ?height= an earlier one.
func (h handler) head(w http.ResponseWriter, r *http.Request) error {
	height := -1
	if text := r.FormValue("height"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			return errMissing()
		}
		height = n
	}
	head, err := h.s.Head(r.Context(), r.PathValue("uuid"), height)
	if err != nil {
		return err
	}
	return bytesOf(w, "application/json", head.Marshal())
}

// rules serves the rules of the local as they were fixed.
func (h handler) rules(w http.ResponseWriter, r *http.Request) error {
	p, err := h.s.Public(r.Context(), r.PathValue("uuid"))
	if err != nil {
		return err
	}
	return bytesOf(w, "application/json", []byte(p.Rules))
}

// jsonBody reads the body of a module's request. Errors: Invalid.
func jsonBody(r *http.Request, into func([]byte) error) error {
	b, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	if err := into(b); err != nil {
		return errors.Join(&fault.Error{Code: fault.Invalid, Key: "vote.body_form", Err: err})
	}
	return nil
}
