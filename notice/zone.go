// SPDX-License-Identifier: Apache-2.0

package notice

import (
	"archive/zip"
	"bytes"
	_ "embed" // for the time zones
	"fmt"
	"io"
	"sync"
	"time"
)

// TZDB is the version of the embedded IANA time zone database. Every report names it: a zone's rules change by decree, and an
// answer given last year has to be reproduced under last year's rules.
const TZDB = "2025c"

// zoneinfo is lib/time/zoneinfo.zip of Go 1.26. time.LoadLocation would prefer the host's files, and the answer would then depend
// on the machine.
//
//go:embed zoneinfo.zip
var zoneinfo []byte

var (
	zoneFiles = sync.OnceValues(func() (map[string]*zip.File, error) {
		z, err := zip.NewReader(bytes.NewReader(zoneinfo), int64(len(zoneinfo)))
		if err != nil {
			return nil, fmt.Errorf("read embedded time zones: %w", err)
		}
		files := make(map[string]*zip.File, len(z.File))
		for _, f := range z.File {
			if !f.FileInfo().IsDir() {
				files[f.Name] = f
			}
		}
		return files, nil
	})
	zones sync.Map // name -> *time.Location
)

// LoadZone returns the location of an IANA name such as America/Chicago, from the embedded database alone. It is safe for
// concurrent use.
func LoadZone(name string) (*time.Location, error) {
	if loc, ok := zones.Load(name); ok {
		return loc.(*time.Location), nil
	}
	files, err := zoneFiles()
	if err != nil {
		return nil, err
	}
	f, ok := files[name]
	if !ok {
		return nil, fmt.Errorf("%q is not a time zone: write an IANA name such as America/Chicago", name)
	}
	r, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("open zone %s: %w", name, err)
	}
	defer r.Close()
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("read zone %s: %w", name, err)
	}
	loc, err := time.LoadLocationFromTZData(name, data)
	if err != nil {
		return nil, fmt.Errorf("read zone %s: %w", name, err)
	}
	zones.Store(name, loc)
	return loc, nil
}
