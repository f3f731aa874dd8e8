// SPDX-License-Identifier: Apache-2.0

package roster

import (
	"cmp"
	"hash/maphash"
	"slices"
	"strings"

	"github.com/tenday/tenday/internal/roster/link"
)

// crowd is how many people may have one contact before it is a switchboard: it then weighs as a shared phone, and finds
// nobody by itself.
const crowd = 20

// manyHired is how many people may share a hire date before it finds nobody by itself: a payroll's date of conversion, or a
// default, stands on half a list.
const manyHired = 200

// Index finds the people on file whom a record may mean. It keeps the records it was made of, is not changed afterwards,
// and is safe for concurrent use.
//
// Records are looked up by identifier, phone and e-mail, and by name together with worksite and job, or hire date: without a contact
// or a number only those lift a name over the line, so a name alone is never looked up.
type Index struct {
	rule      Rule
	people    []Known
	forms     []nameForm // of person i: forms[first[i]:first[i+1]]
	first     []int32
	postings  []posting // sorted by key
	dismissed map[[2]string]string
	hired     map[Date]int // how many people have each hire date
	seed      maphash.Seed
}

// posting says that person who has key. Two texts may share a key: what is found is compared in full.
type posting struct {
	key uint64
	who int32
}

// Dismissal is a pair that somebody called different people, and the Evidence at the time.
type Dismissal struct{ A, B, Evidence string }

// Pair is two people on file who may be one.
type Pair struct {
	A       string   `json:"a"`
	B       string   `json:"b"`
	Score   int      `json:"score"`
	Reasons []Reason `json:"reasons"`
}

// NewIndex makes an index of people. Dismissed pairs are not proposed while their evidence is the same.
func NewIndex(rule Rule, people []Known, dismissed []Dismissal) *Index {
	x := &Index{
		rule: rule, people: people, seed: maphash.MakeSeed(), dismissed: make(map[[2]string]string, len(dismissed)),
		hired: map[Date]int{},
	}
	for i := range people {
		x.hired[people[i].HireDate]++
	}
	for _, d := range dismissed {
		x.dismissed[pairKey(d.A, d.B)] = d.Evidence
	}
	x.first = make([]int32, 1, len(people)+1)
	x.postings = make([]posting, 0, 10*len(people))
	words := map[string]part{} // names repeat: keep each once
	for i := range people {
		for _, n := range people[i].Names {
			x.forms = append(x.forms, nameForm{intern(words, n.Given), intern(words, n.Family)})
		}
		x.first = append(x.first, int32(len(x.forms)))
		for _, key := range x.keys(&people[i], x.formsOf(i), false) {
			x.postings = append(x.postings, posting{key, int32(i)})
		}
	}
	slices.SortFunc(x.postings, func(a, b posting) int {
		return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.who, b.who))
	})
	x.postings = slices.Clip(slices.Compact(x.postings))
	return x
}

func intern(seen map[string]part, s string) part {
	p, ok := seen[s]
	if !ok {
		p = partOf(s)
		seen[s] = p
	}
	return p
}

func (x *Index) formsOf(i int) []nameForm { return x.forms[x.first[i]:x.first[i+1]] }

// Match returns the people whom row may mean, the likeliest first; only those to link or to ask about. When the number of a
// row fits two people, neither is linked by itself. If row has an ID, or links, pairs dismissed for that person are left out.
func (x *Index) Match(row Known) []Candidate {
	forms := formsOf(row.Names)
	var out []Candidate
	linked := -1
	autos := 0
	found := x.candidates(&row, forms)
	for _, i := range found {
		if !x.rule.mayReach(&row, &x.people[i]) {
			continue
		}
		c := x.rule.compare(&row, &x.people[i], forms, x.formsOf(int(i)), x.crowded)
		if c.Band == None {
			continue
		}
		if x.misprinted(&row, &x.people[i], &c); c.Band == Auto {
			autos++
			linked = int(i)
		}
		out = append(out, c)
	}
	if autos > 1 {
		for i := range out {
			out[i].Band = Queue
		}
		linked = -1
	}
	out = slices.DeleteFunc(out, func(c Candidate) bool { return x.isDismissed(&row, linked, c.ID, found) })
	slices.SortFunc(out, func(a, b Candidate) int { return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.ID, b.ID)) })
	return out
}

// misprinted links a row whose employee number is that of the person on file with two neighbouring digits swapped: where nobody has the
// number as printed, and the whole name, the hire date and a contact of her own are the same as well.
func (x *Index) misprinted(row, person *Known, c *Candidate) {
	said := func(codes ...string) bool {
		return slices.ContainsFunc(c.Reasons, func(r Reason) bool { return slices.Contains(codes, r.Code) })
	}
	if c.Band != Queue || row.Kind != EmployerList || !said(SameName) || !said(SameHireDate) || !said(SamePhone, SameEmail, SameWorkEmail) {
		return
	}
	for _, id := range row.Identifiers {
		for _, filed := range person.Identifiers {
			if id.System == "employee_number" && filed.System == id.System && link.Swapped(id.Value, filed.Value) &&
				len(x.find(x.hash(id.System, id.Value))) == 0 {
				c.Band, c.Score = Auto, x.rule.IdentifierScore
				c.Reasons = slices.Insert(c.Reasons, 0, reason(SwappedDigits, "system", id.System, "value", id.Value, "filed", filed.Value))
				return
			}
		}
	}
}

// isDismissed reports whether the person of row, or the one it links to, and id are a dismissed pair about which the row
// says nothing new.
func (x *Index) isDismissed(row *Known, linked int, id string, found []int32) bool {
	if len(x.dismissed) == 0 {
		return false
	}
	self := *row
	if linked >= 0 {
		self = x.people[linked]
		self.Identifiers = append(slices.Clone(self.Identifiers), row.Identifiers...)
		self.Phones = append(slices.Clone(self.Phones), row.Phones...)
		self.Emails = append(slices.Clone(self.Emails), row.Emails...)
	}
	was, ok := x.dismissed[pairKey(self.ID, id)]
	if !ok {
		return false
	}
	for _, i := range found {
		if x.people[i].ID == id {
			return Evidence(self, x.people[i]) == was
		}
	}
	return false
}

// Pairs returns the people on file who may be one person twice, the likeliest first. None is ever joined by itself, so a
// pair with one number is for the queue as well.
func (x *Index) Pairs() []Pair {
	found := make([][]Pair, len(x.people))
	parallel(len(x.people), func(i int) { found[i] = x.pairsOf(i) })
	out := slices.Concat(found...)
	slices.SortFunc(out, func(a, b Pair) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.A, b.A), cmp.Compare(a.B, b.B))
	})
	return out
}

// pairsOf returns the pairs of person i with those behind her.
func (x *Index) pairsOf(i int) (out []Pair) {
	a := &x.people[i]
	for _, j := range x.candidates(a, x.formsOf(i)) {
		b := &x.people[j]
		if int(j) <= i || !x.rule.mayReach(a, b) {
			continue
		}
		c := x.rule.compare(a, b, x.formsOf(i), x.formsOf(int(j)), x.crowded)
		if c.Band == None {
			continue
		}
		if was, ok := x.dismissed[pairKey(a.ID, b.ID)]; ok && was == Evidence(*a, *b) {
			continue
		}
		key := pairKey(a.ID, b.ID)
		out = append(out, Pair{key[0], key[1], c.Score, c.Reasons})
	}
	return out
}

func pairKey(a, b string) [2]string { return [2]string{min(a, b), max(a, b)} }

// candidates returns the indices of those who share a key with k, ascending.
func (x *Index) candidates(k *Known, forms []nameForm) []int32 {
	var out []int32
	for _, key := range x.keys(k, forms, true) {
		for _, p := range x.find(key) {
			out = append(out, p.who)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (x *Index) find(key uint64) []posting {
	at, _ := slices.BinarySearchFunc(x.postings, key, func(p posting, key uint64) int { return cmp.Compare(p.key, key) })
	end := at
	for end < len(x.postings) && x.postings[end].key == key {
		end++
	}
	return x.postings[at:end]
}

// crowded reports whether a contact is on file for too many people to tell them apart.
func (x *Index) crowded(contact string) bool { return len(x.find(x.hash("contact", contact))) > crowd }

// keys returns what k is looked up by. Asking also tries family and given name the other way round, and leaves out the
// contacts of a crowd.
func (x *Index) keys(k *Known, forms []nameForm, asking bool) []uint64 {
	keys := make([]uint64, 0, 16)
	for _, id := range k.Identifiers {
		keys = append(keys, x.hash(id.System, id.Value))
	}
	contact := func(value string) {
		if !asking || !x.crowded(value) {
			keys = append(keys, x.hash("contact", value))
		}
	}
	for _, p := range k.Phones {
		contact(p.Value)
	}
	for _, e := range k.Emails {
		contact(e.Value)
	}
	near := make([]string, 0, 4)
	if k.JobClass != "" {
		for _, site := range k.Worksites {
			near = append(near, string(k.JobClass.widest())+" "+site)
		}
	}
	if !k.HireDate.IsZero() && x.hired[k.HireDate] <= manyHired {
		near = append(near, k.HireDate.String())
	}
	name := func(kind, word string) {
		for _, n := range near {
			keys = append(keys, x.hash(kind, word, n))
		}
	}
	for _, f := range forms {
		eachFamily(f.family, name)
		if asking {
			eachFamily(f.given, name)
		}
		for _, w := range f.given.words {
			groups := link.NicknameGroups(w)
			for _, g := range groups {
				name("group", string(rune(g)))
			}
			if len(groups) == 0 {
				name("given", w)
			}
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// eachFamily calls name with the first four letters of the whole family name and of each of its words.
func eachFamily(p part, name func(kind, word string)) {
	if len(p.words) > 1 {
		name("family", first4(strings.Join(p.words, "")))
	}
	for _, w := range p.words {
		name("family", first4(w))
	}
}

func first4(s string) string {
	r := []rune(s)
	return string(r[:min(4, len(r))])
}

func (x *Index) hash(parts ...string) uint64 {
	var h maphash.Hash
	h.SetSeed(x.seed)
	for _, p := range parts {
		h.WriteString(p)
		h.WriteByte(0)
	}
	return h.Sum64()
}
