// SPDX-License-Identifier: Apache-2.0

package picket

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

func TestTheBuiltInTableKnowsZIPsAndAdmitsWhatItLacks(t *testing.T) {
	t.Parallel()

	all := builtIn()
	if len(all) != 33791 {
		t.Errorf("%d ZIPs", len(all))
	}
	for i := range all[1:] {
		if all[i].zip >= all[i+1].zip {
			t.Fatalf("%05d stands before %05d", all[i].zip, all[i+1].zip)
		}
	}
	if at, estimated, ok := all.locate("55118"); !ok || estimated || at != (place{44.90161, -93.10056}) && at.km(place{44.9, -93.1}) > 5 {
		t.Errorf("West St. Paul is at %v, estimated %v, known %v", at, estimated, ok)
	}
	if at, estimated, ok := all.locate("55480"); !ok || !estimated || at.km(place{44.98, -93.27}) > 15 { // a Minneapolis post office box
		t.Errorf("55480 is at %v, estimated %v, known %v", at, estimated, ok)
	}
	if _, _, ok := all.locate("00001"); ok {
		t.Error("00001 is known")
	}
	if _, _, ok := ZIP("55480"); ok {
		t.Error("an estimate is no place on the map")
	}
	own := newAtlas([]centroid{{7, place{1, 1}}, {5, place{2, 2}}, {7, place{3, 3}}})
	if at, _, _ := own.locate("00007"); len(own) != 2 || at.lat != 3 {
		t.Errorf("own table: %v", own)
	}
}

func TestTheBuiltInTableIsTheGazetteersRowByRow(t *testing.T) {
	t.Parallel()

	root := os.Getenv("TENDAY_SHARED")
	if root == "" {
		t.Skip("TENDAY_SHARED is not set: the ZIP table was NOT compared with its source")
	}
	f, err := os.Open(filepath.Join(root, "data", "geo", "us_zip_centroids.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows[1:] {
		lat, _ := strconv.ParseFloat(row[1], 64)
		lon, _ := strconv.ParseFloat(row[2], 64)
		if at, estimated, ok := builtIn().locate(row[0]); !ok || estimated || at != (place{lat, lon}) {
			t.Fatalf("%v is at %v", row, at)
		}
	}
}
