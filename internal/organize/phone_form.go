// SPDX-License-Identifier: Apache-2.0

package organize

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/i18n"
	"github.com/tenday/tenday/internal/offline"
	"github.com/tenday/tenday/internal/roster"
	"github.com/tenday/tenday/internal/web"
)

// staleDays is after how many days a value is drawn as old.
func (s *Store) staleDays(ctx context.Context) (int, error) {
	return db.InRead(ctx, s.d, func(tx *db.Tx) (int, error) { return s.staleAfter(ctx, tx) })
}

// phonePersonView is the page on which one records without scripts.
type phonePersonView struct {
	Card      phoneCard
	Form      recordForm
	TalkID    string // ids of what the form makes: sent twice, it is still one talk
	ValueID   string
	NoteLines []noteLine
}

type noteLine struct {
	When, Text string
	Only       bool
}

// person serves GET /my/{person}.
func (h phone) person(w http.ResponseWriter, r *http.Request) error {
	return h.personForm(w, r, web.Form{}, http.StatusOK)
}

func (h phone) personForm(w http.ResponseWriter, r *http.Request, f web.Form, status int) error {
	ctx := r.Context()
	p, err := h.MineOne(ctx, r.PathValue("person"))
	if err != nil {
		return err
	}
	stale, err := h.staleDays(ctx)
	if err != nil {
		return err
	}
	marks, err := h.marks(r)
	if err != nil {
		return err
	}
	tr, now := web.Text(r), web.Now(r)
	open, words, err := h.asked(ctx, []Mine{p})
	if err != nil {
		return err
	}
	v := phonePersonView{Card: card(tr, now, stale, marks, open, p), Form: newRecordForm(tr, marks, f), TalkID: newID(), ValueID: newID()}
	for _, t := range open {
		v.Form.Tests = append(v.Form.Tests, ticked{t, p.Took[t.ID] == Yes, p.Took[t.ID] == Yes && slices.Contains(p.Sure, t.ID)})
	}
	if len(p.Shared) > 0 {
		v.Form.Number, v.Form.Whose = p.Phone, whoseChoices(tr, append([]roster.Sharer{{ID: p.ID, Name: v.Card.Name}}, p.Shared...))
	}
	v.Form.Paper = words > 0 && p.Pledge == NoPledge
	for _, n := range p.Notes {
		v.NoteLines = append(v.NoteLines, noteLine{tr.Moment(time.UnixMilli(n.At).In(now.Location())), n.Text, n.Only})
	}
	return web.Page(w, r, web.View{Page: "phone-person", Title: "organize.phone.record", Status: status, Body: v})
}

// whoseChoices are the answers to whose a number is that was the wrong one.
func whoseChoices(tr *i18n.Translator, all []roster.Sharer) []choice {
	var out []choice
	for _, x := range all {
		c := choice{x.ID, strings.ReplaceAll(tr.T("organize.phone.whose.of"), "{name}", x.Name)}
		if x.Name == "" {
			c.Label = tr.T("organize.phone.whose.other")
		}
		out = append(out, c)
	}
	return append(out, choice{roster.NobodysNumber, tr.T("organize.phone.whose.nobody")}, choice{"", strings.ReplaceAll(tr.T("organize.phone.whose.unknown"), "{name}", all[0].Name)})
}

// record serves POST /my/{person}: a talk, where she stands, or both, through the same door as what phones send.
func (h phone) record(w http.ResponseWriter, r *http.Request) error {
	events, err := recorded(web.Text(r), roster.DateOf(web.Now(r)), r.PathValue("person"), r.PostForm)
	if err == nil {
		err = h.queue.Take(r.Context(), events...)
	}
	if f, ok := web.Refill(r, err); ok {
		return h.personForm(w, r, f, http.StatusUnprocessableEntity)
	} else if err != nil {
		return err
	}
	web.Say(w, r, web.Flash{Key: "organize.phone.recorded"})
	return web.Done(w, r, offline.Start, nil)
}

// recorded reads the form into events. Errors: Invalid when nothing was chosen.
func recorded(tr *i18n.Translator, today roster.Date, person string, f url.Values) ([]offline.Sent, error) {
	var out []offline.Sent
	add := func(id, kind string, data map[string]any) error {
		data["person"] = person
		b, err := json.Marshal(data)
		out = append(out, offline.Sent{ID: id, Kind: kind, Data: b})
		return err
	}
	if f.Get("outcome") != "" {
		talk := map[string]any{
			"channel": f.Get("channel"), "outcome": f.Get("outcome"), "issues": f["issue"], "note": f.Get("note"),
			"note_visibility": f.Get("visibility"), "number": f.Get("number"), "whose": f.Get("whose"),
		}
		if next := f.Get("next"); slices.Contains(phoneNexts, next) {
			talk["next_step"] = tr.T("organize.phone.next." + next)
			if days, ok := whenDays[f.Get("when")]; ok {
				talk["next_at"] = today.AddDays(days).String()
			}
		}
		if err := add(f.Get("talk_id"), "conversation", talk); err != nil {
			return nil, err
		}
	} else if f.Get("note") != "" {
		if err := add(f.Get("talk_id"), "note", map[string]any{"text": f.Get("note"), "visibility": f.Get("visibility")}); err != nil {
			return nil, err
		}
	}
	if v := f.Get("value"); v != "" {
		n, err := strconv.Atoi(v)
		if err != nil {
			return nil, &fault.Error{Code: fault.Invalid, Key: "organize.value_range", Field: "value", Err: err}
		}
		if err := add(f.Get("value_id"), "assessment", map[string]any{"value": n, "basis": f.Get("basis")}); err != nil {
			return nil, err
		}
	}
	how := func(test string) string { return cmp.Or(f.Get("evidence."+test), string(ByCaptain)) }
	for _, test := range f["took"] {
		if !slices.Contains(f["was"], test) {
			if err := add(newID(), "participation", map[string]any{"test": test, "state": Yes, "evidence": how(test)}); err != nil {
				return nil, err
			}
		}
	}
	for _, test := range f["was"] {
		if !slices.Contains(f["took"], test) {
			if err := add(newID(), "participation", map[string]any{"test": test, "state": Unknown, "evidence": how(test)}); err != nil {
				return nil, err
			}
		}
	}
	if state := f.Get("pledge"); state != "" {
		if err := add(newID(), "pledge", map[string]any{"state": state}); err != nil {
			return nil, err
		}
	}
	if len(out) == 0 {
		return nil, fault.Field("outcome", "organize.phone.choose")
	}
	return out, nil
}

// kindOf fits one of the room's own to the queue.
func kindOf(apply Apply) func(context.Context, *db.Tx, offline.Event) error {
	return func(ctx context.Context, tx *db.Tx, e offline.Event) error { return apply(ctx, tx, e.At, e.ID, e.Data) }
}
