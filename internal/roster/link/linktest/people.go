// SPDX-License-Identifier: Apache-2.0

// Package linktest makes files of people who do not exist, with the mistakes that lists have, and the truth about them: for the tests
// and measurements of package link. The same seed makes the same file. The kinds of mistakes are chosen and their rates are guesses; that
// another hand than the data's should set both is why open sets are tested as well.
package linktest

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

// Headers are those of every file made here.
var Headers = []string{"id", "first_name", "last_name", "date_of_birth", "street", "city", "zip", "phone", "email", "job_title"}

// Maker makes people and their rows.
type Maker struct {
	rng   *rand.Rand
	Wrong float64 // how likely a cell of a second row is wrong
	Blank float64 // how likely it is empty
}

// New returns a maker with usual rates: one cell in eight is wrong, one in twelve is blank.
func New(seed uint64) *Maker {
	return &Maker{rng: rand.New(rand.NewPCG(seed, 0)), Wrong: 0.12, Blank: 0.08}
}

const (
	consonants = "b d f g h j k l m n p r s t v w br ch cl dr gr kr sh st th tr"
	vowels     = "a e i o u ai ea ie ou"
	endings    = "n r s l t nd rt son ley man ton ski er ez berg field well"
	given      = "james mary robert patricia john jennifer michael linda david elizabeth william barbara richard susan joseph jessica " +
		"thomas sarah christopher karen charles lisa daniel nancy matthew betty anthony sandra margaret donald ashley steven kimberly " +
		"andrew emily paul donna joshua michelle kenneth carol kevin amanda brian melissa timothy deborah ronald stephanie george rebecca " +
		"jason sharon edward laura jeffrey cynthia ryan dorothy jacob amy nicholas kathleen gary angela eric shirley jonathan emma stephen " +
		"brenda larry pamela justin nicole scott anna brandon samantha benjamin katherine samuel christine gregory debra alexander rachel " +
		"maria jose ana luis ahmed fatima mohamed amina chen mei nguyen linh olga ivan priya raj aiyana kofi ama yusuf leila"
	streets = "oak maple cedar elm pine lake river hill park main church mill spring forest sunset meadow ridge valley garden prairie " +
		"washington lincoln jefferson madison franklin summit highland grand university"
	kinds = "Street Avenue Road Lane Drive Boulevard Court"
	jobs  = "physician|nurse practitioner|physician assistant|registered nurse|medical assistant"
	mails = "mail.example.org|post.example.org|inbox.example.org|home.example.org"
)

var short = map[string]string{
	"james": "jim", "robert": "bob", "patricia": "pat", "jennifer": "jenny", "michael": "mike", "elizabeth": "liz", "william": "bill",
	"richard": "dick", "joseph": "joe", "thomas": "tom", "christopher": "chris", "charles": "chuck", "daniel": "dan", "matthew": "matt",
	"anthony": "tony", "margaret": "peggy", "kimberly": "kim", "andrew": "drew", "katherine": "kate", "samuel": "sam", "gregory": "greg",
	"alexander": "alex", "benjamin": "ben", "nicholas": "nick", "deborah": "debbie", "timothy": "tim", "edward": "ted",
}

func (m *Maker) pick(list string) string {
	words := strings.Fields(list)
	return words[m.rng.IntN(len(words))]
}

// often picks a word, the first ones most.
func (m *Maker) often(list string) string {
	words := strings.Fields(list)
	x := m.rng.Float64()
	return words[int(x*x*float64(len(words)))]
}

func (m *Maker) family() string {
	if m.rng.IntN(3) == 0 { // some names are common
		return m.often("johnson anderson larson nelson olson smith peterson miller garcia lee nguyen brown hansen martinez jones carlson thompson ali xiong vang")
	}
	s := m.pick(consonants) + m.pick(vowels)
	if m.rng.IntN(2) == 0 {
		s += m.pick(consonants) + m.pick(vowels)
	}
	return s + m.pick(endings)
}

func (m *Maker) street() string {
	return fmt.Sprintf("%d %s %s", 1+m.rng.IntN(9900), title(m.pick(streets)), m.pick(kinds))
}

func (m *Maker) zip() int { return m.rng.IntN(200) }

func (m *Maker) phone() string { return fmt.Sprintf("651-555-%04d", m.rng.IntN(10000)) }

func title(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// Person makes a person's first row, without an id.
func (m *Maker) Person() []string {
	first, last := m.often(given), m.family()
	born := time.Date(1955, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, m.rng.IntN(45*365))
	zip := m.zip()
	mail := strings.Split(mails, "|")
	job := strings.Split(jobs, "|")
	return []string{
		"", title(first), title(last), born.Format(time.DateOnly), m.street(), "City " + title(strings.Fields(streets)[zip%29]),
		fmt.Sprintf("55%03d", zip), m.phone(), fmt.Sprintf("%s.%s%d@%s", first, last, m.rng.IntN(90), mail[m.rng.IntN(len(mail))]),
		job[m.rng.IntN(len(job))],
	}
}

// Again makes another row of the person who has row, as another list would have it.
func (m *Maker) Again(row []string) []string {
	out := append([]string(nil), row...)
	for i := 1; i < len(out); i++ {
		switch x := m.rng.Float64(); {
		case x < m.Blank && i != 2:
			out[i] = ""
		case x < m.Blank+m.Wrong:
			out[i] = m.mistake(i, out[i])
		}
	}
	switch {
	case m.rng.IntN(50) == 0:
		out[1], out[2] = out[2], out[1]
	case m.rng.IntN(40) == 0:
		out[2] = title(m.family()) // married
	}
	if m.rng.IntN(8) == 0 { // moved
		zip := m.zip()
		out[4], out[5], out[6] = m.street(), "City "+title(strings.Fields(streets)[zip%29]), fmt.Sprintf("55%03d", zip)
	}
	return out
}

func (m *Maker) mistake(column int, s string) string {
	switch column {
	case 1:
		if n, ok := short[strings.ToLower(s)]; ok && m.rng.IntN(2) == 0 {
			return title(n)
		}
		if s != "" && m.rng.IntN(6) == 0 {
			return s[:1]
		}
	case 3:
		if t, err := time.Parse(time.DateOnly, s); err == nil && m.rng.IntN(3) == 0 {
			if t.Day() <= 12 {
				return fmt.Sprintf("%d-%02d-%02d", t.Year(), t.Day(), int(t.Month()))
			}
			return t.AddDate(1-2*m.rng.IntN(2), 0, 0).Format(time.DateOnly)
		}
	case 4:
		return strings.NewReplacer("Street", "St", "Avenue", "Ave.", "Boulevard", "Blvd", "Road", "Rd", "Drive", "Dr").Replace(s)
	case 7:
		if m.rng.IntN(2) == 0 {
			return m.phone()
		}
	case 8:
		if m.rng.IntN(2) == 0 {
			return strings.ToLower(m.often(given)) + strconv.Itoa(m.rng.IntN(900)) + "@mail.example.org"
		}
	case 9:
		return ""
	}
	return m.Typo(s)
}

// Typo returns s with a letter left out, doubled, replaced, or swapped with its neighbour.
func (m *Maker) Typo(s string) string {
	if len(s) < 2 {
		return s
	}
	i := m.rng.IntN(len(s) - 1)
	other := byte('a' + m.rng.IntN(26))
	if s[i] >= '0' && s[i] <= '9' {
		other = byte('0' + m.rng.IntN(10))
	}
	switch m.rng.IntN(4) {
	case 0:
		return s[:i] + s[i+1:]
	case 1:
		return s[:i] + s[i:i+1] + s[i:]
	case 2:
		return s[:i] + string(other) + s[i+1:]
	}
	return s[:i] + s[i+1:i+2] + s[i:i+1] + s[i+2:]
}

// Two makes two files of n rows each: both of the people they share, and of others. truth names the person of each row.
func (m *Maker) Two(n int, shared float64) (a, b [][]string, truthA, truthB []string) {
	for i := range n {
		p := m.Person()
		who := fmt.Sprintf("P%07d", i)
		p[0] = fmt.Sprintf("a%d", i)
		a, truthA = append(a, p), append(truthA, who)
		if m.rng.Float64() < shared {
			p = m.Again(p)
		} else {
			p, who = m.Person(), fmt.Sprintf("Q%07d", i)
		}
		p[0] = "b" + strconv.Itoa(i)
		b, truthB = append(b, p), append(truthB, who)
	}
	m.rng.Shuffle(n, func(i, j int) { b[i], b[j], truthB[i], truthB[j] = b[j], b[i], truthB[j], truthB[i] })
	return a, b, truthA, truthB
}

// One makes one file of n rows of people who have one to most rows each.
func (m *Maker) One(n, most int) (rows [][]string, truth []string) {
	for person := 0; len(rows) < n; person++ {
		p := m.Person()
		for k := range 1 + m.rng.IntN(most) {
			row := p
			if k > 0 {
				row = m.Again(p)
			}
			if len(rows) < n {
				row[0] = strconv.Itoa(len(rows))
				rows, truth = append(rows, row), append(truth, fmt.Sprintf("P%07d", person))
			}
		}
	}
	m.rng.Shuffle(n, func(i, j int) { rows[i], rows[j], truth[i], truth[j] = rows[j], rows[i], truth[j], truth[i] })
	return rows, truth
}
