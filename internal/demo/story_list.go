// SPDX-License-Identifier: Apache-2.0

package demo

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"strconv"

	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/roster"
)

// upload brings a file in, says for which day it speaks, and looks at the preview.
func (h *house) upload(ctx context.Context, kind roster.ListKind, file, asOf string) (string, error) {
	body, err := h.truth.file(file)
	if err != nil {
		return "", err
	}
	id, err := h.Roster.Upload(ctx, kind, file, bytes.NewReader(body), int64(len(body)))
	if err != nil {
		return "", err
	}
	day, err := roster.ParseDate(asOf)
	if err != nil {
		return "", err
	}
	if err := h.Roster.SetAsOf(ctx, id, day, false); err != nil {
		return "", err
	}
	return id, h.Roster.Preview(ctx, id, nil)
}

// applyFirst puts the employer's first list on the empty roster.
func (h *house) applyFirst(ctx context.Context) error {
	ctx, err := h.as(ctx, "data_lead")
	if err != nil {
		return err
	}
	id, err := h.upload(ctx, roster.EmployerList, firstList, "2025-05-30")
	if err != nil {
		return err
	}
	if err := h.decide(ctx, id, firstList); err != nil {
		return err
	}
	if err := h.Roster.Apply(ctx, id); err != nil {
		return err
	}
	return h.settle(ctx, firstList, "unit_status_2025_05_30")
}

// applyUnion adds what members wrote on the union's form: personal contacts, preferred names, languages, card dates.
func (h *house) applyUnion(ctx context.Context) error {
	ctx, err := h.as(ctx, "data_lead")
	if err != nil {
		return err
	}
	id, err := h.upload(ctx, roster.UnionList, unionList, "2025-10-17")
	if err != nil {
		return err
	}
	if err := h.decide(ctx, id, unionList); err != nil {
		return err
	}
	return h.Roster.Apply(ctx, id)
}

// receiveSecond leaves the employer's second list in preview, for the data lead to look at.
func (h *house) receiveSecond(ctx context.Context) error {
	ctx, err := h.as(ctx, "data_lead")
	if err != nil {
		return err
	}
	_, err = h.upload(ctx, roster.EmployerList, secondList, "2025-10-31")
	return err
}

// applySecond decides what the list leaves open and applies it, unless a visitor did.
func (h *house) applySecond(ctx context.Context) error {
	ctx, err := h.as(ctx, "data_lead")
	if err != nil {
		return err
	}
	imp, err := h.list(ctx, secondList)
	if err != nil {
		return err
	}
	switch {
	case imp == nil, imp.State == roster.ListReverted, imp.State == roster.ListDiscarded:
		return nil // hers to say
	case imp.State != roster.ListApplied:
		if err := h.Roster.Preview(ctx, imp.ID, nil); err != nil { // anew: the roster may have changed since
			return err
		}
		if err := h.decide(ctx, imp.ID, secondList); err != nil {
			return err
		}
		if err := h.absent(ctx, imp.ID); err != nil {
			return err
		}
		if err := h.Roster.Apply(ctx, imp.ID); err != nil {
			return err
		}
	}
	return h.settle(ctx, secondList, "unit_status_2025_10_31")
}

// list returns the newest list made of file, nil when there is none.
func (h *house) list(ctx context.Context, file string) (*roster.Import, error) {
	all, err := h.Roster.Imports(ctx)
	if err != nil {
		return nil, err
	}
	for _, i := range all {
		if i.FileName == file {
			return i, nil
		}
	}
	return nil, nil //nolint:nilnil // a visitor may have discarded it
}

// listRow is where one row of a list stands.
type listRow struct {
	line   int
	state  roster.RowState
	person string
	asks   bool // somebody on file is proposed
}

const sqlListRows = `SELECT line, state, person_id, reasons FROM list_row WHERE import_id = $1 ORDER BY line LIMIT 5000`

func (h *house) rows(ctx context.Context, id string) ([]listRow, error) {
	return db.InRead(ctx, h.DB, func(tx *db.Tx) ([]listRow, error) {
		return db.All(ctx, tx, func(r *sql.Rows) (listRow, error) {
			var l listRow
			var reasons string
			err := r.Scan(&l.line, &l.state, &l.person, &reasons)
			l.asks = reasons != "" && reasons != "null"
			return l, err
		}, sqlListRows, id)
	})
}

// people returns who stands behind the rows of an applied list: id of the truth -> id on the roster.
func (h *house) people(ctx context.Context, file string) (map[string]string, error) {
	ctx, err := h.as(ctx, "data_lead")
	if err != nil {
		return nil, err
	}
	imp, err := h.list(ctx, file)
	if err != nil || imp == nil {
		return nil, err
	}
	rows, err := h.rows(ctx, imp.ID)
	out := map[string]string{}
	for _, r := range rows {
		if who := h.truth.row[file][r.line]; who != "" && r.state == roster.RowApplied {
			out[who] = r.person
		}
	}
	return out, err
}

// decide takes the decisions that a data lead would after asking around: whoever the truth says stands behind a row.
func (h *house) decide(ctx context.Context, id, file string) error {
	known, err := h.people(ctx, firstList)
	if err != nil {
		return err
	}
	rows, err := h.rows(ctx, id)
	if err != nil {
		return err
	}
	var all []roster.Decided
	for _, r := range rows {
		if r.state != roster.RowProposed {
			continue
		}
		d := roster.Decided{Line: r.line}
		switch person := known[h.truth.row[file][r.line]]; {
		case person != "":
			d.What, d.Person = roster.LinkRow, person
		case !r.asks:
			continue // a stranger to the employer's list: the row waits
		case file == unionList:
			d.What = roster.SkipRow
		default:
			d.What = roster.MakeNew
		}
		all = append(all, d)
	}
	return h.Roster.Decide(ctx, id, all)
}

// absent says of those whom the second list does not name who has left and who is on leave.
func (h *house) absent(ctx context.Context, id string) error {
	known, err := h.people(ctx, firstList)
	if err != nil {
		return err
	}
	decisions := map[roster.AbsentDecision][]string{}
	for _, who := range h.truth.ids {
		p := h.truth.people[who]
		if known[who] == "" || p["on_v2"] == "yes" {
			continue
		}
		what := roster.AbsentLeave
		if p["unit_status_2025_10_31"] == "left" {
			what = roster.AbsentLeft
		}
		decisions[what] = append(decisions[what], known[who])
	}
	for _, what := range []roster.AbsentDecision{roster.AbsentLeft, roster.AbsentLeave} {
		if err := h.Roster.DecideAbsent(ctx, id, decisions[what], what); err != nil {
			return err
		}
	}
	return nil
}

const sqlStatuses = `SELECT id, unit_status FROM person ORDER BY id LIMIT 5000`

// settle puts right who belongs to the unit, where a printed title alone does not say.
func (h *house) settle(ctx context.Context, file, column string) error {
	people, err := h.people(ctx, file)
	if err != nil {
		return err
	}
	now, err := db.InRead(ctx, h.DB, func(tx *db.Tx) (map[string]string, error) {
		out := map[string]string{}
		return out, tx.Rows(ctx, sqlStatuses, nil, func(r *sql.Rows) error {
			var id, status string
			err := r.Scan(&id, &status)
			out[id] = status
			return err
		})
	})
	if err != nil {
		return fmt.Errorf("read unit statuses: %w", err)
	}
	for _, who := range h.truth.ids {
		id, want := people[who], h.truth.people[who][column]
		if id == "" || want == "" || now[id] == want {
			continue
		}
		why := url.Values{"unit_status": {want}, "why": {"Employer and union disagree: " + h.truth.people[who]["job_class"] + ", " + file}}
		if err := h.Roster.Edit(ctx, id, "status", why); err != nil {
			return err
		}
	}
	return nil
}

// announceClosures marks the worksites that close, and where their patients go.
func announceClosures(ctx context.Context, h *house) error {
	ctx, err := h.as(ctx, "data_lead")
	if err != nil {
		return err
	}
	all, err := h.Roster.Worksites(ctx)
	if err != nil {
		return err
	}
	ids := map[string]string{}
	for _, w := range all {
		ids[w.Code] = w.ID
	}
	planned := map[string]map[string]string{}
	for _, s := range h.truth.sites {
		planned[s["site_code"]] = s
	}
	for _, w := range all {
		s := planned[w.Code]
		if s["status"] != string(roster.Closing) {
			continue
		}
		form := url.Values{
			"code": {w.Code}, "name": {w.Name}, "town": {w.Town}, "address": {w.Address}, "postal_city": {w.PostalCity},
			"state": {w.State}, "county": {w.County}, "zip": {w.ZIP}, "lat": {degrees(w.Lat)}, "lng": {degrees(w.Lng)}, "tz": {w.Zone},
			"region": {w.Region}, "kind": {w.Kind}, "phone": {w.Phone}, "opens": {w.Opens}, "closes": {w.Closes},
			"open_days": {w.OpenDays}, "status": {s["status"]}, "closes_on": {s["closes_on"]},
			"patients_go_to": {ids[s["patients_go_to"]]},
		}
		if err := h.Roster.EditWorksite(ctx, w.ID, form); err != nil {
			return err
		}
	}
	return nil
}

func degrees(d float64) string { return strconv.FormatFloat(d, 'f', -1, 64) }
