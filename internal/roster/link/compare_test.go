// SPDX-License-Identifier: Apache-2.0

package link

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestCellsAreAsNearAsAClerkWouldSay(t *testing.T) {
	t.Parallel()

	for _, c := range []struct {
		kind       Kind
		a, b, want string
	}{
		{Given, "Beatríz", "beatriz", "same"},
		{Given, "Robert", "Bob", "short"},
		{Given, "R", "Robert", "initial"},
		{Given, "Robert", "Rboert", "near"},
		{Given, "Amy", "Joan", "differs"},
		{Family, "O'Brien", "OBrien", "same"},
		{Family, "Garcia Lopez", "Garcia", "short"},
		{Name, "Almquist, Rosa", "Rosa Almquist", "same"},
		{Name, "Robert Jones", "Bob Jones", "near"},
		{Date, "1971-06-24", "06/24/1971", "same"},
		{Date, "1971-03-04", "1971-04-03", "near"},
		{Date, "1971-06-24", "1971-06-12", "two_parts"},
		{Date, "1971-06-24", "1971-11-02", "year"},
		{Date, "1971-06-24", "1985-11-02", "differs"},
		{Phone, "(651) 555-0142", "1-651-555-0142", "same"},
		{Phone, "5550142", "6515550142", "one"},
		{Code, "0029411", "0029141", "one"},
		{Code, "0029411", "0081234", "differs"},
		{Email, "rosa.almquist@mail.example.org", "rosa.almquist@post.example.net", "local"},
		{Email, "rosa.almquist@mail.example.org", "rosa.almqiust@mail.example.org", "near"},
		{Postcode, "SO53 3DW", "so533dw", "same"},
		{Postcode, "55101", "55104", "near"},
		{Postcode, "55101", "55119", "area"},
		{Place, "West Saint Paul", "Saint Paul", "alike"},
		{Address, "1919 W. Taylor St.", "1919 West Taylor Street", "near"},
		{Address, "902 E. 133rd Pl", "902 E 133RD PLACE", "near"},
		{Address, "1824 W Garfield Blvd", "1830 W Garfield Blvd", "street_same"},
		{Address, "435 18th St", "435 19th St", "number"},
		{Address, "pridham street", "pridhamstreet", "near"},
		{Org, "Hastings Clinic", "HASTINGS CLINIC INC", "part"},
		{Category, "french", "french (classic)", "some"},
	} {
		f := readField(Column{"c", c.kind}, func(yield func(string) bool) { _ = yield(c.a) && yield(c.b) })
		if got := f.levels[f.levelOf(0, 1)]; got != c.want {
			t.Errorf("%s: %q and %q: %s, want %s", c.kind, c.a, c.b, got, c.want)
		}
	}
}

func TestABlankCellSaysNothing(t *testing.T) {
	t.Parallel()

	for _, blank := range []string{"", " ", "N/A", "null", "--"} {
		f := readField(Column{"c", Given}, func(yield func(string) bool) { _ = yield(blank) && yield("Rosa") })
		if got := f.levelOf(0, 1); got != missing {
			t.Errorf("%q: %v", blank, got)
		}
	}
}

// The shortcuts by letters change nothing.
func TestShortcutsAreExact(t *testing.T) {
	t.Parallel()

	word := rapid.StringMatching(`[a-e0-2 .]{1,9}`)
	rapid.Check(t, func(t *rapid.T) {
		a, b := word.Draw(t, "a"), word.Draw(t, "b")
		floor := rapid.Float64Range(0.5, 1).Draw(t, "floor")
		want := JaroWinkler(a, b)
		if want < floor {
			want = 0
		}
		if got := alike(a, b, floor); got != want {
			t.Errorf("alike(%q, %q, %.3f) = %.4f, want %.4f", a, b, floor, got, want)
		}
		n := rapid.IntRange(0, 3).Draw(t, "n")
		if got := within(a, b, n); got != (edits(a, b) <= n) {
			t.Errorf("within(%q, %q, %d) = %v with %d edits", a, b, n, got, edits(a, b))
		}
	})
}

func TestEditsCountSwapsAsOne(t *testing.T) {
	t.Parallel()

	for _, c := range []struct {
		a, b string
		want int
	}{
		{"", "", 0},
		{"abc", "abc", 0},
		{"0029411", "0029141", 1},
		{"rosa", "rsoa", 1},
		{"rosa", "ros", 1},
		{"rosa", "roxsa", 1},
		{"kitten", "sitting", 3},
		{"ca", "abc", 3},
	} {
		if got := edits(c.a, c.b); got != c.want {
			t.Errorf("edits(%q, %q) = %d, want %d", c.a, c.b, got, c.want)
		}
	}
	long := strings.Repeat("x", 500)
	if got := edits(long, long+"y"); got != 0 {
		t.Errorf("beyond the first bytes: %d", got)
	}
}

func TestTheTableOfShortFormsIsThere(t *testing.T) {
	t.Parallel()

	if n := strings.Count(nicknameText, "\n"); n < 150 || len(nicknameGroups) < 500 {
		t.Errorf("the table has %d lines and %d names", n, len(nicknameGroups))
	}
	if !Nicknames("bob", "robert") || Nicknames("bob", "rosa") || len(NicknameGroups("kate")) == 0 {
		t.Error("bob is short for robert and not for rosa")
	}
}

func TestSwappedMeansTwoNeighbours(t *testing.T) {
	t.Parallel()

	for pair, want := range map[[2]string]bool{
		{"0035829", "0038529"}: true, {"0035829", "0035829"}: false, {"12", "21"}: true, {"123", "321"}: false, {"0083259", "0038529"}: false,
		{"12", "123"}: false, {"1", "2"}: false,
	} {
		if got := Swapped(pair[0], pair[1]); got != want {
			t.Errorf("%v: %v", pair, got)
		}
	}
}
