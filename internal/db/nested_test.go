// SPDX-License-Identifier: Apache-2.0

package db_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/db/dbtest"
)

func TestAPartFailsAloneAndTheRestIsKept(t *testing.T) {
	t.Parallel()

	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		refused := errors.New("refused")
		called := 0
		err := db.Do(ctx, d, func(tx *db.Tx) error {
			for _, name := range []string{"a", "b", "c"} {
				err := db.Nested(ctx, tx, func() error {
					tx.AfterCommit(func() { called++ })
					if err := db.PutSetting(ctx, tx, name, "1"); err != nil {
						return err
					}
					if name != "b" {
						return nil
					}
					// A statement that fails ends a PostgreSQL transaction, but not this one.
					_, err := tx.Exec(ctx, `INSERT INTO setting (name, value) VALUES ($1, $2)`, name, "2")
					if !db.IsUnique(err) {
						t.Errorf("inserted twice: %v", err)
					}
					return refused
				})
				if want := map[string]error{"b": refused}[name]; !errors.Is(err, want) || (want == nil) != (err == nil) {
					t.Errorf("part %s: %v", name, err)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		got, err := db.InRead(ctx, d, func(tx *db.Tx) ([]string, error) {
			return db.Strings(ctx, tx, `SELECT name FROM setting WHERE name IN ('a', 'b', 'c') ORDER BY name`)
		})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"a", "c"}, got); diff != "" || called != 2 {
			t.Errorf("kept (-want +got), %d called:\n%s", called, diff)
		}
	})
}

func TestTheLastWorkSeesAllThatWasWrittenAndMayRefuseIt(t *testing.T) {
	t.Parallel()

	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		refused := errors.New("refused")
		for _, want := range []error{nil, refused} {
			var seen []string
			err := db.Do(ctx, d, func(tx *db.Tx) error {
				look := func(ctx context.Context, tx *db.Tx) error {
					v, err := db.Setting(ctx, tx, "last")
					seen = append(seen, v)
					return errors.Join(err, want)
				}
				tx.BeforeCommit("look", look)
				tx.BeforeCommit("look", look)
				return db.PutSetting(ctx, tx, "last", map[error]string{nil: "kept", refused: "lost"}[want])
			})
			if !errors.Is(err, want) || (want == nil) != (err == nil) {
				t.Errorf("the transaction says %v, want %v", err, want)
			}
			if diff := cmp.Diff([]string{map[error]string{nil: "kept", refused: "lost"}[want]}, seen); diff != "" {
				t.Errorf("seen at the end (-want +got):\n%s", diff)
			}
		}
		v, err := db.InRead(ctx, d, func(tx *db.Tx) (string, error) { return db.Setting(ctx, tx, "last") })
		if err != nil || v != "kept" {
			t.Errorf("stands at %q, %v; want %q", v, err, "kept")
		}
	})
}
