// SPDX-License-Identifier: Apache-2.0

package notice

import (
	"bytes"
	"encoding/csv"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// changed returns the health care pack with one edit of its text.
func changed(t *testing.T, path string, e Edit) error {
	t.Helper()

	n, _, err := parseJSON(PackByID("us-nlra-hc").Source())
	if err != nil {
		t.Fatal(err)
	}
	e.Path = path
	steps, _ := splitPath(path)
	parent, _ := n.walk(steps[:len(steps)-1])
	at := slices.IndexFunc(parent.fields, func(f field) bool { return f.name == steps[len(steps)-1].name })
	switch e.Op {
	case "unset":
		parent.fields = slices.Delete(parent.fields, at, at+1)
	default:
		value, _, err := parseJSON([]byte(e.Value))
		if err != nil {
			t.Fatal(err)
		}
		if at >= 0 {
			parent.fields[at].node = value
		} else {
			parent.fields = append(parent.fields, field{name: steps[len(steps)-1].name, node: value})
		}
	}
	var b bytes.Buffer
	n.canonical(&b)
	_, err = LoadPack(&b, "changed")
	return err
}

func TestAPackWithoutItsDutiesDoesNotLoad(t *testing.T) {
	t.Parallel()

	gone, put := Edit{Op: "unset"}, func(v string) Edit { return Edit{Op: "set", Value: v} }
	for _, c := range []struct {
		name, path string
		edit       Edit
		field      string
	}{
		{"no citation", "rules[HC-30].cite", gone, "rules[11].cite"},
		{"an empty citation", "rules[HC-30].cite", put("[]"), "rules[11].cite"},
		{"a citation nobody says was read", "rules[HC-30].cite[0].checked", gone, "rules[11].cite[0].checked"},
		{"a citation read some day", "rules[HC-30].cite[0].checked", put(`"lately"`), "rules[11].cite[0].checked"},
		{"no confidence", "rules[HC-30].confidence", gone, "rules[11].confidence"},
		{"no effective date", "rules[HC-30].effective", gone, "rules[11].effective"},
		{"no first day", "rules[HC-30].effective.from", gone, "rules[11].effective.from"},
		{"no breach", "rules[HC-30].breach", gone, "rules[11].breach"},
		{"no verdict of a breach", "rules[HC-30].breach.verdict", gone, "rules[11].breach.verdict"},
		{"a breach that is lawful", "rules[HC-30].breach.verdict", put(`"lawful"`), "rules[11].breach.verdict"},
		{"nobody hurt", "rules[HC-30].breach.hurts", put(`{}`), "rules[11].breach.hurts"},
		{"an unknown effect", "rules[HC-30].breach.hurts.strike", put(`["bad_luck"]`), "rules[11].breach.hurts.strike"},
		{"no cure", "rules[HC-30].breach.cure", gone, "rules[11].breach.cure"},
		{"no question", "rules[HC-30].ask", gone, "rules[11].ask"},
		{"an empty question", "rules[HC-30].ask", put(`" "`), "rules[11].ask"},
		{"a doubt unsaid", "rules[HC-46].doubt", gone, ""},
		{"an unknown kind", "rules[HC-30].kind", put(`"guess"`), "rules[11].kind"},
		{"an unknown fact", "rules[HC-30].when", put(`{"fact":"moon.phase","eq":"full"}`), "rules[11].when.fact"},
		{"an unknown event", "rules[HC-30].to", put(`{"event":"dawn"}`), "rules[11].to.event"},
		{"an unknown reading", "rules[HC-30].readings", put(`["civil","lunar"]`), "rules[11].readings[1]"},
		{"a reading for another unit", "rules[HC-30].min.unit", put(`"working_day"`), "rules[11].readings"},
		{"a base that is no reading", "rules[HC-30].base", put(`"month_end"`), "rules[11].base"},
		{"an unknown field", "rules[HC-30].speed", put(`1`), "rules[11].speed"},
		{"an unknown field of a match", "rules[HC-42].field", put(`"weather"`), ""},
		{"two things in one condition", "rules[HC-30].when", put(`{"all":[],"fact":"action.kind","eq":"strike"}`), "rules[11].when"},
		{"an unknown group", "rules[HC-01].group", put(`"moons"`), ""},
		{"a last day before the first", "rules[HC-30].effective.to", put(`"1973-12-31"`), "rules[11].effective"},
		{"two versions on one day", "rules[HC-33].effective.to", put(`"2003-08-21"`), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()

			err := changed(t, c.path, c.edit)
			all, ok := errors.AsType[InputErrors](err)
			if !ok {
				t.Fatalf("it loads, or fails otherwise: %v", err)
			}
			if c.field != "" && !slices.ContainsFunc(all, func(e *InputError) bool { return e.Field == c.field }) {
				t.Errorf("no error at %s in:\n%v", c.field, all)
			}
		})
	}
	if err := changed(t, "rules[HC-30].title", put(`"Another"`)); err != nil {
		t.Errorf("an honest edit: %v", err)
	}
}

func TestTheHolidaysAreThoseOfThePublicList(t *testing.T) {
	t.Parallel()

	shared := os.Getenv("TENDAY_SHARED")
	if shared == "" {
		t.Skip("TENDAY_SHARED is not set: the holidays are not compared with the public list")
	}
	r, err := os.Open(filepath.Join(shared, "data/holidays/us_mn_wi_2024_2031.csv"))
	if err != nil {
		t.Skip("the public list of holidays is not there: " + err.Error())
	}
	defer r.Close()
	rows, err := csv.NewReader(r).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for id, region := range map[string]string{"us-nlra-hc": "US", "us-mn-pelra": "US-MN"} {
		cal := PackByID(id).Calendar
		var want, got []string
		for _, row := range rows[1:] {
			d, err := ParseDay(row[1])
			if err != nil {
				t.Fatal(err)
			}
			if row[0] == region && row[3] == "public" && cal.covers(d, d) && !weekend(d) {
				want = append(want, row[1])
			}
		}
		for _, h := range cal.Holidays {
			if !weekend(*h.Date) {
				got = append(got, h.Date.String())
			}
		}
		slices.Sort(want)
		slices.Sort(got)
		if diff := cmp.Diff(slices.Compact(want), slices.Compact(got)); diff != "" {
			t.Errorf("%s, working days only (-list +pack):\n%s", id, diff)
		}
	}
}

func TestTheExampleRuleOfTheFormatLoads(t *testing.T) {
	t.Parallel()

	const pack = `{"schema":"tenday.notice.pack/1","id":"x","version":"1","title":"X","complete":false,
	"select":{"id":"X-1","title":"Always","when":{"fact":"employer.country","eq":"US"},"cite":[{"ref":"A","weight":"statute","checked":"2026-11-21"}],"confidence":"high","ask":"?"},
	"classify":[],"rules":[{"id":"HC-30","title":"Ten days' notice to institution and FMCS","kind":"interval",
 "cite":[{"ref":"29 U.S.C. 158(g)","phrase":"not less than ten days prior","weight":"statute","checked":"2026-11-21"}],
 "effective":{"from":"1974-08-25"}, "confidence":"high",
 "when":{"all":[{"fact":"action.kind","in":["strike","picket","refusal"]}]},
 "from":{"event":"notice","notice":"ten_day","of":["institution","fmcs"],"moment":"received","pick":"latest"},
 "to":{"event":"action.start"}, "min":{"n":10,"unit":"day"},
 "readings":["civil","wall","elapsed","clear"], "base":"civil", "dispatch":"at_risk",
 "breach":{"verdict":"unlawful","hurts":{"any":["union_ulp"]},"cure":"serve a new notice"},"ask":"When?"}]}`
	p, err := LoadPack(strings.NewReader(pack), "x")
	if err != nil {
		t.Fatal(err)
	}
	r := Evaluate(p, factsOf(t, "V05"), Date(2025, 10, 28))
	if got := lineOf(r, "HC-30").Verdict; got != Unlawful {
		t.Errorf("nine days: %v", got)
	}
}

// Two papers of which each has to wait for the other would keep a plan turning until the stack is full.
func TestPapersThatWaitForEachOtherAreRefused(t *testing.T) {
	t.Parallel()

	for name, swap := range map[string][2]string{"two": {"ten_day", "dispute"}, "one": {"dispute", "dispute"}} {
		n, _, err := parseJSON(PackByID("us-nlra-hc").Source())
		if err != nil {
			t.Fatal(err)
		}
		steps, _ := splitPath("rules[HC-31]")
		rule, _ := n.walk(steps)
		rule = rule.clone()
		rule.get("id").text = "HC-31x"
		rule.get("first").get("notice").text, rule.get("then").get("notice").text = swap[0], swap[1]
		rules := n.get("rules")
		rules.items = append(rules.items, rule)
		var b bytes.Buffer
		n.canonical(&b)
		_, err = LoadPack(&b, name)
		if e, ok := errors.AsType[*InputError](err); !ok || e.Code != ePack {
			t.Errorf("%s: error %v", name, err)
		}
	}
}
