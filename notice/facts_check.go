// SPDX-License-Identifier: Apache-2.0

package notice

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// factsCheck tells what the single values cannot: whether ids are unique, references lead somewhere, and times have an order.
type factsCheck struct {
	f *Facts
	r *reader
}

var reservedParties = []string{"employer", "employees", "government"}

func (c *factsCheck) fail(path, code, format string, args ...any) {
	steps, _ := splitPath(path)
	n, _ := c.f.json.walk(steps)
	c.r.fail(n, path, code, format, args...)
}

func (c *factsCheck) all() {
	f := c.f
	c.ids("parties", len(f.Parties), func(i int) string { return f.Parties[i].ID })
	c.ids("employer.sites", len(f.Employer.Sites), func(i int) string { return f.Employer.Sites[i].ID })
	c.ids("notices", len(f.Notices), func(i int) string { return f.Notices[i].ID })
	c.ids("inquiries", len(f.Inquiries), func(i int) string { return f.Inquiries[i].ID })
	c.ids("ballots", len(f.Ballots), func(i int) string { return f.Ballots[i].ID })
	c.ids("actions", len(f.Actions), func(i int) string { return f.Actions[i].ID })
	c.ids("public_claims", len(f.PublicClaims), func(i int) string { return f.PublicClaims[i].ID })
	for i, p := range f.Parties {
		if slices.Contains(reservedParties, p.ID) {
			c.fail(fmt.Sprintf("parties[%d].id", i), eValue, "%q exists without being declared: choose another id", p.ID)
		}
	}
	c.employer()
	for i := range f.Notices {
		c.notice(&f.Notices[i], fmt.Sprintf("notices[%d]", i))
	}
	for i := range f.Inquiries {
		c.ordered(fmt.Sprintf("inquiries[%d].reported_on", i), f.Inquiries[i].AppointedOn, f.Inquiries[i].ReportedOn)
	}
	for i := range f.Ballots {
		c.ballot(&f.Ballots[i], fmt.Sprintf("ballots[%d]", i))
	}
	for i := range f.Actions {
		c.action(&f.Actions[i], fmt.Sprintf("actions[%d]", i))
	}
	for i, p := range f.PublicClaims {
		if p.Action != "" && f.action(p.Action) == nil {
			c.fail(fmt.Sprintf("public_claims[%d].action", i), eRef, "there is no action %q", p.Action)
		}
	}
}

// ids refuses what cannot be selected by its id: one that stands twice, names nothing, would break a path, or is "*", which names
// all. One that is missing has been told, or need not be there.
func (c *factsCheck) ids(path string, n int, id func(int) string) {
	seen := map[string]bool{}
	for i := range n {
		at, name := fmt.Sprintf("%s[%d].id", path, i), id(i)
		steps, _ := splitPath(at)
		_, missing := c.f.json.walk(steps)
		switch {
		case len(missing) > 0 || c.told(at):
		case !idForm.MatchString(name):
			c.fail(at, eValue, "%q cannot be an id: it is empty, or has a space, dot, star, # or bracket", name)
		case seen[name]:
			c.fail(at, eDuplicate, "the id %q stands twice", name)
		}
		seen[name] = true
	}
}

var (
	regionForm = regexp.MustCompile(`^[A-Z]{2}-[A-Z0-9]{1,3}$`)
	idForm     = regexp.MustCompile(`^[^\[\]#.*\s]+$`)
)

func (c *factsCheck) employer() {
	e := c.f.Employer
	if e.Region != "" && (!regionForm.MatchString(e.Region) || e.Country != "" && !strings.HasPrefix(e.Region, e.Country+"-")) {
		c.fail("employer.region", eValue, "%q is not a region of %s: write it as US-MN (ISO 3166-2)", e.Region, e.Country)
	}
	for i, s := range e.Sites {
		if _, err := LoadZone(s.TZ); s.TZ != "" && err != nil {
			c.fail(fmt.Sprintf("employer.sites[%d].tz", i), eValue, "%v", err)
		}
	}
	for name, r := range c.f.Recipients {
		if _, err := LoadZone(r.Zone); r.Zone != "" && err != nil {
			c.fail("recipients."+name+".zone", eValue, "%v", err)
		}
		if r.None && name != "state_agency" {
			c.fail("recipients."+name+".none", eValue, "only a state may have no agency: this recipient always exists")
		}
	}
}

func (c *factsCheck) party(path, id string) {
	declared := slices.ContainsFunc(c.f.Parties, func(p Party) bool { return p.ID == id })
	if id != "" && !slices.Contains(reservedParties, id) && !declared {
		c.fail(path, eRef, "there is no party %q", id)
	}
}

// ordered refuses a later that lies before earlier. Of dates alone only the days count.
func (c *factsCheck) ordered(path string, earlier, later Moment) {
	if !earlier.IsZero() && !later.IsZero() && later.End().Before(earlier.Begin()) {
		c.fail(path, eOrder, "%s is before %s", later, earlier)
	}
}

func (c *factsCheck) notice(n *Notice, path string) {
	c.party(path+".by", n.By)
	c.ids(path+".announces", len(n.Announces), func(i int) string { return n.Announces[i].ID })
	c.ids(path+".extensions", len(n.Extensions), func(i int) string { return n.Extensions[i].ID })
	for i := range n.Announces {
		a, at := &n.Announces[i], fmt.Sprintf("%s.announces[%d]", path, i)
		if a.Kinds != nil && len(a.Kinds) == 0 {
			c.fail(at+".kinds", eValue, "name at least one kind of act")
		}
		sites := a.Sites
		if slices.Contains(sites, "*") {
			sites = nil
			for _, s := range c.f.Employer.Sites {
				sites = append(sites, s.ID)
			}
		}
		c.sites(at, sites, a.Start, a.StartScope)
	}
	for i, d := range n.Deliveries {
		c.ordered(fmt.Sprintf("%s.deliveries[%d].received_at", path, i), d.SentAt, d.ReceivedAt)
	}
	for i, x := range n.Extensions {
		if x.Announce != "" && n.announce(x.Announce) == nil {
			c.fail(fmt.Sprintf("%s.extensions[%d].announce", path, i), eRef, "notice %q has no announcement %q", n.ID, x.Announce)
		} else if x.Announce == "" && len(n.Announces) > 1 {
			c.fail(fmt.Sprintf("%s.extensions[%d].announce", path, i), eAnnouncement, "notice %q has several announcements: name one", n.ID)
		}
	}
}

// sites refuses unknown sites, and a start at sites of several zones that does not say whose clock it means, or that one of
// those clocks does not show exactly once.
func (c *factsCheck) sites(path string, ids []string, start Moment, scope string) {
	var zones []string
	for i, id := range ids {
		s := c.f.site(id)
		if s == nil {
			c.fail(fmt.Sprintf("%s.sites[%d]", path, i), eRef, "there is no site %q", id)
		} else if !slices.Contains(zones, s.TZ) {
			zones = append(zones, s.TZ)
		}
	}
	if len(zones) < 2 || start.IsZero() {
		return
	}
	switch {
	case scope == "":
		c.fail(path+".start_scope", eScope, "the sites are in %s: write same_instant or same_wall_clock", strings.Join(zones, " and "))
	case scope == "same_wall_clock" && start.Clock:
		for _, name := range zones {
			zone, err := LoadZone(name)
			if err != nil {
				continue // told already
			}
			if _, err := resolve(wall(start.at, start.zone), "", zone); err != nil {
				e := err.(*InputError) //nolint:errorlint // resolve returns nothing else
				c.fail(path+".start", e.Code, "%s", e.Msg)
			}
		}
	}
}

func (c *factsCheck) ballot(b *Ballot, path string) {
	c.ordered(path+".closes", b.Opens, b.Closes)
	if b.Cast != nil && b.Eligible != nil && *b.Cast > *b.Eligible {
		c.fail(path+".cast", eValue, "%d cast by %d eligible", *b.Cast, *b.Eligible)
	}
	if b.Yes != nil && b.Cast != nil && *b.Yes > *b.Cast {
		c.fail(path+".yes", eValue, "%d yes of %d cast", *b.Yes, *b.Cast)
	}
}

func (c *factsCheck) action(a *Action, path string) {
	c.party(path+".by", a.By)
	if a.Sites != nil && len(a.Sites) == 0 {
		c.fail(path+".sites", eValue, "name at least one site")
	}
	c.sites(path, a.Sites, a.Start, a.StartScope)
	begun := a.State == "underway" || a.State == "ended"
	if begun && a.ActualStart.IsZero() && !c.told(path+".actual_start") {
		c.fail(path+".actual_start", eMissing, "an action that is %s has an actual start", a.State)
	}
	c.ordered(path+".end", a.Start, a.End)
	c.ordered(path+".actual_end", a.ActualStart, a.ActualEnd)
	for i, ref := range a.ReliesOn {
		c.reliance(fmt.Sprintf("%s.relies_on[%d]", path, i), ref)
	}
	if a.PartOf != "" {
		c.partOf(path+".part_of", a)
	}
	if a.Ballot != "" && c.f.ballot(a.Ballot) == nil {
		c.fail(path+".ballot", eRef, "there is no ballot %q", a.Ballot)
	}
}

// told reports whether path has an error already.
func (c *factsCheck) told(path string) bool {
	return slices.ContainsFunc(c.r.errs, func(e *InputError) bool { return e.Field == path })
}

func (c *factsCheck) reliance(path, ref string) {
	id, announcement, named := strings.Cut(ref, "#")
	n := c.f.notice(id)
	switch {
	case n == nil:
		c.fail(path, eRef, "there is no notice %q", id)
	case named && n.announce(announcement) == nil:
		c.fail(path, eRef, "notice %q has no announcement %q", id, announcement)
	case !named && len(n.Announces) > 1:
		c.fail(path, eAnnouncement, "notice %q has several announcements: write %s#%s or another", id, id, n.Announces[0].ID)
	}
}

func (c *factsCheck) partOf(path string, a *Action) {
	seen := map[string]bool{a.ID: true}
	for id := a.PartOf; id != ""; {
		whole := c.f.action(id)
		if whole == nil {
			c.fail(path, eRef, "there is no action %q", id)
			return
		}
		if seen[id] {
			c.fail(path, eRef, "action %q is part of itself", a.ID)
			return
		}
		seen[id] = true
		id = whole.PartOf
	}
}

// zone returns the location of a site. The facts were checked: it exists.
func (s *Site) zone() *time.Location {
	loc, err := LoadZone(s.TZ)
	if err != nil {
		return time.UTC
	}
	return loc
}
