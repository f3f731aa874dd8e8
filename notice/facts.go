// SPDX-License-Identifier: Apache-2.0

package notice

// Facts is what is known about one employer's campaign, tenday.notice.facts/1. LoadFacts makes one and checks that it holds
// together; the fields are for reading. A nil list is "not recorded", an empty one "none".
type Facts struct {
	Schema       string               `key:"schema*" of:"tenday.notice.facts/1"`
	Campaign     Campaign             `key:"campaign*"`
	Parties      []Party              `key:"parties*"`
	Employer     Employer             `key:"employer*"`
	Bargaining   Bargaining           `key:"bargaining*"`
	Recipients   map[string]Recipient `key:"recipients" of:"keys:@recipient"`
	Notices      []Notice             `key:"notices*"` // by id
	NotGiven     []string             `key:"not_given" of:"@notice"`
	Inquiries    []Inquiry            `key:"inquiries"`
	Ballots      []Ballot             `key:"ballots"`
	Actions      []Action             `key:"actions*"` // in file order
	PublicClaims []PublicClaim        `key:"public_claims"`

	name string
	src  []byte
	json *node
	sha  string
}

// Campaign names the whole.
type Campaign struct {
	ID    string `key:"id"`
	Title string `key:"title"`
}

// Party is one side. "employer", "employees" and "government" exist without being declared.
type Party struct {
	ID   string `key:"id*"`
	Name string `key:"name"`
	Role string `key:"role*" of:"union|other_union|building_trades_union|employer_group"`
}

// Employer is whom the act is against.
type Employer struct {
	Name       string         `key:"name"`
	Country    string         `key:"country*" of:"@country"`
	Region     string         `key:"region*"` // ISO 3166-2
	Circuit    string         `key:"circuit" of:"@circuit"`
	Attributes map[string]Tri `key:"attributes"`
	Ownership  string         `key:"ownership" of:"private|state|local|federal|unknown"`
	NLRA       string         `key:"nlra" of:"covered|outside|unknown"`
	Kind       string         `key:"kind" of:"@kind"`
	Sites      []Site         `key:"sites*"`
}

// Site is a place of work.
type Site struct {
	ID      string `key:"id*"`
	Name    string `key:"name"`
	Address string `key:"address"`
	TZ      string `key:"tz*"` // IANA name
	Kind    string `key:"kind" of:"@kind"`
}

// Bargaining is what is being bargained.
type Bargaining struct {
	Kind            string         `key:"kind" of:"initial|renewal|reopener|none|unknown"`
	Initiator       string         `key:"initiator" of:"union|employer|unknown"`
	OfferedToMeet   Tri            `key:"offered_to_meet"`
	Impasse         Tri            `key:"impasse"`
	UnitClass       string         `key:"unit_class" of:"essential|non_essential|teacher|unknown"`
	RightToStrikeOn Moment         `key:"right_to_strike_on"`
	Attributes      map[string]Tri `key:"attributes"`
	Contract        Contract       `key:"contract*"`
}

// Contract is the one in force, or the one before. A date-only expiry is the end of that day.
type Contract struct {
	Exists         Tri    `key:"exists"`
	Expires        Moment `key:"expires"`
	NoStrikeClause Tri    `key:"no_strike_clause"`
}

// Recipient overrides who a kind of recipient is. None says that no such agency exists.
type Recipient struct {
	Name string `key:"name"`
	Zone string `key:"zone"`
	None bool   `key:"none"`
}

// Notice is a paper and its copies. A withdrawn one stays; a new one is a new record.
type Notice struct {
	ID         string       `key:"id*"`
	Kind       string       `key:"kind*" of:"@notice"`
	By         string       `key:"by*"`
	Announces  []Announce   `key:"announces"`
	Deliveries []Delivery   `key:"deliveries*"`
	Extensions []Extension  `key:"extensions*"`
	Withdrawn  *Withdrawing `key:"withdrawn*" of:"null"`
}

// Announce is what the paper says will happen, in its own terms.
type Announce struct {
	ID         string   `key:"id*"`
	Kinds      []string `key:"kinds*" of:"@announced"`
	Start      Moment   `key:"start"` // a date alone where the paper gives no time
	StartScope string   `key:"start_scope" of:"@start_scope"`
	Sites      []string `key:"sites"` // ids, or "*"
	Qualifier  string   `key:"qualifier*" of:"exact|on_or_after|approximate|conditional"`
}

// Delivery is one copy to one recipient.
type Delivery struct {
	Recipient  string `key:"recipient*" of:"@recipient"`
	State      string `key:"state*" of:"@delivered"`
	SentAt     Moment `key:"sent_at"`
	ReceivedAt Moment `key:"received_at"`
	Proof      Proof  `key:"proof"`
	Method     string `key:"method" of:"@method"`
}

// Extension is an agreement, or what was taken for one, to start later.
type Extension struct {
	ID       string `key:"id*"`
	Announce string `key:"announce"`
	Form     string `key:"form*" of:"@extension"`
	AgreedAt Moment `key:"agreed_at"`
	NewStart Moment `key:"new_start"`
	Proof    Proof  `key:"proof"`
}

// Withdrawing is the end of a notice.
type Withdrawing struct {
	At    Moment   `key:"at"`
	To    []string `key:"to" of:"@recipient"`
	Proof Proof    `key:"proof"`
}

// Proof is what shows that something happened. Without a kind there is none on file.
type Proof struct {
	Kind   string `key:"kind" of:"@proof"`
	Ref    string `key:"ref"`
	SHA256 string `key:"sha256"`
}

// Inquiry is a board or commission that freezes the status quo.
type Inquiry struct {
	ID          string `key:"id*"`
	Kind        string `key:"kind*" of:"@inquiry"`
	AppointedOn Moment `key:"appointed_on"`
	NotifiedOn  Moment `key:"notified_on"`
	ReportedOn  Moment `key:"reported_on"`
}

// Ballot is a vote on an act. Nil counts are not recorded.
type Ballot struct {
	ID         string `key:"id"`
	Kind       string `key:"kind" of:"strike_vote|statutory_ballot"`
	Secret     Tri    `key:"secret"`
	Method     string `key:"method" of:"post|electronic|in_person"`
	Opens      Moment `key:"opens"`
	Closes     Moment `key:"closes"`
	Eligible   *int   `key:"eligible"`
	Cast       *int   `key:"cast"`
	Yes        *int   `key:"yes"`
	No         *int   `key:"no"`
	ResultTold Tri    `key:"result_told"`
}

// Action is an act, planned or done.
type Action struct {
	ID                   string   `key:"id*"`
	Kind                 string   `key:"kind*" of:"@action"`
	By                   string   `key:"by*"`
	Sponsor              string   `key:"sponsor" of:"labor_organization|employees|employer|unknown"`
	UnionInvolvement     string   `key:"union_involvement" of:"none|officer|steward|phone_tree|unknown"`
	Purpose              string   `key:"purpose" of:"bargaining|sympathy|recognition|protest|ulp|unknown"`
	Target               string   `key:"target" of:"employer|contractor|unknown"`
	Sites                []string `key:"sites*"`
	Start                Moment   `key:"start*"`
	StartScope           string   `key:"start_scope" of:"@start_scope"`
	End                  Moment   `key:"end"`
	State                string   `key:"state*" of:"planned|underway|ended|cancelled"`
	ActualStart          Moment   `key:"actual_start"`
	ActualEnd            Moment   `key:"actual_end"`
	ReliesOn             []string `key:"relies_on"` // "notice" or "notice#announcement"; nil: not recorded, empty: none
	PartOf               string   `key:"part_of"`
	Ballot               string   `key:"ballot"`
	Conduct              Conduct  `key:"conduct"`
	SeriesAnnounced      Tri      `key:"series_announced"`
	SeriousULPClaimed    Tri      `key:"serious_ulp_claimed"`
	ToldEmployerWillWork *int     `key:"told_employer_would_work"` // people
}

// Conduct is how people stand there.
type Conduct struct {
	Signs  Tri `key:"signs"`
	Patrol Tri `key:"patrol"`
}

// PublicClaim is what somebody said in public about an act. It never moves the clock.
type PublicClaim struct {
	ID          string `key:"id"`
	Source      string `key:"source"`
	PublishedOn Day    `key:"published_on"`
	Action      string `key:"action"`
	Field       string `key:"field" of:"start_date"`
	Says        *Day   `key:"says"`
}

// moment is when the act began, or is to begin.
func (a *Action) moment() Moment {
	if a.State == "underway" || a.State == "ended" {
		return a.ActualStart
	}
	return a.Start
}

// until is when the act ended, or is to end; zero if not recorded.
func (a *Action) until() Moment {
	if !a.ActualEnd.IsZero() {
		return a.ActualEnd
	}
	return a.End
}

func (f *Facts) action(id string) *Action {
	for i := range f.Actions {
		if f.Actions[i].ID == id {
			return &f.Actions[i]
		}
	}
	return nil
}

func (f *Facts) notice(id string) *Notice {
	for i := range f.Notices {
		if f.Notices[i].ID == id {
			return &f.Notices[i]
		}
	}
	return nil
}

func (f *Facts) site(id string) *Site {
	for i := range f.Employer.Sites {
		if f.Employer.Sites[i].ID == id {
			return &f.Employer.Sites[i]
		}
	}
	return nil
}

func (f *Facts) ballot(id string) *Ballot {
	for i := range f.Ballots {
		if f.Ballots[i].ID == id {
			return &f.Ballots[i]
		}
	}
	return nil
}

// role is the role of a party: as declared, or its own name for the reserved three.
func (f *Facts) role(party string) string {
	for _, p := range f.Parties {
		if p.ID == party {
			return p.Role
		}
	}
	return party
}

func (n *Notice) announce(id string) *Announce {
	for i := range n.Announces {
		if n.Announces[i].ID == id {
			return &n.Announces[i]
		}
	}
	return nil
}
