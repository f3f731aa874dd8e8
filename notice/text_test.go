// SPDX-License-Identifier: Apache-2.0

package notice

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden texts")

// What a member reads, for one case of each verdict. Read the difference before -update.
func TestReportsReadLikeThis(t *testing.T) {
	t.Parallel()

	for _, id := range []string{"V01", "V02", "V04", "V06", "V16", "V72"} {
		v := vectorNamed(t, id)
		f, err := parseFacts(v.Facts, id)
		if err != nil {
			t.Fatal(err)
		}
		r := Evaluate(PackByID(v.Pack), f, v.AsOf)
		r.Pack.SHA256, r.FactsSHA256 = "(hash)", "(hash)"
		got, name := r.Text(), "testdata/"+id+".txt"
		if *update {
			if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Errorf("%s (-file +got):\n%s", id, diff)
		}
	}
}

// A reader needs no code to follow: no step is empty, every failing line says why, what cures it and what to ask, and every line
// that an unverified text carries says so.
func TestEveryFailingLineExplainsItself(t *testing.T) {
	t.Parallel()

	for _, v := range vectorFiles(t) {
		f, err := parseFacts(v.Facts, v.ID)
		if err != nil {
			continue
		}
		r := Evaluate(PackByID(v.Pack), f, v.AsOf)
		if r.Disclaimer != Disclaimer || !strings.Contains(r.Text(), Disclaimer) {
			t.Errorf("%s: no disclaimer", v.ID)
		}
		for _, l := range r.Lines {
			if l.Why == "" || len(l.Cites) == 0 || l.Confidence == "" {
				t.Errorf("%s %s: why %q, cites %v, confidence %q", v.ID, l.Rule, l.Why, l.Cites, l.Confidence)
			}
			if l.Verdict > Lawful && (l.Ask == "" || len(l.Hurts) == 0 || l.Cure == "" && l.Rule != r.Lines[0].Rule && l.Verdict != Unsure) {
				t.Errorf("%s %s: ask %q, hurts %v, cure %q", v.ID, l.Rule, l.Ask, l.Hurts, l.Cure)
			}
			for _, s := range l.Steps {
				if s.Text == "" || s.Op == "" {
					t.Errorf("%s %s: an empty step %+v", v.ID, l.Rule, s)
				}
			}
			for _, c := range l.Cites {
				if c.Checked == "unverified" && l.Doubt == "" {
					t.Errorf("%s %s cites %s unverified without saying so", v.ID, l.Rule, c.Ref)
				}
			}
		}
	}
}
