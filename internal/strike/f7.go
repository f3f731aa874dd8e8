// SPDX-License-Identifier: Apache-2.0

package strike

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/notice"
)

// f7Part is one section of the FMCS F-7 at its portal, in the portal's order; Fields likewise. 29 CFR 1402.1: a notice of dispute is
// submitted electronically. The sections are those of the form as approved until the end of 2027; the portal has the last word.
type f7Part struct {
	ID     string
	Fields []f7Field
}

// f7Field is one answer. Its name is part and id: union.name.
type f7Field struct {
	ID       string
	Required bool
	Choices  []string // nil: a text
	Kind     string   // date, number, email, tel, url; "" is text
	known    func(f7Known) string
}

// f7Known is what the record knows already, so that nobody types it twice.
type f7Known struct {
	employer, bargaining, expires string
	unit                          int // people in the certified unit; 0 not known
	site                          Site
}

var f7Form = []f7Part{
	{"notice", []f7Field{{ID: "by", Required: true, Choices: []string{"union", "employer"}, known: func(f7Known) string { return "union" }}}},
	{"employer", []f7Field{
		{ID: "name", Required: true, known: func(k f7Known) string { return k.employer }},
		{ID: "address1", Required: true},
		{ID: "address2"},
		{ID: "city", Required: true},
		{ID: "state", Required: true},
		{ID: "zip", Required: true},
		{ID: "web", Kind: "url"},
		{ID: "industry", Required: true, Choices: []string{"health"}, known: func(f7Known) string { return "health" }},
	}},
	{"employer_rep", f7Person},
	{"unit", []f7Field{
		{ID: "kind", Required: true, Choices: []string{"renewal", "reopener", "initial"}, known: func(k f7Known) string {
			if k.bargaining == "none" {
				return ""
			}
			return k.bargaining
		}},
		{ID: "expires", Kind: "date", known: func(k f7Known) string { return k.expires }},
		{ID: "size", Required: true, Kind: "number", known: func(k f7Known) string {
			if k.unit == 0 {
				return ""
			}
			return strconv.Itoa(k.unit)
		}},
		{ID: "establishment", Kind: "number"},
		{ID: "work"},
		{ID: "city", Required: true, known: func(k f7Known) string { return k.site.Town }},
		{ID: "state", Required: true, known: func(k f7Known) string { return k.site.State }},
		{ID: "zip", Required: true, known: func(k f7Known) string { return k.site.ZIP }},
	}},
	{"place", []f7Field{{ID: "city"}, {ID: "state"}, {ID: "zip"}}},
	{"union", []f7Field{
		{ID: "name", Required: true},
		{ID: "local"},
		{ID: "address1", Required: true},
		{ID: "address2"},
		{ID: "city", Required: true},
		{ID: "state", Required: true},
		{ID: "zip", Required: true},
		{ID: "web", Kind: "url"},
	}},
	{"union_rep", f7Person},
	{"filer", f7Person},
}

var f7Person = []f7Field{
	{ID: "name", Required: true},
	{ID: "title"},
	{ID: "phone", Required: true, Kind: "tel"},
	{ID: "email", Required: true, Kind: "email"},
}

// f7Most is how long an answer may be, in bytes.
const f7Most = 200

const sqlF7 = `SELECT f.field, f.value FROM f7_answer f WHERE f.notice_id = $1
	AND f.seq = (SELECT MAX(x.seq) FROM f7_answer x WHERE x.notice_id = f.notice_id AND x.field = f.field) ORDER BY f.field LIMIT 500`

// f7Answers are the newest answers to the worksheet of a notice, by field; it probes the key (notice_id, field, seq).
func f7Answers(ctx context.Context, tx *db.Tx, noticeID string) (map[string]string, error) {
	out := map[string]string{}
	err := tx.Rows(ctx, sqlF7, []any{noticeID}, func(r *sql.Rows) error {
		var field, value string
		err := r.Scan(&field, &value)
		out[field] = value
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read worksheet: %w", err)
	}
	return out, nil
}

// FillF7 records answers to the worksheet of a dispute notice by name ("union.name"); those that say what is on file or known
// already change nothing, and unknown names are left alone. Errors: Missing, Invalid by field.
func (s *Store) FillF7(ctx context.Context, noticeID string, given map[string]string) error {
	return s.write(ctx, func(tx *db.Tx, b *book) error {
		sheet, err := b.worksheet(ctx, tx, noticeID)
		if err != nil {
			return err
		}
		var rows [][]any
		var problems []*fault.Error
		var names []string
		for _, f := range sheet.fields() {
			value, ok := given[f.Name]
			value = strings.TrimSpace(value)
			if !ok || value == f.Value {
				continue
			}
			if p := f.check(value); p != nil {
				problems = append(problems, p)
				continue
			}
			var seq int
			err := tx.Row(ctx, `SELECT COALESCE(MAX(seq), 0) FROM f7_answer WHERE notice_id = $1 AND field = $2`, noticeID, f.Name).Scan(&seq)
			if err != nil {
				return fmt.Errorf("number answer: %w", err)
			}
			rows = append(rows, []any{noticeID, f.Name, seq + 1, value, audit.By(ctx).Account, tx.Now.UnixMilli()})
			names = append(names, f.Name)
		}
		if err := fault.Join(problems...); err != nil || len(rows) == 0 {
			return err
		}
		if err := tx.Insert(ctx, "f7_answer", []string{"notice_id", "field", "seq", "value", "by_account", "at"}, rows); err != nil {
			return err
		}
		return s.done(ctx, tx, audit.Entry{Verb: "strike.worksheet", Object: "notice:" + noticeID, Detail: strings.Join(names, " "), Count: len(rows)})
	})
}

// f7Sheet is the worksheet with its answers.
type f7Sheet struct {
	Notice  string      `json:"notice"`
	Kind    string      `json:"kind"` // what is being bargained; "" not known
	Parts   []f7Section `json:"parts"`
	Missing int         `json:"missing"` // required answers that nobody gave
	Filed   *Delivery   `json:"-"`       // the copy to FMCS
}

// f7Section is one section with its answers.
type f7Section struct {
	ID     string     `json:"id"`
	Fields []f7Answer `json:"fields"`
}

// f7Answer is one field with its answer. Known says that the answer comes from the record and was not typed here.
type f7Answer struct {
	f7Field `json:"-"`
	Name    string `json:"name"`
	Value   string `json:"value"`
	Known   bool   `json:"known"`
}

func (s *f7Sheet) fields() (all []f7Answer) {
	for _, p := range s.Parts {
		all = append(all, p.Fields...)
	}
	return all
}

// worksheet reads the F-7 worksheet of a dispute notice. Errors: Missing.
func (b *book) worksheet(ctx context.Context, tx *db.Tx, noticeID string) (*f7Sheet, error) {
	n, err := b.notice(noticeID)
	if err != nil || n.Kind != Dispute {
		return nil, fault.New(fault.Missing, "papers.f7.missing")
	}
	typed, err := f7Answers(ctx, tx, noticeID)
	if err != nil {
		return nil, err
	}
	k := f7Known{employer: b.employer, bargaining: b.answers[""]["bargaining.kind"], expires: b.answers[""]["bargaining.contract.expires"]}
	if len(b.sites) > 0 {
		k.site = b.sites[0]
	}
	if _, err := db.Found(tx.Row(ctx, `SELECT certified_n FROM unit ORDER BY id LIMIT 1`).Scan(&k.unit)); err != nil {
		return nil, fmt.Errorf("read unit: %w", err)
	}
	out := &f7Sheet{Notice: n.ID, Kind: k.bargaining}
	for i := range n.Deliveries {
		if n.Deliveries[i].Recipient == FMCS {
			out.Filed = &n.Deliveries[i]
		}
	}
	for _, p := range f7Form {
		part := f7Section{ID: p.ID}
		for _, f := range p.Fields {
			a := f7Answer{f7Field: f, Name: p.ID + "." + f.ID}
			value, given := typed[a.Name]
			if a.Value = value; !given && f.known != nil {
				a.Value = f.known(k)
				a.Known = a.Value != ""
			}
			if a.Required && a.Value == "" {
				out.Missing++
			}
			part.Fields = append(part.Fields, a)
		}
		out.Parts = append(out.Parts, part)
	}
	return out, nil
}

func (f f7Answer) check(value string) *fault.Error {
	switch {
	case len(value) > f7Most:
		return fault.Field(f.Name, "strike.too_long", "N", f7Most)
	case value == "":
	case f.Choices != nil && !slices.Contains(f.Choices, value):
		return fault.Field(f.Name, "strike.ask.no_such")
	case f.Kind == "date":
		if _, err := notice.ParseDay(value); err != nil {
			return fault.Field(f.Name, "strike.time.no_day")
		}
	case f.Kind == "number":
		if n, err := strconv.Atoi(value); err != nil || n < 0 {
			return fault.Field(f.Name, "papers.f7.number")
		}
	}
	return nil
}

// ConfirmF7 records that the F-7 was submitted: the portal's number is the proof, a file of its page makes it better. The moment counts
// as sent and as received. Errors: Missing, Invalid by field.
func (s *Store) ConfirmF7(ctx context.Context, noticeID, number string, at notice.Moment, file Upload) error {
	copyID, err := db.InRead(ctx, s.d, func(tx *db.Tx) (string, error) {
		b, err := s.open(ctx, tx)
		if err != nil {
			return "", err
		}
		sheet, err := b.worksheet(ctx, tx, noticeID)
		if err != nil || sheet.Filed == nil {
			return "", orMissing(err, "papers.f7.missing")
		}
		return sheet.Filed.ID, nil
	})
	if err != nil {
		return err
	}
	number = strings.TrimSpace(number)
	var problems []*fault.Error
	if number == "" {
		problems = append(problems, fault.Field("ref", "papers.f7.ref_needed"))
	}
	if at.IsZero() {
		problems = append(problems, fault.Field("received", "strike.deliver.when"))
	}
	if err := fault.Join(problems...); err != nil {
		return err
	}
	files := map[int]Upload{}
	if file.Name != "" {
		files[0] = file
	}
	d := Delivery{ID: copyID, State: Received, Sent: at, Received: at, Method: "portal", ProofKind: "portal_confirmation", ProofRef: number}
	return s.Deliver(ctx, noticeID, []Delivery{d}, files)
}

func orMissing(err error, key string) error {
	if err != nil {
		return err
	}
	return fault.New(fault.Missing, key)
}
