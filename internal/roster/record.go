// SPDX-License-Identifier: Apache-2.0

package roster

import (
	"github.com/google/uuid"
)

// UnitStatus says whether a person belongs to the bargaining unit. Disputed people are in no denominator and always counted in
// a line of their own.
type UnitStatus string

// The unit statuses.
const (
	InUnit      UnitStatus = "in"
	OutOfUnit   UnitStatus = "out"
	Disputed    UnitStatus = "disputed"
	LeftUnit    UnitStatus = "left"
	UnitUnknown UnitStatus = "unknown"
)

// UnitStatuses lists them in the order in which pages show them.
var UnitStatuses = []UnitStatus{InUnit, Disputed, OutOfUnit, LeftUnit, UnitUnknown}

// Person is what has no date of its own about somebody. Names, numbers, jobs and contacts are rows beside it.
type Person struct {
	ID            string
	UnitStatus    UnitStatus
	UnitStatusWhy string
	MemberStatus  string // member, fee_payer, none
	Pronouns      string
	Languages     []string
	HomeZIP       string
	CardSignedOn  Date
	MergedInto    string // "" unless this record was joined to another
}

// NameKind says which of a person's names it is.
type NameKind string

// The kinds of names; the preferred one is shown.
const (
	Legal     NameKind = "legal"
	Preferred NameKind = "preferred"
	Former    NameKind = "former"
	AsPrinted NameKind = "as_printed"
)

// PersonName is one name of a person, from a day on.
type PersonName struct {
	ID       string
	PersonID string
	Kind     NameKind
	Name     Name // Nickname and Credential are not kept here
	From     Date
}

// PersonIdentifier is a number that an employer, a registry or the union gave. Employers give the number of one who left to
// another: a number is unique among those that have not ended.
type PersonIdentifier struct {
	ID       string
	PersonID string
	System   string // employee_number, npi, union_id
	IssuerID string // employer, "" for a registry
	Value    string
	From     Date
	Until    Date
}

// Employment is one job at one worksite. A person may have several at once, one of them primary.
type Employment struct {
	ID           string
	PersonID     string
	WorksiteID   string
	Department   string
	JobClass     JobClass
	TitlePrinted string
	FTE          int // hundredths; -1: not said
	Shift        Shift
	OnLeave      bool
	StartsOn     Date
	EndsOn       Date // last day; none while it lasts
	Primary      bool
}

// Covers tells whether the job was held on day d.
func (e Employment) Covers(d Date) bool {
	return !d.Before(e.StartsOn) && (e.EndsOn.IsZero() || !e.EndsOn.Before(d))
}

// Contact is one way to reach a person.
type Contact struct {
	ID         string
	PersonID   string
	Kind       string // phone, email, postal, signal
	Value      string // phone E.164, e-mail in lower case
	Ext        string
	AsGiven    string
	Personal   bool
	Status     ContactStatus
	SharedWith []string // ids of others known to use it
	Source     string
	VerifiedAt int64 // Unix milliseconds; 0 never
	RemovedAt  int64 // 0: in use
}

// ContactStatus is the quality of a contact. Only the member herself takes a refusal back.
type ContactStatus string

// The qualities.
const (
	Unverified ContactStatus = "unverified"
	WorksOK    ContactStatus = "ok"
	Bounced    ContactStatus = "bounced"
	WrongOne   ContactStatus = "wrong"
	Refused    ContactStatus = "refused"
)

// Employer is whom the unit works for.
type Employer struct {
	ID          string
	Name        string
	MailDomains []string // its own; refused as personal contact, sign-in and invitation
	NumberWidth int      // digits of its employee numbers; 0: kept as they are
}

// UnitInfo is the bargaining unit as certified.
type UnitInfo struct {
	ID, EmployerID, Name string
	RecognisedOn         Date
	CertifiedN           int    // people in the certified unit; 0: not said
	CertifiedSource      string // who says so
}

// newID makes a UUIDv7, where the fact is made.
func newID() string { return uuid.Must(uuid.NewV7()).String() }
