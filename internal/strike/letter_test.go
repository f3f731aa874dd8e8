// SPDX-License-Identifier: Apache-2.0

package strike

import (
	"bytes"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tenday/tenday/notice"
)

func onPaper(t testing.TB, s string) notice.Moment {
	t.Helper()
	m, err := notice.ParseMoment(s)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// sample is a notice of a strike at three clinics, and what its letters are drafted from.
func sample(t testing.TB) (lettered, *Notice) {
	t.Helper()
	sites := []Site{
		{ID: "b", Name: "Example Health Blaine Clinic", Address: "10705 Town Square Drive", Town: "Blaine", State: "MN", ZIP: "55449", Zone: "America/Chicago"},
		{ID: "h", Name: "Example Health Hastings Clinic", Address: "1880 North Frontage Road", Town: "Hastings", State: "MN", ZIP: "55033", Zone: "America/Chicago"},
		{ID: "o", Name: "Clínica Åsa", Town: "Otsego", PostalCity: "Elk River", State: "MN", ZIP: "55330", Zone: "America/Chicago"},
	}
	n := &Notice{
		ID: "n", Action: "s", Kind: TenDay, Revision: 2, Starts: onPaper(t, "2025-11-05T07:00[America/Chicago]"), Sites: []string{"h", "o"},
		Acts: []string{"strike", "picket"}, Qualifier: "exact",
	}
	return lettered{
		employer: "Example Health (fictional employer)", unit: "Clinicians", sites: sites, agency: "Minnesota Bureau of Mediation Services",
		f7: map[string]string{"union.name": "Doctors’ Example Union", "union.local": "10", "union.address1": "1 Peñalosa Street", "union.city": "Saint Paul", "union.state": "MN", "union.zip": "55101"},
	}, n
}

func TestALetterLeavesNothingToGuess(t *testing.T) {
	t.Parallel()

	l, n := sample(t)
	got, ok := l.draft(n, &Delivery{Recipient: Institution, Site: "h"})
	if !ok {
		t.Fatal("no letter")
	}
	want := Letter{
		Title: "Notice of intent to begin a strike and picketing", Under: "29 U.S.C. 158(g)",
		To:   []string{"Example Health (fictional employer)", "Example Health Hastings Clinic", "1880 North Frontage Road", "Hastings, MN 55033"},
		From: []string{"Doctors’ Example Union, Local 10", "1 Peñalosa Street", "Saint Paul, MN 55101"},
		Opening: "Doctors’ Example Union, which represents the bargaining unit Clinicians at Example Health (fictional employer), gives notice " +
			"under Section 8(g) of the National Labor Relations Act, as amended, that it intends to begin a strike and picketing at the institutions named below.",
		Facts: [][2]string{
			{"Begins", "Wednesday, November 5, 2025, at 7:00 a.m. Central Standard Time (UTC-06:00, America/Chicago)"},
			{"Action", "A strike and picketing"},
		},
		SitesAre: "Institutions (2)",
		Sites: []string{
			"Example Health Hastings Clinic, 1880 North Frontage Road, Hastings, MN 55033", "Clínica Åsa, Elk River, MN 55330",
		},
		Closing: "The same notice is given to the Federal Mediation and Conciliation Service.",
		Sign:    []string{"Signature", "Name and title", "Date"}, Receipt: []string{"Received by (name and title)", "Date and time", "Signature"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestWhatNobodyRecordedIsLeftBlank(t *testing.T) {
	t.Parallel()

	_, n := sample(t)
	n.Starts = notice.Moment{}
	got, _ := lettered{}.draft(n, &Delivery{Recipient: FMCS})
	for name, s := range map[string]string{"union": got.From[0], "address": got.From[1], "start": got.Facts[0][1], "FMCS's address": got.To[1]} {
		if s != blank {
			t.Errorf("%s is %q", name, s)
		}
	}
	if got.Receipt != nil {
		t.Error("an agency signs no receipt on our paper")
	}
}

func TestTheHourIsReadOneWay(t *testing.T) {
	t.Parallel()

	for at, want := range map[string]string{
		"2025-07-01T00:00[America/Chicago]":       "Tuesday, July 1, 2025, at 12:00 a.m. (midnight, as this day begins) Central Daylight Time (UTC-05:00, America/Chicago)",
		"2025-07-01T12:00[America/New_York]":      "Tuesday, July 1, 2025, at 12:00 p.m. (noon) Eastern Daylight Time (UTC-04:00, America/New_York)",
		"2025-11-02T01:30-06:00[America/Chicago]": "Sunday, November 2, 2025, at 1:30 a.m. Central Standard Time (UTC-06:00, America/Chicago)",
		"2025-07-01T07:00[America/Phoenix]":       "Tuesday, July 1, 2025, at 7:00 a.m. Mountain Standard Time (UTC-07:00, America/Phoenix)",
	} {
		if got := written(onPaper(t, at).Begin()); got != want {
			t.Errorf("%s: %s", at, got)
		}
	}
}

func TestSitesInTwoZonesEachHaveTheirHour(t *testing.T) {
	t.Parallel()

	l, n := sample(t)
	l.sites[2].Zone = "America/Denver"
	for scope, want := range map[string][3]string{
		"same_instant": {
			"Wednesday, November 5, 2025, at 7:00 a.m. Central Standard Time (UTC-06:00, America/Chicago)", "7:00 a.m. Central", "6:00 a.m. Mountain",
		},
		"same_wall_clock": {
			"Wednesday, November 5, 2025, at 7:00 a.m. by the clocks of each site, as listed", "7:00 a.m. Central", "7:00 a.m. Mountain",
		},
	} {
		n.StartScope = scope
		got, _ := l.draft(n, &Delivery{Recipient: FMCS})
		if got.Facts[0][1] != want[0] || !strings.Contains(got.Sites[0], want[1]) || !strings.Contains(got.Sites[1], want[2]) {
			t.Errorf("%s: %s\n%s", scope, got.Facts[0][1], strings.Join(got.Sites, "\n"))
		}
	}
}

// Every authority that a letter names is in the list of those that somebody has read.
func TestLettersCiteWhatTheLawListHolds(t *testing.T) {
	t.Parallel()

	law, err := os.ReadFile("../../docs/law.md")
	if err != nil {
		t.Fatal(err)
	}
	l, n := sample(t)
	withdrawn := *n
	withdrawn.Withdrawn = n.Starts.Begin()
	seen := map[string]bool{}
	for _, bargaining := range []string{"", "initial", "renewal"} {
		l.bargaining, l.expires = bargaining, "2026-05-31"
		for _, c := range []struct {
			n  *Notice
			to Recipient
		}{
			{n, Institution}, {n, FMCS}, {&withdrawn, Institution}, {&Notice{Kind: Dispute}, StateAgency}, {&Notice{Kind: Reopener}, OtherParty},
		} {
			letter, ok := l.draft(c.n, &Delivery{Recipient: c.to})
			if !ok || letter.Title == "" || letter.Opening == "" {
				t.Errorf("%s to %s: %+v", c.n.Kind, c.to, letter)
			}
			for cite := range strings.SplitSeq(letter.Under, "; ") {
				seen[cite] = true
				if !bytes.Contains(law, []byte("| "+cite+" |")) {
					t.Errorf("%s to %s cites %q, which docs/law.md does not list", c.n.Kind, c.to, cite)
				}
			}
		}
	}
	if len(seen) < 5 {
		t.Errorf("only %v were cited", seen)
	}
	if _, ok := l.draft(&Notice{Kind: Dispute}, &Delivery{Recipient: FMCS}); ok {
		t.Error("the F-7 is filed at a portal and has no letter")
	}
}

func TestAWithdrawnNoticeIsWithdrawnInWriting(t *testing.T) {
	t.Parallel()

	l, n := sample(t)
	n.Withdrawn = n.Starts.Begin().AddDate(0, 0, -5)
	got, _ := l.draft(n, &Delivery{Recipient: Institution})
	if got.Title != "Withdrawal of a notice" || len(got.Sites) > 0 || !strings.Contains(got.Opening, "withdraws its notice of intent to begin a strike and picketing on Wednesday, November 5, 2025, at 7:00 a.m.") {
		t.Errorf("%+v", got)
	}
}

var sheetOf = &Sheet{
	Title: "Review sheet: stays in the house", Lines: []string{"Compare date, time, zone and sites.", notice.Disclaimer},
	Write: []string{"First reviewer", "Second reviewer", "Counsel"}, Draft: "DRAFT: do not serve",
}

func TestEqualLettersAreEqualBytes(t *testing.T) {
	t.Parallel()

	l, n := sample(t)
	letter, _ := l.draft(n, &Delivery{Recipient: Institution, Site: "h"})
	once, err := letter.PDF(sheetOf)
	if err != nil {
		t.Fatal(err)
	}
	for range 5 { // maps turn out differently each time
		again, err := letter.PDF(sheetOf)
		if err != nil || !bytes.Equal(once, again) {
			t.Fatalf("the bytes differ (%v)", err)
		}
	}
}

// The judge from outside: poppler reads out of the PDF what the letter says, in its order, accents and all.
func TestAPDFReadsLikeItsLetter(t *testing.T) {
	t.Parallel()

	if _, err := exec.LookPath("pdftotext"); err != nil {
		t.Skip("pdftotext is missing (poppler-utils): NOBODY OUTSIDE HAS READ OUR LETTERS")
	}
	l, n := sample(t)
	for range 60 { // more sites than a page holds
		l.sites = append(l.sites, Site{ID: "h", Name: "Zoë’s Clinic, Łódź", Town: "Saint Paul", State: "MN", ZIP: "55101", Zone: "America/Chicago"})
	}
	letter, _ := l.draft(n, &Delivery{Recipient: Institution, Site: "h"})
	for _, sheet := range []*Sheet{nil, sheetOf} {
		body, err := letter.PDF(sheet)
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command("pdftotext", "-layout", "-", "-")
		cmd.Stdin = bytes.NewReader(body)
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		pages := strings.Split(strings.TrimSuffix(string(out), "\f"), "\f")
		flat := strings.Join(strings.Fields(string(out)), " ")
		at := 0
		for _, want := range slices.Concat(letter.From[:1], letter.To[:1], []string{letter.Title, letter.Under, letter.Opening, "Begins"},
			strings.Fields(letter.Facts[0][1]), letter.Sites, []string{letter.Closing, "Signature", "Name and title", "Receipt", "Date and time"}) {
			i := strings.Index(flat[at:], want)
			if i < 0 {
				t.Fatalf("%q does not follow in:\n%s", want, flat)
			}
			at += i
		}
		drafts := strings.Count(string(out), "DRAFT: do not serve")
		numbers := regexp.MustCompile(`Page \d of (\d)`).FindAllString(string(out), -1)
		switch {
		case sheet == nil && (drafts > 0 || len(numbers) != len(pages)):
			t.Errorf("for signature: %d pages, %d called drafts, numbers %v", len(pages), drafts, numbers)
		case sheet != nil && (drafts != len(pages)-1 || len(numbers) != len(pages)-1 || !strings.Contains(pages[0], "stays in the house")):
			t.Errorf("for review: %d pages, %d called drafts, numbers %v", len(pages), drafts, numbers)
		case !slices.Contains(numbers, "Page 2 of 3"):
			t.Errorf("numbers %v", numbers)
		}
	}
}

func BenchmarkPDF(b *testing.B) {
	l, n := sample(b)
	letter, _ := l.draft(n, &Delivery{Recipient: Institution, Site: "h"})
	for b.Loop() {
		if _, err := letter.PDF(nil); err != nil {
			b.Fatal(err)
		}
	}
}
