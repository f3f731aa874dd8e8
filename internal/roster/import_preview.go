// SPDX-License-Identifier: Apache-2.0

package roster

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/sheet"
)

// batch is how many rows are read, compared and written at once: writers come in between.
const batch = 1000

// Preview reads all rows of list id, matches them with everybody on file and writes what applying each would do; nobody is
// changed. progress, which may be nil, hears of rows done and rows in all. It ends in previewed, or in stopped when the list
// looks wrong as a whole. Errors: Invalid with file, line and column when the file cannot be read to its end; then, as after a
// crash, there is no preview.
func (s *Store) Preview(ctx context.Context, id string, progress func(done, total int)) error {
	if err := wholeUnit(ctx, auth.ListImport); err != nil {
		return err
	}
	if progress == nil {
		progress = func(int, int) {}
	}
	imp, err := s.take(ctx, id)
	if err != nil {
		return err
	}
	sum, err := db.InRead(ctx, s.d, func(tx *db.Tx) (*Summary, error) {
		p := &preview{s: s, imp: imp, progress: progress}
		return p.run(ctx, tx)
	})
	// The end is written even when the caller has gone: the flag must not stay.
	ctx = context.WithoutCancel(ctx)
	end := db.Do(ctx, s.d, func(tx *db.Tx) error {
		n, gone := tx.ExecN(ctx, `UPDATE list_import SET working = '' WHERE id = $1 AND working = $2`, id, imp.Working)
		switch {
		case gone != nil:
			return gone
		case n == 0:
			return fault.New(fault.Conflict, "roster.list.preview_again")
		case err != nil:
			return forgetPreview(ctx, tx, imp, ListMapped)
		}
		state, why := ListPreviewed, ""
		if len(sum.Stops) > 0 {
			state, why = ListStopped, sum.Stops[0].Rule
		}
		if _, err := tx.Exec(ctx, `UPDATE list_import SET state = $1, stopped_why = $2, summary = $3, rows_done = $4, rows_total = $5
			WHERE id = $6`, state, why, jsonValue(sum), sum.Rows, sum.Rows, id); err != nil {
			return fmt.Errorf("end preview: %w", err)
		}
		_, err := audit.Append(ctx, tx, audit.Entry{Verb: "list.preview", Object: "list:" + id, Detail: string(state), Count: sum.Rows})
		return err
	})
	return cmp.Or(err, end)
}

// take marks the list as being previewed and drops what an earlier preview said.
func (s *Store) take(ctx context.Context, id string) (*Import, error) {
	return db.InTx(ctx, s.d, func(tx *db.Tx) (*Import, error) {
		i, err := importOf(ctx, tx, id, ListMapped)
		switch {
		case err != nil:
			return nil, err
		case i.Working != "":
			return nil, fault.New(fault.Conflict, "roster.list.working")
		case i.State == ListUploaded:
			if err := i.Mapping.Check(); err != nil {
				return nil, err
			}
		}
		if err := checkAsOf(ctx, tx, i); err != nil {
			return nil, err
		}
		if err := forgetPreview(ctx, tx, i, ListMapped); err != nil {
			return nil, err
		}
		i.State, i.Working = ListMapped, "preview "+newID()
		_, err = tx.Exec(ctx, `UPDATE list_import SET working = $1 WHERE id = $2`, i.Working, id)
		return i, err
	})
}

// plan is whom one row is about.
type plan struct {
	line   int
	state  RowState
	person string
	kind   Kind
	cands  []Candidate
}

// preview works through one list.
type preview struct {
	s        *Store
	imp      *Import
	progress func(done, total int)
	read     ParseContext
	roll     *roll
	index    *Index
	sum      Summary
	stop     stopper
	compare  comparison
	fresh    map[string]string // number -> id of the new person who has it
	names    map[string]Name   // of new people with a number
	repeats  map[[16]byte]plan // by a digest of the values
	rows     map[string]int    // people on file -> rows linked to them
}

func (p *preview) run(ctx context.Context, tx *db.Tx) (*Summary, error) {
	var err error
	if p.sum.Revision, err = revision(ctx, tx); err != nil {
		return nil, err
	}
	e, err := employer(ctx, tx)
	if err != nil {
		return nil, err
	}
	if p.roll, err = readRoll(ctx, tx, p.imp.AsOf); err != nil {
		return nil, err
	}
	gone, err := dismissals(ctx, tx)
	if err != nil {
		return nil, err
	}
	book, sh, err := source(ctx, tx, p.imp)
	if err != nil {
		return nil, err
	}
	p.read = p.roll.context(e)
	p.compare = comparison{kind: p.imp.Kind, asOf: p.imp.AsOf, historical: p.imp.Historical, code: p.roll.code}
	p.index = NewIndex(DefaultRule, p.roll.people, gone)
	p.fresh, p.names, p.repeats, p.rows = map[string]string{}, map[string]Name{}, map[[16]byte]plan{}, map[string]int{}
	err = p.each(sh, func(lines []Line, rows []Parsed) error { return p.batch(ctx, tx, lines, rows) }, p.sum.aside)
	if err != nil {
		return nil, err
	}
	if err := p.severalRows(ctx); err != nil {
		return nil, err
	}
	if err := p.absent(ctx); err != nil {
		return nil, err
	}
	for _, w := range book.Warnings() {
		p.sum.Warnings = append(p.sum.Warnings, Warned(w))
	}
	p.sum.stops(&p.stop, p.imp, len(p.roll.people) > 0)
	return &p.sum, nil
}

// each reads the file once and hands its rows over in batches, parsed on every processor.
func (p *preview) each(sh *sheet.Sheet, take func([]Line, []Parsed) error, aside func(Aside)) error {
	var lines []Line
	rows := make([]Parsed, batch)
	flush := func() error {
		parallel(len(lines), func(i int) { rows[i] = p.imp.Mapping.Row(lines[i].No, lines[i].Cells, p.read) })
		err := take(lines, rows[:len(lines)])
		lines = lines[:0]
		return err
	}
	err := eachLine(sh, func(*Sheet) error { return nil }, func(l Line) error {
		if lines = append(lines, l); len(lines) < batch {
			return nil
		}
		return flush()
	}, aside)
	if err != nil || len(lines) == 0 {
		return err
	}
	return flush()
}

// parallel calls f for 0 to n-1 on every processor and returns when all is done.
func parallel(n int, f func(int)) {
	var wg sync.WaitGroup
	workers := min(runtime.GOMAXPROCS(0), n)
	for w := range workers {
		wg.Go(func() {
			for i := w; i < n; i += workers {
				f(i)
			}
		})
	}
	wg.Wait()
}

// batch says whom each row is about, compares it with her and writes it. Of people with several rows the first is compared here
// alone, and all together at the end.
func (p *preview) batch(ctx context.Context, tx *db.Tx, lines []Line, rows []Parsed) error {
	found := make([][]Candidate, len(rows))
	parallel(len(rows), func(i int) {
		if !rows[i].Unreadable {
			found[i] = p.index.Match(rows[i].Known())
		}
	})
	plans := make([]plan, len(rows))
	var ids []string
	first := make([]bool, len(rows))
	for i := range rows {
		pl := p.planOf(&rows[i], found[i])
		plans[i] = pl
		p.sum.count(&rows[i], &pl)
		if pl.state == RowLinked {
			p.rows[pl.person]++
			if first[i] = p.rows[pl.person] == 1; first[i] {
				ids = append(ids, pl.person)
			}
		}
	}
	byID, err := filesByID(ctx, tx, ids)
	if err != nil {
		return err
	}
	out := make([][]any, len(rows))
	parallel(len(rows), func(i int) {
		var d rowDiff
		if f := byID[plans[i].person]; first[i] && f != nil {
			d = p.compare.diffRows(f, []*Parsed{&rows[i]})[0]
		}
		out[i] = p.row(&plans[i], lines[i].Cells, &rows[i], &d)
	})
	for i := range rows {
		if f := byID[plans[i].person]; first[i] && f != nil {
			p.stop.add(&p.compare, f, &rows[i])
		}
	}
	return p.insert(ctx, out)
}

// severalRows compares the rows of people with several together.
func (p *preview) severalRows(ctx context.Context) error {
	var ids []string
	for id, n := range p.rows {
		if n > 1 {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	for part := range slices.Chunk(ids, chunk) {
		err := db.Do(ctx, p.s.d, func(tx *db.Tx) error {
			for _, id := range part {
				if err := compareAgain(ctx, tx, p.imp, id, p.compare.code); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (p *preview) planOf(r *Parsed, found []Candidate) (pl plan) {
	pl.line = r.Line
	digest := digestOf(&r.Values)
	first, again := p.repeats[digest]
	defer func() {
		if !again {
			p.repeats[digest] = plan{state: pl.state, person: pl.person}
		}
	}()
	number := r.Values[FieldEmployeeNumber]
	switch {
	case r.Unreadable:
		pl.state, pl.kind = RowFailed, Unread
	case again && first.state != RowFailed:
		pl.state, pl.person, pl.kind = first.state, first.person, Repeat
		if pl.state == RowProposed { // the row before it is asked about; this one says nothing more
			pl.state = RowFailed
		}
	case len(found) > 0 && found[0].Band == Auto:
		pl.state, pl.person = RowLinked, found[0].ID
	case len(found) > 0:
		pl.state, pl.kind, pl.cands = RowProposed, Possible, found[:min(3, len(found))]
		if found[0].Reasons[0].Code == SameIDNamesDiffer {
			pl.kind = Conflict
		}
	case p.imp.Kind == UnionList || p.imp.Historical:
		pl.state, pl.kind = RowProposed, Stranger
	case p.fresh[number] != "" && number != "":
		if bestName(formsOf([]Name{r.Name()}), formsOf([]Name{p.names[number]})).score < DefaultRule.IdentifierNameMin {
			r.Problems = append(r.Problems, Finding{FieldEmployeeNumber, number, "number_twice"})
			pl.state, pl.kind = RowFailed, Unread
			break
		}
		pl.state, pl.kind, pl.person = RowNew, SecondJob, p.fresh[number]
	case r.Values[FieldWorksiteCode] == "":
		pl.state, pl.kind = RowFailed, NoWorksite
	default:
		pl.state, pl.kind, pl.person = RowNew, NewRow, newID()
		if number != "" {
			p.fresh[number], p.names[number] = pl.person, r.Name()
		}
	}
	return pl
}

func digestOf(v *Values) [16]byte {
	sum := sha256.Sum256([]byte(strings.Join(v[:], "\x00")))
	return [16]byte(sum[:16])
}

func filesByID(ctx context.Context, tx *db.Tx, ids []string) (map[string]*file, error) {
	all, err := files(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	out := make(map[string]*file, len(all))
	for _, f := range all {
		out[f.ID] = f
	}
	return out, nil
}

var rowColumns = []string{"import_id", "line", "state", "person_id", "score", "reasons", "raw", "parsed", "diff", "kinds", "problem"}

func (p *preview) row(pl *plan, cells []string, r *Parsed, d *rowDiff) []any {
	var reasons, diff, problem string
	score := 0
	if pl.state == RowProposed {
		reasons = jsonValue(pl.cands)
	}
	if len(pl.cands) > 0 {
		score = pl.cands[0].Score
	}
	kinds := d.kinds()
	if pl.kind != "" {
		kinds = append(kinds, pl.kind)
	}
	if len(d.Deltas) > 0 {
		diff = jsonValue(d)
	}
	if len(r.Problems) > 0 {
		problem = jsonValue(r.Problems)
	}
	return []any{p.imp.ID, pl.line, string(pl.state), pl.person, score, reasons, jsonValue(cells), jsonValue(r), diff, kindText(kinds), problem}
}

// kindText writes kinds so that one of them is found with a space on either side.
func kindText(kinds []Kind) string {
	if len(kinds) == 0 {
		return ""
	}
	var b strings.Builder
	for i, k := range kinds {
		if !slices.Contains(kinds[:i], k) {
			b.WriteString(" " + string(k))
		}
	}
	return b.String() + " "
}

func (p *preview) insert(ctx context.Context, rows [][]any) error {
	return db.Do(ctx, p.s.d, func(tx *db.Tx) error {
		if err := tx.Insert(ctx, "list_row", rowColumns, rows); err != nil {
			return err
		}
		n, err := tx.ExecN(ctx, `UPDATE list_import SET rows_done = $1 WHERE id = $2 AND working = $3`, p.sum.Rows, p.imp.ID, p.imp.Working)
		if err == nil && n == 0 { // a program that started meanwhile took this one for dead
			return fault.New(fault.Conflict, "roster.list.preview_again")
		}
		p.progress(p.sum.Rows, max(p.sum.Rows, p.imp.RowsTotal))
		return err
	})
}

// absent writes who has a job on the day and stands on no row that is linked. Union lists and historical ones say nothing about
// who is not on them.
func (p *preview) absent(ctx context.Context) error {
	if p.imp.Kind == UnionList || p.imp.Historical {
		return nil
	}
	var rows [][]any
	for i, k := range p.roll.people {
		if p.roll.live[i] && !p.roll.left[i] && p.rows[k.ID] == 0 {
			rows = append(rows, []any{p.imp.ID, k.ID})
		}
		p.sum.present(p.roll, i, p.rows[k.ID] > 0)
	}
	p.sum.Absent = len(rows)
	if err := p.sum.closing(ctx, p.s.d, p.imp.ID); err != nil {
		return err
	}
	for part := range slices.Chunk(rows, 10*batch) {
		err := db.Do(ctx, p.s.d, func(tx *db.Tx) error {
			return tx.Insert(ctx, "list_absent", []string{"import_id", "person_id"}, part)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func readParsed(text string) (*Parsed, error) {
	p := &Parsed{}
	if err := json.Unmarshal([]byte(text), p); err != nil {
		return nil, fmt.Errorf("read row: %w", err)
	}
	return p, nil
}
