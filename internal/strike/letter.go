// SPDX-License-Identifier: Apache-2.0

package strike

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tenday/tenday/notice"
)

// Letter is a notice drafted for one recipient, in English, as the law that it cites. It is signed and served by people: the program
// sends nothing. It states what the record of the notice states and adds no claim about the law.
type Letter struct {
	Title    string      `json:"title"`
	Under    string      `json:"under"` // the authority, as docs/law.md names it
	To, From []string    // lines of an address, blanks where nothing is on file
	Opening  string      `json:"opening"`
	Facts    [][2]string `json:"facts"` // label, value
	SitesAre string      `json:"-"`     // heading of the sites
	Sites    []string    `json:"sites"`
	Closing  string      `json:"closing"`
	Sign     []string    `json:"-"` // labels of what is left blank for the signature
	Receipt  []string    `json:"-"` // the same, for whoever takes the paper; nil where nobody does
}

// blank is what nobody has recorded: a line to write on.
const blank = "______________________________"

// lettered is what a letter is drafted from, beside the notice and its copy.
type lettered struct {
	employer, unit string
	bargaining     string            // initial, renewal, reopener; "" not known
	expires        string            // the contract, as a day; "" not known
	f7             map[string]string // what the F-7 worksheet says of union and employer
	filed          *Delivery         // the F-7's own copy to FMCS; nil where there is none
	sites          []Site            // all of the campaign's
	agency         string            // of the state, "" not known
}

// draft writes the letter of one copy of a notice. The F-7 is filed at a portal: its copy to FMCS has no letter, and ok is false.
func (l lettered) draft(n *Notice, d *Delivery) (out Letter, ok bool) {
	out = Letter{
		To: l.to(d), From: l.from(), Sign: []string{"Signature", "Name and title", "Date"},
	}
	switch {
	case n.Kind == Dispute && d.Recipient == FMCS:
		return Letter{}, false
	case !n.Withdrawn.IsZero():
		l.withdrawal(n, &out)
	case n.Kind == TenDay:
		l.tenDay(n, d, &out)
	case n.Kind == Dispute:
		l.dispute(&out)
	default:
		l.reopener(&out)
	}
	if d.Recipient == Institution || d.Recipient == OtherParty {
		out.Receipt = []string{"Received by (name and title)", "Date and time", "Signature"}
	}
	return out, true
}

func (l lettered) union() string { return cmp.Or(l.f7["union.name"], blank) }

// unitOf is "the bargaining unit Clinicians at Example Health".
func (l lettered) unitOf() string {
	return "the bargaining unit " + cmp.Or(l.unit, blank) + " at " + cmp.Or(l.employer, blank)
}

func (l lettered) from() []string {
	name := l.union()
	if local := l.f7["union.local"]; local != "" {
		name += ", Local " + local
	}
	return append([]string{name}, l.address("union")...)
}

// address is the part of the F-7 worksheet with that name, as lines.
func (l lettered) address(part string) []string {
	get := func(name string) string { return l.f7[part+"."+name] }
	town := strings.TrimSpace(strings.Trim(get("city")+", "+get("state"), ", ") + " " + get("zip"))
	lines := slices.DeleteFunc([]string{get("address1"), get("address2"), town}, func(s string) bool { return s == "" })
	if len(lines) == 0 {
		return []string{blank, blank}
	}
	return lines
}

func (l lettered) to(d *Delivery) []string {
	switch d.Recipient {
	case FMCS:
		return []string{"Federal Mediation and Conciliation Service", blank, blank}
	case StateAgency:
		return []string{cmp.Or(l.agency, "State mediation agency: "+blank), blank, blank}
	}
	for _, s := range l.sites {
		if s.ID == d.Site && d.Site != "" {
			return []string{cmp.Or(l.employer, blank), s.Name, cmp.Or(s.Address, blank), s.town()}
		}
	}
	return append([]string{cmp.Or(l.employer, blank)}, l.address("employer")...)
}

// town is "Hastings, MN 55033".
func (s Site) town() string {
	return strings.TrimSpace(strings.TrimSuffix(cmp.Or(s.PostalCity, s.Town)+", "+s.State, ", ") + " " + s.ZIP)
}

func (s Site) line() string {
	return strings.Join(slices.DeleteFunc([]string{s.Name, s.Address, s.town()}, func(t string) bool { return t == "" }), ", ")
}

// tenDay is the notice of 29 U.S.C. 158(g): in writing, to the institution and FMCS, with the date and time at which the action
// will commence.
func (l lettered) tenDay(n *Notice, d *Delivery, out *Letter) {
	acts := actWords(n.Acts)
	out.Title, out.Under = "Notice of intent to begin "+acts, "29 U.S.C. 158(g)"
	out.Opening = fmt.Sprintf("%s, which represents %s, gives notice under Section 8(g) of the National Labor Relations Act, as amended, "+
		"that it intends to begin %s at the institutions named below.", l.union(), l.unitOf(), acts)
	sites := l.named(n.Sites)
	out.Facts = [][2]string{{"Begins", cmp.Or(begins(n, sites), blank)}, {"Action", capital(acts)}}
	out.SitesAre = fmt.Sprintf("Institutions (%d)", len(sites))
	several := severalZones(sites)
	for _, s := range sites {
		line := s.line()
		if several && n.Starts.Clock {
			line += ": " + written(startAt(n, s.Zone))
		}
		out.Sites = append(out.Sites, line)
	}
	other := "the Federal Mediation and Conciliation Service"
	if d.Recipient == FMCS {
		other = "the institution"
	}
	out.Closing = "The same notice is given to " + other + "."
}

func (l lettered) dispute(out *Letter) {
	out.Title = "Notice of a labor dispute"
	over := "over the termination or modification of a collective-bargaining agreement, or over a first one,"
	switch l.bargaining {
	case "initial":
		out.Under, over = "29 U.S.C. 158(d)(B)", "over a first collective-bargaining agreement"
	case "renewal", "reopener":
		out.Under, over = "29 U.S.C. 158(d)(3),(A)", "over the termination or modification of their collective-bargaining agreement"
	default:
		out.Under = "29 U.S.C. 158(d)(3),(A); 29 U.S.C. 158(d)(B)"
	}
	out.Opening = fmt.Sprintf("%s, which represents %s, gives notice that a labor dispute exists %s and that no agreement has been "+
		"reached.", l.union(), l.unitOf(), over)
	if l.expires != "" {
		out.Facts = append(out.Facts, [2]string{"Agreement expires", longDay(l.expires)})
	}
	number := blank
	if l.filed != nil && l.filed.ProofRef != "" {
		number = l.filed.ProofRef
	}
	out.Facts = append(out.Facts, [2]string{"FMCS Form F-7, confirmation number", number})
	for _, s := range l.sites {
		if !s.Closed {
			out.Sites = append(out.Sites, s.line())
		}
	}
	out.SitesAre = fmt.Sprintf("Establishments (%d)", len(out.Sites))
	out.Closing = "Notice is given to the Federal Mediation and Conciliation Service at its portal; a copy of that filing is enclosed."
}

func (l lettered) reopener(out *Letter) {
	out.Title, out.Under = "Notice of proposed termination or modification", "29 U.S.C. 158(d)(1),(A); 29 U.S.C. 158(d)(2)"
	out.Opening = fmt.Sprintf("%s, which represents %s, gives written notice that it proposes to terminate or modify the "+
		"collective-bargaining agreement, and offers to meet and confer in order to negotiate a new one.", l.union(), l.unitOf())
	expires := blank
	if l.expires != "" {
		expires = longDay(l.expires)
	}
	out.Facts = [][2]string{{"Agreement expires", expires}}
}

func (l lettered) withdrawal(n *Notice, out *Letter) {
	out.Title, out.Under = "Withdrawal of a notice", "29 U.S.C. 158(g)"
	if n.Kind != TenDay {
		out.Under = "29 U.S.C. 158(d)(3),(A)"
	}
	what := "its notice"
	if n.Kind == TenDay {
		what = fmt.Sprintf("its notice of intent to begin %s on %s", actWords(n.Acts), cmp.Or(begins(n, l.named(n.Sites)), blank))
	}
	out.Opening = fmt.Sprintf("%s, which represents %s, withdraws %s.", l.union(), l.unitOf(), what)
}

func (l lettered) named(ids []string) []Site {
	var out []Site
	for _, s := range l.sites {
		if slices.Contains(ids, s.ID) {
			out = append(out, s)
		}
	}
	return out
}

func severalZones(sites []Site) bool {
	return slices.ContainsFunc(sites, func(s Site) bool { return s.Zone != sites[0].Zone })
}

// begins is when the notice says that the action begins; "" while no time is stated. Where one time is meant on the clocks of
// several zones it stands without a zone, and each site has its own.
func begins(n *Notice, sites []Site) string {
	switch {
	case n.Starts.IsZero():
		return ""
	case !n.Starts.Clock:
		return longDay(n.Starts.Day.String()) + ", at " + blank
	case severalZones(sites) && n.StartScope == "same_wall_clock":
		at := n.Starts.Begin()
		return at.Format("Monday, January 2, 2006") + ", at " + hour(at) + " by the clocks of each site, as listed"
	}
	return written(n.Starts.Begin())
}

// startAt is when the action begins at a site of the zone.
func startAt(n *Notice, zone string) time.Time {
	loc, err := notice.LoadZone(zone)
	if err != nil {
		return n.Starts.Begin() // sites have known zones
	}
	at := n.Starts.Begin()
	if n.StartScope != "same_wall_clock" {
		return at.In(loc)
	}
	if m, err := notice.ParseMoment(at.Format("2006-01-02T15:04") + "[" + zone + "]"); err == nil {
		return m.Begin()
	}
	return at.In(loc)
}

// written is an instant as a letter says it, in the zone that it carries, leaving nothing to guess: "Wednesday, November 5, 2025, at
// 7:00 a.m. Central Standard Time (UTC-06:00, America/Chicago)".
func written(at time.Time) string {
	name := at.Format("MST")
	if long, ok := zoneNames[name]; ok {
		name = long
	}
	return at.Format("Monday, January 2, 2006") + ", at " + hour(at) + " " + name + " (UTC" + at.Format("-07:00") + ", " +
		at.Location().String() + ")"
}

// hour is the time of day; noon and midnight are said in words, since 12 a.m. is read both ways.
func hour(at time.Time) string {
	text := strings.NewReplacer("AM", "a.m.", "PM", "p.m.").Replace(at.Format("3:04 PM"))
	switch {
	case at.Hour() == 0 && at.Minute() == 0:
		return text + " (midnight, as this day begins)"
	case at.Hour() == 12 && at.Minute() == 0:
		return text + " (noon)"
	}
	return text
}

var zoneNames = map[string]string{
	"EST": "Eastern Standard Time", "EDT": "Eastern Daylight Time", "CST": "Central Standard Time", "CDT": "Central Daylight Time",
	"MST": "Mountain Standard Time", "MDT": "Mountain Daylight Time", "PST": "Pacific Standard Time", "PDT": "Pacific Daylight Time",
	"AKST": "Alaska Standard Time", "AKDT": "Alaska Daylight Time", "HST": "Hawaii Standard Time",
}

func longDay(iso string) string {
	day, err := time.Parse(time.DateOnly, iso)
	if err != nil {
		return iso
	}
	return day.Format("Monday, January 2, 2006")
}

// actWords are the announced kinds of action: "a strike and picketing".
func actWords(acts []string) string {
	words := map[string]string{"strike": "a strike", "picket": "picketing", "refusal": "a concerted refusal to work"}
	var out []string
	for _, a := range acts {
		out = append(out, words[a])
	}
	if len(out) < 2 {
		return strings.Join(out, "")
	}
	return strings.Join(out[:len(out)-1], ", ") + " and " + out[len(out)-1]
}

func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
