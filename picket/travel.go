// SPDX-License-Identifier: Apache-2.0

package picket

import "math"

type zipSite struct {
	zip  string // five digits, or the first three
	site int32
}

// Minutes estimates the way from a ZIP to a site, and whether the site can be reached. An override for the ZIP comes before one for its
// first three digits, before the formula: d km as the crow flies between centroids (R = 6371.0088 km); the road is 1.4*d up to
// 30 km, then 42 + 1.25*(d-30); five and a half minutes, then 45, 65 and 90 km/h for the first 10, the next 20 and all further km.
func (in *Input) Minutes(zip string, site int32) (int, bool) {
	for _, key := range []string{zip, zip[:3]} {
		if m, ok := in.override[zipSite{key, site}]; ok {
			return m, m >= 0
		}
	}
	at, _, _ := in.zips.locate(zip)
	return at.minutes(in.Sites[site].at), true
}

func (p place) minutes(q place) int {
	d := p.km(q)
	road := 1.4 * d
	if d > 30 {
		road = 42 + 1.25*(d-30)
	}
	return int(math.Floor(5.5 + 60*(min(road, 10)/45+min(max(road-10, 0), 20)/65+max(road-30, 0)/90)))
}

// km is the haversine distance.
func (p place) km(q place) float64 {
	const rad = math.Pi / 180
	dLat, dLon := (q.lat-p.lat)*rad, (q.lon-p.lon)*rad
	h := math.Pow(math.Sin(dLat/2), 2) + math.Cos(p.lat*rad)*math.Cos(q.lat*rad)*math.Pow(math.Sin(dLon/2), 2)
	return 2 * 6371.0088 * math.Asin(math.Sqrt(h))
}

// WayMinutes estimates the way between two ZIPs by the formula of Minutes from the built-in table; 6000 where one of them is unknown.
func WayMinutes(from, to string) int {
	a, _, ok := builtIn().locate(from)
	b, _, ok2 := builtIn().locate(to)
	if !ok || !ok2 {
		return 6000
	}
	return a.minutes(b)
}
