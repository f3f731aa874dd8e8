// SPDX-License-Identifier: Apache-2.0

package strike

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/notice"
)

// Store keeps the strikes. It is safe for concurrent use; hooks are added before the first request.
type Store struct {
	d       *db.DB
	log     *audit.Log
	changed []func(ctx context.Context, tx *db.Tx, before, after Now) error
	effects []func(ctx context.Context, tx *db.Tx, now Now, to State) ([]Effect, error)
	closing []func(ctx context.Context, tx *db.Tx, now Now) error

	captains []func(ctx context.Context, tx *db.Tx, action string) ([]string, error)
}

// NewStore returns the strikes of d; reads of people and proofs go to log.
func NewStore(d *db.DB, log *audit.Log) *Store { return &Store{d: d, log: log} }

// OnChange adds f, which is called in the transaction that changes the state or the facts of an action: what follows from it
// (shifts, messages, passes) commits with it or not at all. An error of f refuses the change.
func (s *Store) OnChange(f func(ctx context.Context, tx *db.Tx, before, after Now) error) {
	s.changed = append(s.changed, f)
}

// Effect is what a step would do in another room, in numbers: Key is a plural sentence ("cancels {{.N}} shifts").
type Effect struct {
	Key string `json:"key"`
	N   int    `json:"n"`
}

// OnAsk adds f, which says what a step to the state would do: both people read it before the second confirms. It changes
// nothing.
func (s *Store) OnAsk(f func(ctx context.Context, tx *db.Tx, now Now, to State) ([]Effect, error)) {
	s.effects = append(s.effects, f)
}

// OnCaptains adds f, which returns the people who lead others in an action now or within a day: they have to say that they know when it is off. Each is the
// record that remains of her.
func (s *Store) OnCaptains(f func(ctx context.Context, tx *db.Tx, action string) ([]string, error)) {
	s.captains = append(s.captains, f)
}

// BeforeClose adds f, whose error says why an action may not be closed yet: returns unanswered, hours uncertified.
func (s *Store) BeforeClose(f func(ctx context.Context, tx *db.Tx, now Now) error) {
	s.closing = append(s.closing, f)
}

// Live returns the actions that are neither drafts nor closed, by start.
func (s *Store) Live(ctx context.Context, tx *db.Tx) ([]Now, error) {
	all, err := s.Known(ctx, tx)
	return slices.DeleteFunc(all, func(n Now) bool { return n.State == Closed }), err
}

// Known returns the actions that are no drafts, by start: of those that are closed, too, somebody may ask when they began and ended.
func (s *Store) Known(ctx context.Context, tx *db.Tx) ([]Now, error) {
	all, err := actions(ctx, tx)
	if err != nil {
		return nil, err
	}
	var known []Now
	for _, a := range all {
		if a.State != Draft {
			known = append(known, a.Now())
		}
	}
	return known, nil
}

// actionsMost is more than a campaign ever plans; they are read whole, since the legal clock looks at all of them together.
const actionsMost = 500

const (
	sqlActions = `SELECT s.id, s.kind, s.title, s.state, s.starts, s.ends, s.start_scope, s.began, s.over, s.facts_version, s.supersedes,
		s.settlement_ref, s.by_account, s.at, CASE WHEN EXISTS (SELECT 1 FROM strike_step t WHERE t.strike_id = s.id AND t.to_state = 'noticed')
		THEN 1 ELSE 0 END FROM strike s ORDER BY s.starts_at, s.id LIMIT $1`
	sqlActionSites = `SELECT s.strike_id, w.id, w.code, w.name, w.town, w.address, w.postal_city, w.state, w.zip, w.tz, w.kind,
		w.region, w.closes_on, w.status FROM strike_site s JOIN worksite w ON w.id = s.worksite_id ORDER BY s.strike_id, w.town, w.code, w.id LIMIT 50000`
)

// actions returns all actions by start, those without one first, with their sites.
func actions(ctx context.Context, tx *db.Tx) ([]*Action, error) {
	all, err := db.All(ctx, tx, scanAction, sqlActions, actionsMost)
	if err != nil {
		return nil, fmt.Errorf("read strikes: %w", err)
	}
	byID := make(map[string]*Action, len(all))
	for _, a := range all {
		byID[a.ID] = a
	}
	err = tx.Rows(ctx, sqlActionSites, nil, func(r *sql.Rows) error {
		var id string
		w, err := scanSite(r, &id)
		if a := byID[id]; a != nil {
			a.Sites = append(a.Sites, w)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read sites of strikes: %w", err)
	}
	return all, nil
}

// scanSite reads a worksite, after the columns that before takes.
func scanSite(r *sql.Rows, before ...any) (w Site, err error) {
	var status string
	err = r.Scan(append(before, &w.ID, &w.Code, &w.Name, &w.Town, &w.Address, &w.PostalCity, &w.State, &w.ZIP, &w.Zone, &w.Kind, &w.Region,
		&w.ClosesOn, &status)...)
	w.Closed = status == "closed"
	return w, err
}

func scanAction(r *sql.Rows) (*Action, error) {
	a := &Action{}
	var at int64
	err := r.Scan(&a.ID, &a.Kind, &a.Title, &a.State, moment{&a.Starts}, moment{&a.Ends}, &a.StartScope, moment{&a.Began},
		moment{&a.Over}, &a.FactsVersion, &a.Supersedes, &a.Settlement, &a.By, &at, &a.Announced)
	a.At = time.UnixMilli(at)
	return a, err
}

// actionOf returns one action. Errors: Missing.
func actionOf(ctx context.Context, tx *db.Tx, id string) (*Action, error) {
	all, err := actions(ctx, tx)
	if err != nil {
		return nil, err
	}
	for _, a := range all {
		if a.ID == id {
			return a, nil
		}
	}
	return nil, fault.New(fault.Missing, "strike.missing")
}

const (
	sqlNotices = `SELECT n.id, n.strike_id, n.kind, n.revision, n.starts, n.start_scope, n.sites, n.acts, n.qualifier, n.by_account, n.at,
		n.withdrawn_at, CASE WHEN EXISTS (SELECT 1 FROM strike_delivery d WHERE d.notice_id = n.id AND d.state IN ('sent', 'received'))
		THEN 1 ELSE 0 END FROM strike_notice n ORDER BY n.at, n.id LIMIT $1`
	// The newest state of every copy: the key (id, seq) makes the inner query one probe.
	sqlDeliveries = `SELECT d.id, d.seq, d.notice_id, d.recipient, d.site_id, d.state, d.sent, d.received, d.method, d.proof_kind,
		d.proof_ref, d.by_account, d.at, COALESCE(f.id, ''), COALESCE(f.name, ''), COALESCE(f.media_type, ''), COALESCE(f.sha256, ''),
		COALESCE(f.size, 0), COALESCE(f.at, 0)
		FROM strike_delivery d LEFT JOIN strike_file f ON f.id = d.file_id
		WHERE d.seq = (SELECT MAX(x.seq) FROM strike_delivery x WHERE x.id = d.id) AND d.state <> 'dropped'
		ORDER BY d.notice_id, d.recipient, d.site_id, d.id LIMIT 50000`
	sqlExtensions = `SELECT e.id, e.strike_id, e.notice_id, e.signed_by_both, e.agreed, e.new_starts_at, e.by_account, e.second_by, e.recorded_at, f.id, f.name,
		f.media_type, f.sha256, f.size, f.at FROM extension e JOIN strike_file f ON f.id = e.file_id ORDER BY e.recorded_at, e.id LIMIT $1`
)

// notices returns every paper of the campaign by the time it was made, withdrawn ones too, with copies and extensions.
func notices(ctx context.Context, tx *db.Tx) ([]*Notice, error) {
	all, err := db.All(ctx, tx, scanNotice, sqlNotices, actionsMost)
	if err != nil {
		return nil, fmt.Errorf("read notices: %w", err)
	}
	byID := make(map[string]*Notice, len(all))
	for _, n := range all {
		byID[n.ID] = n
	}
	deliveries, err := db.All(ctx, tx, scanDelivery, sqlDeliveries)
	if err != nil {
		return nil, fmt.Errorf("read deliveries: %w", err)
	}
	for _, d := range deliveries {
		byID[d.Notice].Deliveries = append(byID[d.Notice].Deliveries, d)
	}
	for _, n := range all {
		slices.SortStableFunc(n.Deliveries, func(x, y Delivery) int {
			return slices.Index(recipients, x.Recipient) - slices.Index(recipients, y.Recipient)
		})
	}
	extensions, err := db.All(ctx, tx, func(r *sql.Rows) (e Extension, err error) {
		var at, file int64
		err = r.Scan(&e.ID, &e.Action, &e.Notice, &e.SignedByBoth, moment{&e.Agreed}, moment{&e.NewStarts}, &e.By, &e.Second, &at, &e.File.ID, &e.File.Name,
			&e.File.MediaType, &e.File.SHA256, &e.File.Size, &file)
		e.At, e.File.At = time.UnixMilli(at), time.UnixMilli(file)
		return e, err
	}, sqlExtensions, actionsMost)
	if err != nil {
		return nil, fmt.Errorf("read extensions: %w", err)
	}
	for _, e := range extensions {
		byID[e.Notice].Extensions = append(byID[e.Notice].Extensions, e)
	}
	return all, nil
}

func scanNotice(r *sql.Rows) (*Notice, error) {
	n := &Notice{}
	var sites, acts string
	var at, withdrawn int64
	err := r.Scan(&n.ID, &n.Action, &n.Kind, &n.Revision, moment{&n.Starts}, &n.StartScope, &sites, &acts, &n.Qualifier, &n.By, &at, &withdrawn, &n.Left)
	n.Sites, n.Acts, n.At = listOf(sites), listOf(acts), time.UnixMilli(at)
	if withdrawn > 0 {
		n.Withdrawn = time.UnixMilli(withdrawn)
	}
	return n, err
}

func scanDelivery(r *sql.Rows) (Delivery, error) {
	var d Delivery
	var f File
	var at, fileAt int64
	err := r.Scan(&d.ID, &d.Seq, &d.Notice, &d.Recipient, &d.Site, &d.State, moment{&d.Sent}, moment{&d.Received}, &d.Method, &d.ProofKind,
		&d.ProofRef, &d.By, &at, &f.ID, &f.Name, &f.MediaType, &f.SHA256, &f.Size, &fileAt)
	d.At, f.At = time.UnixMilli(at), time.UnixMilli(fileAt)
	if f.ID != "" {
		d.File = &f
	}
	return d, err
}

// moment reads a column that holds a moment as a person writes it, "" for none.
type moment struct{ m *notice.Moment }

// Scan reads what notice.Moment.String wrote.
func (m moment) Scan(src any) error {
	text, ok := src.(string)
	if b, is := src.([]byte); is {
		text, ok = string(b), true
	}
	if !ok {
		return fmt.Errorf("read moment: %T", src)
	}
	*m.m = notice.Moment{}
	if text == "" {
		return nil
	}
	at, err := notice.ParseMoment(text)
	if err != nil {
		return fmt.Errorf("read moment: %w", err)
	}
	*m.m = at
	return nil
}

func jsonList(list []string) string {
	if len(list) == 0 {
		return "[]"
	}
	b, err := json.Marshal(list)
	if err != nil {
		return "[]" // texts marshal
	}
	return string(b)
}

func listOf(text string) []string {
	var list []string
	_ = json.Unmarshal([]byte(text), &list) // written by jsonList alone
	return list
}

// Action returns an action. Errors: Forbidden, Missing.
func (s *Store) Action(ctx context.Context, id string) (*Action, error) {
	if _, err := auth.Allowed(ctx, mayRead); err != nil {
		return nil, err
	}
	return db.InRead(ctx, s.d, func(tx *db.Tx) (*Action, error) { return actionOf(ctx, tx, id) })
}

// Notices returns every paper of the campaign, withdrawn ones too, with its copies. Errors: Forbidden.
func (s *Store) Notices(ctx context.Context) ([]*Notice, error) {
	if _, err := auth.Allowed(ctx, mayRead); err != nil {
		return nil, err
	}
	return db.InRead(ctx, s.d, func(tx *db.Tx) ([]*Notice, error) { return notices(ctx, tx) })
}

// Actions returns all actions by start. Errors: Forbidden.
func (s *Store) Actions(ctx context.Context) ([]*Action, error) {
	if _, err := auth.Allowed(ctx, mayRead); err != nil {
		return nil, err
	}
	return db.InRead(ctx, s.d, func(tx *db.Tx) ([]*Action, error) { return actions(ctx, tx) })
}

// Tasks returns the ten-day list of an action by day. Errors: Forbidden.
func (s *Store) Tasks(ctx context.Context, action string) ([]Task, error) {
	if _, err := auth.Allowed(ctx, mayRead); err != nil {
		return nil, err
	}
	return db.InRead(ctx, s.d, func(tx *db.Tx) ([]Task, error) { return tasks(ctx, tx, action) })
}
