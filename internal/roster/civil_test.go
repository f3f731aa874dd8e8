// SPDX-License-Identifier: Apache-2.0

package roster

import (
	"encoding/json"
	"testing"

	"pgregory.net/rapid"
)

func TestADateGoesThroughTextJSONAndTheDatabaseUnchanged(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		d := Date{1900, 1, 1}.AddDays(rapid.IntRange(0, 80000).Draw(t, "days"))
		if rapid.Bool().Draw(t, "none") {
			d = Date{}
		}
		raw, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		var back Date
		if err := json.Unmarshal(raw, &back); err != nil || back != d {
			t.Fatalf("json %s: got %v, %v", raw, back, err)
		}
		v, err := d.Value()
		if err != nil {
			t.Fatal(err)
		}
		if err := back.Scan(v); err != nil || back != d {
			t.Fatalf("database %v: got %v, %v", v, back, err)
		}
		if e := d.AddDays(1); !d.IsZero() && (!d.Before(e) || e.AddDays(-1) != d || e.Compare(d) != 1 || e.String() <= d.String()) {
			t.Fatalf("%v and the day after, %v, are out of order", d, e)
		}
	})
}

func TestADateThatDoesNotExistIsRefused(t *testing.T) {
	t.Parallel()

	for _, s := range []string{"2025-02-30", "31.10.2025", "2025-1-1", "x"} {
		if d, err := ParseDate(s); err == nil {
			t.Errorf("%q was read as %v", s, d)
		}
	}
	var d Date
	if err := d.Scan(7); err == nil {
		t.Error("a number was read as a date")
	}
	if err := d.Scan(nil); err != nil || !d.IsZero() {
		t.Errorf("NULL: got %v, %v", d, err)
	}
}
