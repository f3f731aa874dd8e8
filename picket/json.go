// SPDX-License-Identifier: Apache-2.0

package picket

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"time"
)

// Schema names the form of WriteJSON.
const Schema = "tenday.picket.plan/1"

type (
	planJSON struct {
		Schema      string          `json:"schema"`
		InputSHA256 string          `json:"input_sha256"`
		Policy      Policy          `json:"policy"`
		Levels      []levelJSON     `json:"levels"`
		Assignments []placedJSON    `json:"assignments"`
		Shortages   []shortJSON     `json:"shortages"`
		Unplaced    []leftJSON      `json:"unplaced"`
		Teams       []teamJSON      `json:"teams"`
		Recruit     []recruitJSON   `json:"recruit"`
		Warnings    []Problem       `json:"warnings"`
		Certificate certificateJSON `json:"certificate"`
	}
	levelJSON struct {
		Name  string `json:"name"`
		Unit  string `json:"unit"`
		Value int64  `json:"value"`
		Bound *int64 `json:"bound"` // null: not comparable after the first gap
		Gap   *int64 `json:"gap"`
	}
	placedJSON struct {
		Member  string    `json:"member_id"`
		Site    string    `json:"site_id"`
		Shift   string    `json:"shift_id"`
		Role    string    `json:"role"`
		State   State     `json:"state"`
		Travel  int       `json:"travel_min"`
		Answer  Answer    `json:"answer"`
		Starts  time.Time `json:"starts"`
		Ends    time.Time `json:"ends"`
		Minutes int       `json:"minutes"` // elapsed, whatever the clocks do
	}
	shortJSON struct {
		Site        string `json:"site_id"`
		Shift       string `json:"shift_id"`
		Role        string `json:"role"`
		Min         int    `json:"min"`
		Target      int    `json:"target"`
		Max         int    `json:"max"`
		Placed      int    `json:"placed"`
		ShortMin    int    `json:"short_min"`
		ShortTarget int    `json:"short_target"`
	}
	leftJSON struct {
		Member string `json:"member_id"`
		Reason Reason `json:"reason"`
	}
	teamJSON struct {
		Team  string   `json:"team_id"`
		Sites []string `json:"site_ids"`
	}
	recruitJSON struct {
		Site  string      `json:"site_id"`
		Shift string      `json:"shift_id"`
		Role  string      `json:"role"`
		Delta deltaInJSON `json:"delta"`
	}
	certificateJSON struct {
		Nodes    int32       `json:"nodes"`
		Arcs     int         `json:"arcs"`
		Weights  deltaInJSON `json:"weights"`
		Verified bool        `json:"verified"`
	}
)

// deltaInJSON is the levels that are not 0, in their order.
type deltaInJSON struct {
	order  Order
	levels Levels
}

func (d deltaInJSON) MarshalJSON() ([]byte, error) {
	b := bytes.NewBufferString("{")
	for _, l := range d.order {
		if d.levels[l] != 0 {
			if b.Len() > 1 {
				b.WriteByte(',')
			}
			b.WriteString(strconv.Quote(l.String()) + ":" + strconv.FormatInt(d.levels[l], 10))
		}
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// WriteJSON writes the plan as one object of Schema, with the warnings that Read gave. It names people and nobody's reasons.
func (r *Result) WriteJSON(w io.Writer, warnings []Problem) error {
	in := r.in
	out := planJSON{
		Schema: Schema, InputSHA256: in.SHA256, Policy: in.Policy, Levels: []levelJSON{}, Assignments: []placedJSON{}, Shortages: []shortJSON{},
		Unplaced: []leftJSON{}, Teams: []teamJSON{}, Recruit: []recruitJSON{}, Warnings: append([]Problem{}, warnings...),
		Certificate: certificateJSON{r.k.p.N, len(r.k.p.Arcs), deltaInJSON{r.m.order, r.k.weights}, true},
	}
	for _, v := range r.Levels {
		l := levelJSON{Name: v.Level.String(), Unit: levelUnits[v.Level], Value: v.Value}
		if v.Known {
			gap := v.Value - v.Bound
			l.Bound, l.Gap = &v.Bound, &gap
		}
		out.Levels = append(out.Levels, l)
	}
	for _, p := range r.Placements {
		at := in.Shifts[p.Shift].At[p.Site]
		out.Assignments = append(out.Assignments, placedJSON{
			in.Members[p.Member].ID, in.Sites[p.Site].ID, in.Shifts[p.Shift].ID, p.Role.String(), p.State, p.Minutes, p.Answer,
			at.Start, at.End, int(at.End.Sub(at.Start).Minutes()),
		})
	}
	for _, s := range r.Shortages {
		n := s.Need
		out.Shortages = append(out.Shortages, shortJSON{
			in.Sites[n.Site].ID, in.Shifts[n.Shift].ID, n.Role.String(), n.Min, n.Target, n.Max, s.Placed,
			max(n.Min-s.Placed, 0), n.Target - max(s.Placed, n.Min),
		})
	}
	for _, l := range r.Unplaced {
		out.Unplaced = append(out.Unplaced, leftJSON{in.Members[l.Member].ID, l.Reason})
	}
	for _, t := range r.teams {
		id, site := in.Teams[t.team].ID, in.Sites[r.m.needs[r.m.options[t.options[0]].need].Site].ID
		if n := len(out.Teams); n > 0 && out.Teams[n-1].Team == id {
			out.Teams[n-1].Sites = append(out.Teams[n-1].Sites, site)
		} else {
			out.Teams = append(out.Teams, teamJSON{id, []string{site}})
		}
	}
	for _, x := range r.Recruit() {
		out.Recruit = append(out.Recruit, recruitJSON{
			in.Sites[x.Need.Site].ID, in.Shifts[x.Need.Shift].ID, x.Need.Role.String(), deltaInJSON{r.m.order, x.Delta},
		})
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	if err := e.Encode(out); err != nil {
		return fmt.Errorf("write plan: %w", err)
	}
	return nil
}
