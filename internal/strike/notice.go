// SPDX-License-Identifier: Apache-2.0

package strike

import (
	"time"

	"github.com/tenday/tenday/notice"
)

// Paper is a kind of notice, as package notice names it.
type Paper string

// The papers. A ten-day notice belongs to one action; the others to the whole campaign.
const (
	TenDay   Paper = "ten_day"  // 29 U.S.C. 158(g)
	Dispute  Paper = "dispute"  // 29 U.S.C. 158(d)(3) and (B): the F-7 and its copy to the state agency
	Reopener Paper = "reopener" // 29 U.S.C. 158(d)(1)
)

// Recipient is whom a copy goes to, as package notice names it.
type Recipient string

// The recipients.
const (
	Institution Recipient = "institution"
	FMCS        Recipient = "fmcs"
	StateAgency Recipient = "state_agency"
	OtherParty  Recipient = "other_party"
)

// recipients are all of them, in the order in which pages show them.
var recipients = []Recipient{Institution, FMCS, StateAgency, OtherParty}

// Recipients returns who must be given a copy of the paper.
func (p Paper) Recipients() []Recipient {
	switch p {
	case TenDay:
		return []Recipient{Institution, FMCS}
	case Dispute:
		return []Recipient{FMCS, StateAgency}
	}
	return []Recipient{OtherParty}
}

// Notice is a paper, what it states in its own terms, and its copies.
type Notice struct {
	ID         string
	Action     string // "" for those of the whole campaign
	Kind       Paper
	Revision   int           // rises with what it states: reviews and counsel's word are of one revision
	Starts     notice.Moment // zero for papers that announce nothing
	StartScope string
	Sites      []string // worksite ids
	Acts       []string // strike, picket, refusal
	Qualifier  string   // exact, on_or_after, approximate, conditional
	By         string   // account of its author
	At         time.Time
	Withdrawn  time.Time // zero: stands
	Left       bool      // a copy was recorded as sent or received, also if that was taken back
	Deliveries []Delivery
	Extensions []Extension
}

// Sent tells whether a copy has left: from then on what the notice states is locked, unless it is withdrawn. Taking back what was
// recorded of a copy does not bring it home.
func (n *Notice) Sent() bool {
	if n.Left {
		return true
	}
	for _, d := range n.Deliveries {
		if d.State == Sent || d.State == Received {
			return true
		}
	}
	return false
}

// DeliveryState is where a copy stands, as package notice names it.
type DeliveryState string

// The states of a copy. Unknown is a question; Dropped is a row that somebody made by mistake.
const (
	ToSend   DeliveryState = "planned"
	Sent     DeliveryState = "sent"
	Received DeliveryState = "received"
	NotGiven DeliveryState = "not_given"
	NotKnown DeliveryState = "unknown"
	Dropped  DeliveryState = "dropped"
)

// Methods and Proofs are the ways of service and the kinds of proof, as package notice names them; "" is not recorded.
var (
	Methods = []string{"in_person", "certified_mail", "courier", "mail", "fax", "email", "portal", "phone", "other"}
	Proofs  = []string{"receipt", "portal_confirmation", "certified_card", "courier_signature", "email_reply", "fax_report", "witness"}
)

// Delivery is one copy to one recipient for one site, as it stands now.
type Delivery struct {
	ID        string
	Seq       int // of this state of it; the first is 1
	Notice    string
	Recipient Recipient
	Site      string // worksite id; "" for all sites, and for agencies
	State     DeliveryState
	Sent      notice.Moment // zero: not recorded
	Received  notice.Moment
	Method    string
	ProofKind string // "" none
	ProofRef  string // confirmation number, card number
	File      *File  // nil: none kept
	By        string // account that recorded this state
	At        time.Time
}

// Proved tells whether the receipt stands on something: a kind of proof, and its file or its number.
func (d *Delivery) Proved() bool {
	return d.State == Received && !d.Received.IsZero() && d.ProofKind != "" && (d.File != nil || d.ProofRef != "")
}

// File is a file kept as proof, without its bytes.
type File struct {
	ID, Name, MediaType, SHA256 string
	Size                        int64
	At                          time.Time
}

// Extension is a writing about a later start.
type Extension struct {
	ID, Action, Notice string
	SignedByBoth       bool // a second person read both signatures
	Agreed             notice.Moment
	NewStarts          notice.Moment
	File               File
	By, Second         string // accounts: who recorded it, who read the writing
	At                 time.Time
}
