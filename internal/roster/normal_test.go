// SPDX-License-Identifier: Apache-2.0

package roster

import (
	"encoding/json"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

type vectors struct {
	Normalise map[string][]normalCase
	Dedupe    []dedupeCase
	Defaults  dedupeDefaults `json:"dedupe_defaults"`
}

type normalCase struct {
	In      string
	Out     any
	Error   string
	Note    string
	Ext     string
	Plus4   string
	Width   int
	Order   Order
	Domains []string `json:"employer_domains"`

	Given, Middle, Family, Suffix, Credential, Key string
}

func readVectors(t *testing.T) vectors {
	t.Helper()
	raw, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var v vectors
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestEveryNormalisingVectorHolds(t *testing.T) {
	t.Parallel()

	type result struct{ Out, More, Note, Error string }
	for kind, cases := range readVectors(t).Normalise {
		for _, c := range cases {
			out, _ := c.Out.(string)
			want := result{Out: out, More: c.Ext + c.Plus4, Note: c.Note, Error: c.Error}
			var got result
			switch kind {
			case "phone":
				p, problem := ReadPhone(c.In, "US")
				got = result{p.E164, p.Ext, "", string(problem)}
			case "zip":
				z, note, problem := ReadZIP(c.In)
				got = result{z.Five, z.Plus4, string(note), string(problem)}
			case "employee_number":
				s, note, problem := ReadEmployeeNumber(c.In, c.Width)
				got = result{s, "", string(note), string(problem)}
			case "date":
				d, note, problem := ReadDate(c.In, c.Order)
				got = result{d.String(), "", string(note), string(problem)}
			case "fte":
				n, ok, note, problem := ReadFTE(c.In)
				if ok {
					got.Out = FormatFTE(n)
				}
				got.Note, got.Error = string(note), string(problem)
				if f, is := c.Out.(float64); is {
					want.Out = strconv.FormatFloat(f, 'f', 2, 64)
				}
			case "email":
				s, note, problem := ReadEmail(c.In, c.Domains)
				got = result{s, "", string(note), string(problem)}
				if problem == WorkEmail {
					got.Out = "" // the vectors have no value beside a problem
				}
			case "name":
				n, note, problem := ReadName(c.In, c.Order)
				job := ""
				if n.Credential != "" {
					j, _ := ReadJob("", n.Credential)
					job = string(j)
				}
				got = result{strings.Join([]string{n.Given, n.Middle, n.Family, n.Suffix, job}, "|"), n.Key(), string(note), string(problem)}
				want.Out, want.More = strings.Join([]string{c.Given, c.Middle, c.Family, c.Suffix, c.Credential}, "|"), c.Key
			default:
				t.Errorf("vectors of an unknown kind %q", kind)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s %q (-want +got)\n%s", kind, c.In, diff)
			}
		}
	}
}

func TestNamesOfManyFormsAreParted(t *testing.T) {
	t.Parallel()

	for _, c := range []struct {
		in    string
		order Order
		want  string
	}{
		{"PA, YANG", LastFirst, "Yang||Pa|"},
		{"Pa Yang, PA", FirstLast, "Pa||Yang|"},
		{"Kim Do", FirstLast, "Kim||Do|"},
		{"KIM DO", FirstLast, "Kim||Do|"},
		{"Tina Bergström MD", FirstLast, "Tina||Bergström|"},
		{"Shirley Tanaka-Fitzgerald, DO", FirstLast, "Shirley||Tanaka-Fitzgerald|"},
		{"Emma van der Berg", FirstLast, "Emma||van der Berg|"},
		{"VAN DER BERG, EMMA", LastFirst, "Emma||Van der Berg|"},
		{"MCLAUGHLIN, SEAN P., PA-C", LastFirst, "Sean|P.|McLaughlin|"},
		{"O'KEEFE-O'NEILL, JOAN W", LastFirst, "Joan|W|O'Keefe-O'Neill|"},
		{"St. Clair, Stephanie", LastFirst, "Stephanie||St. Clair|"},
		{"Halvorson, Robert, Jr.", LastFirst, "Robert||Halvorson|Jr."},
		{"Halvorson, Jr., Robert", LastFirst, "Robert||Halvorson|Jr."},
		{"HALVORSON, ROBERT JR W", LastFirst, "Robert|W|Halvorson|Jr."},
		{"hélène renard", FirstLast, "Hélène||Renard|"},
		{"GROÃŸ, HUBERTO L", LastFirst, "Huberto|L|Groß|"},
		{"DÃ¡VILA, MARÃ\u00adA SOLEDAD M", LastFirst, "María Soledad|M|Dávila|"},
		{"Dra. Inés de la Cruz", FirstLast, "Inés||de la Cruz|"},
		{`Katherine "Kate" Nguyen`, FirstLast, "Katherine||Nguyen|"},
		{"NG, MEI", LastFirst, "Mei||Ng|"},
		{"Null, Ana", LastFirst, "Ana||Null|"},
	} {
		n, _, problem := ReadName(c.in, c.order)
		if got := strings.Join([]string{n.Given, n.Middle, n.Family, n.Suffix}, "|"); got != c.want || problem != "" {
			t.Errorf("%q: got %q %s, want %q", c.in, got, problem, c.want)
		}
	}
	for _, in := range []string{"", " - ", "#N/A", "n/a", ","} {
		if n, _, problem := ReadName(in, LastFirst); problem != NameMissing {
			t.Errorf("%q was read as %+v", in, n)
		}
	}
	if n, _, _ := ReadName(`Nguyen, Katherine (Kate)`, LastFirst); n.Nickname != "Kate" || n.Given != "Katherine" {
		t.Errorf("a nickname in brackets: got %+v", n)
	}
}

func TestCellsBeyondTheVectors(t *testing.T) {
	t.Parallel()

	for in, want := range map[string]Problem{
		"651-555-0142 / 612-555-0101": PhoneTwo, "651-555-0142\n612-555-0101": PhoneTwo, "612-555-O123": PhoneNotDigits,
		"5550123": PhoneTooShort, "766-555-0199": PhoneBadArea, "651-555-01422": PhoneTooLong, "n/a": "",
	} {
		if _, got := ReadPhone(in, "US"); got != want {
			t.Errorf("phone %q: got %q, want %q", in, got, want)
		}
	}
	if p, problem := ReadPhone("011 44 20 7946 0018", "US"); p.E164 != "+442079460018" {
		t.Errorf("a number abroad: got %v %s", p, problem)
	}
	for in, want := range map[string]string{
		"07/08/2025 20:34:00": "2025-07-08", "2019-03-07T00:00:00Z": "2019-03-07", "7 de marzo de 2019": "2019-03-07",
		"March 7th, 2019": "2019-03-07", "20190307": "2019-03-07", "7-Ago-98": "1998-08-07", "43531.5": "2019-03-07",
		"2/30/2020": "", "12/31/1899": "", "last spring": "", "00/00/0000": "",
	} {
		if got, _, _ := ReadDate(in, MDY); got.String() != want {
			t.Errorf("date %q: got %q, want %q", in, got, want)
		}
	}
	if got := GuessDateOrder([]string{"13/7/2019", "1/2/2020", "25/12/2001", "12/25/2001"}); got != DMY {
		t.Errorf("date order: got %s, want DMY", got)
	}
	for in, want := range map[[2]string]JobClass{
		{"APRN-FNP", ""}: NP, {"PA-C", ""}: PA, {"PHYS-FM MD", ""}: MD, {"Physician", ""}: Physician, {"Physician", "DO"}: DO,
		{"APRN CNP", ""}: NP, {"APRN", ""}: APRN, {"Phys Assistant", ""}: PA, {"RN care coordinator", ""}: RN,
		{"Lab tech", ""}: "", {"Spouse of Dr", ""}: "", {"Medical Director", "MD"}: MD, {"Enfermera registrada", ""}: RN,
		{"Nurse Practitioner", "APRN"}: NP, {"Médica", ""}: Physician,
	} {
		if got, _ := ReadJob(in[0], in[1]); got != want {
			t.Errorf("job %q: got %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{"ROT": "rotating", "WE": "weekend", "turno de noche": "night", "Evening shift": "evening", "?": "", "zz": ""} {
		if got, _ := ReadShift(in); string(got) != want {
			t.Errorf("shift %q: got %q, want %q", in, got, want)
		}
	}
	for in, ok := range map[string]bool{"1234567893": true, "1234567894": false, "123456789": false, "": true} {
		if _, problem := ReadNPI(in); (problem == "") != ok {
			t.Errorf("npi %q: got %q", in, problem)
		}
	}
	if got := NumberWidth([]string{"0015116", "18555", "0035237", ""}); got != 7 {
		t.Errorf("width: got %d, want 7", got)
	}
	if _, _, problem := ReadEmail("a b@example.org", nil); problem != EmailForm {
		t.Errorf("two words before the at sign: got %q", problem)
	}
	if got := Fold("  Đặng-Ærø  O’Łukaß St. "); got != "dang aero olukass st" {
		t.Errorf("fold: got %q", got)
	}
}

// cells draws texts near the edges of what lists hold.
func cells() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.StringMatching(`[0-9]{1,10}`), rapid.StringMatching(`[0-9]{1,2}[/-][0-9]{1,2}[/-]([0-9]{2}|[0-9]{4})`),
		rapid.StringMatching(`\(?[2-9][0-9]{2}\)?[ .-]555[ .-]01[0-9]{2}( x[0-9]{1,4})?`), rapid.StringMatching(`[0-9]?\.?[0-9]{1,2}( ?%| hrs)?`),
		rapid.StringMatching(`[a-z.]{1,8} ?@ ?[a-z]{1,8}\.[a-z]{2,3}`),
		rapid.StringMatching(`( |Dr\. )?(MC|O'|O’|VAN DER |DE |al-|Ã¶|Ø)?[A-Za-zäöüßñéÅĐł]{1,8}( JR|-[A-Z]{2,4})?,? ?[A-Za-zéÃ¡]{1,7}( [A-Z]\.?)?(, (MD|PA-C|DO))?`),
		rapid.String(),
	)
}

func TestReadingWhatWasReadChangesNothing(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		in := cells().Draw(t, "cell")
		order := rapid.SampledFrom([]Order{MDY, DMY}).Draw(t, "order")
		same := func(what, once, twice string, problem Problem) {
			if once != twice || problem != "" {
				t.Fatalf("%s of %q: %q, then %q %s", what, in, once, twice, problem)
			}
		}
		if p, problem := ReadPhone(in, "US"); problem == "" {
			q, again := ReadPhone(p.String(), "US")
			same("phone", p.String(), q.String(), again)
		}
		if z, _, problem := ReadZIP(in); problem == "" {
			q, _, again := ReadZIP(z.String())
			same("zip", z.String(), q.String(), again)
		}
		if s, _, problem := ReadEmployeeNumber(in, 7); problem == "" {
			q, _, again := ReadEmployeeNumber(s, 7)
			same("number", s, q, again)
		}
		if d, _, problem := ReadDate(in, order); problem == "" {
			q, _, again := ReadDate(d.String(), order)
			same("date", d.String(), q.String(), again)
		}
		if n, ok, _, problem := ReadFTE(in); ok && problem == "" {
			q, _, _, again := ReadFTE(FormatFTE(n))
			same("fte", FormatFTE(n), FormatFTE(q), again)
		}
		if s, _, problem := ReadEmail(in, nil); problem == "" {
			q, _, again := ReadEmail(s, nil)
			same("email", s, q, again)
		}
		if s, _ := ReadShift(in); s != "" {
			q, _ := ReadShift(string(s))
			same("shift", string(s), string(q), "")
		}
		same("fold", Fold(in), Fold(Fold(in)), "")
		same("clean", clean(in), clean(clean(in)), "")
		once, _ := repair(in)
		twice, _ := repair(once)
		same("repair", once, twice, "")
		if n, _, problem := ReadName(in, LastFirst); problem == "" && n.Family != "" {
			q, _, again := ReadNameParts(n.Given, n.Middle, n.Family, n.Suffix)
			same("name", n.String(), q.String(), again)
		}
	})
}
