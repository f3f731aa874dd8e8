// SPDX-License-Identifier: Apache-2.0

package noticecli

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/tenday/tenday/notice"
)

// factsFile is the facts of a vector.
func factsFile(t *testing.T, id string) string {
	t.Helper()

	data, err := os.ReadFile("../testdata/vectors/" + id + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var v vector
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	return string(v.Facts)
}

func TestExitCodesAndFirstLinesSayTheVerdict(t *testing.T) {
	t.Parallel()

	for _, c := range []struct {
		name, command, facts string
		o                    Options
		code                 int
		first                string
	}{
		{"lawful", "check", "V01", Options{AsOf: "2025-10-27"}, OK, "VERDICT: LAWFUL"},
		{"at risk", "check", "V62", Options{AsOf: "2025-10-27"}, Found, "VERDICT: AT_RISK"},
		{"unknown", "check", "V02", Options{AsOf: "2025-10-27"}, Found, "VERDICT: UNKNOWN"},
		{"unlawful", "check", "V05", Options{AsOf: "2025-10-28"}, Found, "VERDICT: UNLAWFUL"},
		{"fine lawful", "check", "V01", Options{AsOf: "2025-10-27", Fine: true}, OK, "VERDICT: LAWFUL"},
		{"fine at risk", "check", "V62", Options{AsOf: "2025-10-27", Fine: true}, AtRisk, "VERDICT: AT_RISK"},
		{"fine unknown", "check", "V02", Options{AsOf: "2025-10-27", Fine: true}, Unknown, "VERDICT: UNKNOWN"},
		{"fine unlawful", "check", "V05", Options{AsOf: "2025-10-28", Fine: true}, Breach, "VERDICT: UNLAWFUL"},
		{"one action", "check", "V43", Options{AsOf: "2025-11-20", Action: "s1"}, OK, "VERDICT: LAWFUL"},
		{"an action that is not there", "check", "V43", Options{AsOf: "2025-11-20", Action: "s9"}, Bad, "tenday notice: E-REF --action: there is no action s9"},
		{"bad input", "check", "V46a", Options{}, Bad, "tenday notice: -:"},
		{"a pack that is not there", "check", "V01", Options{Pack: "mars"}, Bad, "tenday notice: E-PACK"},
		{"a day that is none", "check", "V01", Options{AsOf: "soon"}, Bad, "tenday notice: E-VALUE --as-of:"},
		{"today", "check", "V01", Options{}, OK, "VERDICT: LAWFUL"},
		{"plan", "plan", "V01", Options{AsOf: "2025-10-27"}, OK, "PLAN for s1"},
		{"a plan that is blocked", "plan", "V05", Options{AsOf: "2025-10-28"}, Found, "PLAN for s1"},
		{"which plan", "plan", "V43", Options{AsOf: "2025-10-28"}, Bad, "tenday notice: --action:"},
		{"guard", "guard", "V01", Options{Now: "2025-11-05T06:50[America/Chicago]"}, OK, "IMMINENT: s1"},
		{"guard too late", "guard", "V01", Options{Now: "2025-11-05T07:01[America/Chicago]"}, Found, "TOO_LATE: s1"},
		{"guard without notice", "guard", "V20", Options{Now: "2025-11-05T07:01[America/Chicago]"}, Found, "NO_NOTICE: h1"},
		{"a moment that is none", "guard", "V01", Options{Now: "soon"}, Bad, "tenday notice: E-VALUE --now:"},
		{"a guard of nothing", "guard", "V01", Options{Now: "2025-11-05T06:50[America/Chicago]", Action: "s9"}, Bad, "tenday notice: E-REF --action:"},
		{"a plan of nothing", "plan", "V01", Options{AsOf: "2025-10-27", Action: "s9"}, Bad, "tenday notice: E-REF --action:"},
		{"a calendar of nothing", "ics", "V01", Options{AsOf: "2025-10-27", Action: "s9"}, Bad, "tenday notice: E-REF --action:"},
		{"locked", "locked", "V01", Options{}, OK, "actions[s1].kind"},
		{"packs", "packs", "", Options{}, OK, "ca-on"},
		{
			"an edit that selects nothing", "whatif", "V01",
			Options{Edits: []notice.Edit{{Op: "unset", Path: "actions[s7].start"}}},
			Bad,
			"tenday notice: E-PATH actions[s7].start",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()

			facts := ""
			if c.facts != "" {
				facts = factsFile(t, c.facts)
			}
			var out strings.Builder
			env := Env{In: strings.NewReader(facts), Out: &out, Err: &out, Now: func() time.Time {
				return time.Date(2025, 10, 27, 18, 0, 0, 0, time.UTC)
			}}
			c.o.Buffer = -1
			if code := Run(env, c.command, "-", c.o); code != c.code || !strings.HasPrefix(out.String(), c.first) {
				t.Errorf("exit %d, want %d; said %.300s", code, c.code, out.String())
			}
		})
	}
}

func TestAPackThatLoadsIsNamedAsItsRowInTheList(t *testing.T) {
	t.Parallel()

	for _, p := range notice.Packs() {
		var out strings.Builder
		env := Env{In: bytes.NewReader(p.Source()), Out: &out, Err: &out}
		if code := Run(env, "pack-check", "-", Options{JSON: true}); code != OK {
			t.Fatalf("%s: exit %d: %s", p.ID, code, out.String())
		}
		var got notice.PackRef
		if err := json.Unmarshal([]byte(out.String()), &got); err != nil {
			t.Fatal(err)
		}
		if want := (notice.PackRef{ID: p.ID, Version: p.Version, SHA256: p.SHA256(), Complete: p.Complete}); got != want {
			t.Errorf("want %+v, got %+v", want, got)
		}
	}
}

func TestErrorsAsJSONListThemAll(t *testing.T) {
	t.Parallel()

	var out strings.Builder
	env := Env{In: strings.NewReader(factsFile(t, "V58")), Out: &out, Err: &out}
	if code := Run(env, "check", "-", Options{JSON: true}); code != Bad {
		t.Errorf("exit %d", code)
	}
	var got struct {
		problem
		Errors []problem
	}
	if err := json.Unmarshal([]byte(out.String()), &got); err != nil {
		t.Fatal(err)
	}
	if got.Schema != "tenday.notice.error/1" || got.Code != "E-START-SCOPE" || got.Line < 2 || len(got.Errors) != 2 ||
		got.Errors[1].Field != "actions[0].start_scope" {
		t.Errorf("%+v", got)
	}
}

func TestTheGuardOfACalledOffActEndsInOne(t *testing.T) {
	t.Parallel()

	facts := strings.Replace(factsFile(t, "V01"), `"state": "planned"`, `"state": "cancelled"`, 1)
	var out strings.Builder
	env := Env{In: strings.NewReader(facts), Out: &out, Err: &out}
	if code := Run(env, "guard", "-", Options{Now: "2025-11-05T07:00[America/Chicago]"}); code != Found || !strings.HasPrefix(out.String(), "CALLED_OFF: s1") {
		t.Errorf("exit %d: %s", code, out.String())
	}
}
