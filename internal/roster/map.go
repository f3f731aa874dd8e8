// SPDX-License-Identifier: Apache-2.0

package roster

import (
	"cmp"
	_ "embed" // outlines
	"fmt"
	"html/template"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/tenday/tenday/internal/web"
)

// The map is drawn from outlines that ship with the program: no tile server learns where anybody looks.
//
//go:embed geo/counties.txt
var countiesText string

type point struct{ x, y float64 }

// county is one outline, projected.
type county struct {
	ring     []point
	min, max point
}

var counties = sync.OnceValue(func() []county {
	var all []county
	for line := range strings.Lines(countiesText) {
		_, pairs, ok := strings.Cut(strings.TrimSpace(line), "\t")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		c := county{min: point{math.Inf(1), math.Inf(1)}, max: point{math.Inf(-1), math.Inf(-1)}}
		for pair := range strings.FieldsSeq(pairs) {
			lng, lat, _ := strings.Cut(pair, ",")
			x, _ := strconv.ParseFloat(lng, 64) // the file is ours; a test reads it
			y, _ := strconv.ParseFloat(lat, 64)
			p := project(y, x)
			c.ring = append(c.ring, p)
			c.min, c.max = point{min(c.min.x, p.x), min(c.min.y, p.y)}, point{max(c.max.x, p.x), max(c.max.y, p.y)}
		}
		all = append(all, c)
	}
	return all
})

// project is Mercator on the sphere, y downwards, in degrees of longitude. It keeps angles, which is what a map of a
// metropolitan area is read for.
func project(lat, lng float64) point {
	return point{lng, -math.Log(math.Tan(math.Pi/4+lat*math.Pi/360)) * 180 / math.Pi}
}

// drawing is one map: a view box, outlines as a path, dots and labels.
type drawing struct {
	Title         string
	Width, Height int
	Outlines      string
	Dots          []dot
	Names         []name
}

// name is a town's name beside its dot, as a wide screen shows it or as a phone does.
type name struct{ Text, X, Y, Class string }

type dot struct {
	Site    *siteView
	X, Y, R string
	Class   string
	Label   string // for those who hear the map

	at point
	r  float64
}

// mapWidth is the width of every drawing, in its own units; the style sheet counts on it.
const mapWidth = 800

// frame returns the scale and the corner that show the points with a margin, and the height that comes of it.
func frame(points []point) (scale float64, corner point, height int) {
	lo, hi := points[0], points[0]
	for _, p := range points {
		lo, hi = point{min(lo.x, p.x), min(lo.y, p.y)}, point{max(hi.x, p.x), max(hi.y, p.y)}
	}
	pad := max(0.08*max(hi.x-lo.x, hi.y-lo.y), 0.03)
	lo, hi = point{lo.x - 1.6*pad, lo.y - pad}, point{hi.x + 1.6*pad, hi.y + pad}
	if w, h := hi.x-lo.x, hi.y-lo.y; h < 0.6*w { // neither a ribbon
		lo.y, hi.y = lo.y-(0.6*w-h)/2, hi.y+(0.6*w-h)/2
	} else if h > 1.1*w { // nor a tower
		lo.x, hi.x = lo.x-(h/1.1-w)/2, hi.x+(h/1.1-w)/2
	}
	scale = mapWidth / (hi.x - lo.x)
	return scale, lo, int(math.Ceil((hi.y - lo.y) * scale))
}

// draw makes the map of sites. people, which may be 0, sizes the dots by area.
func draw(title string, sites []*siteView, label func(*siteView) string) *drawing {
	points := make([]point, len(sites))
	most := 1
	for i, s := range sites {
		points[i] = project(s.Lat, s.Lng)
		most = max(most, s.InUnit)
	}
	scale, corner, height := frame(points)
	d := &drawing{Title: title, Width: mapWidth, Height: height}
	var b strings.Builder
	for _, c := range counties() {
		if c.max.x < corner.x || c.min.x > corner.x+mapWidth/scale || c.max.y < corner.y || c.min.y > corner.y+float64(height)/scale {
			continue
		}
		for i, p := range c.ring {
			b.WriteString([]string{"M", "L"}[min(i, 1)])
			b.WriteString(number((p.x-corner.x)*scale) + "," + number((p.y-corner.y)*scale))
		}
		b.WriteString("Z")
	}
	d.Outlines = b.String()
	for i, s := range sites {
		r := 6 + 8*math.Sqrt(float64(max(0, s.InUnit))/float64(most))
		at := point{(points[i].x - corner.x) * scale, (points[i].y - corner.y) * scale}
		d.Dots = append(d.Dots, dot{Site: s, at: at, r: r, Label: label(s), Class: string(s.Now)})
	}
	spread(d.Dots)
	for i := range d.Dots {
		o := &d.Dots[i]
		o.X, o.Y, o.R = number(o.at.x), number(o.at.y), number(o.r)
	}
	place(d, 11, 1, "wide-only") // the sizes of app.css
	place(d, 22, 1.6, "phone-only")
	// The large ones first, so that small ones lie on top and can be tapped.
	slices.SortStableFunc(d.Dots, func(a, b dot) int { return cmp.Compare(b.r, a.r) })
	return d
}

// spread moves dots apart that stand on one spot, a clinic and its urgent care under one roof, so that both can be tapped.
func spread(dots []dot) {
	for i := range dots {
		for j := range i {
			if math.Hypot(dots[i].at.x-dots[j].at.x, dots[i].at.y-dots[j].at.y) < 4 {
				dots[i].at.x = dots[j].at.x + dots[j].r + dots[i].r
			}
		}
	}
}

type box struct{ x0, y0, x1, y1 float64 }

func (a box) meets(b box) bool { return a.x0 < b.x1 && b.x0 < a.x1 && a.y0 < b.y1 && b.y0 < a.y1 }

// place gives dots their towns' names, those that close and those of many people first: each below, above, right or left of its
// dot, wherever it meets nothing. A phone's letters and dots are larger in the map's own units, so it gets names of its own.
func place(d *drawing, letters, grown float64, class string) {
	order := make([]*dot, 0, len(d.Dots))
	var dots []box
	for i := range d.Dots {
		o := &d.Dots[i]
		order = append(order, o)
		r := o.r * grown
		dots = append(dots, box{o.at.x - r, o.at.y - r, o.at.x + r, o.at.y + r})
	}
	slices.SortStableFunc(order, func(a, b *dot) int {
		return cmp.Or(cmp.Compare(bit(b.Site.Now != Open), bit(a.Site.Now != Open)), cmp.Compare(b.Site.InUnit, a.Site.InUnit))
	})
	var taken []box
	named := map[string]bool{}
	for _, o := range order {
		town := o.Site.Town
		if named[town] {
			continue
		}
		w, h, r := letters*0.56*float64(len([]rune(town))), letters*1.1, o.r*grown+3
		for _, at := range []point{{0, r + h*0.75}, {0, -r - h*0.15}, {r + w/2, h * 0.3}, {-r - w/2, h * 0.3}} {
			x, y := o.at.x+at.x, o.at.y+at.y
			b := box{x - w/2, y - h*0.75, x + w/2, y + h*0.2}
			if b.x0 < 2 || b.y0 < 2 || b.x1 > mapWidth-2 || b.y1 > float64(d.Height)-2 || slices.ContainsFunc(dots, b.meets) ||
				slices.ContainsFunc(taken, b.meets) {
				continue
			}
			taken = append(taken, b)
			named[town] = true
			d.Names = append(d.Names, name{town, number(x), number(y), class})
			break
		}
	}
}

func number(x float64) string { return strconv.FormatFloat(x, 'f', 1, 64) }

// metro returns the sites within forty kilometres of the one in the middle, and whether that leaves some out.
func metro(sites []*siteView) (near []*siteView, some bool) {
	lats, lngs := make([]float64, len(sites)), make([]float64, len(sites))
	for i, s := range sites {
		lats[i], lngs[i] = s.Lat, s.Lng
	}
	slices.Sort(lats)
	slices.Sort(lngs)
	lat, lng := lats[len(lats)/2], lngs[len(lngs)/2]
	for _, s := range sites {
		const kmPerDegree = 111.2
		km := kmPerDegree * math.Hypot(s.Lat-lat, (s.Lng-lng)*math.Cos(lat*math.Pi/180))
		if km <= 40 {
			near = append(near, s)
		}
	}
	return near, len(near) < len(sites) && len(near) >= 3
}

// mapView is the map of worksites with the list beside it.
type mapView struct {
	*sitesView
	Maps    []*drawing `json:"-"`
	Missing int        `json:"without_place"` // worksites whose place is not known
}

// serveMap serves GET /worksites/map.
func (s *Store) serveMap(w http.ResponseWriter, r *http.Request) error {
	all, _, err := s.siteViews(r)
	if err != nil {
		return err
	}
	v := &mapView{sitesView: all}
	var sites []*siteView
	for i := range all.Sites {
		if o := &all.Sites[i]; o.Lat != 0 || o.Lng != 0 {
			sites = append(sites, o)
		}
	}
	v.Missing = len(all.Sites) - len(sites)
	tr := web.Text(r)
	label := func(o *siteView) string {
		text := o.Name + ", " + o.Status.Text
		if o.InUnit >= 0 {
			text += ", " + tr.T("roster.site.people", "N", o.InUnit)
		}
		return text
	}
	if len(sites) > 0 {
		if near, some := metro(sites); some {
			v.Maps = append(v.Maps, draw(tr.T("roster.map.near"), near, label))
			v.Maps = append(v.Maps, draw(tr.T("roster.map.all"), sites, label))
		} else {
			v.Maps = append(v.Maps, draw(tr.T("roster.map.all"), sites, label))
		}
	}
	return web.Page(w, r, web.View{Page: "worksites-map", Title: "roster.map.title", Body: v})
}

// ViewBox is the drawing's own measure.
func (d *drawing) ViewBox() template.HTMLAttr {
	return template.HTMLAttr(fmt.Sprintf(`viewBox="0 0 %d %d"`, d.Width, d.Height)) //nolint:gosec // two numbers
}

// Spot is a worksite on a map of another room's.
type Spot struct {
	ID, Town string
	Lat, Lng float64
	N        int    // sizes the dot by area
	Class    string // of its colour, in the style sheet
	Label    string // all of it in words
}

// Map draws spots, whose places are known; nil for none. Templates read Outlines, Names, Dots and ViewBox, as worksites-map.html does.
func Map(title string, spots []Spot) any {
	sites := make([]*siteView, 0, len(spots))
	labels := map[*siteView]string{}
	for _, s := range spots {
		if s.Lat == 0 && s.Lng == 0 {
			continue
		}
		one := &siteView{Worksite: Worksite{ID: s.ID, Town: s.Town, Lat: s.Lat, Lng: s.Lng}, Now: WorksiteStatus(s.Class), InUnit: s.N}
		sites, labels[one] = append(sites, one), s.Label
	}
	if len(sites) == 0 {
		return nil
	}
	return draw(title, sites, func(s *siteView) string { return labels[s] })
}
