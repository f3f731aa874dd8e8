// SPDX-License-Identifier: Apache-2.0

package notice

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// vectorFile is the part of a vector that tests here need.
type vectorFile struct {
	ID      string
	Command string
	Pack    string
	AsOf    Day `json:"as_of"`
	Facts   json.RawMessage
}

func vectorFiles(t testing.TB) []vectorFile {
	t.Helper()

	names, err := filepath.Glob("testdata/*/*.json") // those given to us, and our own
	if err != nil || len(names) == 0 {
		t.Fatalf("list vectors: %v", err)
	}
	var all []vectorFile
	for _, name := range names {
		all = append(all, readVector(t, name))
	}
	return all
}

func vectorNamed(t testing.TB, id string) vectorFile {
	t.Helper()

	names, err := filepath.Glob("testdata/*/" + id + ".json")
	if err != nil || len(names) != 1 {
		t.Fatalf("vector %s: %v, %v", id, names, err)
	}
	return readVector(t, names[0])
}

func readVector(t testing.TB, name string) (v vectorFile) {
	t.Helper()

	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatalf("read vector %s: %v", name, err)
	}
	return v
}

func factsOf(t testing.TB, id string) *Facts {
	t.Helper()

	f, err := LoadFacts(bytes.NewReader(vectorNamed(t, id).Facts), id)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// edited returns the facts of a vector with edits.
func edited(t testing.TB, id string, edits ...Edit) *Facts {
	t.Helper()

	f, err := factsOf(t, id).Edited(edits)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func set(path, value string) Edit { return Edit{Op: "set", Path: path, Value: value} }
func unset(path string) Edit      { return Edit{Op: "unset", Path: path} }

func TestBadFactsAreRefusedWithTheirPlace(t *testing.T) {
	t.Parallel()

	for _, c := range []struct {
		name        string
		edit        Edit
		code, field string
	}{
		{"an id twice", set("employer.sites[1].id", "c1"), "E-DUPLICATE", "employer.sites[1].id"},
		{"a site that is not there", set("actions[s1].sites[0]", "c7"), "E-REF", "actions[0].sites[0]"},
		{"a notice that is not there", set("actions[s1].relies_on[0]", "n-9"), "E-REF", "actions[0].relies_on[0]"},
		{"an announcement that is not there", set("actions[s1].relies_on[0]", "n-10#b"), "E-REF", "actions[0].relies_on[0]"},
		{"a party that is not there", set("actions[s1].by", "x"), "E-REF", "actions[0].by"},
		{"a reserved party", set("parties[0].id", "employer"), "E-VALUE", "parties[0].id"},
		{"part of itself", set("actions[s1].part_of", "s1"), "E-REF", "actions[0].part_of"},
		{"a word that is not known", set("actions[s1].kind", "sit-in"), "E-VALUE", "actions[0].kind"},
		{"null", set("bargaining.kind", "null"), "E-VALUE", "bargaining.kind"},
		{
			"received before sent", set("notices[n-10].deliveries[fmcs].sent_at", "2025-10-25T12:00[America/Chicago]"), "E-ORDER",
			"notices[1].deliveries[1].received_at",
		},
		{"begun without a start", set("actions[s1].state", "ended"), "E-MISSING", "actions[0].actual_start"},
		{"a required key gone", unset("notices[n-10].by"), "E-MISSING", "notices[1].by"},
		{"two announcements and none named", Edit{
			Op: "add", Path: "notices[n-10].announces",
			Value: `{"id":"b","kinds":["picket"],"qualifier":"exact"}`,
		}, "E-ANNOUNCEMENT", "actions[0].relies_on[0]"},
		{"a skipped hour", set("actions[s1].start", "2026-03-08T02:30[America/Chicago]"), "E-TIME-GAP", "actions[0].start"},
		{"a repeated hour", set("actions[s1].start", "2025-11-02T01:30[America/Chicago]"), "E-TIME-AMBIGUOUS", "actions[0].start"},
		{"a wrong offset", set("actions[s1].start", "2025-11-02T01:30-07:00[America/Chicago]"), "E-TIME-OFFSET", "actions[0].start"},
		{"a day that the calendar skips", set("actions[s1].start", "2011-12-30[Pacific/Apia]"), "E-TIME-GAP", "actions[0].start"},
		{"no zone", set("actions[s1].start", "2025-11-05T07:00"), "E-VALUE", "actions[0].start"},
		{"a host's zone", set("employer.sites[0].tz", "Local"), "E-VALUE", "employer.sites[0].tz"},
		{"an unknown key", set("actions[s1].stared", "x"), "E-JSON", "actions[0].stared"},
		{"a region of another country", set("employer.region", "CA-ON"), "E-VALUE", "employer.region"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()

			_, err := factsOf(t, "V01").Edited([]Edit{c.edit})
			all, ok := errors.AsType[InputErrors](err)
			if !ok {
				t.Fatalf("error %v, want InputErrors", err)
			}
			if !slices.ContainsFunc(all, func(e *InputError) bool { return e.Code == c.code && e.Field == c.field }) {
				t.Errorf("no %s at %s in:\n%v", c.code, c.field, all)
			}
			if slices.ContainsFunc(all, func(e *InputError) bool { return e.Line != 0 || e.Col != 0 }) {
				t.Errorf("an edit stands on no line of the file:\n%v", all)
			}
		})
	}
}

func TestErrorsNameLineAndColumnInFileOrder(t *testing.T) {
	t.Parallel()

	const file = "{\n \"schema\": \"tenday.notice.facts/1\",\n \"café\": 1,  \"x\": 2,\n \"campaign\": []\n}"
	_, err := LoadFacts(strings.NewReader(file), "f.json")
	all, ok := errors.AsType[InputErrors](err)
	if !ok {
		t.Fatalf("error %v, want InputErrors", err)
	}
	var got []string
	for _, e := range all {
		got = append(got, e.Error())
	}
	want := []string{
		`f.json:1:1: E-MISSING parties: the key "parties" is required`,
		`f.json:3:2: E-JSON café: there is no key "café" here`,
		`f.json:3:14: E-JSON x: there is no key "x" here`,
		`f.json:4:14: E-VALUE campaign: write an object: { ... }`,
	}
	for _, w := range want {
		if !slices.Contains(got, w) {
			t.Errorf("missing %s in\n%s", w, strings.Join(got, "\n"))
		}
	}
	if got[len(got)-1] != want[3] {
		t.Errorf("the last error is %s", got[len(got)-1])
	}
}

func TestWhatIsNoFactsFileIsRefused(t *testing.T) {
	t.Parallel()

	for name, file := range map[string]string{
		"nothing": "", "two values": "{} {}", "a list": "[]", "half a file": `{"schema":`, "a key twice": `{"a":1,"a":2}`,
		"not UTF-8": "{\"a\":\"\xff\"}", "deep": strings.Repeat("[", 100) + strings.Repeat("]", 100),
		"endless": strings.Repeat(" ", maxBytes+1),
	} {
		_, err := LoadFacts(strings.NewReader(file), name)
		if _, ok := errors.AsType[*InputError](err); !ok {
			t.Errorf("%s: error %v, want an InputError", name, err)
		}
	}
}

func TestTheHashDoesNotDependOnTheOrderOfPapers(t *testing.T) {
	t.Parallel()

	f := factsOf(t, "V42")
	turned := f.json.clone()
	for _, list := range []string{"notices", "parties"} {
		slices.Reverse(turned.get(list).items)
	}
	slices.Reverse(turned.fields)
	var b bytes.Buffer
	turned.canonical(&b)
	g, err := parseFacts(b.Bytes(), "turned")
	if err != nil {
		t.Fatal(err)
	}
	if f.SHA256() != g.SHA256() {
		t.Errorf("hash %s, turned %s", f.SHA256(), g.SHA256())
	}
	p := PackByID("us-nlra-hc")
	if diff := cmp.Diff(string(Evaluate(p, f, 20394).JSON()), string(Evaluate(p, g, 20394).JSON())); diff != "" {
		t.Errorf("report (-file order +turned):\n%s", diff)
	}
}

// Ids are how papers, acts and sites find each other: one that names nothing, or everything, is refused. With two acts of no name the
// better verdict stood for the file.
func TestAnIDThatNamesNothingIsRefused(t *testing.T) {
	t.Parallel()

	for _, c := range []struct{ path, value, field string }{
		{"actions[s1].id", "", "actions[0].id"},
		{"notices[n-10].id", "", "notices[1].id"},
		{"notices[n-10].announces[a].id", " ", "notices[1].announces[0].id"},
		{"employer.sites[hq].id", "*", "employer.sites[4].id"}, // which means all of them
		{"parties[u].id", "a b", "parties[0].id"},
	} {
		_, err := factsOf(t, "V01").Edited([]Edit{set(c.path, c.value)})
		all, _ := errors.AsType[InputErrors](err)
		if !slices.ContainsFunc(all, func(e *InputError) bool { return e.Code == eValue && e.Field == c.field }) {
			t.Errorf("%s = %q: %v", c.path, c.value, err)
		}
	}
}

func TestAPartyMayBeCalledAfterItsRole(t *testing.T) {
	t.Parallel()

	f := edited(t, "V01", set("parties[u].id", "union"), set("actions[s1].by", "union"), set("notices[n-10].by", "union"),
		set("notices[n-dispute].by", "union"))
	if v := Evaluate(PackByID("us-nlra-hc"), f, Date(2025, 10, 27)).Verdict; v != Lawful {
		t.Errorf("verdict %v", v)
	}
}

// Only a state may have no agency. With FMCS written away the strike was lawful without it.
func TestARecipientThatExistsCannotBeWrittenAway(t *testing.T) {
	t.Parallel()

	for _, who := range []string{"institution", "fmcs", "other_party"} {
		_, err := factsOf(t, "V01").Edited([]Edit{set("recipients", `{"`+who+`":{"none":true}}`)})
		if e, ok := errors.AsType[*InputError](err); !ok || e.Field != "recipients."+who+".none" {
			t.Errorf("%s: %v", who, err)
		}
	}
}
