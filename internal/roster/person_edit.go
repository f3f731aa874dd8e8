// SPDX-License-Identifier: Apache-2.0

package roster

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
)

// step is one column that changed: what undo sets back.
type step struct {
	Table  string `json:"t"`
	ID     string `json:"i"`
	Person string `json:"p"`
	Column string `json:"c"`
	Before any    `json:"b"`
	After  any    `json:"a"`
}

// editing is one edit of one person under way: everything it does is written, journalled and remembered for undo.
type editing struct {
	ctx     context.Context //nolint:containedctx // lives as long as one transaction
	tx      *db.Tx
	by      author
	f       *file
	own     bool // the person herself edits
	today   Date
	form    url.Values
	steps   []step
	touched []string // people beside her whose derived rows change
	final   bool     // cannot be undone by a tap
	out     func(context.Context, *db.Tx, []string) error
	tell    func(context.Context, *db.Tx, []string) error
}

// act is one kind of edit. own: a member may do it to herself.
type act struct {
	own bool
	do  func(*editing) error
}

var acts = map[string]act{
	"status":         {do: (*editing).status},
	"leave":          {do: (*editing).leave},
	"name":           {own: true, do: (*editing).name},
	"about":          {own: true, do: (*editing).about},
	"contact":        {own: true, do: (*editing).addContact},
	"contact-mark":   {own: true, do: (*editing).markContact},
	"contact-remove": {own: true, do: (*editing).removeContact},
	"job":            {do: (*editing).addJob},
	"job-change":     {do: (*editing).changeJob},
	"job-end":        {do: (*editing).endJob},
}

// edited is what came of an edit.
type edited struct {
	Undo string // under which the caller may take it back for an hour; "" when nothing changed or a tap cannot take it back
	FTE  int    // sum over live jobs afterwards, hundredths
}

// Edit changes a person by hand: what is one of acts, the values come from the form. The change, its journal, the derived rows and
// the audit entry are one transaction. Errors: Missing, also out of reach; Forbidden; Invalid by field; Conflict.
func (s *Store) edit(ctx context.Context, id, what string, form url.Values) (edited, error) {
	a, ok := acts[what]
	if !ok {
		return edited{}, fault.New(fault.Missing, "web.missing")
	}
	return db.InTx(ctx, s.d, func(tx *db.Tx) (edited, error) {
		e, err := s.begin(ctx, tx, id, a.own)
		if err != nil {
			return edited{}, err
		}
		e.form = form
		if err := a.do(e); err != nil {
			return edited{}, err
		}
		if len(e.steps) == 0 {
			return edited{FTE: -1}, nil
		}
		if err := e.finish("person.edit", what); err != nil {
			return edited{}, err
		}
		out := edited{FTE: -1}
		if !e.final {
			if out.Undo, err = keepSteps(ctx, tx, id, e.steps); err != nil {
				return edited{}, err
			}
		}
		if strings.HasPrefix(what, "job") {
			if out.FTE, err = e.sum(); err != nil {
				return edited{}, err
			}
		}
		return out, nil
	})
}

// begin reads the person for an edit. Errors: Missing when she is out of reach, Forbidden when she may be read but not edited.
func (s *Store) begin(ctx context.Context, tx *db.Tx, id string, ownToo bool) (*editing, error) {
	all, own, err := mayEdit(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	if !all && (!own || !ownToo) {
		if ok, err := inReach(ctx, tx, reach(ctx, auth.PersonRead), id); err != nil || !ok {
			return nil, cmpOr(err, missing())
		}
		return nil, fault.New(fault.Forbidden, "roster.edit.not_yours")
	}
	found, err := filesOf(ctx, tx, []string{id})
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, missing()
	}
	today, err := s.today(ctx, tx)
	if err != nil {
		return nil, err
	}
	me, err := myself(ctx, tx)
	return &editing{ctx: ctx, tx: tx, by: byHand(ctx), f: found[0], own: me == id, today: today, out: s.out, tell: s.tell}, err
}

func cmpOr(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}

func (e *editing) finish(verb, detail string) error {
	ids := append(slices.Clone(e.touched), e.f.ID)
	if err := errors.Join(refresh(e.ctx, e.tx, e.today, slices.Clone(ids)), e.tell(e.ctx, e.tx, ids)); err != nil {
		return err
	}
	if err := changed(e.ctx, e.tx); err != nil {
		return err
	}
	for _, st := range e.steps {
		if err := e.out(e.ctx, e.tx, outed([]field{{table: st.Table, id: st.ID, column: st.Column, after: st.After}})); err != nil {
			return err
		}
	}
	_, err := audit.Append(e.ctx, e.tx, audit.Entry{Verb: verb, Object: "person:" + e.f.ID, Detail: detail, Subjects: ids, Count: 1})
	return err
}

// set writes one column, unless it holds the value already.
func (e *editing) set(table, id, column string, before, after any) error {
	return e.setOf(e.f.ID, table, id, column, before, after)
}

func (e *editing) setOf(person, table, id, column string, before, after any) error {
	if before == after {
		return nil
	}
	if err := set(e.ctx, e.tx, e.by, field{table: table, id: id, person: person, column: column, before: before, after: after}); err != nil {
		return err
	}
	e.steps = append(e.steps, step{table, id, person, column, before, after})
	return nil
}

// added remembers that undo of a new row is to void it.
func (e *editing) added(table, id, column string, before, after any) {
	e.steps = append(e.steps, step{table, id, e.f.ID, column, after, before})
}

func (e *editing) value(name string) string { return clean(e.form.Get(name)) }

// now is the instant of the edit, for columns that hold one.
func (e *editing) now() int64 { return e.tx.Now.UnixMilli() }

func (e *editing) sum() (int, error) {
	f, err := filesOf(e.ctx, e.tx, []string{e.f.ID})
	if err != nil || len(f) == 0 {
		return -1, err
	}
	sum := -1
	for _, j := range f[0].jobs(e.today) {
		if j.FTE >= 0 {
			sum = max(sum, 0) + j.FTE
		}
	}
	return sum, nil
}

// status changes whether she belongs to the unit. It always has a reason: the denominator rests on it.
func (e *editing) status() error {
	to, why := UnitStatus(e.value("unit_status")), e.value("why")
	switch {
	case !slices.Contains(UnitStatuses, to):
		return fault.Field("unit_status", "roster.edit.status_unknown")
	case why == "" || len(why) > 400:
		return fault.Field("why", "roster.edit.why_needed")
	}
	if err := e.set("person", e.f.ID, "unit_status", string(e.f.UnitStatus), string(to)); err != nil {
		return err
	}
	return e.set("person", e.f.ID, "unit_status_why", e.f.UnitStatusWhy, why)
}

// leave says whether she is on leave, of all the jobs that she holds.
func (e *editing) leave() error {
	for _, j := range e.f.jobs(e.today) {
		if err := e.set("employment", j.ID, "on_leave", bit(j.OnLeave), bit(e.value("on_leave") == "yes")); err != nil {
			return err
		}
	}
	return nil
}

// name sets the name she goes by, from today; nothing typed means her legal name again.
func (e *editing) name() error {
	given, family := e.value("given"), e.value("family")
	for _, n := range e.f.names {
		if n.Kind == Preferred && given == n.Name.Given && family == n.Name.Family {
			return nil
		}
	}
	if given == "" && family == "" {
		for _, n := range e.f.names {
			if n.Kind == Preferred {
				if err := e.set("person_name", n.ID, "voided_at", int64(0), e.now()); err != nil {
					return err
				}
			}
		}
		return nil
	}
	if len(given)+len(family) > 200 {
		return fault.Field("given", "roster.edit.too_long")
	}
	n := PersonName{ID: newID(), PersonID: e.f.ID, Kind: Preferred, Name: Name{Given: given, Family: family}, From: e.today}
	if err := add(e.ctx, e.tx, e.by, additions{names: []PersonName{n}}); err != nil {
		return err
	}
	e.added("person_name", n.ID, "voided_at", int64(0), e.now())
	return nil
}

// about sets pronouns and languages.
func (e *editing) about() error {
	var languages []string
	for l := range strings.SplitSeq(e.value("languages"), ",") {
		if l = clean(l); !blank(l) && !slices.Contains(languages, l) {
			languages = append(languages, l)
		}
	}
	if len(e.value("pronouns")) > 60 || len(languages) > 12 {
		return fault.Field("pronouns", "roster.edit.too_long")
	}
	if err := e.set("person", e.f.ID, "pronouns", e.f.Pronouns, e.value("pronouns")); err != nil {
		return err
	}
	return e.set("person", e.f.ID, "languages", jsonList(e.f.Languages), jsonList(languages))
}
