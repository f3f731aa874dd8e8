// SPDX-License-Identifier: Apache-2.0

// Package rows makes the people that every server under measurement holds: the same fields and the same values each
// time, for one seed. Nobody in them exists: example.org, 555-01xx.
package rows

import (
	"fmt"
	"math/rand/v2"
)

// Worksites is how many worksites the people are spread over; their codes are Worksite(0) to Worksite(Worksites-1).
const Worksites = 61

// Person is one row of a people list.
type Person struct {
	Name       string // "Family, Given"
	Family     string
	Given      string
	Worksite   string // a four-digit code
	Region     string
	Occupation string // MD, DO, PA or NP
	Shift      string
	FTE        float64
	UnitStatus string // in, disputed, out
	Phone      string // E.164
	Email      string
}

// Worksite returns the code of worksite i.
func Worksite(i int) string { return fmt.Sprintf("%04d", 113+i*14) }

var (
	regions = []string{"Core", "North", "East", "South", "West"}
	given   = []string{
		"Ada", "Ben", "Carmen", "Dalia", "Elias", "Fatima", "Grace", "Hodan", "Ines", "Jonas", "Kim", "Lena", "Mateo", "Nora",
		"Omar", "Priya", "Quinn", "Rosa", "Samuel", "Tova", "Uma", "Victor", "Wren", "Ximena", "Yusuf", "Zoe",
	}
	first = []string{
		"Al", "Ber", "Car", "Dal", "Er", "Fal", "Gar", "Hal", "Is", "Jor", "Kel", "Lin", "Mor", "Nel", "Or", "Per", "Ros",
		"Sol", "Tor", "Ul", "Vel", "Wes", "Yar", "Zel",
	}
	last = []string{"berg", "dahl", "ford", "gren", "hart", "ison", "land", "mann", "nova", "quist", "rosa", "son", "ton", "wick"}
)

// All returns n people. The shares of occupations and states are those of a unit of physicians and their colleagues.
func All(n int) []Person {
	r := rand.New(rand.NewPCG(20251105, 61))
	people := make([]Person, n)
	for i := range people {
		site := r.IntN(Worksites)
		p := Person{
			Given:      given[r.IntN(len(given))],
			Family:     first[r.IntN(len(first))] + last[r.IntN(len(last))],
			Worksite:   Worksite(site),
			Region:     regions[site%len(regions)],
			Occupation: share(r, "MD", 59, "NP", 18, "PA", 15, "DO", 8),
			Shift:      share(r, "Day", 80, "Evening", 12, "Rotating", 6, "Weekend", 2),
			FTE:        float64(r.IntN(6)+5) / 10,
			UnitStatus: share(r, "in", 97, "disputed", 2, "out", 1),
			Phone:      fmt.Sprintf("+1612555%04d", 100+r.IntN(100)),
		}
		p.Name = p.Family + ", " + p.Given
		p.Email = fmt.Sprintf("%s.%s.%d@example.org", p.Given, p.Family, i)
		people[i] = p
	}
	return people
}

// share draws one of the texts by the percentages that follow them.
func share(r *rand.Rand, textsAndPercents ...any) string {
	at := r.IntN(100)
	for i := 0; i < len(textsAndPercents); i += 2 {
		if at -= textsAndPercents[i+1].(int); at < 0 {
			return textsAndPercents[i].(string)
		}
	}
	panic("shares do not add up to 100")
}
