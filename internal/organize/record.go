// SPDX-License-Identifier: Apache-2.0

package organize

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/roster"
)

// The abilities of the room, as grants.json names them.
const (
	AssessWrite auth.Ability = "assess.write"
	AssessRead  auth.Ability = "assess.read"
	NoteRead    auth.Ability = "note.read"
	TestManage  auth.Ability = "test.manage"
	PledgeRead  auth.Ability = "pledge.read"
	WallRead    auth.Ability = "wall.read"
)

// Fact is what every record carries: the id that the device made, whom it is about, and when it happened by the device's
// corrected clock. The zero ID asks for a new one, the zero At is now. Whom: a record merged into another may be named; reads
// find the facts under the one that remains.
type Fact struct {
	ID     string
	Person string
	At     time.Time
}

// Outcome is what came of trying to reach somebody.
type Outcome string

// The outcomes.
const (
	NoAnswer    Outcome = "no_answer"
	Busy        Outcome = "busy"
	CallBack    Outcome = "call_back"
	LeftMessage Outcome = "left_message"
	WrongNumber Outcome = "wrong_number"
	Talked      Outcome = "talked"
	RefusedTalk Outcome = "refused"
)

// Outcomes lists them in the order in which screens offer them.
var Outcomes = []Outcome{NoAnswer, Busy, LeftMessage, CallBack, WrongNumber, Talked, RefusedTalk}

// Channel is how they spoke.
type Channel string

// The channels.
const (
	Call     Channel = "call"
	SMS      Channel = "text"
	InPerson Channel = "in_person"
	Video    Channel = "video"
)

// Channels lists them.
var Channels = []Channel{Call, SMS, InPerson, Video}

// Visibility says who reads a note: its author alone, or whoever holds note.read for the person.
type Visibility string

// The visibilities.
const (
	Private Visibility = "private"
	Shared  Visibility = "shared"
)

// Conversation is one attempt to speak with somebody, and what was said.
type Conversation struct {
	Fact
	Channel    Channel
	Outcome    Outcome
	Issues     []string
	NextStep   string
	NextAt     roster.Date
	Note       string // "" in what is read by anybody who may not read it
	Visibility Visibility
	Flag       bool // a person should look at it

	Number string // E.164 that was called, when it was the wrong one: the roster is told; "" says nothing of any
	Whose  string // whose number that is, as roster.WrongNumber has it
}

// Basis is what an assessment rests on.
type Basis string

// The bases: she said so, she acted, somebody saw it.
const (
	Said     Basis = "said"
	Did      Basis = "did"
	Observed Basis = "observed"
)

// Bases lists them.
var Bases = []Basis{Said, Did, Observed}

// ScaleVersion is the meaning of the numbers 1 to 5 now. Labels and colours may change within a version, meanings may not.
const ScaleVersion = 1

// Assessment is one judgment, 1 with us to 5 against. A mistake is put right by a later row that names it in Corrects.
type Assessment struct {
	Fact
	Value        int
	Basis        Basis
	Conversation string // id, "" when it came without one
	Corrects     string
	Scale        int // version; 0 is ScaleVersion
}

// Note is a remark without a talk.
type Note struct {
	Fact
	Text       string
	Visibility Visibility
}

// FollowUp is a next step that an account has taken on.
type FollowUp struct {
	Fact
	To     string // account; "" the author
	What   string
	Due    roster.Date
	DoneAt time.Time
}

// Answer is whether somebody took part.
type Answer string

// The answers. No row is Unknown, too; Unknown is not yes, and not no.
const (
	Yes     Answer = "yes"
	No      Answer = "no"
	Unknown Answer = "unknown"
)

// Evidence is how one knows. The first three count as verified once they are there; the others are the captain's word.
type Evidence string

// The kinds of evidence.
const (
	SelfLink  Evidence = "self_link"
	Signature Evidence = "signature"
	Photo     Evidence = "photo"
	ByCaptain Evidence = "captain"
	Sheet     Evidence = "sheet"
)

// Evidences lists them in the order in which forms offer them.
var Evidences = []Evidence{ByCaptain, Sheet, Signature, Photo, SelfLink}

// Verified tells whether the evidence stands without the captain's word.
func (e Evidence) Verified() bool { return e == SelfLink || e == Signature || e == Photo }

// Participation is whether somebody took part in a structure test. The latest row counts.
type Participation struct {
	Fact
	Test     string
	State    Answer
	Evidence Evidence
	Bulk     string // id of what was entered together, "" for one by itself
}

// PledgeState is what somebody promised.
type PledgeState string

// The states. A member moves freely between those but NoPledge; nobody else makes a private pledge public.
const (
	NoPledge      PledgeState = "none"
	PledgePrivate PledgeState = "private"
	PledgePublic  PledgeState = "public"
	Withdrawn     PledgeState = "withdrawn"
)

// Current is where somebody stands: the latest facts about her.
type Current struct {
	Person     string
	Site       string // worksite of her primary job, "" for none
	Shift      string
	InUnit     bool // counted in N today
	Value      int  // 0: not assessed
	Basis      Basis
	ValueAt    time.Time // zero: never
	TriedAt    time.Time // last attempt to reach her
	TalkAt     time.Time // last talk
	Outcome    Outcome   // of the last attempt
	Leader     string    // who keeps contact with her, "" for nobody
	LeaderTalk time.Time
	Marked     string // her role as a leader: captain, deputy; "" for none
	Leads      int    // how many of the unit she leads
	Pledge     PledgeState
	PledgeDay  roster.Date
}

// newID makes a UUIDv7 for a fact that no device made.
func newID() string { return uuid.Must(uuid.NewV7()).String() }

// author is who records: the account, and who she is on the roster.
type author struct{ account, person, device string }

func authorOf(ctx context.Context) author {
	a := author{account: audit.By(ctx).Account, device: audit.By(ctx).Device}
	if id := auth.By(ctx); id != nil {
		a.person = id.Person
	}
	return a
}
