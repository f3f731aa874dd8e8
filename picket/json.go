// SPDX-License-Identifier: Apache-2.0

package picket

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
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
		Mode        Mode            `json:"mode,omitempty"`    // from here on of a replan only
		Now         *time.Time      `json:"now,omitempty"`     // instant
		Changes     []changeJSON    `json:"changes,omitempty"` // against what still held after the events
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
		Team  string      `json:"team_id"`
		Sites []string    `json:"site_ids"`
		Cost  deltaInJSON `json:"cost"` // what would be gained if this team alone were split
	}
	changeJSON struct {
		Member string     `json:"member_id"`
		Shift  string     `json:"shift_id"`
		From   *placeJSON `json:"from"`
		To     *placeJSON `json:"to"`
		Points int64      `json:"points"`
	}
	placeJSON struct {
		Site  string `json:"site_id"`
		Role  string `json:"role"`
		State State  `json:"state"`
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

// WriteJSON writes the plan or replan as one object of Schema, with the warnings that Read gave. It names people and nobody's reasons.
// It prices every team, which takes a repair or two each. Errors: the context's, the writer's.
func (r *Result) WriteJSON(ctx context.Context, w io.Writer, warnings []Problem) error {
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
	costs, err := r.TeamCosts(ctx)
	if err != nil {
		return err
	}
	for _, c := range costs {
		t := teamJSON{in.Teams[c.Team].ID, nil, deltaInJSON{r.m.order, c.Cost}}
		for _, s := range c.Sites {
			t.Sites = append(t.Sites, in.Sites[s].ID)
		}
		out.Teams = append(out.Teams, t)
	}
	for _, x := range r.Recruit() {
		out.Recruit = append(out.Recruit, recruitJSON{
			in.Sites[x.Need.Site].ID, in.Shifts[x.Need.Shift].ID, x.Need.Role.String(), deltaInJSON{r.m.order, x.Delta},
		})
	}
	if r.Changes != nil {
		out.Mode, out.Now = r.mode, &r.now
		for _, c := range r.Changes {
			out.Changes = append(out.Changes, changeJSON{
				in.Members[c.Member].ID, in.Shifts[c.Shift].ID, in.placeJSON(c.From), in.placeJSON(c.To), c.Points,
			})
		}
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	if err := e.Encode(out); err != nil {
		return fmt.Errorf("write plan: %w", err)
	}
	return nil
}

func (in *Input) placeJSON(p *Placement) *placeJSON {
	if p == nil {
		return nil
	}
	return &placeJSON{in.Sites[p.Site].ID, p.Role.String(), p.State}
}

// ExplainSchema names the form of WriteExplanation.
const ExplainSchema = "tenday.picket.explain/1"

type sentenceJSON struct {
	Key     string      `json:"key"`
	Site    string      `json:"site_id,omitempty"`
	Shift   string      `json:"shift_id,omitempty"`
	Role    string      `json:"role,omitempty"`
	Minutes int         `json:"travel_min,omitempty"`
	Delta   deltaInJSON `json:"delta"`
	Text    string      `json:"text"`
}

// WriteExplanation writes what Say says of a member as one object of ExplainSchema; words turns a sentence into text.
func (r *Result) WriteExplanation(w io.Writer, member int32, words func(Sentence) string) error {
	out := struct {
		Schema    string         `json:"schema"`
		Member    string         `json:"member_id"`
		Sentences []sentenceJSON `json:"sentences"`
	}{ExplainSchema, r.in.Members[member].ID, []sentenceJSON{}}
	for _, s := range r.Say(member) {
		j := sentenceJSON{Key: s.Key, Minutes: s.Minutes, Delta: deltaInJSON{r.m.order, s.Delta}, Text: words(s)}
		if s.Site >= 0 {
			j.Site = r.in.Sites[s.Site].ID
		}
		if s.Shift >= 0 {
			j.Shift = r.in.Shifts[s.Shift].ID
		}
		if s.Key == "placed" || strings.HasPrefix(s.Key, "alt.") {
			j.Role = s.Role.String()
		}
		out.Sentences = append(out.Sentences, j)
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	if err := e.Encode(out); err != nil {
		return fmt.Errorf("write explanation: %w", err)
	}
	return nil
}
