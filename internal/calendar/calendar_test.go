// SPDX-License-Identifier: Apache-2.0

package calendar

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "rewrite testdata/*.ics")

var stamp = time.Date(2025, 9, 1, 8, 30, 0, 0, time.UTC)

func day(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }

// cases are the golden files.
var cases = map[string]struct {
	name   string
	events []Event
}{
	"plan": {"Tenday: deadlines", []Event{
		{
			UID: "s1.ten_day@example.org", Seq: 3, Stamp: stamp, Start: day(2025, 10, 24), AllDay: true, Summary: "Serve the ten-day notice",
			Description: "Safe day. The last day that some would still defend: 2025-10-26.\nNot legal advice.",
			Alarms:      []time.Duration{72 * time.Hour, 24 * time.Hour},
		},
		{
			UID: "s1.start@example.org", Seq: 3, Stamp: stamp, Start: time.Date(2025, 11, 5, 13, 0, 0, 0, time.UTC),
			End: time.Date(2025, 11, 6, 13, 0, 0, 0, time.UTC), Zone: "America/Chicago", Summary: "Strike", Location: "Hastings, Blaine",
			Alarms: []time.Duration{2 * time.Hour},
		},
	}},
	"cancelled": {"", []Event{{
		UID: "s1.start@example.org", Seq: 4, Stamp: stamp, Start: time.Date(2025, 11, 5, 13, 0, 0, 0, time.UTC), Summary: "Strike",
		Class: Private, Cancelled: true, Alarms: []time.Duration{2 * time.Hour},
	}}},
	// The week in which clocks change: two events of one wall time, an hour apart.
	"twice": {"", []Event{
		{UID: "a@example.org", Stamp: stamp, Start: time.Date(2025, 11, 2, 6, 30, 0, 0, time.UTC), Zone: "America/Chicago", Summary: "First"},
		{UID: "b@example.org", Stamp: stamp, Start: time.Date(2025, 11, 2, 7, 30, 0, 0, time.UTC), Zone: "America/Chicago", Summary: "Second"},
	}},
	"hostile": {"Evil\r\nEND:VCALENDAR", []Event{{
		UID: "x\r\nSUMMARY:no@example.org", Stamp: stamp, Start: day(2025, 10, 24), AllDay: true,
		Summary:     "Serve; now, \"día\" \x07\x00\r\nBEGIN:VEVENT",
		Location:    "A;B,C\tD\u2028E",
		Description: strings.Repeat("ñandú ☎;,", 30) + "\rlone\u0085 \xff end\nsecond line",
	}}},
	// Not for Python's icalendar, which takes the n after an escaped backslash for a line feed.
	"backslash": {"", []Event{{UID: "a@example.org", Stamp: stamp, Start: stamp, Summary: `C:\new\;x`}}},
}

func TestTheGoldenFilesAreWhatIsWritten(t *testing.T) {
	t.Parallel()

	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			got := written(t, c.name, c.events)
			file := "testdata/" + name + ".ics"
			if *update {
				if err := os.WriteFile(file, got, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("%s (-file +written); after a look, -update rewrites it:\n%s", file, diff)
			}
			strict(t, got)
		})
	}
}

func written(t testing.TB, name string, events []Event) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, name, events); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// strict holds a calendar to the letter of RFC 5545 where it can be seen without reading values.
func strict(t interface {
	Helper()
	Errorf(string, ...any)
}, got []byte,
) {
	t.Helper()
	s, ended := strings.CutSuffix(string(got), "\r\n")
	if !ended {
		t.Errorf("the last line does not end in CRLF")
	}
	depth, events := 0, 0
	for line := range strings.SplitSeq(s, "\r\n") {
		if len(line) > 75 || len(strings.TrimSpace(line)) == 0 || strings.ContainsFunc(line, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			t.Errorf("%d octets: %q", len(line), line)
		}
		switch {
		case strings.HasPrefix(line, "BEGIN:"):
			depth++
			if line == "BEGIN:VEVENT" {
				events++
			}
		case strings.HasPrefix(line, "END:"):
			depth--
		}
	}
	for _, required := range []string{"\r\nUID:", "\r\nDTSTAMP:", "\r\nDTSTART", "\r\nCLASS:", "\r\nSEQUENCE:"} {
		if n := strings.Count(s, required); n != events {
			t.Errorf("%d events and %d of %q", events, n, required)
		}
	}
	if depth != 0 {
		t.Errorf("%d components are left open", depth)
	}
}

// What anybody types into an event stays inside its value.
func TestNoTextBreaksOut(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		e := Event{
			UID: "u" + rapid.String().Draw(t, "uid"), Stamp: stamp, Start: stamp, Summary: "s" + rapid.String().Draw(t, "summary"),
			Location: rapid.String().Draw(t, "location"), Description: rapid.StringN(0, 400, 1000).Draw(t, "description"),
		}
		var b bytes.Buffer
		if err := Write(&b, "n"+rapid.String().Draw(t, "name"), []Event{e}); err != nil {
			t.Fatal(err)
		}
		strict(t, b.Bytes())
		if n := strings.Count(b.String(), "BEGIN:"); n != 2 {
			t.Errorf("%d components:\n%s", n, b.String())
		}
	})
}

func TestAnEventThatCannotBeReadIsNotWritten(t *testing.T) {
	t.Parallel()

	good := Event{UID: "a@b", Stamp: stamp, Start: stamp, Summary: "s"}
	for name, change := range map[string]func(*Event){
		"no UID":            func(e *Event) { e.UID = "\r\n" },
		"no stamp":          func(e *Event) { e.Stamp = time.Time{} },
		"no summary":        func(e *Event) { e.Summary = "" },
		"no start":          func(e *Event) { e.Start = time.Time{} },
		"end before start":  func(e *Event) { e.End = e.Start.Add(-time.Minute) },
		"zone out of a map": func(e *Event) { e.Zone = "Central Standard Time" },
	} {
		e := good
		change(&e)
		var b bytes.Buffer
		if err := Write(&b, "", []Event{good, e}); err == nil || b.Len() > 0 {
			t.Errorf("%s: error %v, %d octets written", name, err, b.Len())
		}
	}
	full := errors.New("disk full")
	if err := Write(failing{full}, "", []Event{good}); !errors.Is(err, full) {
		t.Errorf("a writer's error: %v", err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

// The judge from outside: Python's icalendar reads what we write and finds in it what we put there.
func TestAnIndependentReaderFindsWhatWeWrote(t *testing.T) {
	t.Parallel()

	python := ""
	for _, name := range []string{"python3", "/usr/bin/python3"} {
		if exec.Command(name, "-c", "import icalendar").Run() == nil {
			python = name
			break
		}
	}
	if python == "" {
		t.Skip("Python's icalendar is missing (python3-icalendar): NOBODY OUTSIDE HAS READ OUR CALENDARS")
	}
	type seen struct {
		UID, Seq, Summary, Description, Location, Class, Status, Start, End string
		Alarms                                                              []string
	}
	const program = `
import sys, json, icalendar
out = []
for c in icalendar.Calendar.from_ical(sys.stdin.buffer.read()).walk("VEVENT"):
    t = lambda k: str(c[k]) if k in c else ""
    d = lambda k: c.decoded(k).isoformat() if k in c else ""
    out.append({"UID": t("UID"), "Seq": t("SEQUENCE"), "Summary": t("SUMMARY"), "Description": t("DESCRIPTION"),
        "Location": t("LOCATION"), "Class": t("CLASS"), "Status": t("STATUS"), "Start": d("DTSTART"), "End": d("DTEND"),
        "Alarms": [a["TRIGGER"].to_ical().decode() for a in c.walk("VALARM")]})
json.dump(out, sys.stdout)`
	want := map[string][]seen{
		"plan": {
			{
				UID: "s1.ten_day@example.org", Seq: "3", Summary: "Serve the ten-day notice", Class: "CONFIDENTIAL",
				Description: "Safe day. The last day that some would still defend: 2025-10-26.\nNot legal advice.",
				Start:       "2025-10-24", End: "2025-10-25", Alarms: []string{"-P3D", "-P1D"},
			},
			{
				UID: "s1.start@example.org", Seq: "3", Summary: "Strike", Description: "2025-11-05 07:00 CST (America/Chicago)",
				Location: "Hastings, Blaine", Class: "CONFIDENTIAL", Start: "2025-11-05T13:00:00+00:00", End: "2025-11-06T13:00:00+00:00",
				Alarms: []string{"-PT2H"},
			},
		},
		"cancelled": {{
			UID: "s1.start@example.org", Seq: "4", Summary: "Strike", Class: "PRIVATE", Status: "CANCELLED",
			Start: "2025-11-05T13:00:00+00:00", Alarms: []string{},
		}},
		"twice": {
			{
				UID: "a@example.org", Seq: "0", Summary: "First", Description: "2025-11-02 01:30 CDT (America/Chicago)", Class: "CONFIDENTIAL",
				Start: "2025-11-02T06:30:00+00:00", Alarms: []string{},
			},
			{
				UID: "b@example.org", Seq: "0", Summary: "Second", Description: "2025-11-02 01:30 CST (America/Chicago)", Class: "CONFIDENTIAL",
				Start: "2025-11-02T07:30:00+00:00", Alarms: []string{},
			},
		},
		"hostile": {{
			UID: "x SUMMARY:no@example.org", Seq: "0", Summary: "Serve; now, \"día\"  BEGIN:VEVENT", Location: "A;B,C D E",
			Description: strings.Repeat("ñandú ☎;,", 30) + "lone \uFFFD end\nsecond line",
			Class:       "CONFIDENTIAL", Start: "2025-10-24", End: "2025-10-25", Alarms: []string{},
		}},
	}
	for name := range want {
		c := cases[name]
		cmd := exec.Command(python, "-c", program)
		cmd.Stdin = bytes.NewReader(written(t, c.name, c.events))
		var complaint strings.Builder
		cmd.Stderr = &complaint
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s: %v: %s", name, err, complaint.String())
		}
		var got []seen
		if err := json.Unmarshal(out, &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want[name], got); diff != "" {
			t.Errorf("%s (-put in +read):\n%s", name, diff)
		}
	}
}
