// SPDX-License-Identifier: Apache-2.0

package strike

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/i18n"
	"github.com/tenday/tenday/notice"
)

// option is one choice of a select.
type option struct {
	Value, Label string
	Selected     bool
}

// readMoment reads the fields name_date, name_time, name_zone and, for a time that clocks show twice, name_offset. Nothing typed
// is the zero Moment. A time that clocks skip or show twice is refused with a question: nobody chooses silently.
func readMoment(q url.Values, name string) (notice.Moment, *fault.Error) {
	date, clock, zone := q.Get(name+"_date"), q.Get(name+"_time"), q.Get(name+"_zone")
	if date == "" && clock == "" {
		return notice.Moment{}, nil
	}
	if date == "" {
		return notice.Moment{}, fault.Field(name, "strike.time.no_day")
	}
	text := date
	if clock != "" {
		text += "T" + clock + q.Get(name+"_offset")
	}
	m, err := notice.ParseMoment(text + "[" + zone + "]")
	e, ok := errors.AsType[*notice.InputError](err)
	switch {
	case err == nil:
		return m, nil
	case !ok:
		return m, &fault.Error{Code: fault.Invalid, Key: "strike.time.no_time", Field: name, Err: err}
	case e.Code == "E-TIME-GAP":
		return m, fault.Field(name, "strike.time.gap", "Time", clock, "Day", date)
	case e.Code == "E-TIME-AMBIGUOUS" || e.Code == "E-TIME-OFFSET":
		return m, fault.Field(name, "strike.time.twice", "Time", clock, "Day", date)
	}
	return m, &fault.Error{Code: fault.Invalid, Key: "strike.time.no_time", Field: name, Err: err}
}

// momentField is what the fields of a moment show.
type momentField struct {
	Name, Label, Hint, Error string
	Date, Time               string
	Zones                    []option
	Offsets                  []option // only for a time that clocks show twice: which of them is meant
	Required                 bool
}

// momentOf fills the fields from what was typed, else from m.
func (b *book) momentOf(tr *i18n.Translator, q url.Values, name string, m notice.Moment, problem string) momentField {
	f := momentField{Name: name, Label: tr.T("strike.field." + name), Error: problem, Date: q.Get(name + "_date"), Time: q.Get(name + "_time")}
	zone := q.Get(name + "_zone")
	if !q.Has(name+"_date") && !m.IsZero() {
		f.Date, zone = m.Day.String(), m.Begin().Location().String()
		if m.Clock {
			f.Time = m.Begin().Format("15:04")
		}
	}
	if zone == "" {
		zone = b.zone.String()
	}
	for _, z := range b.zones() {
		f.Zones = append(f.Zones, option{z, zoneName(tr, z), z == zone})
	}
	f.Offsets = offsets(tr, f.Date, f.Time, zone, q.Get(name+"_offset"))
	return f
}

// zones are those of the campaign and of its worksites; FMCS dates what it receives by Washington's clock.
func (b *book) zones() []string {
	all := []string{b.zone.String()}
	for _, s := range b.sites {
		if !slices.Contains(all, s.Zone) {
			all = append(all, s.Zone)
		}
	}
	if !slices.Contains(all, "America/New_York") {
		all = append(all, "America/New_York")
	}
	return all
}

// zoneName writes "America/Chicago" as people say it where the sentences know it, else its city.
func zoneName(tr *i18n.Translator, zone string) string {
	key := "strike.zone." + strings.ToLower(strings.NewReplacer("/", "_", "-", "_").Replace(zone))
	if said, ok := tr.Plain(key); ok {
		return said
	}
	return strings.ReplaceAll(zone[strings.LastIndexByte(zone, '/')+1:], "_", " ")
}

// offsets asks the engine which offsets a wall time has; two are a choice, fewer are none.
func offsets(tr *i18n.Translator, date, clock, zone, chosen string) []option {
	if clock == "" {
		return nil
	}
	var out []option
	for quarter := -12 * 4; quarter <= 14*4; quarter++ {
		sign, n := '+', quarter
		if n < 0 {
			sign, n = '-', -n
		}
		offset := fmt.Sprintf("%c%02d:%02d", sign, n/4, n%4*15)
		m, err := notice.ParseMoment(date + "T" + clock + offset + "[" + zone + "]")
		if err == nil {
			label := tr.T("strike.time.offset", "Zone", m.Begin().Format("MST"), "Offset", offset)
			out = append(out, option{offset, label, offset == chosen})
		}
	}
	if len(out) < 2 {
		return nil
	}
	slices.Reverse(out) // the earlier instant has the greater offset
	return out
}

// siteGroup is a region's worksites, for ticking.
type siteGroup struct {
	Region string
	Sites  []siteTick
	Some   bool // one of them is ticked
	All    bool // the region is
}

type siteTick struct {
	Site
	Ticked bool
	Closes string // the day, written out
}

// groups lists the worksites by region, those in ids and whole regions ticked.
func (b *book) groups(tr *i18n.Translator, ids, regions []string) []siteGroup {
	byRegion := map[string]int{}
	var out []siteGroup
	for _, s := range b.sites {
		if s.Closed {
			continue
		}
		i, ok := byRegion[s.Region]
		if !ok {
			i = len(out)
			byRegion[s.Region] = i
			all := slices.Contains(regions, s.Region)
			out = append(out, siteGroup{Region: s.Region, All: all, Some: all})
		}
		ticked := slices.Contains(ids, s.ID)
		out[i].Sites = append(out[i].Sites, siteTick{Site: s, Ticked: ticked, Closes: tr.ISODay(s.ClosesOn)})
		out[i].Some = out[i].Some || ticked
	}
	slices.SortFunc(out, func(x, y siteGroup) int { return strings.Compare(x.Region, y.Region) })
	return out
}

// readSites returns the ids that were ticked: one by one, a region at a time, or all that are open on the day.
func (b *book) readSites(q url.Values, day string) []string {
	ids := slices.Clone(q["sites"])
	for _, s := range b.sites {
		if q.Get("all") != "" && s.OpenOn(day) || slices.Contains(q["region"], s.Region) && s.OpenOn(day) {
			ids = append(ids, s.ID)
		}
	}
	return slices.Compact(sorted(ids))
}
