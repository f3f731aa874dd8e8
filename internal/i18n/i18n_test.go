// SPDX-License-Identifier: Apache-2.0

package i18n

import (
	"errors"
	"testing"
	"testing/fstest"
	"time"

	"github.com/tenday/tenday/internal/fault"
)

func bundle(t *testing.T) *Bundle {
	t.Helper()
	b, err := New(Text, fstest.MapFS{
		"text/x.en.json": {Data: []byte(`{"people": {"one": "{{.N}} person", "other": "{{.N}} people"}, "hi": "Hello {{.Name}}"}`)},
		"text/x.es.json": {Data: []byte(`{"people": {"one": "{{.N}} persona", "other": "{{.N}} personas"}, "hi": "Hola, {{.Name}}"}`)},
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestSentencesAreOfTheLocale(t *testing.T) {
	t.Parallel()

	en, es := bundle(t).For("en"), bundle(t).For("es")
	nov5 := time.Date(2025, time.November, 5, 7, 0, 0, 0, time.UTC)
	for _, c := range []struct{ got, want string }{
		{en.T("people", "N", 1), "1 person"},
		{en.T("people", "N", 2), "2 people"},
		{es.T("people", "N", 1), "1 persona"},
		{es.T("hi", "Name", "Ana & Luz"), "Hola, Ana & Luz"},
		{en.T("no.such.key"), "no.such.key"},
		{bundle(t).For("so").T("i18n.share_none"), "no one in this list"},
		{en.Share(471, 600), "471 of 600 (78.5\u00a0%)"},
		{es.Share(1, 3), "1 de 3 (33,3\u00a0%)"},
		{en.Share(2, 3), "2 of 3 (66.7\u00a0%)"},
		{en.Share(0, 0), "no one in this list"},
		{en.Moment(nov5), "Wed 5 Nov 2025, 7:00\u00a0a.m."},
		{es.Day(nov5), "mié 5 nov 2025"},
		{en.Clock(nov5.Add(-7 * time.Hour)), "12:00\u00a0a.m."},
		{en.ISODay(""), ""},
		{en.Int(999), "999"},
		{en.Int(60000), "60,000"},
		{es.Int(6000), "6000"},
		{es.Int(-60000), "-60\u202f000"},
		{en.Fault(errors.New("disk")), en.T("fault.internal")},
		{en.Fault(fault.New(fault.Invalid, "hi", "Name", "Bo")), "Hello Bo"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestMatchPicksASpokenLocale(t *testing.T) {
	t.Parallel()

	b := bundle(t)
	for header, want := range map[string]string{"": "en", "es-MX,es;q=0.9,en;q=0.5": "es", "so": "en", "en-GB": "en", "§": "en"} {
		if got := b.Match(header); got != want {
			t.Errorf("Match(%q) = %q, want %q", header, got, want)
		}
	}
}

func TestAKeyThatStandsTwiceIsAnError(t *testing.T) {
	t.Parallel()

	f := fstest.MapFS{"text/a.en.json": {Data: []byte(`{"x": "1"}`)}, "text/b.en.json": {Data: []byte(`{"x": "2"}`)}}
	if _, err := New(f); err == nil {
		t.Error("a double key was taken")
	}
}

func TestOneLocaleIsReadAlone(t *testing.T) {
	t.Parallel()

	b, err := Read([]string{"es"}, fstest.MapFS{
		"text/x.en.json": {Data: []byte("not read, so no error")},
		"text/x.es.json": {Data: []byte(`{"hi": "Hola, {{.Name}}", "yes": "Sí", "people": {"one": "{{.N}} persona", "other": "{{.N}} personas"}}`)},
	})
	if err != nil {
		t.Fatal(err)
	}
	es := b.For("en") // was not read
	for _, c := range []struct{ got, want string }{
		{es.Locale, "es"}, {b.Match("en-GB"), "es"}, {es.T("hi", "Name", "Luz"), "Hola, Luz"}, {es.T("yes"), "Sí"}, {es.T("people", "N", 2), "2 personas"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}
