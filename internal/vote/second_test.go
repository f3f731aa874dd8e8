// SPDX-License-Identifier: Apache-2.0

package vote_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/tenday/tenday/ballot"
	"github.com/tenday/tenday/internal/app/apptest"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/vote"
)

// at is the caller of ctx at a device.
func at(ctx context.Context, device string) context.Context {
	id := *auth.By(ctx)
	id.Device = device
	return auth.As(ctx, &id)
}

// refused says what an act of two was answered: its key, or "" when it went through.
func refused(err error) string {
	if err == nil {
		return ""
	}
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return f.Key
	}
	return err.Error()
}

// One officer with every account that she can make is still one: nothing that counts happens by her alone.
func TestOneOfficerWithPuppetsMovesNothing(t *testing.T) {
	t.Parallel()

	h := apptest.New(t)
	e := drafted(t, h, draft(h))
	officer, other := h.As("officer"), second(t, h)
	h.Account["puppet"] = account(t, h, officer, "puppet", "", auth.Officer)
	check(t, h.Vote.Ask(at(officer, "laptop"), e.id, vote.AskFreeze, vote.Wish{}))
	ask := e.ask(vote.AskFreeze)
	for name, test := range map[string]struct {
		ctx  context.Context
		want string
	}{
		"herself":                       {officer, "vote.second.self"},
		"herself at another device":     {at(officer, "phone"), "vote.second.self"},
		"somebody she invited":          {h.As("puppet"), "vote.second.invited"},
		"another officer at her device": {at(other, "laptop"), "vote.second.device"},
		"who may not confirm":           {h.As("lead"), "auth.not_your_role"},
		"a member":                      {h.As("member"), "auth.not_your_role"},
	} {
		if got := refused(h.Vote.Confirm(test.ctx, e.id, ask.ID)); got != test.want {
			t.Errorf("%s confirms: %q, want %q", name, got, test.want)
		}
	}
	if v := e.vote(); v.State != vote.Drafted {
		t.Fatalf("the vote is %s", v.State)
	}
	check(t, h.Vote.Ask(h.As("puppet"), e.id, vote.AskFreeze, vote.Wish{}))
	if got := refused(h.Vote.Confirm(officer, e.id, e.ask(vote.AskFreeze).ID)); got != "vote.second.invited" {
		t.Errorf("the puppet asks and she confirms: %q", got)
	}
	if got := refused(h.Vote.Confirm(at(other, "phone"), e.id, ask.ID)); got != "vote.ask.over" {
		t.Errorf("an ask that was replaced is confirmed: %q", got)
	}
	check(t, h.Vote.Confirm(at(other, "phone"), e.id, e.ask(vote.AskFreeze).ID))
	if v := e.vote(); v.State != vote.Rolled {
		t.Errorf("the vote is %s", v.State)
	}
}

// Two records of one person that were merged are one human, on either side of an act and among the trustees.
func TestMergedRecordsAreOneHuman(t *testing.T) {
	t.Parallel()

	h := apptest.New(t)
	e := drafted(t, h, draft(h))
	one, two := h.Person["Ingrid Dahl"], h.Person["Peter Dahl"]
	h.Account["one"] = account(t, h, t.Context(), "one", one, auth.Officer)
	h.Account["two"] = account(t, h, t.Context(), "two", two, auth.Officer)
	three, four := h.Person["Omar Farah"], h.Person["Wilma Westberg"]
	h.Account["three"] = account(t, h, t.Context(), "three", three, auth.Lead)
	h.Account["four"] = account(t, h, t.Context(), "four", four, auth.Lead)
	check(t, db.Do(t.Context(), h.DB, func(tx *db.Tx) error {
		for into, from := range map[string]string{one: two, three: four} {
			if _, err := tx.Exec(t.Context(), `UPDATE person SET merged_into = $1 WHERE id = $2`, into, from); err != nil {
				return err
			}
		}
		return nil
	}))
	check(t, h.Vote.Ask(h.As("one"), e.id, vote.AskFreeze, vote.Wish{}))
	ask := e.ask(vote.AskFreeze).ID
	if got := refused(h.Vote.Confirm(h.As("two"), e.id, ask)); got != "vote.second.self" {
		t.Errorf("her other account confirms: %q", got)
	}
	check(t, h.Vote.Confirm(second(t, h), e.id, ask))
	crew := e.crew(3)
	if got := refused(h.Vote.Ask(h.As("officer"), e.id, vote.AskAppoint, vote.Wish{Crew: []string{crew[0], crew[1], h.Account["three"], h.Account["four"]}})); got != "vote.holder.two_parts" {
		t.Errorf("one human with two keys: %q", got)
	}
}

// Whoever confirmed a step is an officer of the vote: she holds no part of it, and who holds one confirms nothing.
func TestPartsAndActsAreInDifferentHands(t *testing.T) {
	t.Parallel()

	h := apptest.New(t)
	e := drafted(t, h, draft(h))
	h.Account["committee"] = account(t, h, t.Context(), "committee", "", "strike_committee")
	check(t, h.Vote.Ask(h.As("officer"), e.id, vote.AskFreeze, vote.Wish{}))
	check(t, h.Vote.Confirm(h.As("committee"), e.id, e.ask(vote.AskFreeze).ID))
	crew := e.crew(3)
	if got := refused(h.Vote.Ask(h.As("officer"), e.id, vote.AskAppoint, vote.Wish{Crew: []string{crew[0], crew[1], crew[2], h.Account["committee"]}})); got != "vote.holder.officer" {
		t.Errorf("who confirmed the roll becomes a trustee: %q", got)
	}
	h.Account["fresh"] = account(t, h, t.Context(), "fresh", "", "strike_committee")
	check(t, h.Vote.Ask(h.As("officer"), e.id, vote.AskAppoint, vote.Wish{Crew: []string{crew[0], crew[1], crew[2], h.Account["fresh"]}}))
	if got := refused(h.Vote.Confirm(h.As("fresh"), e.id, e.ask(vote.AskAppoint).ID)); got != "vote.holder.apart" {
		t.Errorf("a trustee confirms her own appointment: %q", got)
	}
	check(t, h.Vote.Confirm(h.As("committee"), e.id, e.ask(vote.AskAppoint).ID))
	check(t, h.Vote.Ask(h.As("officer"), e.id, vote.AskCallOff, vote.Wish{Note: "Too early."}))
	if got := refused(h.Vote.Confirm(h.As("fresh"), e.id, e.ask(vote.AskCallOff).ID)); got != "vote.holder.apart" {
		t.Errorf("a trustee calls off: %q", got)
	}
}

// What is confirmed is what was asked for: a draft that was changed meanwhile, or a roll, takes a new ask.
func TestWhatChangedMeanwhileIsNotConfirmed(t *testing.T) {
	t.Parallel()

	h := apptest.New(t)
	d := draft(h)
	e := drafted(t, h, d)
	check(t, h.Vote.Ask(h.As("officer"), e.id, vote.AskFreeze, vote.Wish{}))
	ask := e.ask(vote.AskFreeze).ID
	d.Question = "Shall the committee be dissolved?"
	_, err := h.Vote.Draft(h.As("officer"), e.id, d)
	check(t, err)
	if got := refused(h.Vote.Confirm(second(t, h), e.id, ask)); got != "vote.changed_meanwhile" {
		t.Errorf("another question is confirmed: %q", got)
	}
	check(t, e.agree(vote.AskFreeze, vote.Wish{}))
	check(t, e.agree(vote.AskAppoint, vote.Wish{Crew: e.crew(3)}))
	e.sharedKey(d)
	e.handIn()
	check(t, h.Vote.Ask(h.As("officer"), e.id, vote.AskSeal, vote.Wish{}))
	ask = e.ask(vote.AskSeal).ID
	check(t, h.Vote.HandIn(h.As(credentialOfficer), e.id, nil))
	e.private = map[string]ballot.Credential{}
	e.handIn()
	if got := refused(h.Vote.Confirm(second(t, h), e.id, ask)); got != "vote.changed_meanwhile" {
		t.Errorf("another list of credentials is sealed: %q", got)
	}
	check(t, h.Vote.Drop(second(t, h), e.id, ask))
	check(t, e.agree(vote.AskSeal, vote.Wish{}))
}

// Two officers race to confirm and to drop: one wins, the act happens once.
func TestAnAskHasOneWord(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		e := drafted(t, h, draft(h))
		check(t, h.Vote.Ask(h.As("officer"), e.id, vote.AskFreeze, vote.Wish{}))
		ask, other := e.ask(vote.AskFreeze).ID, second(t, h)
		errs := make(chan error, 6)
		for i := range cap(errs) {
			go func() {
				if i%2 == 0 {
					errs <- h.Vote.Drop(other, e.id, ask)
					return
				}
				errs <- h.Vote.Confirm(other, e.id, ask)
			}()
		}
		got := map[fault.Code]int{}
		for range cap(errs) {
			got[fault.CodeOf(<-errs)]++
		}
		if got[fault.OK] != 1 || got[fault.Conflict] != 5 {
			t.Errorf("%v", got)
		}
	})
}

// Once a trustee has decrypted, nobody can keep the result from the others; before that, it takes two.
func TestNoVoteIsCalledOffOnceSomebodyMayKnowTheResult(t *testing.T) {
	t.Parallel()

	h := apptest.New(t)
	e := opened(t, h, draft(h))
	e.cast("0001", 0, 0, 1)
	check(t, h.Vote.Ask(h.As("officer"), e.id, vote.AskCallOff, vote.Wish{Note: "It does not go well."}))
	if v := e.vote(); v.State != vote.Open {
		t.Errorf("one officer called off an open vote: %s", v.State)
	}
	e.close()
	check(t, h.Vote.Ask(h.As("officer"), e.id, vote.AskCallOff, vote.Wish{Note: "Before anybody looks."}))
	ask := e.ask(vote.AskCallOff).ID
	check(t, e.decrypt(1))
	if got := refused(h.Vote.Confirm(second(t, h), e.id, ask)); got != "vote.call_off.decrypted" {
		t.Errorf("called off after a decryption: %q", got)
	}
	if got := refused(h.Vote.Ask(h.As("officer"), e.id, vote.AskCallOff, vote.Wish{Note: "No."})); got != "vote.call_off.decrypted" {
		t.Errorf("asked for after a decryption: %q", got)
	}
	check(t, e.decrypt(2))
	if v := e.vote(); v.State != vote.Counted {
		t.Errorf("the vote is %s", v.State)
	}
}

// A challenge is decided by somebody else than who filed it; whoever it is about is told, sees it, says her part and appeals.
func TestAChallengeIsDecidedByAnotherAndItsSubjectIsHeard(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		sent := &post{}
		h.Vote.Mail = sent
		e := rolled(t, h, draft(h))
		officer, other, subject, id := h.As("officer"), second(t, h), h.As("member"), e.id
		check(t, h.Vote.Challenge(officer, id, "strike", h.Person["Katherine Nguyen"], "She moved to another unit."))
		e.jobs()
		if n := len(sent.all); n != 1 || sent.all[0].To != "katherine.nguyen@mail.example.org" || strings.Contains(sent.all[0].Text, "Nguyen") {
			t.Fatalf("she was told: %+v", sent.all)
		}
		mine, err := h.Vote.Challenges(subject, id)
		check(t, err)
		if len(mine) != 1 || mine[0].Reason != "She moved to another unit." || !mine[0].Mine {
			t.Fatalf("she sees %+v", mine)
		}
		c := mine[0].ID
		if others, err := h.Vote.Challenges(h.As("captain"), id); err != nil || len(others) != 0 {
			t.Errorf("a captain sees %+v %v", others, err)
		}
		decide := func(ctx context.Context, event string) string {
			return refused(h.Vote.Decide(ctx, id, c, event, "Because."))
		}
		for who, ctx := range map[string]context.Context{"who filed it": officer, "whom it is about": subject, "a captain": h.As("captain")} {
			if got := decide(ctx, "allow"); got == "" {
				t.Errorf("%s decides", who)
			}
		}
		if got := decide(subject, "answer"); got != "" {
			t.Errorf("she may not say her part: %s", got)
		}
		if got := decide(other, "allow"); got != "" {
			t.Errorf("another officer decides: %s", got)
		}
		o, err := h.Vote.Overview(subject, id)
		check(t, err)
		if o.Mine != vote.Struck {
			t.Errorf("she is %s", o.Mine)
		}
		if got := decide(subject, "appeal"); got != "" {
			t.Errorf("she may not appeal: %s", got)
		}
		if got := decide(other, "refuse"); got != "vote.second.self" {
			t.Errorf("the same officer decides the appeal: %q", got)
		}
		h.Account["third"] = account(t, h, t.Context(), "third", "", "strike_committee")
		if got := decide(h.As("third"), "refuse"); got != "" {
			t.Errorf("a third person decides the appeal: %s", got)
		}
		if got := decide(subject, "appeal"); got != "vote.challenge.not_now" {
			t.Errorf("a second appeal: %q", got)
		}
		o, err = h.Vote.Overview(subject, id)
		check(t, err)
		if o.Mine != vote.Electronic {
			t.Errorf("she is %s after her appeal", o.Mine)
		}
		e.jobs()
		if len(sent.all) != 4 {
			t.Errorf("%d mails: filed, allowed, appealed, refused", len(sent.all))
		}
		if err := h.Vote.Challenge(h.As("captain"), id, "strike", h.Person["Ingrid Dahl"], "I do not like her."); fault.CodeOf(err) != fault.Forbidden {
			t.Errorf("a captain strikes: %v", err)
		}
		if err := h.Vote.Challenge(subject, id, "add", "", "Me too."); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("who is on the roll asks to be on it: %v", err)
		}
	})
}
