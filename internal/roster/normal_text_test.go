// SPDX-License-Identifier: Apache-2.0

package roster

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestEveryCodeHasItsWordsInBothLanguages(t *testing.T) {
	t.Parallel()

	want := map[string]bool{"roster.header_missing": true, "roster.mapping.twice": true, "roster.mapping.name": true, "roster.mapping.worksite": true}
	for _, p := range []Problem{
		PhoneLost, PhoneTooShort, PhoneTooLong, PhoneBadArea, PhoneNotDigits, PhoneTwo, ZipLength, ZipNotDigits, IDLost, IDTooLong, NPICheck,
		DateLost, DateMonth, DateForm, FTERange, FTENotNumber, EmailForm, WorkEmail, WorksiteUnknown, NameMissing,
	} {
		want["roster.problem."+string(p)] = true
	}
	for _, n := range []Note{ZeroRestored, EncodingRepaired, SpreadsheetSerial, HoursOver40, SpaceRemoved, WorksiteByTown, JobUnknown, WordUnknown} {
		want["roster.note."+string(n)] = true
	}
	for _, c := range []string{
		SameID, SameIDNamesDiffer, SwappedDigits, SamePhone, SameSharedPhone, SameEmail, SameWorkEmail, SameName, ShortName, AlikeName, SwappedName,
		SameSiteAndJob, SameHireDate, NamesDiffer,
	} {
		want["roster.reason."+c] = true
	}
	for _, b := range []Band{Auto, Queue, None} {
		want["roster.band."+string(b)] = true
	}
	for _, r := range []string{AboveHeader, BlankLine, RepeatedHeader, Subtotal, GrandTotal, LoneCell} {
		want["roster.aside."+r] = true
	}
	for _, o := range []Order{MDY, DMY, LastFirst, FirstLast} {
		want["roster.order."+string(o)] = true
	}
	for _, f := range append(Fields(), FieldJobClass) {
		want["roster.field."+f.String()] = true
	}
	for _, language := range []string{"en", "es"} {
		raw, err := os.ReadFile("text/normal." + language + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var words map[string]string
		if err := json.Unmarshal(raw, &words); err != nil {
			t.Fatal(err)
		}
		got := map[string]bool{}
		for key, text := range words {
			got[key] = text != ""
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", language, diff)
		}
	}
}
