// SPDX-License-Identifier: Apache-2.0

package rows

// Query asks for the first 30 people in order of their names, and for how many there are in all; an empty field does
// not filter.
type Query struct {
	Worksite   string
	Occupation string
	Prefix     string // of the name
}

// Mix is what people do with a people list, in equal parts: open it, look at one worksite, look at one occupation
// there, and type the beginning of a name. A quarter each, so that no one kind of page decides the figure.
func Mix() []Query {
	var mix []Query
	occupations := []string{"MD", "DO", "PA", "NP"}
	for i := range Worksites {
		mix = append(mix,
			Query{},
			Query{Worksite: Worksite(i)},
			Query{Worksite: Worksite(i), Occupation: occupations[i%len(occupations)]},
			Query{Prefix: first[i%len(first)]},
		)
	}
	return mix
}
