// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/db/dbtest"
)

// The three records and hashes of the published audit_chain vector.
func TestTheChainOfTheVector(t *testing.T) {
	t.Parallel()

	at := func(s string) time.Time {
		v, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	prev := Genesis
	for _, c := range []struct {
		r    Record
		want string
	}{
		{
			Record{Seq: 1, At: at("2025-10-31T21:12:00Z"), Actor: "acc_7", Verb: "list.apply", Object: "list_import:12", Count: 630},
			"6cd8b302773a164a78f9d7b62f2f070a562f3db923b7bf5669e67f4dfb024f6c",
		},
		{
			Record{Seq: 2, At: at("2025-11-02T15:00:09Z"), Actor: "acc_7", Verb: "list.revert", Object: "list_import:12", Count: 630},
			"16d9103c32db2b3b79f2faec0ee7556c09cb506a88a7d2459bdf5cb4b841d468",
		},
		{
			Record{Seq: 3, At: at("2025-11-02T15:04:41Z"), Actor: "acc_9", Verb: "person.list", Object: "worksite:0901", Count: 10},
			"f49bbb3c62291e1e738ca037564f15e489420d7a069f2b31a062eedf3322bf19",
		},
	} {
		c.r.Prev = prev
		if got := c.r.Sum(); got != c.want {
			t.Errorf("record %d: hash %s, want %s\n%s", c.r.Seq, got, c.want, c.r.canonical())
		}
		prev = c.want
	}
}

func fill(t *testing.T, d *db.DB, n int) {
	t.Helper()
	ctx := With(t.Context(), Actor{Account: "acc_7", Grant: "grant_1", Device: "dev_1"})
	for i := range n {
		err := db.Do(ctx, d, func(tx *db.Tx) error {
			_, err := Append(ctx, tx, Entry{
				Verb: "person.edit", Object: fmt.Sprintf("person:%d", i), Scope: "unit",
				Detail: "field=shift", Subjects: []string{"0199a6b0-0000-7000-8000-00000000000a"}, Count: 1,
			})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestVerifyNamesTheFirstRecordThatDoesNotFit(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		harm string
		want Chain
	}{
		"nothing":           {`SELECT 1`, Chain{Records: 5}},
		"a count":           {`UPDATE audit_record SET count = 2 WHERE seq = 3`, Chain{Records: 2, Bad: 3, Why: "altered"}},
		"a time":            {`UPDATE audit_record SET at = at + 1 WHERE seq = 1`, Chain{Bad: 1, Why: "altered"}},
		"who was seen":      {`UPDATE audit_record SET subjects = '' WHERE seq = 2`, Chain{Records: 1, Bad: 2, Why: "altered"}},
		"a record gone":     {`DELETE FROM audit_record WHERE seq = 4`, Chain{Records: 3, Bad: 4, Why: "missing"}},
		"the last gone":     {`DELETE FROM audit_record WHERE seq = 5`, Chain{Records: 4, Bad: 5, Why: "missing"}},
		"the head":          {`UPDATE audit_head SET hash = prev FROM (SELECT prev FROM audit_record WHERE seq = 5) AS x`, Chain{Records: 5, Bad: 5, Why: "head"}},
		"the first of them": {`DELETE FROM audit_record WHERE seq = 1`, Chain{Bad: 1, Why: "missing"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				fill(t, d, 5)
				if err := db.Do(t.Context(), d, func(tx *db.Tx) error {
					_, err := tx.Exec(t.Context(), c.harm)
					return err
				}); err != nil {
					t.Fatal(err)
				}
				got, err := Verify(t.Context(), d, nil)
				if err != nil {
					t.Fatal(err)
				}
				got.Head = ""
				if diff := cmp.Diff(c.want, got); diff != "" {
					t.Errorf("after harm to %s (-want +got):\n%s", name, diff)
				}
			})
		})
	}
}

// Property: whatever one text of a record becomes, its hash changes.
func TestAnyOtherTextIsAnotherHash(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		texts := rapid.SliceOfN(rapid.String(), 8, 8).Draw(t, "texts")
		make := func(s []string) Record {
			return Record{Seq: 1, Actor: s[0], Grant: s[1], Verb: s[2], Object: s[3], Scope: s[4], Detail: s[5], Device: s[6], Prev: s[7]}
		}
		i, other := rapid.IntRange(0, 7).Draw(t, "i"), rapid.String().Draw(t, "other")
		before := make(texts).Sum()
		old := texts[i]
		texts[i] = other
		if (make(texts).Sum() == before) != (old == other) {
			t.Errorf("text %d: %q and %q", i, old, other)
		}
	})
}

func TestReadersAndWritersAtOnceMakeOneUnbrokenChain(t *testing.T) {
	t.Parallel()

	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		l := NewLog(d)
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				ctx := With(t.Context(), Actor{Account: fmt.Sprintf("acc_%d", i)})
				for range 20 {
					if err := l.Read(ctx, Entry{Verb: "person.list", Count: 30}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Go(func() { fill(t, d, 20) })
		wg.Wait()
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		got, err := Verify(t.Context(), d, nil)
		if err != nil || got.Bad != 0 || got.Records != 180 {
			t.Errorf("Verify = %+v, %v; want 180 records that fit", got, err)
		}
		if err := l.Read(t.Context(), Entry{Verb: "person.list"}); err == nil {
			t.Error("a closed log took a record")
		}
	})
}

func TestARecordIsGoneWithTheTransactionThatMadeIt(t *testing.T) {
	t.Parallel()

	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		_ = db.Do(t.Context(), d, func(tx *db.Tx) error {
			if _, err := Append(t.Context(), tx, Entry{Verb: "person.edit"}); err != nil {
				t.Error(err)
			}
			return context.Canceled
		})
		got, err := Verify(t.Context(), d, nil)
		if err != nil || got.Records != 0 || got.Bad != 0 {
			t.Errorf("Verify = %+v, %v; want an empty chain", got, err)
		}
	})
}
