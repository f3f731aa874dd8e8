// SPDX-License-Identifier: Apache-2.0

package picket

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// explained is a small campaign in which everything that can be said comes up.
func explained(t *testing.T) *Input {
	t.Helper()
	files := map[string]string{
		"sites.csv":        "site_id,zip,tz\neast,55128,America/Chicago\nwest,55426,America/Chicago\n",
		"shifts.csv":       "shift_id,starts,ends\na,2025-11-05T07:00,2025-11-05T11:00\nb,2025-11-05T23:00,2025-11-06T03:00\n",
		"needs.csv":        "site_id,shift_id,role,min,target,max\neast,a,captain,1,1,1\neast,a,line,2,2,2\nwest,a,line,1,2,4\neast,b,line,1,1,1\n",
		"members.csv":      "member_id,zip,roles,max_shifts,max_travel_min,duty\nann,55128,captain,2,,\nbo,55128,,,,\ncy,55128,,,,emergency\ndi,55426,,,5,\ned,55128,,,,\nflo,55128,,,,\ngus,55128,,,1,\n",
		"availability.csv": "member_id,shift_id,answer\nann,a,yes\nann,b,if_needed\nbo,a,yes\ncy,a,yes\ndi,a,yes\ned,a,yes\ngus,a,yes\n",
		"bans.csv":         "member_id,site_id,reason\nbo,west,said to be private\n",
		"notice.csv":       "site_id,starts,ends\neast,2025-11-05T07:00,2025-11-06T01:00\n",
	}
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	in, warnings, err := Read(fsys, nil)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, w := range warnings {
		got = append(got, w.String())
	}
	want := []string{
		`needs.csv:4: site_id: "west" is not in the served notice`,
		`needs.csv:5: shift_id: "b" lies outside the hours of the served notice`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
	return in
}

func TestEveryMemberIsToldWhyInSentencesThatNameNobodyElse(t *testing.T) {
	t.Parallel()

	in := explained(t)
	r, err := Plan(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for i, m := range in.Members {
		var keys []string
		for _, s := range r.Say(int32(i)) {
			key := s.Key
			if s.Hurt != nil {
				key += " at " + in.Sites[s.Hurt.Site].ID + " " + s.Hurt.Role.String()
			}
			keys = append(keys, key)
		}
		got[m.ID] = strings.Join(keys, ", ")
	}
	want := map[string]string{
		"ann": "placed, placed, if_needed at east line, extra, alt.captain at east captain, alt.captain at east captain",
		"bo":  "placed, ban", "cy": "un.duty", "di": "placed", "ed": "placed, alt.min at east line", "flo": "un.no_hours", "gus": "un.too_far",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	var b bytes.Buffer
	ann := int32(slices.IndexFunc(in.Members, func(m Member) bool { return m.ID == "ann" }))
	if err := r.WriteExplanation(&b, ann, func(s Sentence) string { return "«" + s.Key + "»" }); err != nil {
		t.Fatal(err)
	}
	var out struct {
		Schema, Member_id string //nolint:revive,staticcheck // as in the file
		Sentences         []struct {
			Key, Text string
			Delta     map[string]int64
		}
	}
	if err := json.Unmarshal(b.Bytes(), &out); err != nil || out.Schema != ExplainSchema || out.Member_id != "ann" || out.Sentences[0].Text != "«placed»" || out.Sentences[4].Delta["short_captain"] != 1 {
		t.Errorf("%v: %s", err, b.String())
	}
}

func TestAReplanSaysWhoseDayItChanges(t *testing.T) {
	t.Parallel()

	in := explained(t)
	r, err := Plan(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	at := func(id string) int32 {
		return int32(slices.IndexFunc(in.Members, func(m Member) bool { return m.ID == id }))
	}
	for i := range r.Placements {
		r.Placements[i].State = Confirmed
	}
	early := time.Date(2025, 11, 1, 12, 0, 0, 0, time.UTC)
	again, err := Replan(t.Context(), in, r.Placements, []Event{{Kind: DropOut, Member: at("ed"), Site: -1, Shift: -1}, {Kind: CloseSite, Site: 1, Member: -1, Shift: -1}}, early, Disturbance)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := again.WriteJSON(t.Context(), &b, nil); err != nil {
		t.Fatal(err)
	}
	var out struct {
		Mode    string
		Now     time.Time
		Levels  []struct{ Name string }
		Changes []struct {
			Member   string `json:"member_id"`
			From, To *struct {
				Site string `json:"site_id"`
			}
			Points int64
		}
	}
	if err := json.Unmarshal(b.Bytes(), &out); err != nil {
		t.Fatal(err)
	}
	// Both who could come to east's line are there or have left; di's line is closed and nobody else's is near enough for her.
	if out.Mode != "disturbance" || !out.Now.Equal(early) || out.Levels[2].Name != "disturbed" || len(out.Changes) != 0 {
		t.Errorf("%s", b.String())
	}
	closed, err := Replan(t.Context(), in, r.Placements, []Event{{Kind: NeedChange, Site: 0, Shift: 0, Role: Captain, Member: -1}}, early, Cost)
	if err != nil {
		t.Fatal(err)
	}
	if len(closed.Changes) == 0 || closed.Changes[0].Member != at("ann") || closed.Changes[0].From == nil || closed.Changes[0].From.Role != Captain {
		t.Errorf("%+v", closed.Changes)
	}
}
