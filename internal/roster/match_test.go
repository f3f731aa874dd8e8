// SPDX-License-Identifier: Apache-2.0

package roster

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

type dedupeCase struct {
	ID, Why     string
	A, B        dedupeSide
	Band        Band
	Score       *float64
	Reason      string
	PhoneShared bool `json:"phone_shared"`
	Dismissed   bool
}

type dedupeSide struct {
	EmployeeNumber string `json:"employee_number"`
	Name, Phone    string
	Email          string
	Worksite, Job  string
}

type dedupeDefaults struct {
	Weights            map[string]float64
	IdentifierScore    float64 `json:"identifier_score"`
	IdentifierNameMin  float64 `json:"identifier_name_min"`
	IdentifierConflict float64 `json:"identifier_conflict_score"`
	Cap                float64 `json:"cap_without_identifier"`
	QueueFrom          float64 `json:"queue_from"`
}

func (s dedupeSide) known(id string, shared bool) Known {
	order := FirstLast
	if strings.Contains(s.Name, ",") {
		order = LastFirst
	}
	n, _, _ := ReadName(s.Name, order)
	k := Known{ID: id, Names: []Name{n}, JobClass: JobClass(s.Job)}
	if s.EmployeeNumber != "" {
		k.Identifiers = []Identifier{{System: "employee_number", Value: s.EmployeeNumber}}
	}
	if s.Phone != "" {
		k.Phones = []KnownPhone{{s.Phone, shared}}
	}
	if s.Email != "" {
		k.Emails = []KnownEmail{{s.Email, true}}
	}
	if s.Worksite != "" {
		k.Worksites = []string{s.Worksite}
	}
	return k
}

func TestEveryDedupeVectorHolds(t *testing.T) {
	t.Parallel()

	for _, c := range readVectors(t).Dedupe {
		a, b := c.A.known("a", c.PhoneShared), c.B.known("b", c.PhoneShared)
		var dismissed []Dismissal
		if c.Dismissed {
			dismissed = []Dismissal{{"b", "a", Evidence(b, a)}}
		}
		compared := DefaultRule.Compare(a, b)
		if !c.Dismissed && compared.Band != c.Band {
			t.Errorf("%s %s: compared %+v, want band %s", c.ID, c.Why, compared, c.Band)
		}
		if c.Score != nil && float64(compared.Score) != *c.Score*100 {
			t.Errorf("%s %s: score %d, want %v", c.ID, c.Why, compared.Score, *c.Score)
		}
		if c.Reason != "" && compared.Reasons[0].Code != c.Reason {
			t.Errorf("%s %s: reasons %v, want %s", c.ID, c.Why, compared.Reasons, c.Reason)
		}
		band := None
		if cs := NewIndex(DefaultRule, []Known{b}, dismissed).Match(a); len(cs) > 0 {
			band = cs[0].Band
		}
		if band != c.Band {
			t.Errorf("%s %s: matched %s, want %s", c.ID, c.Why, band, c.Band)
		}
		if pairs := NewIndex(DefaultRule, []Known{a, b}, dismissed).Pairs(); (len(pairs) > 0) != (c.Band != None) {
			t.Errorf("%s %s: pairs %v, want band %s", c.ID, c.Why, pairs, c.Band)
		}
	}
}

func TestTheShippedRuleHasThePublishedWeights(t *testing.T) {
	t.Parallel()

	d := readVectors(t).Defaults
	h := func(f float64) int {
		if f < 0 {
			return int(f*100 - 0.5)
		}
		return int(f*100 + 0.5)
	}
	w := d.Weights
	want := Rule{
		IdentifierScore: h(d.IdentifierScore), IdentifierConflict: h(d.IdentifierConflict), Cap: h(d.Cap), QueueFrom: h(d.QueueFrom),
		Phone: h(w["personal_phone"]), SharedPhone: h(w["personal_phone_known_shared"]),
		Email: h(w["email_personal_or_between_employer_lists"]), UnionWorkEmail: h(w["work_email_union_row_on_employer_list"]),
		Name: h(w["name_from_0.85"]), SiteAndJob: h(w["same_worksite_and_job"]), Hire: h(w["same_hire_date"]),
		NamesDiffer: h(w["names_differ_below_0.60"]), IdentifierNameMin: d.IdentifierNameMin, NameFrom: 0.85, NameBelow: 0.60,
	}
	if diff := cmp.Diff(want, DefaultRule); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestADismissedPairComesBackOnlyWithANewContactOrNumber(t *testing.T) {
	t.Parallel()

	ali := func(id, number string) Known {
		return Known{
			ID: id, Names: []Name{{Given: "Mohamed", Family: "Ali"}}, Worksites: []string{"0477"}, JobClass: NP,
			Identifiers: []Identifier{{System: "employee_number", Value: number}},
		}
	}
	a, b := ali("a", "0000001"), ali("b", "0000002")
	if got := NewIndex(DefaultRule, []Known{a, b}, nil).Pairs(); len(got) != 1 {
		t.Fatalf("before: got %v, want the pair", got)
	}
	dismissed := []Dismissal{{"a", "b", Evidence(a, b)}}
	index := NewIndex(DefaultRule, []Known{a, b}, dismissed)
	if got := index.Pairs(); len(got) != 0 {
		t.Errorf("dismissed: got %v, want none", got)
	}
	row := ali("", "0000001")
	if got := index.Match(row); len(got) != 1 || got[0].ID != "a" || got[0].Band != Auto {
		t.Errorf("her row on the next list: got %v, want her alone", got)
	}
	row.Phones = []KnownPhone{{Value: "+16515550142"}}
	if got := index.Match(row); len(got) != 2 {
		t.Errorf("her row with a new phone: got %v, want the question again", got)
	}
	b.Phones = row.Phones
	if got := NewIndex(DefaultRule, []Known{a, b}, dismissed).Pairs(); len(got) != 1 {
		t.Errorf("after a new phone: got %v, want the pair", got)
	}
}

func TestANumberOnFileForTwoPeopleLinksNeither(t *testing.T) {
	t.Parallel()

	p := Known{Names: []Name{{Given: "John", Family: "Olson"}}, Identifiers: []Identifier{{System: "employee_number", Value: "7"}}}
	q := p
	p.ID, q.ID = "p", "q"
	got := NewIndex(DefaultRule, []Known{p, q}, nil).Match(Known{Names: p.Names, Identifiers: p.Identifiers})
	if len(got) != 2 || got[0].Band != Queue || got[1].Band != Queue {
		t.Errorf("got %v, want both in the queue", got)
	}
}

func TestASwitchboardNumberFindsNobody(t *testing.T) {
	t.Parallel()

	var people []Known
	for family := range strings.FieldsSeq(strings.Repeat("Abdi Becker Chen Dahl Eide Fosse Gross ", 4)) {
		people = append(people, Known{
			ID: string(rune('a' + len(people))), Names: []Name{{Given: "Ann", Family: family}}, Phones: []KnownPhone{{Value: "+16515550100"}},
		})
	}
	if got := NewIndex(DefaultRule, people, nil).Match(Known{Names: []Name{{Given: "Ann", Family: "Abdi"}}, Phones: people[0].Phones}); len(got) != 0 {
		t.Errorf("got %v, want none", got)
	}
}

func TestNicknamesOrderAndCompoundsAreOneName(t *testing.T) {
	t.Parallel()

	for _, c := range []struct {
		a, b Name
		from float64
		code string
	}{
		{Name{Given: "Kate", Family: "Nguyen"}, Name{Given: "Katherine", Family: "Nguyen"}, 1, ShortName},
		{Name{Given: "Paco", Family: "Ruiz"}, Name{Given: "Francisco", Family: "Ruiz"}, 1, ShortName},
		{Name{Given: "Mary", Family: "O’Brien"}, Name{Given: "Mary Jo", Family: "OBRIEN"}, 1, ShortName},
		{Name{Given: "Laura", Family: "Becker"}, Name{Given: "Laura", Family: "Becker-Olson"}, 1, ShortName},
		{Name{Given: "Yang", Family: "Pa"}, Name{Given: "Pa", Family: "Yang"}, 1, SwappedName},
		{Name{Given: "Åsa", Family: "Lindström"}, Name{Given: "ASA", Family: "LINDSTROM"}, 1, SameName},
		{Name{Given: "Kari", Family: "Halvorsen"}, Name{Given: "Kari", Family: "Halvorson"}, 0.95, AlikeName},
	} {
		got := bestName(formsOf([]Name{c.a}), formsOf([]Name{c.b}))
		if got.score < c.from || got.reason.Code != c.code {
			t.Errorf("%v and %v: got %v %v, want %v %s", c.a, c.b, got.score, got.reason, c.from, c.code)
		}
	}
	if got := bestName(formsOf([]Name{{Given: "John", Family: "Hanson"}}), formsOf([]Name{{Given: "Gao", Family: "Lee"}})); got.score >= 0.6 {
		t.Errorf("two people: got %v", got)
	}
}

// A number with two digits swapped links only where nothing else could be meant.
func TestAMisprintedNumberLinksWhereAllElseAgrees(t *testing.T) {
	t.Parallel()

	on := func(id, number string, given string, hired Date, phone string) Known {
		return Known{
			ID: id, Names: []Name{{Given: given, Family: "Dietz"}}, Identifiers: []Identifier{{number, "employee_number"}},
			HireDate: hired, Phones: []KnownPhone{{Value: phone}},
		}
	}
	day, other := Date{2021, 5, 4}, Date{2021, 5, 5}
	megan := on("p1", "0038529", "Megan", day, "+16515550150")
	for name, c := range map[string]struct {
		row    Known
		others []Known
		want   Band
	}{
		"all agrees":             {on("", "0035829", "Megan", day, "+16515550150"), nil, Auto},
		"another has the number": {on("", "0035829", "Megan", day, "+16515550150"), []Known{on("p2", "0035829", "Tor", other, "")}, Queue},
		"a twin":                 {on("", "0035829", "Morgan", day, "+16515550150"), nil, Queue},
		"a nickname":             {on("", "0035829", "Meg", day, "+16515550150"), nil, Queue},
		"another hire date":      {on("", "0035829", "Megan", other, "+16515550150"), nil, Queue},
		"no contact":             {on("", "0035829", "Megan", day, "+16515550151"), nil, Queue},
		"a digit differs":        {on("", "0038528", "Megan", day, "+16515550150"), nil, Queue},
		"two swaps":              {on("", "0083259", "Megan", day, "+16515550150"), nil, Queue},
	} {
		c.row.Kind = EmployerList
		got := None
		for _, found := range NewIndex(DefaultRule, append([]Known{megan}, c.others...), nil).Match(c.row) {
			if found.ID == "p1" {
				got = found.Band
			}
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
		c.row.Kind = UnionList
		for _, found := range NewIndex(DefaultRule, []Known{megan}, nil).Match(c.row) {
			if found.Band == Auto {
				t.Errorf("%s: a union row linked by a number that is not hers", name)
			}
		}
	}
}

// TestTheIndexMissesNobody holds the index against comparing everybody with everybody.
func TestTheIndexMissesNobody(t *testing.T) {
	t.Parallel()

	pick := func(words string) *rapid.Generator[string] { return rapid.SampledFrom(strings.Fields(words)) }
	given, family := pick("Kate Katherine Kathy John Jon Gao Pa Yang Mary"), pick("Nguyen Nguyen-Olson Olson Olsen Yang Pa Lee")
	person := rapid.Custom(func(t *rapid.T) Known {
		k := Known{
			Names:     []Name{{Given: given.Draw(t, "given"), Family: family.Draw(t, "family")}},
			Worksites: []string{pick("1 2 3").Draw(t, "site")}, JobClass: rapid.SampledFrom([]JobClass{MD, Physician, NP, ""}).Draw(t, "job"),
		}
		if rapid.Bool().Draw(t, "hired") {
			k.HireDate = Date{2020, 1, rapid.IntRange(1, 4).Draw(t, "day")}
		}
		if rapid.Bool().Draw(t, "phoned") {
			k.Phones = []KnownPhone{{pick("+1 +2 +3 +4").Draw(t, "phone"), rapid.Bool().Draw(t, "shared")}}
		}
		if rapid.Bool().Draw(t, "mailed") {
			k.Emails = []KnownEmail{{pick("a@x.org b@x.org c@x.org").Draw(t, "mail"), rapid.Bool().Draw(t, "personal")}}
		}
		if rapid.Bool().Draw(t, "numbered") {
			k.Identifiers = []Identifier{{System: "employee_number", Value: pick("1 2 3 4 5 6").Draw(t, "number")}}
		}
		return k
	})
	rapid.Check(t, func(t *rapid.T) {
		people := rapid.SliceOfN(person, 1, 12).Draw(t, "people")
		for i := range people {
			people[i].ID = string(rune('a' + i))
		}
		row := person.Draw(t, "row")
		row.Kind = rapid.SampledFrom([]ListKind{EmployerList, UnionList}).Draw(t, "kind")
		want, got := map[string]int{}, map[string]int{}
		for _, p := range people {
			if c := DefaultRule.Compare(row, p); c.Band != None {
				want[p.ID] = c.Score
			}
		}
		for _, c := range NewIndex(DefaultRule, people, nil).Match(row) {
			got[c.ID] = c.Score
		}
		for id, score := range want {
			if got[id] != score {
				t.Fatalf("%s: want %d, got %d", id, score, got[id])
			}
		}
	})
}
