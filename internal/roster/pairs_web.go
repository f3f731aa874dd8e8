// SPDX-License-Identifier: Apache-2.0

package roster

import (
	"context"
	"database/sql"
	"net/http"
	"slices"
	"strconv"

	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/i18n"
	"github.com/tenday/tenday/internal/web"
)

type pairsView struct {
	State PairState         `json:"state"`
	Pairs []*PairRow        `json:"pairs"`
	Names map[string]string `json:"names"`

	tr    *i18n.Translator
	Held  []heldList `json:"held,omitempty"`
	Whole bool       `json:"-"` // the reader decides for the whole unit
}

// heldList is a list with rows that wait for an answer.
type heldList struct {
	ID   string `json:"id"`
	File string `json:"file_name"`
	N    int    `json:"n"`
}

// servePairs serves GET /duplicates: open pairs, or merged and dismissed ones by ?state=.
func (s *Store) servePairs(w http.ResponseWriter, r *http.Request) error {
	v := pairsView{State: PairState(r.FormValue("state")), tr: web.Text(r)}
	if v.State != PairMerged && v.State != PairDifferent {
		v.State = PairOpen
	}
	var err error
	if v.Pairs, err = s.Pairs(r.Context(), v.State); err != nil {
		return err
	}
	var ids []string
	for _, p := range v.Pairs {
		ids = append(ids, p.A, p.B)
	}
	if v.Names, err = s.names(r.Context(), ids); err != nil {
		return err
	}
	if v.Whole = reach(r.Context(), auth.PairDecide).All; v.Whole { // rows of a list may be about anybody
		if v.Held, err = s.held(r.Context()); err != nil {
			return err
		}
	}
	if err := s.saw(r, "pair.list", "", ids); err != nil {
		return err
	}
	return web.Page(w, r, web.View{Page: "pairs", Title: "roster.pair.title", Body: &v})
}

// held returns the lists with rows that wait in the queue.
func (s *Store) held(ctx context.Context) ([]heldList, error) {
	return db.InRead(ctx, s.d, func(tx *db.Tx) ([]heldList, error) {
		return db.All(ctx, tx, func(r *sql.Rows) (h heldList, err error) { return h, r.Scan(&h.ID, &h.File, &h.N) },
			`SELECT i.id, i.file_name, COUNT(*) FROM list_row r JOIN list_import i ON i.id = r.import_id WHERE r.state = 'held'
			AND i.state IN ('previewed', 'applied') GROUP BY i.id, i.file_name ORDER BY i.id DESC LIMIT 20`)
	})
}

// names returns the names of people; of a merged one that of the person she is read as.
func (s *Store) names(ctx context.Context, ids []string) (map[string]string, error) {
	return db.InRead(ctx, s.d, func(tx *db.Tx) (map[string]string, error) {
		out, err := shownNames(ctx, tx, ids)
		if err != nil {
			return nil, err
		}
		var gone []string
		for _, id := range ids {
			if out[id] == "" && !slices.Contains(gone, id) {
				gone = append(gone, id)
			}
		}
		all, err := files(ctx, tx, gone)
		for _, f := range all {
			n := f.legal()
			out[f.ID] = n.Family + ", " + n.Given
		}
		return out, err
	})
}

func (s *Store) servePair(w http.ResponseWriter, r *http.Request) error {
	v, err := s.Pair(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	if err := s.saw(r, "pair.read", "pair:"+v.Pair.ID, []string{v.A.ID, v.B.ID}); err != nil {
		return err
	}
	return web.Page(w, r, web.View{
		Page: "pairs-one", Title: "roster.pair.one",
		Body: struct {
			*PairView
			Why []string `json:"why"`
		}{v, reasonTexts(web.Text(r), v.Pair.Reasons)},
	})
}

func (s *Store) takeMerge(w http.ResponseWriter, r *http.Request) error {
	m := Merge{Keep: r.PostFormValue("keep"), From: map[string]string{}, Both: r.PostFormValue("jobs") == "both"}
	for _, f := range append([]string{"name", "jobs"}, mergeFields...) {
		m.From[f] = r.PostFormValue(f)
	}
	id := r.PathValue("id")
	if err := s.Merge(r.Context(), id, m); err != nil {
		return err
	}
	web.Say(w, r, web.Flash{Key: "roster.pair.merged_flash", Undo: "/duplicates/" + id + "/unmerge"})
	return web.Done(w, r, "/duplicates", nil)
}

func (s *Store) takeDifferent(w http.ResponseWriter, r *http.Request) error {
	if err := s.Different(r.Context(), r.PathValue("id")); err != nil {
		return err
	}
	web.Say(w, r, web.Flash{Key: "roster.pair.different_flash"})
	return web.Done(w, r, "/duplicates", nil)
}

func (s *Store) takeUnmerge(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	if err := r.ParseForm(); err != nil {
		return err
	}
	if err := s.Unmerge(r.Context(), id, r.PostForm["other"]); err != nil {
		return err
	}
	web.Say(w, r, web.Flash{Key: "roster.pair.unmerged_flash"})
	return web.Done(w, r, "/duplicates/"+id, nil)
}

func (s *Store) takeFindPairs(w http.ResponseWriter, r *http.Request) error {
	if err := s.FindPairs(r.Context()); err != nil {
		return err
	}
	return web.Done(w, r, "/duplicates", nil)
}

// Strength says a score in a word, for the key "roster.pair.strength." + it.
func (p *PairRow) Strength() string {
	switch {
	case p.Score >= 90:
		return "strong"
	case p.Score >= 70:
		return "likely"
	}
	return "possible"
}

// Shown is the score as people read it: "0.90".
func (p *PairRow) Shown() string { return strconv.FormatFloat(float64(p.Score)/100, 'f', 2, 64) }

// Why returns the reasons of a pair in words.
func (v *pairsView) Why(p *PairRow) []string { return reasonTexts(v.tr, p.Reasons) }
