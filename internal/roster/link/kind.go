// SPDX-License-Identifier: Apache-2.0

package link

// Kind says what a column holds, and so how two of its cells are compared.
type Kind string

// The kinds. ID names a row and Truth says who it is, for scoring: neither is compared, nor is Skip.
const (
	ID    Kind = "id"
	Truth Kind = "truth"
	Skip  Kind = "skip"

	Given    Kind = "given"    // a person's first name
	Family   Kind = "family"   // a person's last name
	Name     Kind = "name"     // a person's whole name
	Org      Kind = "org"      // the name of a place or an organization
	Address  Kind = "address"  // a street, with or without the house number
	Number   Kind = "number"   // a house number, or another short number
	Place    Kind = "place"    // a town or suburb
	Postcode Kind = "postcode" // a ZIP or postal code
	Date     Kind = "date"     // a day: of birth, of hire
	Phone    Kind = "phone"
	Email    Kind = "email"
	Code     Kind = "code"     // a number that somebody gave to one person or thing: employee number, NPI
	Category Kind = "category" // one of a few values: sex, state, occupation
	Text     Kind = "text"     // anything else in words
)

// Kinds lists them all, in the order in which documents name them.
var Kinds = []Kind{ID, Truth, Skip, Given, Family, Name, Org, Address, Number, Place, Postcode, Date, Phone, Email, Code, Category, Text}

func (k Kind) compared() bool { return k != ID && k != Truth && k != Skip }

// usualRows returns how many rows a list of names, days or numbers has at least before a value that stands in it once is taken for
// common: a short list does not know how rare its values are.
func (k Kind) usualRows() float64 {
	switch k {
	case Category, Number, Place, Postcode:
		return 1
	}
	return 250
}
