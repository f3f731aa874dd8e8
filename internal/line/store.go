// SPDX-License-Identifier: Apache-2.0

package line

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/mail"
	"github.com/tenday/tenday/internal/work"
)

// Topic is touched whenever a line, a booking or a check-in changes.
const Topic = "line"

// Store is the room's. The fields are set before the first request.
type Store struct {
	d     *db.DB
	audit *audit.Log
	works work.Desk

	Mail    mail.Sender // nil: nothing is sent, and the operator's page shows it
	Texts   Texter      // nil: no gateway; texts go from captains' phones
	BaseURL string
	Held    func(ctx context.Context, tx *db.Tx) (until time.Time, held bool, err error) // somebody's Hold, a zero end until it is released; nil: nothing is held
	Strikes func(ctx context.Context, tx *db.Tx) ([]Strike, error)                       // all but drafts, closed ones too: their hours are counted still; nil: lines stand alone
}

// Texter sends a text message. Its second implementation comes with the gateway.
type Texter interface {
	Text(ctx context.Context, to, words string) error
}

// NewStore returns the store of d.
func NewStore(d *db.DB, log *audit.Log) *Store {
	return &Store{d: d, audit: log, works: work.Desk{Busy: "line.plan_busy"}}
}

// LogTo says where errors of plans stand that are made or accepted while nobody looks. Set before the first request.
func (s *Store) LogTo(log *slog.Logger) { s.works.Log = log }

// Close ends the plans that are being made or accepted and waits for them: what was booked stays, the rest stays open.
func (s *Store) Close() error { return s.works.Close() }

// Strike is what a line needs to know of the act it belongs to.
type Strike struct {
	ID, Title, State, Zone string
	Starts, Ends           time.Time // a zero end is open
	On                     time.Time // since when it is on, or was: check-ins count from then. Zero: it never began
	FactsVersion           int
}

// on says whether a check-in at that moment counts: from when the strike began, and always at a line that stands alone.
func (s Strike) on(at time.Time) bool {
	return s.ID == "" || !s.On.IsZero() && !at.Before(s.On)
}

// waits says whether it is still to begin, or did not at its minute because two people have not said Go.
func (s Strike) waits() bool { return s.State == "planned" || s.State == "noticed" }

// off says whether nobody stands on lines for it any more, or not yet by anybody's decision.
func (s Strike) off() bool {
	return slices.Contains([]string{"called_off", "suspended", "settled", "closed"}, s.State)
}

// strike returns what a line belongs to; the zero Strike for a line that stands alone.
func (s *Store) strike(ctx context.Context, tx *db.Tx, id string) (Strike, error) {
	if id == "" || s.Strikes == nil {
		return Strike{}, nil
	}
	all, err := s.strikes(ctx, tx)
	return all.of(id), err
}

// known are the strikes that are no drafts, as they stand in one transaction: who asks of many lines reads them once. nil: lines stand alone.
type known []Strike

// strikesKnown is the key of a context that carries what was read of the strikes, for as long as one transaction: to read them takes longer than to book.
type strikesKnown struct{}

func (s *Store) strikes(ctx context.Context, tx *db.Tx) (known, error) {
	if s.Strikes == nil {
		return nil, nil
	}
	if all, ok := ctx.Value(strikesKnown{}).(known); ok {
		return all, nil
	}
	all, err := s.Strikes(ctx, tx)
	if err != nil {
		return nil, fmt.Errorf("read strikes: %w", err)
	}
	return append(known{}, all...), nil
}

func (k known) of(id string) Strike {
	if id == "" || k == nil {
		return Strike{}
	}
	if i := slices.IndexFunc(k, func(one Strike) bool { return one.ID == id }); i >= 0 {
		return k[i]
	}
	return Strike{ID: id, State: "closed"} // withdrawn to a draft
}

// The abilities of this room.
const (
	mayManage   auth.Ability = "shift.manage"
	mayCheckIn  auth.Ability = "checkin.write"
	mayIncident auth.Ability = "incident.read"
)

// me returns the caller as somebody on the roster. Errors: SignedOut, Forbidden.
func me(ctx context.Context) (string, error) {
	id := auth.By(ctx)
	if id == nil {
		return "", fault.New(fault.SignedOut, "auth.signed_out")
	}
	if id.Person == "" {
		return "", fault.New(fault.Forbidden, "line.no_person")
	}
	return id.Person, nil
}

// covers says whether a reach has the line's place in it.
func (l *Line) covers(r auth.Reach) bool {
	return r.All || l.Region != "" && slices.Contains(r.Regions, l.Region) || l.Worksite != "" && slices.Contains(r.Sites, l.Worksite)
}

const lineColumns = `SELECT id, strike_id, name, place, worksite_id, region, zip, tz, public_way, parking, toilets, shelter, CASE WHEN closed_at > 0 THEN 1 ELSE 0 END FROM line`

func scanLine(r *sql.Rows) (l Line, err error) {
	return l, r.Scan(&l.ID, &l.Strike, &l.Name, &l.Place, &l.Worksite, &l.Region, &l.ZIP, &l.Zone, &l.PublicWay, &l.Parking, &l.Toilets, &l.Shelter, &l.Closed)
}

func lineOf(ctx context.Context, tx *db.Tx, id string) (*Line, error) {
	all, err := db.All(ctx, tx, scanLine, lineColumns+` WHERE id = $1`, id)
	if err != nil {
		return nil, fmt.Errorf("read line: %w", err)
	}
	if len(all) == 0 {
		return nil, missing()
	}
	return &all[0], nil
}

// lines returns all that are not closed, by name. There are tens.
func lines(ctx context.Context, tx *db.Tx) ([]Line, error) {
	all, err := db.All(ctx, tx, scanLine, lineColumns+` WHERE closed_at = 0 ORDER BY name, id LIMIT 1000`)
	if err != nil {
		return nil, fmt.Errorf("read lines: %w", err)
	}
	return all, nil
}

// zone is a line's; it was checked when the line was made.
func (l *Line) zone() *time.Location {
	z, err := time.LoadLocation(l.Zone)
	if err != nil {
		return time.UTC
	}
	return z
}

const shiftColumns = `SELECT id, line_id, kind, starts_at, ends_at, state, off_why, seq, facts_version FROM shift`

// shiftsOf returns shifts under a condition, by start, with their needs.
func shiftsOf(ctx context.Context, tx *db.Tx, where string, args ...any) ([]Shift, error) {
	all, err := db.All(ctx, tx, func(r *sql.Rows) (x Shift, err error) {
		var from, to int64
		err = r.Scan(&x.ID, &x.LineID, &x.Kind, &from, &to, &x.Decided, &x.OffWhy, &x.Seq, &x.Facts)
		x.Starts, x.Ends = time.UnixMilli(from), time.UnixMilli(to)
		return x, err
	}, shiftColumns+" WHERE "+where+" ORDER BY starts_at, line_id, id LIMIT 50000", args...)
	if err != nil {
		return nil, fmt.Errorf("read shifts: %w", err)
	}
	index := map[string]int{}
	var q db.Args
	var ids []string
	for i := range all {
		index[all[i].ID] = i
		ids = append(ids, all[i].ID)
	}
	for part := range slices.Chunk(ids, 500) {
		q = q[:0]
		err := tx.Rows(ctx, `SELECT n.shift_id, n.role, n.min, n.target, n.max, n.taken, n.source FROM need n WHERE n.shift_id IN `+q.In(part)+` ORDER BY n.shift_id, n.role LIMIT 20000`, q, func(r *sql.Rows) error {
			var shift string
			var n Need
			if err := r.Scan(&shift, &n.Role, &n.Min, &n.Target, &n.Max, &n.Taken, &n.Source); err != nil {
				return err
			}
			all[index[shift]].Needs = append(all[index[shift]].Needs, n)
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("read needs: %w", err)
		}
	}
	for i := range all {
		slices.SortFunc(all[i].Needs, func(a, b Need) int { return slices.Index(Roles, a.Role) - slices.Index(Roles, b.Role) })
	}
	return all, nil
}

// shiftOf returns one shift and its line, the times in its zone. Errors: Missing.
func shiftOf(ctx context.Context, tx *db.Tx, id string) (*Shift, *Line, error) {
	all, err := shiftsOf(ctx, tx, "id = $1", id)
	if err != nil {
		return nil, nil, err
	}
	if len(all) == 0 {
		return nil, nil, missing()
	}
	l, err := lineOf(ctx, tx, all[0].LineID)
	if err != nil {
		return nil, nil, err
	}
	all[0].Starts, all[0].Ends = all[0].Starts.In(l.zone()), all[0].Ends.In(l.zone())
	return &all[0], l, nil
}
