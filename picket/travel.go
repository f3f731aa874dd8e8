// SPDX-License-Identifier: Apache-2.0

package picket

import (
	"math"
	"slices"
)

// place is a point on the Earth, in degrees.
type place struct{ lat, lon float64 }

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
	at, _, _ := in.locate(zip)
	d := at.km(in.Sites[site].at)
	road := 1.4 * d
	if d > 30 {
		road = 42 + 1.25*(d-30)
	}
	return int(math.Floor(5.5 + 60*(min(road, 10)/45+min(max(road-10, 0), 20)/65+max(road-30, 0)/90))), true
}

// locate returns the centroid of a ZIP; for one that the table lacks, the mean of those with the same three digits (estimated).
func (in *Input) locate(zip string) (at place, estimated, ok bool) {
	if at, ok := in.zips[zip]; ok {
		return at, false, true
	}
	var near []string
	for z := range in.zips {
		if z[:3] == zip[:3] {
			near = append(near, z)
		}
	}
	slices.Sort(near)
	for _, z := range near {
		at.lat += in.zips[z].lat
		at.lon += in.zips[z].lon
	}
	n := float64(len(near))
	return place{at.lat / n, at.lon / n}, true, n > 0
}

// km is the haversine distance.
func (p place) km(q place) float64 {
	const rad = math.Pi / 180
	dLat, dLon := (q.lat-p.lat)*rad, (q.lon-p.lon)*rad
	h := math.Pow(math.Sin(dLat/2), 2) + math.Cos(p.lat*rad)*math.Cos(q.lat*rad)*math.Pow(math.Sin(dLon/2), 2)
	return 2 * 6371.0088 * math.Asin(math.Sqrt(h))
}
