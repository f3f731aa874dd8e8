// SPDX-License-Identifier: Apache-2.0

package link

import (
	"slices"
	"strings"
)

// headings are the words of a heading that tell what a column holds, kind by kind; the first line that fits counts. A heading fits
// a phrase that it is, and one with ~ if it holds its words.
var headings = []struct {
	kind    Kind
	phrases []string
}{
	{ID, phrases("id, rec id, record id, row id, unique id, uid, row, row number, recid")},
	{Truth, phrases("true cluster, cluster, cluster id, true id, truth, entity id, ent id, same as, match id, group id, label")},
	{Skip, phrases("source, source file, dataset, data set, source dataset, file, notes, comment, comments, url, line")},
	{Email, phrases("email~, e mail~, mail, correo~")},
	{Phone, phrases("phone~, telephone~, tel, mobile~, cell~, fax, telefono~, celular~")},
	{Date, phrases("dob, date~, birthdate, birthday, birth dt, hire dt, fecha~, day of birth")},
	{Number, phrases("street number, house number, street no, house no, number, building number")},
	{Code, phrases("soc sec id, ssn~, social security~, npi~, employee id~, employee number~, emp id~, employee no~, license~, member id~, " +
		"worker id~, person id~, badge~, tax id, nhs number~, number~, identifier~, isbn, doi, vat~, ein")},
	{Postcode, phrases("zip~, postcode~, postal code~, post code~, zipcode, codigo postal~")},
	{Given, phrases("given name~, first name~, given, first, forename~, fname, nombre, nombres, primer nombre, name first")},
	{Family, phrases("surname~, last name~, family name~, family, last, lname, apellido~, apellidos~, name last")},
	{Category, phrases("state, sex, gender, province, country, region, status, type~, category~, cuisine, occupation, job title~, title, position, " +
		"credential~, department~, shift, sexo, estado, race, ethnicity, program name")},
	{Place, phrases("city~, suburb, town, locality, birth place, birthplace, place of birth, neighborhood, neighbourhood, county, ciudad, municipality, location")},
	{Address, phrases("address~, street~, addr~, direccion~, domicilio~")},
	{Org, phrases("site name, site, organization~, organisation~, company~, business~, facility~, clinic~, employer~, venue~, school~, restaurant~, " +
		"worksite~, agency, institution~, hospital~, provider organization")},
	{Name, phrases("name, your name, full name, legal name~, worker name, staff name, patient name, person name, employee name, employee, fullname, nombre completo, first and surname, provider name, contact name, member name~")},
}

func phrases(s string) []string { return strings.Split(s, ", ") }

// Guess returns what each column seems to hold, by its heading or else by some of its cells. Whoever knows better says so.
func Guess(headers []string, cells [][]string) []Column {
	columns := make([]Column, len(headers))
	for i, h := range headers {
		columns[i] = Column{h, guess(h, cells[i])}
	}
	has := func(k Kind) bool { return slices.ContainsFunc(columns, func(c Column) bool { return c.Kind == k }) }
	for i := range columns {
		if columns[i].Kind != Name {
			continue
		}
		switch {
		case has(Given) && has(Family):
			columns[i].Kind = Skip // the same again
		case !people(cells[i]):
			columns[i].Kind = Org
		}
	}
	once := false
	for i, c := range columns {
		if c.Kind == ID && (once || !unique(cells[i])) {
			columns[i].Kind = Skip
		}
		once = once || columns[i].Kind == ID
	}
	return columns
}

func guess(header string, cells []string) Kind {
	h := Fold(header)
	for _, l := range headings {
		if slices.Contains(l.phrases, h) {
			return l.kind
		}
	}
	for _, l := range headings {
		for _, p := range l.phrases {
			if p, ok := strings.CutSuffix(p, "~"); ok && strings.Contains(" "+h+" ", " "+p+" ") {
				return l.kind
			}
		}
	}
	return guessCells(cells)
}

// guessCells looks at the first thousand cells that say something.
func guessCells(cells []string) Kind {
	var n, mails, days, words int
	distinct := map[string]bool{}
	for _, c := range cells {
		if IsBlank(c) {
			continue
		}
		if n++; n > 1000 {
			break
		}
		distinct[c] = true
		words += len(strings.Fields(c))
		if at := strings.IndexByte(c, '@'); at > 0 && strings.Contains(c[at:], ".") {
			mails++
		}
		if len(c) >= 8 && !readDay(c).IsZero() {
			days++
		}
	}
	switch {
	case n == 0:
		return Skip
	case 10*mails > 8*n:
		return Email
	case 10*days > 8*n:
		return Date
	case 20*len(distinct) < n:
		return Category
	}
	return Text
}

// people reports whether the names of a column look like those of persons: a comma, or a first name that is often shortened.
func people(cells []string) bool {
	n, known := 0, 0
	for _, c := range cells[:min(len(cells), 1000)] {
		words := strings.Fields(Fold(c))
		if len(words) == 0 {
			continue
		}
		n++
		if strings.Contains(c, ",") || len(words) <= 4 && len(NicknameGroups(words[0])) > 0 {
			known++
		}
	}
	return 4*known > n
}

func unique(cells []string) bool {
	seen := make(map[string]bool, len(cells))
	for _, c := range cells {
		if seen[c] {
			return false
		}
		seen[c] = true
	}
	return true
}
