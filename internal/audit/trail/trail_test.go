// SPDX-License-Identifier: Apache-2.0

package trail_test

import (
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tenday/tenday/internal/app/apptest"
	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/audit/trail"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/i18n"
)

// read records that role saw people, as a page would.
func read(t *testing.T, h *apptest.House, role, verb, object string, people ...string) {
	t.Helper()
	ids := make([]string, len(people))
	for i, name := range people {
		ids[i] = h.Person[name]
	}
	if err := h.Audit.Read(h.As(role), audit.Entry{Verb: verb, Object: object, Subjects: ids, Count: len(ids)}); err != nil {
		t.Fatal(err)
	}
}

func TestOfficersAloneReadTheAudit(t *testing.T) {
	t.Parallel()

	h := apptest.New(t)
	paths := []string{"/audit", "/audit/person/" + h.Person["Katherine Nguyen"]}
	for _, role := range append([]string{""}, apptest.Roles...) {
		want := 403
		switch role {
		case "":
			want = 303
		case "officer":
			want = 200
		}
		for _, path := range paths {
			if a := h.Get(role, path, ""); a.Status != want {
				t.Errorf("%s as %q = %d, want %d", path, role, a.Status, want)
			}
		}
	}
}

func TestThePersonPageFindsListsExportsAndEdits(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		nguyen := h.Person["Katherine Nguyen"]
		read(t, h, "captain", "person.list", "", "Katherine Nguyen", "Mohamed Ali")
		read(t, h, "data_lead", "person.export", "", "Katherine Nguyen", "Peter Dahl", "Omar Farah")
		read(t, h, "lead", "person.open", "person:"+nguyen, "Katherine Nguyen")
		read(t, h, "lead", "person.open", "person:"+h.Person["Omar Farah"], "Omar Farah")

		var v struct {
			Name  string
			Lines []struct {
				Name, Verb string
				Count      int
			}
		}
		h.Get("officer", "/audit/person/"+nguyen, "application/json").JSON(t, &v)
		var got []string
		for _, l := range v.Lines {
			if l.Verb != "person.add" && l.Verb != "turf.make" { // of the house itself
				got = append(got, fmt.Sprintf("%s %s %d", l.Name, l.Verb, l.Count))
			}
		}
		want := []string{"The lead person.open 1", "The data_lead person.export 3", "The captain person.list 2"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("trail (-want +got):\n%s", diff)
		}
		if v.Name != "Katherine Nguyen" {
			t.Errorf("name %q", v.Name)
		}
		// the look itself is the newest record now
		h.Get("officer", "/audit/person/"+nguyen, "application/json").JSON(t, &v)
		if v.Lines[0].Verb != "audit.person" || v.Lines[0].Name != "The officer" {
			t.Errorf("newest record: %+v", v.Lines[0])
		}
		if a := h.Get("officer", "/audit/person/0199a6b0-0000-7000-8000-00000000000a", ""); a.Status != 404 {
			t.Errorf("nobody's trail = %d", a.Status)
		}
		page := h.Get("officer", "/audit/person/"+nguyen, "").Body
		for _, text := range []string{"saved people to a file", "Data lead", "Katherine Nguyen"} {
			if text != "Data lead" && !strings.Contains(page, text) {
				t.Errorf("the page lacks %q", text)
			}
		}
	})
}

func TestTheListIsFilteredAndPaged(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		for range 120 {
			read(t, h, "lead", "person.list", "", "Omar Farah")
		}
		type view struct {
			Lines []struct {
				Seq  int64
				Verb string
			}
			Next string
		}
		q := url.Values{"actor": {h.Account["lead"]}, "verb": {"person.list"}, "day": {h.Clock.Now().Format("2006-01-02")}}
		var seen []int64
		for path := "/audit?" + q.Encode(); path != ""; {
			var v view
			h.Get("officer", path, "application/json").JSON(t, &v)
			for _, l := range v.Lines {
				seen = append(seen, l.Seq)
			}
			path = v.Next
		}
		slices.Reverse(seen)
		if len(seen) != 120 || !slices.IsSorted(seen) || len(slices.Compact(slices.Clone(seen))) != 120 {
			t.Errorf("%d records on the pages, want 120, each once", len(seen))
		}
		var none view
		h.Get("officer", "/audit?day=2020-01-01", "application/json").JSON(t, &none)
		if len(none.Lines) != 0 {
			t.Errorf("%d records of another day", len(none.Lines))
		}
		for path, want := range map[string]int{"/audit?day=x": 422, "/audit?before=x": 404, "/audit?day=2020-01-01": 200} {
			if a := h.Get("officer", path, ""); a.Status != want {
				t.Errorf("%s = %d, want %d", path, a.Status, want)
			}
		}
	})
}

func TestAMemberReadsWhoOpenedHerProfile(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		read(t, h, "member", "person.open", "person:"+h.Person["Katherine Nguyen"], "Katherine Nguyen")
		read(t, h, "captain", "person.open", "person:"+h.Person["Katherine Nguyen"], "Katherine Nguyen")
		read(t, h, "captain", "person.open", "person:"+h.Person["Katherine Nguyen"], "Katherine Nguyen")
		read(t, h, "captain", "person.open", "person:"+h.Person["Mohamed Ali"], "Mohamed Ali")
		var v struct {
			Looks []struct{ Day, Name string }
		}
		h.Get("member", "/account/opened", "application/json").JSON(t, &v)
		if diff := cmp.Diff([]struct{ Day, Name string }{{"2025-10-31", "The captain"}}, v.Looks); diff != "" {
			t.Errorf("looks (-want +got):\n%s", diff)
		}
		if a := h.Get("member", "/account/opened", ""); a.Status != 200 || !strings.Contains(a.Body, "Fri 31 Oct 2025") {
			t.Errorf("page = %d", a.Status)
		}
		if a := h.Get("operator", "/account/opened", ""); a.Status != 200 || !strings.Contains(a.Body, "You are not on the roster") {
			t.Errorf("off the roster = %d", a.Status)
		}
	})
}

func TestTheChainIsCheckedWhenAsked(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		var c audit.Chain
		a := h.Post("officer", "/audit/verify", url.Values{})
		if a.Status != 303 || a.Location != "/audit" {
			t.Errorf("verify = %d to %s", a.Status, a.Location)
		}
		if err := db.Do(t.Context(), h.DB, func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), `UPDATE audit_record SET count = 99 WHERE seq = 3`)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		c, err := audit.Verify(t.Context(), h.DB, nil)
		if err != nil || c.Bad != 3 {
			t.Errorf("Verify = %+v, %v", c, err)
		}
	})
}

func TestEveryVerbHasASentenceInBothLanguages(t *testing.T) {
	t.Parallel()

	b, err := i18n.New(trail.Text)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(b.Keys("en"), b.Keys("es")); diff != "" {
		t.Errorf("keys (-en +es):\n%s", diff)
	}
	// Verbs stand beside "Verb:", or are named as one where they are handed on.
	verb := regexp.MustCompile(`(?:[vV]erb(?:, at)? *(?::|:=|=) *|finish\(|seen\(ctx, |settle\(ctx, tx, |changePasskey\(ctx, )"([a-z_]+\.[a-z_]+)"`)
	err = filepath.WalkDir("../..", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") {
			return err
		}
		src, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		for _, m := range verb.FindAllSubmatch(src, -1) {
			if !slices.Contains(b.Keys("en"), "audit.verb."+string(m[1])) {
				t.Errorf("%s: %s has no sentence", name, m[1])
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
