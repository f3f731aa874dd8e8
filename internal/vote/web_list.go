// SPDX-License-Identifier: Apache-2.0

package vote

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/web"
)

// listView is the page of all votes.
type listView struct {
	Votes   []*Vote `json:"votes"`
	Officer bool    `json:"-"`
}

// list serves GET /votes.
func (h handler) list(w http.ResponseWriter, r *http.Request) error {
	all, err := h.s.Votes(r.Context())
	if err != nil {
		return err
	}
	_, err = manages(r.Context())
	return web.Page(w, r, web.View{Page: "votes", Title: "vote.nav", Body: &listView{all, err == nil}})
}

// oneView is the page of a vote.
type oneView struct {
	*Overview
	Candidates []Candidate `json:"-"`
	Challenges []*Challenge
	Form       web.Form     `json:"-"`
	Link       string       `json:"link"` // of the booth
	Answers    []answerView `json:"-"`
	Ready      bool         `json:"-"` // to be sealed
	OpenHour   bool         `json:"-"` // the hour of opening has come
	CloseHour  bool         `json:"-"`
	Slots      []string     `json:"-"`
	Small      bool         `json:"-"` // so few may vote that the result may tell of single people
}

// one serves GET /votes/{vote}.
func (h handler) one(w http.ResponseWriter, r *http.Request) error {
	return h.onePage(w, r, web.Form{})
}

func (h handler) onePage(w http.ResponseWriter, r *http.Request, f web.Form) error {
	ctx, id := r.Context(), r.PathValue("vote")
	o, err := h.s.Overview(ctx, id)
	if err != nil {
		return err
	}
	now := web.Now(r)
	v := &oneView{
		Overview: o, Form: f, Answers: answers(o.Outcome), Slots: o.Draft.slots(), Ready: len(o.Tasks) > 0,
		OpenHour: !now.Before(o.Draft.opensAt()), CloseHour: !now.Before(o.Draft.closesAt()), Small: o.Tally.Eligible() < smallUnit,
		Link: strings.TrimRight(h.s.BaseURL, "/") + "/b/" + o.UUID,
	}
	for _, t := range o.Tasks {
		v.Ready = v.Ready && t.Done
	}
	if o.State != Drafted {
		if v.Challenges, err = h.s.Challenges(ctx, id); err != nil {
			return err
		}
	}
	if o.Officer && o.State == Rolled {
		if v.Candidates, err = h.s.Candidates(ctx, id); err != nil {
			return err
		}
	}
	status := http.StatusOK
	if f.Problem != nil {
		status = http.StatusUnprocessableEntity
	}
	return web.Page(w, r, web.View{Page: "vote", Title: "vote.one.title", Status: status, Body: v})
}

// Waits tells whether an act of a kind waits for its second person: nobody need ask again.
func (v *oneView) Waits(kind string) bool {
	return slices.ContainsFunc(v.Asks, func(a *Ask) bool { return string(a.Kind) == kind })
}

// Crew names whom an ask would appoint, by owner.
func (v *oneView) Crew(a *Ask) []string {
	names := make([]string, len(a.Wish.Crew))
	for owner, account := range a.Wish.Crew {
		names[owner] = v.Names[account]
	}
	return names
}

// Holder returns the account that an owner is appointed to, or shall be, for the form.
func (v *oneView) Holder(owner int) string {
	for _, a := range v.Asks {
		if a.Kind == AskAppoint && owner < len(a.Wish.Crew) {
			return a.Wish.Crew[owner]
		}
	}
	for _, h := range v.Holders {
		if h.Owner == owner {
			return h.Account
		}
	}
	return ""
}

// Parts are the numbers of the parts that somebody must hold: 0 the credentials, then the keys.
func (v *oneView) Parts() []int {
	all := make([]int, v.Draft.Trustees+1)
	for i := range all {
		all[i] = i
	}
	return all
}

// MayCallOff tells whether the vote can still end without a result.
func (v *oneView) MayCallOff() bool {
	_, err := v.State.Next(callOff)
	return err == nil && len(v.Decrypted) == 0
}

// VotedPct is how many of those who vote in the booth have a ballot on the board, in percent.
func (v *oneView) VotedPct() int { return v.Voters * 100 / max(1, v.Tally.Electronic) }

// done answers a form of the vote's page: back to it, with a word or with what is wrong.
func (h handler) done(w http.ResponseWriter, r *http.Request, err error, said string) error {
	if err != nil {
		if f, ok := web.Refill(r, err); ok {
			return h.onePage(w, r, f)
		}
		return err
	}
	web.Say(w, r, web.Flash{Key: said})
	return web.Done(w, r, "/votes/"+r.PathValue("vote"), nil)
}

// step serves the acts that move a vote on.
func (h handler) step(w http.ResponseWriter, r *http.Request) error {
	ctx, id := r.Context(), r.PathValue("vote")
	note := strings.TrimSpace(r.PostFormValue("note"))
	event := r.PostFormValue("event")
	var err error
	switch Event(event) {
	case freeze, seal, callOff:
		err = h.s.Ask(ctx, id, Kind(event), Wish{Note: note})
	case "withdraw":
		err = h.s.Ask(ctx, id, AskWithdraw, Wish{Paper: r.PostFormValue("paper")})
	case open:
		err = h.s.OpenNow(ctx, id)
	case closing:
		err = h.s.CloseNow(ctx, id)
	case "keys":
		err = h.s.RestartKeys(ctx, id)
	case certify:
		var present *int
		if text := r.PostFormValue("present"); text != "" {
			n, bad := strconv.Atoi(text)
			if bad != nil || n < 0 {
				err = fault.Field("present", "vote.certify.present")
			}
			present = &n
		}
		if err == nil {
			err = h.s.Ask(ctx, id, AskCertify, Wish{Present: present, Note: note})
		}
	default:
		return errMissing()
	}
	said := "vote.said.asked"
	switch Event(event) {
	case open, closing, "keys":
		said = "vote.said." + event
	}
	return h.done(w, r, err, said)
}

// confirm serves the second person's word.
func (h handler) confirm(w http.ResponseWriter, r *http.Request) error {
	ctx, id, ask := r.Context(), r.PathValue("vote"), r.PostFormValue("ask")
	switch r.PostFormValue("word") {
	case "confirmed":
		return h.done(w, r, h.s.Confirm(ctx, id, ask), "vote.said.confirmed")
	case "dropped":
		return h.done(w, r, h.s.Drop(ctx, id, ask), "vote.said.dropped")
	}
	return errMissing()
}

// appoint serves the form of who shall hold the parts of a vote: all of them at once.
func (h handler) appoint(w http.ResponseWriter, r *http.Request) error {
	ctx, id := r.Context(), r.PathValue("vote")
	o, err := h.s.Overview(ctx, id)
	if err != nil {
		return err
	}
	var crew []string
	for owner := range o.Draft.Trustees + 1 {
		crew = append(crew, r.PostFormValue("owner"+strconv.Itoa(owner)))
	}
	return h.done(w, r, h.s.Ask(ctx, id, AskAppoint, Wish{Crew: crew}), "vote.said.asked")
}

// challenge serves POST /votes/{vote}/challenge.
func (h handler) challenge(w http.ResponseWriter, r *http.Request) error {
	err := h.s.Challenge(r.Context(), r.PathValue("vote"), r.PostFormValue("kind"), r.PostFormValue("person"), strings.TrimSpace(r.PostFormValue("reason")))
	return h.done(w, r, err, "vote.said.challenge")
}

// decide serves POST /votes/{vote}/decide.
func (h handler) decide(w http.ResponseWriter, r *http.Request) error {
	err := h.s.Decide(r.Context(), r.PathValue("vote"), r.PostFormValue("challenge"), r.PostFormValue("event"), strings.TrimSpace(r.PostFormValue("reason")))
	return h.done(w, r, err, "vote.said.decide")
}

// addPaper serves the total of a box of paper ballots.
func (h handler) addPaper(w http.ResponseWriter, r *http.Request) error {
	p := PaperCount{Place: strings.TrimSpace(r.PostFormValue("place")), Note: strings.TrimSpace(r.PostFormValue("note"))}
	var err error
	number := func(field string) int {
		n, bad := strconv.Atoi(strings.TrimSpace(r.PostFormValue(field)))
		if bad != nil && err == nil {
			err = fault.Field(field, "vote.paper.counts_form")
		}
		return n
	}
	for i := 0; r.PostForm.Has("slot" + strconv.Itoa(i)); i++ {
		p.Counts = append(p.Counts, number("slot"+strconv.Itoa(i)))
	}
	p.Spoiled = number("spoiled")
	if err == nil {
		err = h.s.AddPaper(r.Context(), r.PathValue("vote"), p)
	}
	return h.done(w, r, err, "vote.said.paper")
}

// paperWord serves a witness's word, or takes a total back.
func (h handler) paperWord(w http.ResponseWriter, r *http.Request) error {
	err := h.s.PaperWord(r.Context(), r.PathValue("vote"), r.PostFormValue("paper"), r.PostFormValue("word"))
	return h.done(w, r, err, "vote.said.paper_word")
}

// rollView is a page of the electoral roll.
type rollView struct {
	*Overview
	Entries []Entry `json:"entries"`
	From    int     `json:"-"`
	Next    string  `json:"next,omitempty"`
	Prev    string  `json:"-"`
	People  bool    `json:"-"` // may open the records of people
	Fixed   bool    `json:"-"` // credentials are made: nothing changes any more
}

// roll serves GET /votes/{vote}/roll.
func (h handler) roll(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("vote")
	from, err := strconv.Atoi(r.FormValue("from"))
	if err != nil || from < 0 {
		from = 0
	}
	entries, err := h.s.Roll(r.Context(), id, from)
	if err != nil {
		return err
	}
	o, err := h.s.Overview(r.Context(), id)
	if err != nil {
		return err
	}
	_, people := auth.By(r.Context()).Reach(auth.PersonRead)
	v := &rollView{Overview: o, Entries: entries, People: people, From: from, Fixed: o.State != Rolled || o.List.N > 0}
	if len(entries) == page {
		v.Next = "/votes/" + id + "/roll?from=" + strconv.Itoa(entries[len(entries)-1].No)
	}
	if from > 0 {
		v.Prev = "/votes/" + id + "/roll?from=" + strconv.Itoa(max(0, from-page))
	}
	return web.Page(w, r, web.View{Page: "vote-roll", Title: "vote.roll.title", Body: v})
}

// paperVoter serves the roll's buttons: votes on paper, or in the booth.
func (h handler) paperVoter(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("vote")
	no, err := strconv.Atoi(r.PostFormValue("no"))
	if err != nil {
		return errMissing()
	}
	if err := h.s.SetPaper(r.Context(), id, no, r.PostFormValue("way") == string(Paper)); err != nil {
		return err
	}
	web.Say(w, r, web.Flash{Key: "vote.said.way"})
	return web.Done(w, r, "/votes/"+id+"/roll?from="+strconv.Itoa((no-1)/page*page), nil)
}

// credentialsView is the credential officer's page.
type credentialsView struct {
	*Overview
	Form web.Form
	Link string
}

// credentials serves GET /votes/{vote}/credentials.
func (h handler) credentials(w http.ResponseWriter, r *http.Request) error {
	return h.credentialsPage(w, r, web.Form{})
}

func (h handler) credentialsPage(w http.ResponseWriter, r *http.Request, f web.Form) error {
	o, err := h.s.Overview(r.Context(), r.PathValue("vote"))
	if err != nil {
		return err
	}
	if !o.Credentials {
		return errMissing()
	}
	base := h.s.BaseURL
	if base == "" {
		base = "http://" + r.Host
	}
	status := http.StatusOK
	if f.Problem != nil {
		status = http.StatusUnprocessableEntity
	}
	return web.Page(w, r, web.View{Page: "vote-credentials", Title: "vote.list.title", Status: status, Body: &credentialsView{o, f, base}})
}

// rollFile serves the roll to the credential officer.
func (h handler) rollFile(w http.ResponseWriter, r *http.Request) error {
	var file strings.Builder
	if err := h.s.RollFile(r.Context(), r.PathValue("vote"), &file); err != nil {
		return err
	}
	w.Header().Set("Content-Disposition", `attachment; filename="roll.csv"`)
	return bytesOf(w, "text/csv; charset=utf-8", []byte(file.String()))
}

// handIn takes the public list, as text or as the file's content.
func (h handler) handIn(w http.ResponseWriter, r *http.Request) error {
	err := h.s.HandIn(r.Context(), r.PathValue("vote"), []byte(r.PostFormValue("list")))
	return h.credentialsDone(w, r, err, "vote.said.list")
}

func (h handler) credentialsDone(w http.ResponseWriter, r *http.Request, err error, said string) error {
	if err != nil {
		if f, ok := web.Refill(r, err); ok {
			f.Values = nil // a list is long, and must be read anew anyway
			return h.credentialsPage(w, r, f)
		}
		return err
	}
	web.Say(w, r, web.Flash{Key: said})
	return web.Done(w, r, "/votes/"+r.PathValue("vote")+"/credentials", nil)
}

// remind serves both reminders: the officer's to all, the credential officer's to the numbers that she lists.
func (h handler) remind(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("vote")
	if !r.PostForm.Has("numbers") {
		return h.done(w, r, h.s.Remind(r.Context(), id, nil), "vote.said.remind")
	}
	numbers := strings.Fields(strings.ReplaceAll(r.PostFormValue("numbers"), ",", " "))
	if len(numbers) == 0 {
		return h.credentialsDone(w, r, fault.Field("numbers", "vote.remind.numbers_form", "Text", ""), "")
	}
	return h.credentialsDone(w, r, h.s.Remind(r.Context(), id, numbers), "vote.said.remind")
}
