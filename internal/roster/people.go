// SPDX-License-Identifier: Apache-2.0

package roster

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
)

// Filter says which people a list shows and in what order; "" leaves a field open.
type Filter struct {
	Search  string // words of a name in any order and form, each by its beginning; or a number
	Site    string // worksite id
	Region  string
	Job     string
	Shift   string
	Unit    string
	Member  string
	Contact string // none, unverified, verified: of personal contacts
	OnLeave string // yes, no
	Sort    string // "" by name, worksite, hired, fte
	Desc    bool
}

// narrows tells whether the filter leaves anybody out.
func (f Filter) narrows() bool {
	f.Sort, f.Desc = "", false
	return f != Filter{}
}

// Listed is one line of a people list.
type Listed struct {
	ID           string `json:"id"`
	Given        string `json:"given"`
	Family       string `json:"family"`
	WorksiteID   string `json:"worksite_id,omitempty"`
	Town         string `json:"worksite,omitempty"`
	Worksites    int    `json:"worksites"`
	Region       string `json:"region,omitempty"`
	Job          string `json:"occupation,omitempty"`
	Shift        string `json:"shift,omitempty"`
	FTE          int    `json:"fte_hundredths"` // -1: not said
	OnLeave      bool   `json:"on_leave"`
	HiredOn      string `json:"hired_on,omitempty"`
	Unit         string `json:"unit_status"`
	Member       string `json:"member_status"`
	Number       string `json:"employee_number,omitempty"`
	MayContact   bool   `json:"may_contact"` // the reader may see the four below
	ContactsOK   int    `json:"contacts_verified"`
	ContactsAny  int    `json:"contacts"`
	Phone        string `json:"phone,omitempty"`
	Email        string `json:"email,omitempty"`
	key, sortVal string
	part         int
}

// cursor is a place in a list: before or after one line of it. It travels sealed, for it holds a name.
type cursor struct {
	Part  int    `json:"p,omitempty"`
	Value string `json:"v,omitempty"` // of the column sorted by, "" when that is the name
	Key   string `json:"k"`
	ID    string `json:"i"`
	Back  bool   `json:"b,omitempty"`
	From  int    `json:"n"` // number of the first line, counted from 1
}

// peopleQuery is a filter within a reach, as SQL. Every text has the reach in it.
type peopleQuery struct {
	Filter
	read    auth.Reach
	contact auth.Reach
	export  *auth.Reach // for a file: those alone who may leave in one
	words   []string    // of the search, folded, the longest first
	by      string      // person_site column that the list is walked by, "" for person_now itself
	byValue string
}

func newPeopleQuery(f Filter, read, contact auth.Reach) *peopleQuery {
	q := &peopleQuery{Filter: f, read: read, contact: contact, words: strings.Fields(Fold(f.Search))}
	slices.SortStableFunc(q.words, func(a, b string) int { return len(b) - len(a) })
	narrow := !read.All && read.Person == "" && len(read.Sets) == 0
	switch {
	case f.Site != "":
		q.by, q.byValue = "worksite_id", f.Site
	case f.Region != "":
		q.by, q.byValue = "region", f.Region
	case narrow && len(read.Sites) == 1 && len(read.Regions) == 0:
		q.by, q.byValue = "worksite_id", read.Sites[0]
	case narrow && len(read.Regions) == 1 && len(read.Sites) == 0:
		q.by, q.byValue = "region", read.Regions[0]
	}
	return q
}

// parts is how many stretches the list consists of. A search for one word shows those whose family name begins with it first:
// that stretch is a range of the sort key, which costs nothing, while the rest must be gathered and sorted.
func (q *peopleQuery) parts() int {
	if len(q.words) == 1 && q.by == "" && q.Sort == "" && !q.Desc {
		return 2
	}
	return 1
}

// samePerson joins the two by the key of person_now.
const samePerson = ` AND n.sort_key = s.sort_key AND n.person_id = s.person_id`

const whole = -1 // all parts at once, for counting

// from returns the tables and the condition of a part. Texts are put together from constants; values go to args.
func (q *peopleQuery) from(args *db.Args, part int) string {
	var b strings.Builder
	and := func(cond string) { b.WriteString(" AND " + cond) }
	// CROSS JOIN keeps SQLite to the order written: the index of person_site first, which is the list's order.
	switch {
	case q.by != "" && q.Sort == "worksite":
		b.WriteString(` FROM person_site s CROSS JOIN person_now n LEFT JOIN worksite w ON w.id = n.worksite_id`)
	case q.by != "":
		b.WriteString(` FROM person_site s CROSS JOIN person_now n`)
	case q.Sort == "worksite":
		b.WriteString(` FROM person_now n LEFT JOIN worksite w ON w.id = n.worksite_id`)
	default:
		b.WriteString(` FROM person_now n`)
	}
	b.WriteString(` WHERE ` + q.read.Where("n.person_id", args))
	if q.export != nil {
		and(q.export.Where("n.person_id", args))
	}
	switch q.by {
	case "worksite_id":
		and(`s.worksite_id = ` + args.Add(q.byValue) + samePerson)
	case "region": // who works at two sites of the region is one person
		and(`s.region = ` + args.Add(q.byValue) + samePerson + ` AND NOT EXISTS (SELECT 1 FROM person_site o
			WHERE o.person_id = s.person_id AND o.region = s.region AND o.worksite_id < s.worksite_id)`)
	}
	if q.Site != "" && q.Region != "" {
		and(`s.region = ` + args.Add(q.Region))
	}
	for i, word := range q.words {
		end := db.Prefix(word)
		switch {
		case part == 0 && q.parts() == 2:
			and(`n.sort_key >= ` + args.Add(word) + ` AND n.sort_key < ` + args.Add(end))
		case i == 0 && q.by == "":
			and(`n.person_id IN (SELECT person_id FROM person_token WHERE token >= ` + args.Add(word) + ` AND token < ` +
				args.Add(end) + `)`)
			if part == 1 {
				and(`(n.sort_key < ` + args.Add(word) + ` OR n.sort_key >= ` + args.Add(end) + `)`)
			}
		default:
			and(`EXISTS (SELECT 1 FROM person_token t WHERE t.person_id = n.person_id AND t.token >= ` + args.Add(word) +
				` AND t.token < ` + args.Add(end) + `)`)
		}
	}
	job := "n.job_class"
	if q.by != "" {
		job = "s.job_class"
	}
	for _, c := range []struct{ column, value string }{
		{job, q.Job}, {"n.shift", q.Shift}, {"n.unit_status", q.Unit}, {"n.member_status", q.Member},
	} {
		if c.value != "" {
			and(c.column + ` = ` + args.Add(c.value))
		}
	}
	if q.OnLeave != "" {
		and(`n.on_leave = ` + args.Add(bit(q.OnLeave == "yes")))
	}
	if quality := contactQuality[q.Contact]; quality != "" { // nobody learns by filtering what she may not read
		and(quality + ` AND ` + q.contact.Where("n.person_id", args))
	}
	return b.String()
}

var contactQuality = map[string]string{
	"none":       `n.contacts_any = 0`,
	"unverified": `n.contacts_any > 0 AND n.contacts_ok = 0`,
	"verified":   `n.contacts_ok > 0`,
}

// sortColumns are what a list is sorted by before the name.
var sortColumns = map[string]string{"worksite": `COALESCE(w.town, '')`, "hired": `n.hired_on`, "fte": `n.fte`}

// text returns the query for up to limit lines of a part behind c, which may be nil; back is towards the beginning, nearest first.
func (q *peopleQuery) text(part int, c *cursor, back bool, limit int) (string, db.Args) {
	var args db.Args
	may := "1"
	switch {
	case q.contact.Ability == "":
		may = "0"
	case q.contact.Label() != q.read.Label():
		may = `CASE WHEN ` + q.contact.Where("n.person_id", &args) + ` THEN 1 ELSE 0 END`
	}
	column := sortColumns[q.Sort]
	value := column
	if column == "" {
		value = `''`
	}
	text := `SELECT ` + may + `, ` + value + `, n.sort_key, n.person_id, n.given, n.family, n.worksite_id, n.worksite_n, n.region,
		n.job_class, n.shift, n.fte, n.on_leave, n.hired_on, n.unit_status, n.member_status, n.employee_number, n.contacts_ok,
		n.contacts_any, n.phone, n.email` + q.from(&args, part)
	key := "n.sort_key"
	id := "n.person_id"
	if q.by != "" {
		key, id = "s.sort_key", "s.person_id"
	}
	// Only the column sorted by runs downwards; names under it run upwards.
	op, dir, nameOp, nameDir := ">", "", ">", ""
	if q.Desc != back {
		op, dir = "<", " DESC"
	}
	if back {
		nameOp, nameDir = "<", " DESC"
	}
	if column == "" {
		nameOp, nameDir = op, dir
	}
	if c != nil {
		behind := func() string {
			return `(` + key + `, ` + id + `) ` + nameOp + ` (` + args.Add(c.Key) + `, ` + args.Add(c.ID) + `)`
		}
		if column == "" {
			text += ` AND ` + behind()
		} else {
			text += ` AND (` + column + ` ` + op + ` ` + args.Add(q.value(c)) + ` OR ` + column + ` = ` + args.Add(q.value(c)) + ` AND ` +
				behind() + `)`
		}
	}
	text += ` ORDER BY `
	if column != "" {
		text += column + dir + `, `
	}
	text += key + nameDir + `, ` + id + nameDir + ` LIMIT ` + args.Add(limit)
	return text, args
}

// list reads what text asks for.
func (q *peopleQuery) list(ctx context.Context, tx *db.Tx, part int, c *cursor, back bool, limit int) ([]Listed, error) {
	text, args := q.text(part, c, back, limit)
	all := make([]Listed, 0, min(limit, 1000))
	err := tx.Rows(ctx, text, args, func(r *sql.Rows) error {
		all = append(all, Listed{part: part})
		l := &all[len(all)-1]
		var sorted any
		err := r.Scan(&l.MayContact, &sorted, &l.key, &l.ID, &l.Given, &l.Family, &l.WorksiteID, &l.Worksites, &l.Region, &l.Job,
			&l.Shift, &l.FTE, &l.OnLeave, &l.HiredOn, &l.Unit, &l.Member, &l.Number, &l.ContactsOK, &l.ContactsAny, &l.Phone, &l.Email)
		if q.Sort != "" {
			l.sortVal = fmt.Sprint(sorted)
		}
		if !l.MayContact {
			l.ContactsOK, l.ContactsAny, l.Phone, l.Email = 0, 0, "", ""
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list people: %w", err)
	}
	return all, nil
}

func (q *peopleQuery) value(c *cursor) any {
	if q.Sort == "fte" {
		n, err := strconv.Atoi(c.Value)
		if err != nil {
			return -1
		}
		return n
	}
	return c.Value
}

// page returns up to size lines before or after c, in the list's order, and whether there are others on either side.
func (q *peopleQuery) page(ctx context.Context, tx *db.Tx, c *cursor, size int) (lines []Listed, before, after bool, err error) {
	part, step, back := 0, 1, false
	if c != nil {
		part, back = c.Part, c.Back
	}
	if back {
		step = -1
	}
	at := c
	for ; part >= 0 && part < q.parts() && len(lines) <= size; part += step {
		some, err := q.list(ctx, tx, part, at, back, size+1-len(lines))
		if err != nil {
			return nil, false, false, err
		}
		lines = append(lines, some...)
		at = nil // the next part from its edge
	}
	more := len(lines) > size
	lines = lines[:min(len(lines), size)]
	if back {
		slices.Reverse(lines)
		return lines, more, true, nil
	}
	return lines, c != nil, more, nil
}

// count returns how many people the list holds.
func (q *peopleQuery) count(ctx context.Context, tx *db.Tx) (int, error) {
	var args db.Args
	var n int
	if err := tx.Row(ctx, `SELECT COUNT(*)`+q.from(&args, whole), args...).Scan(&n); err != nil {
		return 0, fmt.Errorf("count people: %w", err)
	}
	return n, nil
}
