// SPDX-License-Identifier: Apache-2.0

package demo

import (
	"bytes"
	"embed"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"strconv"

	"github.com/tenday/tenday/internal/board"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/roster"
)

//go:embed data
var data embed.FS

// The files that arrive in the course of the story.
const (
	firstList  = "employer_list_v1.csv"
	secondList = "employer_list_v2.xlsx"
	unionList  = "union_list.csv"
)

// truth is what a data lead would find out by asking: who stands behind each row of a list, and how each stands in the unit.
type truth struct {
	people map[string]map[string]string      // id -> column of people.csv
	row    map[string]map[int]string         // file -> line -> id
	note   map[string]map[int]string         // file -> line -> what is special about the row
	sites  []map[string]string               // sites.csv
	ids    []string                          // of people, in the file's order
	events map[string][]event                // chapter -> entries of the timeline
	file   func(name string) ([]byte, error) // a list as it arrives
}

// event is an entry of timeline.json.
type event struct {
	On        roster.Date
	Precision board.Precision
	Said      string
	Facts     []string
	Certainty board.Certainty
	Otherwise string
	Against   []string // facts that say otherwise
}

func readTruth() (*truth, error) {
	t := &truth{
		people: map[string]map[string]string{}, row: map[string]map[int]string{}, note: map[string]map[int]string{},
		file: func(name string) ([]byte, error) { return data.ReadFile("data/" + name) },
	}
	people, err := rows("people.csv")
	if err != nil {
		return nil, err
	}
	for _, p := range people {
		t.people[p["person_id"]] = p
		t.ids = append(t.ids, p["person_id"])
	}
	lines, err := rows("truth.csv")
	if err != nil {
		return nil, err
	}
	for _, l := range lines {
		file := l["file"]
		if file == "employer_list_v2.csv" { // the workbook holds the same rows on the same lines
			file = secondList
		}
		n, err := strconv.Atoi(l["line"])
		if err != nil {
			return nil, fmt.Errorf("read truth: %w", err)
		}
		if t.row[file] == nil {
			t.row[file], t.note[file] = map[int]string{}, map[int]string{}
		}
		t.row[file][n], t.note[file][n] = l["person_id"], l["note"]
	}
	if t.sites, err = rows("sites.csv"); err != nil {
		return nil, err
	}
	b, err := data.ReadFile("data/timeline.json")
	if err == nil {
		err = json.Unmarshal(b, &t.events)
	}
	if err != nil {
		return nil, fmt.Errorf("read timeline: %w", err)
	}
	return t, nil
}

// rows reads an embedded CSV file by its header.
func rows(name string) ([]map[string]string, error) {
	b, err := data.ReadFile("data/" + name)
	if err != nil {
		return nil, fmt.Errorf("read demo data: %w", err)
	}
	out, err := table(b)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return out, nil
}

func table(b []byte) ([]map[string]string, error) {
	all, err := csv.NewReader(bytes.NewReader(b)).ReadAll()
	if err != nil {
		return nil, err
	}
	var out []map[string]string
	for _, line := range all[1:] {
		row := make(map[string]string, len(line))
		for i, cell := range line {
			row[all[0][i]] = cell
		}
		out = append(out, row)
	}
	return out, nil
}

// absent refuses a file that exists: a demo overwrites nothing.
func absent(file string) error {
	if file == "" {
		return nil
	}
	if _, err := os.Stat(file); err == nil {
		return fault.New(fault.Conflict, "demo.keep_exists", "File", file)
	}
	return nil
}
