// SPDX-License-Identifier: Apache-2.0

package roster

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
)

// Known is what is on file about one person, or what one row of a list says (Parsed.Known), as far as it tells who she is.
type Known struct {
	ID          string
	Kind        ListKind // of a row: whose list it stands on; "" for a person on file
	Names       []Name   // legal, preferred, former, as printed
	Identifiers []Identifier
	Phones      []KnownPhone // personal ones
	Emails      []KnownEmail
	Worksites   []string
	JobClass    JobClass
	HireDate    Date
}

// Identifier is a number that somebody gave to one person. System is "employee_number", "npi" or "union_id".
type Identifier struct{ Value, System string }

// KnownPhone is an E.164 number; Shared says that two people are known to answer it.
type KnownPhone struct {
	Value  string
	Shared bool
}

// KnownEmail is a lower-case address; Personal says that it is not the employer's.
type KnownEmail struct {
	Value    string
	Personal bool
}

// Band is what may be done with a candidate.
type Band string

// The bands. Only an identifier with names that do not contradict it links by itself, or one misprinted in a way that nobody else's is
// (Index.Match); a name never does.
const (
	None  Band = "none"
	Queue Band = "queue" // a person decides
	Auto  Band = "auto"
)

// Reason is one piece of evidence. Its words have the key "roster.reason." + Code, its Args their values.
type Reason struct {
	Code string            `json:"code"`
	Args map[string]string `json:"args,omitempty"`
}

// The codes of reasons.
const (
	SameID            = "same_id"              // system, value
	SameIDNamesDiffer = "same_id_names_differ" // system, value: number reused?
	SwappedDigits     = "swapped_digits"       // system, value, filed: two neighbouring digits of a number in the other order
	SamePhone         = "same_phone"           // phone
	SameSharedPhone   = "same_phone_shared"    // phone
	SameEmail         = "same_email"           // email
	SameWorkEmail     = "same_work_email"      // email
	SameName          = "same_name"
	ShortName         = "short_name" // short, long: a nickname, or one name within the other
	AlikeName         = "alike_name" // percent
	SwappedName       = "swapped_name"
	SameSiteAndJob    = "same_site_and_job" // worksite, job
	SameHireDate      = "same_hire_date"    // date
	NamesDiffer       = "names_differ"
)

// Rule holds the weights of the matching rule, in hundredths, and its thresholds for names, 0 to 1.
type Rule struct {
	IdentifierScore, IdentifierConflict, Cap, QueueFrom                            int
	Phone, SharedPhone, Email, UnionWorkEmail, Name, SiteAndJob, Hire, NamesDiffer int
	IdentifierNameMin, NameFrom, NameBelow                                         float64
}

// DefaultRule is the rule as shipped.
var DefaultRule = Rule{
	IdentifierScore: 100, IdentifierConflict: 50, Cap: 95, QueueFrom: 50,
	Phone: 60, SharedPhone: 20, Email: 60, UnionWorkEmail: 95, Name: 30, SiteAndJob: 20, Hire: 20, NamesDiffer: -40,
	IdentifierNameMin: 0.70, NameFrom: 0.85, NameBelow: 0.60,
}

// Candidate is somebody on file whom a record may mean. Score is in hundredths, 0 to 100.
type Candidate struct {
	ID      string   `json:"id"`
	Score   int      `json:"score"`
	Band    Band     `json:"band"`
	Reasons []Reason `json:"reasons"`
}

// Compare scores two records. An e-mail counts when it is personal, or between two employer lists; a union row's work
// e-mail that is on the employer's list says more than any contact.
func (r Rule) Compare(a, b Known) Candidate {
	return r.compare(&a, &b, formsOf(a.Names), formsOf(b.Names), nil)
}

// compare does the work; crowded reports whether a contact is on file for so many that it tells nobody apart.
func (r Rule) compare(a, b *Known, an, bn []nameForm, crowded func(contact string) bool) Candidate {
	c := Candidate{ID: b.ID}
	add := func(score int, code string, args ...string) {
		c.Score += score
		c.Reasons = append(c.Reasons, reason(code, args...))
	}
	name := bestName(an, bn)
	for _, id := range a.Identifiers {
		if !slices.Contains(b.Identifiers, id) {
			continue
		}
		if name.score < r.IdentifierNameMin {
			add(r.IdentifierConflict, SameIDNamesDiffer, "system", id.System, "value", id.Value)
			c.Band = Queue
			continue
		}
		c = Candidate{ID: b.ID, Score: r.IdentifierScore, Band: Auto}
		add(0, SameID, "system", id.System, "value", id.Value)
		break
	}
	if c.Band != "" {
		c.Score = min(c.Score, r.IdentifierScore)
		if c.Band == Queue {
			c.Score = r.IdentifierConflict
		} else if name.reason.Code != "" {
			c.Reasons = append(c.Reasons, name.reason)
		}
		return c
	}
	if phone, shared := samePhone(a.Phones, b.Phones); phone != "" {
		if shared || crowded != nil && crowded(phone) {
			add(r.SharedPhone, SameSharedPhone, "phone", phone)
		} else {
			add(r.Phone, SamePhone, "phone", phone)
		}
	}
	if email, personal := sameEmail(a.Emails, b.Emails); email != "" {
		switch {
		case !personal && (a.Kind == UnionList || b.Kind == UnionList):
			add(r.UnionWorkEmail, SameWorkEmail, "email", email)
		case personal:
			add(r.Email, SameEmail, "email", email)
		default:
			add(r.Email, SameWorkEmail, "email", email)
		}
	}
	if name.score >= r.NameFrom {
		c.Score += r.Name
		c.Reasons = append(c.Reasons, name.reason)
	}
	if site := sameOf(a.Worksites, b.Worksites); site != "" && a.JobClass.Agrees(b.JobClass) {
		add(r.SiteAndJob, SameSiteAndJob, "worksite", site, "job", string(b.JobClass))
	}
	if !a.HireDate.IsZero() && a.HireDate == b.HireDate {
		add(r.Hire, SameHireDate, "date", a.HireDate.String())
	}
	if name.score < r.NameBelow {
		add(r.NamesDiffer, NamesDiffer)
	}
	c.Score = max(0, min(c.Score, r.Cap))
	c.Band = None
	if c.Score >= r.QueueFrom {
		c.Band = Queue
	}
	return c
}

// mayReach reports whether two records can score enough without a look at their names, which is what takes the time.
func (r Rule) mayReach(a, b *Known) bool {
	for _, id := range a.Identifiers {
		if slices.Contains(b.Identifiers, id) {
			return true
		}
	}
	most := r.Name
	if a.HireDate == b.HireDate && !a.HireDate.IsZero() {
		most += r.Hire
	}
	if a.JobClass.Agrees(b.JobClass) && sameOf(a.Worksites, b.Worksites) != "" {
		most += r.SiteAndJob
	}
	if most >= r.QueueFrom {
		return true
	}
	phone, _ := samePhone(a.Phones, b.Phones)
	email, _ := sameEmail(a.Emails, b.Emails)
	return phone != "" || email != ""
}

// Evidence returns a digest of the identifiers and contacts of two people, in either order. A dismissed pair stays
// dismissed while it is the same.
func Evidence(a, b Known) string {
	x, y := evidenceOf(a), evidenceOf(b)
	if y < x {
		x, y = y, x
	}
	sum := sha256.Sum256([]byte(x + "\n\n" + y))
	return hex.EncodeToString(sum[:])
}

func evidenceOf(ks ...Known) string {
	var all []string
	for _, k := range ks {
		for _, id := range k.Identifiers {
			all = append(all, id.System+" "+id.Value)
		}
		for _, p := range k.Phones {
			all = append(all, "phone "+p.Value)
		}
		for _, e := range k.Emails {
			all = append(all, "email "+e.Value)
		}
	}
	slices.Sort(all)
	return strings.Join(slices.Compact(all), "\n")
}

func reason(code string, args ...string) Reason {
	r := Reason{Code: code}
	for i := 0; i+1 < len(args); i += 2 {
		if r.Args == nil {
			r.Args = map[string]string{}
		}
		r.Args[args[i]] = args[i+1]
	}
	return r
}

func percent(share float64) string { return strconv.Itoa(int(share*100 + 0.5)) }

// samePhone returns a number both have, one that is not shared if there is any.
func samePhone(a, b []KnownPhone) (value string, shared bool) {
	for _, p := range a {
		for _, q := range b {
			if p.Value == q.Value && (value == "" || shared) {
				value, shared = p.Value, p.Shared || q.Shared
			}
		}
	}
	return value, shared
}

// sameEmail returns an address both have, a personal one if there is any. It is personal if either side says so.
func sameEmail(a, b []KnownEmail) (value string, personal bool) {
	for _, p := range a {
		for _, q := range b {
			if p.Value == q.Value && (value == "" || !personal) {
				value, personal = p.Value, p.Personal || q.Personal
			}
		}
	}
	return value, personal
}

func sameOf(a, b []string) string {
	for _, s := range a {
		if slices.Contains(b, s) {
			return s
		}
	}
	return ""
}
