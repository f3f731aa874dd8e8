// SPDX-License-Identifier: Apache-2.0

package strike

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/i18n"
	"github.com/tenday/tenday/internal/web"
	"github.com/tenday/tenday/notice"
)

// deliveriesView is the page of all papers and their copies.
type deliveriesView struct {
	ID, Title string
	Form      web.Form
	Papers    []paperView
	Sites     []option // for one more copy
	MayAct    bool
	MaxMB     int
}

type paperView struct {
	ID, Action, Text string
	Kind             Paper
	Locked           bool
	Stated           string
	Copies           []copyView
	Extensions       []Extension
}

// copyView is the form of one copy; the names of its fields end in its id.
type copyView struct {
	Delivery
	To, SiteName     string
	Sent, Received   momentField
	States, Methods  []option
	Proofs           []option
	Error            string
	Said, Tone, Icon string
	Ref              string
}

// serveDeliveries serves GET /strike/{strike}/deliveries.
func (s *Store) serveDeliveries(w http.ResponseWriter, r *http.Request) error {
	return s.deliveriesPage(w, r, web.Form{}, http.StatusOK)
}

func (s *Store) deliveriesPage(w http.ResponseWriter, r *http.Request, f web.Form, status int) error {
	tr := web.Text(r)
	v := deliveriesView{Form: f, MayAct: may(r.Context(), mayAct), MaxMB: ProofMost >> 20}
	err := s.look(r, func(_ *db.Tx, b *book, a *Action) error {
		v.ID, v.Title = a.ID, a.Title
		papers := b.ofCampaign()
		if n := b.paper(a.ID); n != nil {
			papers = append([]*Notice{n}, papers...)
		}
		for _, n := range papers {
			p := paperView{
				ID: n.ID, Action: n.Action, Text: tr.T("strike.paper." + string(n.Kind)), Kind: n.Kind, Locked: n.Action != "" && n.Sent(),
				Stated: sayMoment(tr, n.Starts), Extensions: n.Extensions,
			}
			for _, d := range n.Deliveries {
				p.Copies = append(p.Copies, b.copyForm(tr, f, d))
			}
			v.Papers = append(v.Papers, p)
		}
		for _, one := range a.Sites {
			v.Sites = append(v.Sites, option{Value: one.ID, Label: one.Code + " " + one.Name})
		}
		return nil
	})
	if err != nil {
		return err
	}
	return web.Page(w, r, web.View{Page: "strike-deliveries", Title: "strike.deliver.title", Status: status, Body: v})
}

func (b *book) copyForm(tr *i18n.Translator, f web.Form, d Delivery) copyView {
	q := f.Values
	if q == nil {
		q = url.Values{}
	}
	get := func(name, stored string) string {
		if q.Has(name + "-" + d.ID) {
			return q.Get(name + "-" + d.ID)
		}
		return stored
	}
	c := copyView{Delivery: d, To: tr.T("strike.recipient." + string(d.Recipient)), Ref: get("ref", d.ProofRef)}
	if site, ok := b.site(d.Site); ok {
		c.SiteName = site.Code + " " + site.Name
	}
	for _, name := range []string{"state", "sent", "received", "method", "proof", "file"} {
		if e := f.Error(name + "-" + d.ID); e != "" {
			c.Error = e
		}
	}
	c.Sent = b.momentOf(tr, q, "sent-"+d.ID, d.Sent, f.Error("sent-"+d.ID))
	c.Received = b.momentOf(tr, q, "received-"+d.ID, d.Received, f.Error("received-"+d.ID))
	c.Sent.Label, c.Received.Label = tr.T("strike.field.sent"), tr.T("strike.field.received")
	states := []DeliveryState{NotKnown, ToSend, Sent, Received, NotGiven}
	if d.Site != "" {
		states = append(states, Dropped)
	}
	now := get("state", string(d.State))
	for _, x := range states {
		c.States = append(c.States, option{string(x), tr.T("strike.copy." + string(x)), string(x) == now})
	}
	c.Methods = choices(tr, "strike.method.", Methods, get("method", d.Method))
	c.Proofs = choices(tr, "strike.proof.", Proofs, get("proof", d.ProofKind))
	c.Said = tr.T("strike.copy." + string(d.State))
	c.Tone = map[DeliveryState]string{NotKnown: "info", ToSend: "", Sent: "warn", Received: "ok", NotGiven: "stop"}[d.State]
	if d.State == Received && !d.Proved() {
		c.Said, c.Tone = tr.T("strike.copy.unproved"), "warn"
	}
	c.Icon = iconOf(c.Tone)
	return c
}

// choices are the options of a select with "not recorded" first.
func choices(tr *i18n.Translator, prefix string, values []string, chosen string) []option {
	out := []option{{"", tr.T("strike.not_recorded"), chosen == ""}}
	for _, v := range values {
		out = append(out, option{v, tr.T(prefix + v), v == chosen})
	}
	return out
}

// takeDeliveries serves POST /strike/{strike}/notices/{notice}/upload: all copies of a paper in one form, a file with each.
func (s *Store) takeDeliveries(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseMultipartForm(ProofMost); err != nil && !errors.Is(err, http.ErrNotMultipart) {
		return err
	}
	var copies []Delivery
	files := map[int]Upload{}
	var problems []*fault.Error
	for _, id := range r.PostForm["copy"] {
		d := Delivery{ID: id}
		if id == "new" {
			if r.PostFormValue("site") == "" {
				continue
			}
			d = Delivery{Recipient: Institution, Site: r.PostFormValue("site"), State: ToSend}
			copies = append(copies, d)
			continue
		}
		var sent, received *fault.Error
		d.Sent, sent = readMoment(r.PostForm, "sent-"+id)
		d.Received, received = readMoment(r.PostForm, "received-"+id)
		problems = append(problems, sent, received)
		d.State = DeliveryState(r.PostFormValue("state-" + id))
		d.Method, d.ProofKind = r.PostFormValue("method-"+id), r.PostFormValue("proof-"+id)
		d.ProofRef = strings.TrimSpace(r.PostFormValue("ref-" + id))
		up, err := readUpload(r, "file-"+id)
		if err != nil {
			return err
		}
		if up.Name != "" {
			files[len(copies)] = up
		}
		copies = append(copies, d)
	}
	err := fault.Join(problems...)
	if err == nil {
		err = s.Deliver(r.Context(), r.PathValue("notice"), copies, files)
	}
	if f, ok := web.Refill(r, err); ok {
		return s.deliveriesPage(w, r, f, http.StatusUnprocessableEntity)
	} else if err != nil {
		return err
	}
	return back(w, r, r.PathValue("strike"), "strike.said.recorded")
}

// readUpload reads a file of a form, the zero Upload when none was chosen. One byte more than the most is read, so that what is
// too large is known to be.
func readUpload(r *http.Request, field string) (Upload, error) {
	file, header, err := r.FormFile(field)
	if err != nil {
		return Upload{}, nil //nolint:nilerr // no file was chosen
	}
	defer file.Close()
	body, err := io.ReadAll(io.LimitReader(file, ProofMost+1))
	return Upload{Name: header.Filename, Body: body}, err
}

// sendProof serves GET /proofs/{proof}: always as a file to keep, never shown as a page of ours.
func (s *Store) sendProof(w http.ResponseWriter, r *http.Request) error {
	f, body, err := s.Proof(r.Context(), r.PathValue("proof"))
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", f.MediaType)
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": f.Name}))
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("Digest", "sha-256="+f.SHA256)
	h.Set("Cache-Control", "private, no-store")
	_, _ = w.Write(body) // whoever asked has gone: nothing to answer
	return nil
}

// reviewView is the reviewer's page. It shows nothing of what the record says: she reads from the paper.
type reviewView struct {
	ID, Title string
	Form      web.Form
	Starts    momentField
	Groups    []siteGroup
	Sites     int
	WhyNot    string // why the caller cannot review; "" she can
	Differs   []string
	Checks    checked
	Needed    int
	Count     int // reviews that count
	MayAct    bool
	AtRisk    bool
	Stated    string // only for who may not review: it is no secret to the author
	Verdict   string
	Tone      string
	Open      bool // reviews are open
}

// serveReview serves GET /strike/{strike}/review.
func (s *Store) serveReview(w http.ResponseWriter, r *http.Request) error {
	return s.reviewPage(w, r, web.Form{}, nil, http.StatusOK)
}

func (s *Store) reviewPage(w http.ResponseWriter, r *http.Request, f web.Form, differs []string, status int) error {
	ctx, tr := r.Context(), web.Text(r)
	v := reviewView{Form: f, Differs: differs, Needed: reviewsNeeded, MayAct: may(ctx, mayAct)}
	err := s.look(r, func(tx *db.Tx, b *book, a *Action) error {
		v.ID, v.Title = a.ID, a.Title
		n := b.paper(a.ID)
		if n == nil {
			v.WhyNot = tr.T("strike.block.paper")
			return nil
		}
		var err error
		if v.Checks, err = checks(ctx, tx, b, n); err != nil {
			return err
		}
		v.Open, v.Count = reviewed(a), min(len(v.Checks.agreed()), reviewsNeeded)
		if err := b.reviewable(ctx, tx, n); fault.CodeOf(err) == fault.Internal {
			return err
		} else if err != nil {
			v.WhyNot = tr.Fault(err)
		}
		j, err := b.judge(a)
		if err != nil {
			return err
		}
		if j != nil {
			v.Verdict, v.Tone, v.AtRisk = j.Verdict.String(), toneOf(j.Verdict), j.Verdict == notice.AtRisk
		}
		typed := f.Values
		if typed == nil {
			typed = url.Values{}
		}
		v.Starts = b.momentOf(tr, typed, "starts", notice.Moment{}, f.Error("starts"))
		v.Groups, v.Sites = b.groups(tr, typed["sites"], typed["region"]), len(b.sites)
		return nil
	})
	if err != nil {
		return err
	}
	return web.Page(w, r, web.View{Page: "strike-review", Title: "strike.review.title", Status: status, Body: v})
}

// takeReview serves POST /strike/{strike}/review.
func (s *Store) takeReview(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return fault.New(fault.Invalid, "strike.form")
	}
	ctx := r.Context()
	starts, problem := readMoment(r.PostForm, "starts")
	if problem == nil && (starts.IsZero() || !starts.Clock) {
		problem = fault.Field("starts", "strike.time.needed")
	}
	var noticeID string
	var sites []string
	_, err := db.InRead(ctx, s.d, func(tx *db.Tx) (struct{}, error) {
		b, err := s.open(ctx, tx)
		if err != nil {
			return struct{}{}, err
		}
		sites = b.readSites(r.PostForm, r.PostFormValue("starts_date"))
		a, err := b.one(r)
		if err != nil {
			return struct{}{}, err
		}
		if n := b.paper(a.ID); n != nil {
			noticeID = n.ID
		}
		return struct{}{}, nil
	})
	if err != nil {
		return err
	}
	var differs []string
	if err = fault.Join(problem); err == nil {
		differs, err = s.Check(ctx, noticeID, starts, sites)
	}
	if f, ok := web.Refill(r, err); ok {
		return s.reviewPage(w, r, f, nil, http.StatusUnprocessableEntity)
	} else if err != nil {
		return err
	}
	if len(differs) > 0 {
		return s.reviewPage(w, r, web.Form{Values: r.PostForm}, differs, http.StatusOK)
	}
	return back(w, r, r.PathValue("strike"), "strike.said.reviewed")
}

// takeCounsel serves POST /strike/{strike}/counsel.
func (s *Store) takeCounsel(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	noticeID, err := db.InRead(ctx, s.d, func(tx *db.Tx) (string, error) {
		b, err := s.open(ctx, tx)
		if err != nil {
			return "", err
		}
		if n := b.paper(r.PathValue("strike")); n != nil {
			return n.ID, nil
		}
		return "", fault.New(fault.Missing, "strike.notice.missing")
	})
	if err != nil {
		return err
	}
	err = s.Advise(ctx, noticeID, r.PostFormValue("decision") == "confirmed", strings.TrimSpace(r.PostFormValue("counsel")),
		strings.TrimSpace(r.PostFormValue("why")))
	if f, ok := web.Refill(r, err); ok && fault.CodeOf(err) == fault.Invalid {
		return s.reviewPage(w, r, f, nil, http.StatusUnprocessableEntity)
	} else if err != nil {
		return err
	}
	return back(w, r, r.PathValue("strike"), "strike.said.counsel")
}
