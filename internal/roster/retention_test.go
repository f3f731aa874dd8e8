// SPDX-License-Identifier: Apache-2.0

package roster_test

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tenday/tenday/internal/app/apptest"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/roster"
)

// What a retention day must leave no trace of, and what it must leave alone.
const (
	goneRow, goneFile, goneZIP = "raw-cell-that-must-go", "file-body-that-must-go", "55099"
	keptPhone                  = "+16515550199"
)

func TestWhatIsPastItsDateIsGoneFromTheFile(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		ctx := h.As("data_lead")
		left, stays := h.Person["Peter Dahl"], h.Person["Omar Farah"]
		exec := func(query string, args ...any) {
			t.Helper()
			if err := db.Do(ctx, h.DB, func(tx *db.Tx) error {
				_, err := tx.Exec(ctx, query, args...)
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		now := h.Clock.Now().UnixMilli()
		exec(`UPDATE person SET unit_status = 'left', home_zip = $1, at = $2 WHERE id = $3`, goneZIP, now, left)
		exec(`UPDATE contact_point SET value = $1 WHERE person_id = $2 AND kind = 'phone'`, keptPhone, stays)
		exec(`UPDATE person_now SET phone = $1 WHERE person_id = $2`, keptPhone, stays)
		exec(`INSERT INTO list_import (id, kind, employer_id, file_name, file_sha256, state, uploaded_at, uploaded_by, applied_at)
			SELECT 'imp1', 'employer', id, 'x.csv', 'sum', 'applied', $1, '', $2 FROM employer`, now, now)
		exec(`INSERT INTO list_file (import_id, body) VALUES ('imp1', $1)`, []byte(strings.Repeat(goneFile+" ", 900)))
		exec(`INSERT INTO list_row (import_id, line, state, raw) VALUES ('imp1', 2, 'applied', $1)`, `["`+goneRow+`"]`)

		expired := func() roster.Expired {
			t.Helper()
			n, err := db.InRead(ctx, h.DB, func(tx *db.Tx) (roster.Expired, error) { return h.Roster.Expired(ctx, tx) })
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		h.Clock.Advance(30 * 24 * time.Hour)
		if got := expired(); got != (roster.Expired{}) {
			t.Errorf("on the thirtieth day: %+v", got)
		}
		h.Clock.Advance(61 * 24 * time.Hour)
		if diff := cmp.Diff(roster.Expired{Files: 1, People: 1}, expired()); diff != "" {
			t.Errorf("after their date (-want +got):\n%s", diff)
		}
		done, err := db.InTx(ctx, h.DB, func(tx *db.Tx) (roster.Expired, error) { return h.Roster.Purge(ctx, tx) })
		if err != nil || done != (roster.Expired{Files: 1, People: 1}) {
			t.Fatalf("Purge = %+v, %v", done, err)
		}
		if got := expired(); got != (roster.Expired{}) {
			t.Errorf("afterwards: %+v", got)
		}
		if n, err := h.Roster.CheckDerived(ctx); n != 0 || err != nil {
			t.Errorf("CheckDerived = %d, %v", n, err)
		}
		if err := h.DB.Compact(ctx, roster.RetentionTables...); err != nil {
			t.Fatal(err)
		}
		if h.DB.Engine != db.SQLite {
			return
		}
		for _, name := range []string{h.DB.Path(), h.DB.Path() + "-wal"} {
			b, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			for _, text := range []string{goneRow, goneFile, goneZIP, "peter.dahl@mail.example.org"} {
				if bytes.Contains(b, []byte(text)) {
					t.Errorf("%s still holds %q", name, text)
				}
			}
			if name == h.DB.Path() && !bytes.Contains(b, []byte(keptPhone)) {
				t.Error("somebody who stays lost her phone")
			}
		}
	})
}

func TestTheDoctorSeesADerivedRowThatIsWrong(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		ctx := t.Context()
		if n, err := h.Roster.CheckDerived(ctx); n != 0 || err != nil {
			t.Fatalf("CheckDerived = %d, %v; want none", n, err)
		}
		if err := db.Do(ctx, h.DB, func(tx *db.Tx) error {
			if _, err := tx.Exec(ctx, `UPDATE person_now SET family = 'x' WHERE person_id = $1`, h.Person["Omar Farah"]); err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, `DELETE FROM person_token WHERE person_id = $1`, h.Person["Peter Dahl"]); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, `INSERT INTO person_token (token, person_id) VALUES ('x', 'nobody')`)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if n, err := h.Roster.CheckDerived(ctx); n != 3 || err != nil {
			t.Errorf("CheckDerived = %d, %v; want 3", n, err)
		}
	})
}
