// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	ics "github.com/arran4/golang-ical"
	"github.com/google/go-cmp/cmp"

	"github.com/tenday/tenday/notice"
)

// noticed runs a command of the legal clock on the facts of a vector.
func noticed(t *testing.T, vector string, args ...string) (code int, out, errs string) {
	t.Helper()

	bundle, err := sentences("en")
	if err != nil {
		t.Fatal(err)
	}
	facts := ""
	if vector != "" {
		data, err := os.ReadFile("../../notice/testdata/vectors/" + vector + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var v struct{ Facts json.RawMessage }
		if err := json.Unmarshal(data, &v); err != nil {
			t.Fatal(err)
		}
		facts = string(v.Facts)
	}
	var o, e strings.Builder
	c := &console{tr: bundle.For("en"), in: strings.NewReader(facts), out: &o, err: &e}
	code = c.exit(c.run(context.Background(), append([]string{"notice"}, args...)))
	return code, o.String(), e.String()
}

func TestEveryNoticeVectorPassesOnTheCommandLine(t *testing.T) {
	t.Parallel()

	for folder, n := range map[string]string{"vectors": "113", "own": "218"} {
		code, out, _ := noticed(t, "", "vectors", "../../notice/testdata/"+folder)
		if code != exitOK || out != n+" vectors, 0 failed\n" {
			t.Errorf("exit %d:\n%s", code, out)
		}
	}
}

func TestNoticeCommandsAnswerWithTheirExitCodes(t *testing.T) {
	t.Parallel()

	pack := filepath.Join(t.TempDir(), "pack.json")
	if err := os.WriteFile(pack, notice.PackByID("gb").Source(), 0o600); err != nil {
		t.Fatal(err)
	}
	calendar := filepath.Join(t.TempDir(), "plan.ics")
	for _, c := range []struct {
		name, vector string
		args         []string
		code         int
		out, errs    string
	}{
		{"lawful", "V01", []string{"check", "-", "--as-of", "2025-10-27"}, 0, "VERDICT: LAWFUL\n", ""},
		{"unlawful", "V05", []string{"check", "-", "--as-of", "2025-10-28"}, 1, "VERDICT: UNLAWFUL\n", ""},
		{"fine", "V05", []string{"check", "-", "--as-of", "2025-10-28", "--exit", "fine"}, 12, "VERDICT: UNLAWFUL\n", ""},
		{"bad facts", "V46b", []string{"check", "-"}, 2, "", "E-TIME-GAP actions[0].start"},
		{"bad facts as JSON", "V46b", []string{"check", "-", "--format", "json"}, 2, `"code": "E-TIME-GAP"`, ""},
		{
			"a change", "V01",
			[]string{"whatif", "-", "--as-of", "2025-10-27", "--set", "actions[s1].start=2025-11-06T07:00[America/Chicago]"},
			1,
			"AFTER: UNLAWFUL", "",
		},
		{
			"a change and its cure", "V01",
			[]string{
				"whatif", "-", "--as-of", "2025-11-04", "--set", "actions[s1].start=2025-11-06T07:00[America/Chicago]",
				"--unset", "actions[s1].end", "--add", `notices[n-10].extensions={"id":"x","form":"signed_by_both","agreed_at":"2025-11-04T09:00[America/Chicago]","new_start":"2025-11-06T07:00[America/Chicago]"}`,
			},
			0, "AFTER: LAWFUL", "",
		},
		{"a change that is none", "V01", []string{"whatif", "-", "--set", "actions[s1].start"}, 2, "", "write PATH=VALUE"},
		{"a plan with its calendar", "V01", []string{"plan", "-", "--as-of", "2025-10-27", "--ics", calendar}, 0, "PLAN for s1", ""},
		{"too late", "V01", []string{"guard", "-", "--now", "2025-11-05T07:20[America/Chicago]"}, 1, "Do not walk out", ""},
		{"locked", "V01", []string{"locked", "-"}, 0, "notices[n-10].announces[a].start\n", ""},
		{"packs", "", []string{"packs"}, 0, "us-nlra-hc", ""},
		{"a pack that loads", "", []string{"pack", "check", pack}, 0, "gb 2026.11.1 loads", ""},
		{"a pack that does not", "V01", []string{"pack", "check", "-"}, 2, "", "E-MISSING"},
		{"a file that is not there", "", []string{"check", "/nowhere.json"}, 2, "", "there is no file /nowhere.json"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()

			code, out, errs := noticed(t, c.vector, c.args...)
			if code != c.code || !strings.Contains(out, c.out) || !strings.Contains(errs, c.errs) {
				t.Errorf("exit %d, want %d\nout: %.400s\nerr: %.400s", code, c.code, out, errs)
			}
		})
	}
	if info, err := os.Stat(calendar); !errors.Is(err, os.ErrNotExist) && info.Mode().Perm() != 0o600 {
		t.Errorf("the calendar's mode is %v: a leaked date does harm", info.Mode())
	}
}

func TestTheNoticeCalendarIsWhatRFC5545Wants(t *testing.T) {
	t.Parallel()

	events := []notice.Event{
		{
			UID: "s1.ten_day", Summary: "Serve; now, día \x07\r\nBEGIN:VEVENT", Day: notice.Date(2025, 10, 24), Description: strings.Repeat("ñ\\;,", 60),
			Alarms: []time.Duration{72 * time.Hour},
		},
		{UID: "s1.start", Summary: "Strike", Start: time.Date(2025, 11, 5, 13, 0, 0, 0, time.UTC), Cancelled: true},
	}
	var b strings.Builder
	if err := writeNoticeCalendar(&b, events, "example.org", time.Date(2025, 9, 1, 0, 0, 0, 0, time.UTC)); err != nil {
		t.Fatal(err)
	}
	for line := range strings.SplitSeq(strings.TrimSuffix(b.String(), "\r\n"), "\r\n") {
		if len(line) > 75 || strings.ContainsAny(line, "\r\n\x07") {
			t.Errorf("%d octets: %q", len(line), line)
		}
	}
	cal, err := ics.ParseCalendar(strings.NewReader(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, v := range cal.Events() {
		for _, p := range []ics.ComponentProperty{
			ics.ComponentPropertyUniqueId, ics.ComponentPropertySummary, ics.ComponentPropertyClass,
			ics.ComponentPropertySequence, ics.ComponentPropertyStatus, ics.ComponentPropertyDtStart,
		} {
			if x := v.GetProperty(p); x != nil {
				got = append(got, x.Value)
			}
		}
	}
	want := []string{
		"s1.ten_day@example.org", "Serve; now, día  BEGIN:VEVENT", "CONFIDENTIAL", "0", "20251024",
		"s1.start@example.org", "Strike", "CONFIDENTIAL", "1", "CANCELLED", "20251105T130000Z",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
