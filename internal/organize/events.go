// SPDX-License-Identifier: Apache-2.0

package organize

import (
	"context"
	"encoding/json"
	"time"

	"github.com/google/uuid"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/roster"
)

// Apply writes one event of a device, in the transaction of its sync: at is when it happened by the corrected clock, id the
// device's, data the kind's own. Called again with the same id it changes nothing. A *fault.Error is a refusal in words.
type Apply func(ctx context.Context, tx *db.Tx, at time.Time, id uuid.UUID, data json.RawMessage) error

// Events are the kinds of events that phones send, by name; what each holds:
//
//	conversation   {person, channel, outcome, issues, next_step, next_at, note, note_visibility, flag, number, whose}: the
//	               last two of a wrong number
//	assessment     {person, value, basis, conversation, corrects}
//	participation  {test, person, state, evidence}: evidence captain or sheet
//	pledge         {person, state, text_version}: signed paper that the captain holds
//	note           {person, text, visibility}
//	next_step      {person, what, due}
//	next_step_done {fact}
//	retract        {fact}: the author takes a fact of hers back
func (s *Store) Events() map[string]Apply {
	return map[string]Apply{
		"conversation": s.applyConversation, "assessment": s.applyAssessment, "participation": s.applyParticipation,
		"pledge": s.applyPledge, "note": s.applyNote, "next_step": s.applyNextStep, "next_step_done": s.applyDone, "retract": s.applyRetract,
	}
}

// read unpacks an event's data.
func read(data json.RawMessage, v any) error {
	if err := json.Unmarshal(data, v); err != nil {
		return &fault.Error{Code: fault.Invalid, Key: "organize.event_form", Err: err}
	}
	return nil
}

// told ends the work on one event with its audit entry.
func told(ctx context.Context, tx *db.Tx, err error, verb, person string) error {
	if err != nil {
		return err
	}
	e := audit.Entry{Verb: verb, Count: 1}
	if person != "" {
		e.Object, e.Subjects = "person:"+person, []string{person}
	}
	_, err = audit.Append(ctx, tx, e)
	return err
}

func (s *Store) applyConversation(ctx context.Context, tx *db.Tx, at time.Time, id uuid.UUID, data json.RawMessage) error {
	var d struct {
		Person     string
		Channel    Channel
		Outcome    Outcome
		Issues     []string
		NextStep   string      `json:"next_step"`
		NextAt     roster.Date `json:"next_at"`
		Note       string
		Visibility Visibility `json:"note_visibility"`
		Flag       bool
		Number     string
		Whose      string
	}
	if err := read(data, &d); err != nil {
		return err
	}
	err := s.RecordConversation(ctx, tx, Conversation{
		Fact: Fact{id.String(), d.Person, at}, Channel: d.Channel, Outcome: d.Outcome, Issues: d.Issues,
		NextStep: d.NextStep, NextAt: d.NextAt, Note: d.Note, Visibility: d.Visibility, Flag: d.Flag,
		Number: d.Number, Whose: d.Whose,
	})
	return told(ctx, tx, err, "conversation.add", d.Person)
}

func (s *Store) applyAssessment(ctx context.Context, tx *db.Tx, at time.Time, id uuid.UUID, data json.RawMessage) error {
	var d struct {
		Person, Conversation, Corrects string
		Value                          int
		Basis                          Basis
		Scale                          int `json:"scale_version"`
	}
	if err := read(data, &d); err != nil {
		return err
	}
	err := s.RecordAssessment(ctx, tx, Assessment{
		Fact: Fact{id.String(), d.Person, at}, Value: d.Value, Basis: d.Basis,
		Conversation: d.Conversation, Corrects: d.Corrects, Scale: d.Scale,
	})
	return told(ctx, tx, err, "assessment.add", d.Person)
}

func (s *Store) applyParticipation(ctx context.Context, tx *db.Tx, at time.Time, id uuid.UUID, data json.RawMessage) error {
	var d struct {
		Test, Person string
		State        Answer
		Evidence     Evidence
	}
	if err := read(data, &d); err != nil {
		return err
	}
	err := s.RecordParticipation(ctx, tx, Participation{Fact: Fact{id.String(), d.Person, at}, Test: d.Test, State: d.State, Evidence: d.Evidence})
	return told(ctx, tx, err, "participation.add", d.Person)
}

func (s *Store) applyPledge(ctx context.Context, tx *db.Tx, at time.Time, id uuid.UUID, data json.RawMessage) error {
	var d struct {
		Person string
		State  PledgeState
		Text   int `json:"text_version"`
	}
	if err := read(data, &d); err != nil {
		return err
	}
	err := s.RecordPaperPledge(ctx, tx, Fact{id.String(), d.Person, at}, d.State, d.Text)
	return told(ctx, tx, err, "pledge.paper", d.Person)
}

func (s *Store) applyNote(ctx context.Context, tx *db.Tx, at time.Time, id uuid.UUID, data json.RawMessage) error {
	var d struct {
		Person, Text string
		Visibility   Visibility
	}
	if err := read(data, &d); err != nil {
		return err
	}
	err := s.RecordNote(ctx, tx, Note{Fact: Fact{id.String(), d.Person, at}, Text: d.Text, Visibility: d.Visibility})
	return told(ctx, tx, err, "note.add", d.Person)
}

func (s *Store) applyNextStep(ctx context.Context, tx *db.Tx, at time.Time, id uuid.UUID, data json.RawMessage) error {
	var d struct {
		Person, What string
		Due          roster.Date
	}
	if err := read(data, &d); err != nil {
		return err
	}
	err := s.RecordFollowUp(ctx, tx, FollowUp{Fact: Fact{id.String(), d.Person, at}, What: d.What, Due: d.Due})
	return told(ctx, tx, err, "followup.add", d.Person)
}

func (s *Store) applyDone(ctx context.Context, tx *db.Tx, at time.Time, _ uuid.UUID, data json.RawMessage) error {
	var d struct{ Fact string }
	if err := read(data, &d); err != nil {
		return err
	}
	return told(ctx, tx, s.DoneFollowUp(ctx, tx, d.Fact, at), "followup.done", "")
}

func (s *Store) applyRetract(ctx context.Context, tx *db.Tx, at time.Time, _ uuid.UUID, data json.RawMessage) error {
	var d struct{ Fact string }
	if err := read(data, &d); err != nil {
		return err
	}
	return told(ctx, tx, s.Retract(ctx, tx, d.Fact, at), "fact.retract", "")
}
