// SPDX-License-Identifier: Apache-2.0

package line

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
)

// sqlUnmade are the places of a plan that are not accepted, from one on: by the primary key, and the role of whoever would leave by shift_entry_live.
const sqlUnmade = placeColumns + `, COALESCE((SELECT MIN(e.role) FROM shift_entry e WHERE e.shift_id = p.from_shift AND e.person_id = p.person_id AND e.state <> 'cancelled'), '')` +
	fromPlaces + `WHERE p.plan_id = $1 AND p.outcome <> 'accepted' AND (p.person_id, p.shift_id, p.from_shift) > ($2, $3, $4)
	ORDER BY p.person_id, p.shift_id, p.from_shift LIMIT $5`

// unmade returns all places of a plan that are open or were refused, those first who only go. A plan may have any number of places, and they are read by the
// thousand.
func unmade(ctx context.Context, tx *db.Tx, id string) (all []Place, err error) {
	scan := func(r *sql.Rows) (Place, error) {
		var left Role
		p, err := scanPlace(r, &left)
		p.left = left
		return p, err
	}
	for last := (Place{}); ; last = all[len(all)-1] {
		some, err := db.All(ctx, tx, scan, sqlUnmade, id, last.Person, last.Shift, last.From, openRead)
		if err != nil {
			return nil, fmt.Errorf("read open places: %w", err)
		}
		if all = append(all, some...); len(some) < openRead {
			break
		}
	}
	slices.SortStableFunc(all, func(a, b Place) int {
		return cmp.Or(bit(a.Shift != "")-bit(b.Shift != ""), cmp.Compare(a.Shift, b.Shift), cmp.Compare(a.Role, b.Role))
	})
	return all, nil
}

const openRead = 5000

// bundles puts changes together that must be made together: what one person leaves and gets elsewhere; and who comes to a full place with one who leaves
// such a one, she with one who leaves where she goes, and so on: to a place with room, to one who only goes, or round. People are alike to a shift, so that
// thousands who change places fall into rounds of a few, and each is made, or refused, for itself. Those of several come first, the others in their order.
func bundles(ctx context.Context, tx *db.Tx, all []Place) ([][]Place, error) {
	leaving, goes, to := map[seat][]int{}, map[string]int{}, map[seat]bool{}
	for i := range all {
		p := &all[i]
		if p.From != "" {
			at := seat{p.From, p.left}
			leaving[at], goes[p.Person] = append(leaving[at], i), i
		}
		to[p.seat()] = true
	}
	room, err := roomAt(ctx, tx, to)
	if err != nil {
		return nil, err
	}
	head, placed := make([]int, len(all)), make([]bool, len(all)) // head is a forest: who stands for her bundle
	root := func(i int) int {
		for head[i] != i {
			head[i] = head[head[i]]
			i = head[i]
		}
		return i
	}
	together := func(some []int) {
		for _, i := range some {
			head[root(i)], placed[i] = root(some[0]), true
		}
	}
	for i := range all {
		head[i] = i
	}
	for i := range all {
		if j, ok := goes[all[i].Person]; ok {
			head[root(i)] = root(j)
		}
	}
	follow := func(i int) {
		way, step := []int{i}, map[seat]int{all[i].seat(): 0} // each of way needs the next to go; which of them comes to a place
		for {
			at := all[way[len(way)-1]].seat()
			if room[at] > 0 || len(leaving[at]) == 0 {
				room[at]--
				together(way)
				return
			}
			j := leaving[at][0]
			leaving[at] = leaving[at][1:]
			if placed[j] || j == i {
				together(append(way, j))
				return
			}
			next := all[j].seat()
			if k, ok := step[next]; ok {
				for _, i := range way[k+1:] {
					delete(step, all[i].seat())
				}
				together(append(way[k+1:], j))
				way = way[:k+1]
				continue
			}
			step[next] = len(way)
			way = append(way, j)
		}
	}
	for _, stays := range []bool{true, false} { // nobody needs those to go who only come: ways begin there
		for i := range all {
			if (all[i].From == "") == stays && !placed[i] {
				follow(i)
			}
		}
	}
	members, order := map[int][]Place{}, []int(nil)
	for i := range all {
		at := root(i)
		if members[at] == nil {
			order = append(order, at)
		}
		members[at] = append(members[at], all[i])
	}
	var out [][]Place
	for _, several := range []bool{true, false} {
		for _, at := range order {
			if len(members[at]) > 1 == several {
				out = append(out, members[at])
			}
		}
	}
	return out, nil
}

// roomAt returns how many places are free, of each kind that is asked for.
func roomAt(ctx context.Context, tx *db.Tx, of map[seat]bool) (map[seat]int, error) {
	out := map[seat]int{}
	var shifts []string
	for at := range of {
		shifts = append(shifts, at.shift)
	}
	slices.Sort(shifts)
	for part := range slices.Chunk(slices.Compact(shifts), 500) {
		var args db.Args
		err := tx.Rows(ctx, `SELECT shift_id, role, max - taken FROM need WHERE shift_id IN `+args.In(part)+` ORDER BY shift_id, role LIMIT 20000`, args, func(r *sql.Rows) error {
			var at seat
			var n int
			err := r.Scan(&at.shift, &at.role, &n)
			if of[at] {
				out[at] = n
			}
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("read free places: %w", err)
		}
	}
	return out, nil
}

// Accept makes what a plan proposes: all that is open, or what pick says, those refused before among it. Each place is booked by the same rules as a sign-up. Those
// who follow one another, or change places, go together; one that cannot be is refused with its reason, whoever needs her place with her, and the rest goes on:
// who does not get her new place keeps the old one. What was booked stays so when ctx ends on the way, and the rest stays open. progress may be nil.
// Errors: Missing.
func (s *Store) Accept(ctx context.Context, id string, pick func(*Place) bool, progress func(done, total int)) (booked, refused int, err error) {
	if err := whole(ctx); err != nil {
		return 0, 0, err
	}
	if pick == nil {
		pick = func(p *Place) bool { return p.Outcome == "" }
	}
	total := 0
	left, err := db.InRead(ctx, s.d, func(tx *db.Tx) ([][]Place, error) {
		if _, err := planOf(ctx, tx, id); err != nil {
			return nil, err
		}
		all, err := unmade(ctx, tx, id)
		if err != nil {
			return nil, err
		}
		all = slices.DeleteFunc(all, func(p Place) bool { return !pick(&p) })
		total = len(all)
		return bundles(ctx, tx, all)
	})
	if err != nil {
		return 0, 0, err
	}
	for done := 0; len(left) > 0; {
		if progress != nil {
			progress(done, total)
		}
		if err := ctx.Err(); err != nil {
			return booked, refused, err
		}
		did, err := db.InTx(ctx, s.d, func(tx *db.Tx) (batch, error) { return s.acceptSome(ctx, tx, id, left) })
		if err != nil {
			return booked, refused, cmp.Or(ctx.Err(), err)
		}
		booked, refused, done, left = booked+did.booked, refused+did.refused, done+did.places, left[did.n:]
	}
	return booked, refused, nil
}

// Some places are booked in one transaction, since ending one costs more than a place does; and few, since nobody else writes meanwhile. On PostgreSQL
// it is one bundle: whoever keeps the locks of several people and shifts can stand in a circle with others who do.
const (
	batchMost = 25
	batchSpan = 50 * time.Millisecond
)

type batch struct{ n, places, booked, refused int }

// acceptSome makes the first bundles of left, each as a part that can be refused alone.
func (s *Store) acceptSome(ctx context.Context, tx *db.Tx, plan string, left [][]Place) (did batch, err error) {
	all, err := s.strikes(ctx, tx)
	if err != nil {
		return did, err
	}
	if ctx, err = auth.Still(ctx, tx); err != nil { // it takes its time, and what she may can end meanwhile
		return did, err
	}
	if err := whole(ctx); err != nil {
		return did, err
	}
	ctx = context.WithValue(ctx, strikesKnown{}, all)
	for began := time.Now(); did.n < len(left) && (did.n == 0 || did.places+len(left[did.n]) <= batchMost && tx.Engine == db.SQLite && time.Since(began) < batchSpan); did.n++ {
		booked, refused, err := s.acceptBundle(ctx, tx, plan, left[did.n])
		if err != nil {
			return did, err
		}
		did.booked, did.refused, did.places = did.booked+booked, did.refused+refused, did.places+len(left[did.n])
	}
	return did, nil
}

// errAnew ends a part in which not all could be made: it is made again without them.
var errAnew = errors.New("some cannot be made")

// acceptBundle makes what of a bundle can be made, as a whole. Whoever is refused stays where she is, and so does everybody who would have needed her place: one
// after the other is left out until the rest fits.
func (s *Store) acceptBundle(ctx context.Context, tx *db.Tx, plan string, places []Place) (booked, refused int, err error) {
	if err := tx.Lock(ctx, "line:plan:"+plan); err != nil { // two who accept one plan would hold what each refused, and wait for the other's
		return 0, 0, fmt.Errorf("lock plan: %w", err)
	}
	places = slices.Clone(places)
	var record []audit.Entry
	for len(places) > 0 {
		var reasons map[int]*fault.Error
		out := map[int]bool{}
		err := db.Nested(ctx, tx, func() (err error) {
			for i := range places { // somebody else may have settled some meanwhile
				took, err := settle(ctx, tx, plan, &places[i], "accepted", "")
				if err != nil {
					return err
				}
				if !took {
					out[i] = true
				}
			}
			if len(out) > 0 {
				return errAnew
			}
			if reasons, err = s.exchange(ctx, tx, places, nil); err == nil && len(reasons) > 0 {
				return errAnew
			}
			return err
		})
		if err != nil && !errors.Is(err, errAnew) {
			return booked, refused, err
		}
		outcome := "accepted"
		if err != nil {
			outcome = "refused"
		}
		for i := range places {
			p := &places[i]
			if outcome == "refused" {
				if reasons[i] == nil {
					continue
				}
				out[i] = true
				why, err := explained(ctx, tx, plan, p, reasons[i])
				if err != nil {
					return booked, refused, err
				}
				if took, err := settle(ctx, tx, plan, p, outcome, inColumn(why)); err != nil {
					return booked, refused, err
				} else if !took {
					continue
				}
				refused++
			} else {
				booked++
			}
			record = append(record, audit.Entry{Verb: "line.plan_accept", Object: "plan:" + plan, Detail: outcome, Subjects: []string{p.Person}, Count: 1})
		}
		if err == nil {
			break
		}
		var rest []Place
		for i := range places {
			if !out[i] {
				rest = append(rest, places[i])
			}
		}
		places = rest
	}
	for _, one := range record {
		if err := s.done(ctx, tx, one); err != nil {
			return booked, refused, err
		}
	}
	return booked, refused, nil
}

// explained says of a place that is full for whom it waits, if the plan itself has somebody leave one there.
func explained(ctx context.Context, tx *db.Tx, plan string, p *Place, reason *fault.Error) (*fault.Error, error) {
	if reason.Key != keyFull {
		return reason, nil
	}
	var n int
	err := tx.Row(ctx, `SELECT COUNT(*) FROM line_plan_place q JOIN shift_entry e ON e.shift_id = q.from_shift AND e.person_id = q.person_id
		WHERE q.plan_id = $1 AND q.from_shift = $2 AND q.outcome <> 'accepted' AND e.held = 1 AND e.role = $3`, plan, p.Shift, string(p.Role)).Scan(&n)
	if err != nil {
		return nil, fmt.Errorf("look who would make room: %w", err)
	}
	if n == 0 {
		return reason, nil
	}
	args := map[string]any{"N": n}
	maps.Copy(args, reason.Args)
	return &fault.Error{Code: fault.Conflict, Key: keyFullUntil, Args: args}, nil
}

const keyFullUntil = "line.plan_full"

// again marks those that were refused since nothing was free, where something is by now, or whoever would make room can be accepted with them.
func again(ctx context.Context, tx *db.Tx, plan string, places []Place) error {
	full := map[seat]bool{}
	for i := range places {
		p := &places[i]
		if p.Outcome == "refused" && (p.Refusal == keyFull || p.Refusal == keyFullUntil) {
			p.Again = p.Shift == "" // her new place was full
			full[p.seat()] = true
		}
	}
	room, err := roomAt(ctx, tx, full)
	if err != nil {
		return err
	}
	asked := map[seat]bool{}
	for i := range places {
		p, at := &places[i], places[i].seat()
		if p.Outcome != "refused" || !full[at] {
			continue
		}
		if room[at] < 1 && !asked[at] {
			asked[at] = true
			why, err := explained(ctx, tx, plan, p, &fault.Error{Code: fault.Conflict, Key: keyFull})
			if err != nil {
				return err
			}
			room[at] = bit(why.Key == keyFullUntil)
		}
		p.Again = p.Again || room[at] > 0
	}
	return nil
}

// settle records what became of a place, unless something else did since it was read.
func settle(ctx context.Context, tx *db.Tx, plan string, p *Place, outcome, why string) (bool, error) {
	n, err := tx.ExecN(ctx, `UPDATE line_plan_place SET outcome = $1, refusal = $2 WHERE plan_id = $3 AND person_id = $4 AND shift_id = $5 AND from_shift = $6 AND outcome = $7`,
		outcome, why, plan, p.Person, p.Shift, p.From, p.Outcome)
	if err != nil {
		return false, fmt.Errorf("note outcome: %w", err)
	}
	return n == 1, nil
}

// inColumn writes a reason as scanPlace reads it: its key, and its arguments as JSON if it has any.
func inColumn(reason *fault.Error) string {
	if len(reason.Args) == 0 {
		return reason.Key
	}
	args, err := json.Marshal(reason.Args)
	if err != nil {
		return reason.Key // texts and numbers alone come here
	}
	return reason.Key + " " + string(args)
}
