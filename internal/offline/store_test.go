// SPDX-License-Identifier: Apache-2.0

package offline_test

import (
	"context"
	"crypto/ecdh"
	"crypto/hpke"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/db/dbtest"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/offline"
)

var secret = []byte("a secret of thirty-two bytes, 01")

// bench is a store with one kind, "count", that adds a row each time it is applied.
type bench struct {
	*offline.Store
	d        *db.DB
	clock    *dbtest.Clock
	accounts [2]string
}

func newBench(t *testing.T, d *db.DB, clock *dbtest.Clock) *bench {
	t.Helper()
	s, err := offline.NewStore(d, secret, nil)
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{Store: s, d: d, clock: clock}
	err = db.Do(t.Context(), d, func(tx *db.Tx) error {
		if _, err := tx.Exec(t.Context(), `CREATE TABLE took (id TEXT NOT NULL, at BIGINT NOT NULL, skew BIGINT NOT NULL)`); err != nil {
			return err
		}
		for i := range b.accounts {
			b.accounts[i], err = auth.AddAccount(t.Context(), tx, auth.Account{Display: "A", Email: fmt.Sprintf("a%d@post.example.org", i)})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Handle(offline.Kind{Name: "count", Apply: func(ctx context.Context, tx *db.Tx, e offline.Event) error {
		_, err := tx.Exec(ctx, `INSERT INTO took (id, at, skew) VALUES ($1, $2, $3)`, e.ID.String(), e.At.UnixMilli(), e.Skew.Milliseconds())
		if err != nil {
			return err
		}
		switch string(e.Data) { // after the row was written: it must be gone again
		case `"refuse"`:
			return fault.New(fault.Missing, "scope.person", "Name", "x")
		case `"fail"`:
			return errors.New("the disk is on fire")
		}
		return nil
	}})
	return b
}

func each(t *testing.T, f func(t *testing.T, b *bench)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		clock := &dbtest.Clock{}
		f(t, newBench(t, dbtest.SQLite(t, clock), clock))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		clock := &dbtest.Clock{}
		f(t, newBench(t, dbtest.Postgres(t, clock), clock))
	})
}

// as returns a context of account i, on a device of its own.
func (b *bench) as(ctx context.Context, i int) context.Context {
	return auth.As(ctx, &auth.Identity{Account: b.accounts[i], Device: "device"})
}

func (b *bench) sync(t *testing.T, who int, events ...offline.Sent) offline.Answer {
	t.Helper()
	a, err := b.Sync(b.as(t.Context(), who), offline.Batch{Device: "phone", Now: b.clock.Now().UnixMilli(), Events: events})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// took returns how often each id was applied.
func (b *bench) took(t *testing.T) map[string]int {
	t.Helper()
	ids, err := db.InRead(t.Context(), b.d, func(tx *db.Tx) ([]string, error) {
		return db.Strings(t.Context(), tx, `SELECT id FROM took ORDER BY id`)
	})
	if err != nil {
		t.Fatal(err)
	}
	n := map[string]int{}
	for _, id := range ids {
		n[id]++
	}
	return n
}

func newEvent(at time.Time, data string) offline.Sent {
	return offline.Sent{ID: uuid.Must(uuid.NewV7()).String(), Kind: "count", At: at.UnixMilli(), Data: json.RawMessage(data)}
}

// sealed is what a device does to e.
func sealed(t testing.TB, key, by string, e offline.Sent) offline.Sent {
	t.Helper()
	raw, err := base64.StdEncoding.DecodeString(key)
	if err != nil {
		t.Fatal(err)
	}
	public, err := hpke.DHKEM(ecdh.P256()).NewPublicKey(raw)
	if err != nil {
		t.Fatal(err)
	}
	e.By = by
	text, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	box, err := hpke.Seal(public, hpke.HKDFSHA256(), hpke.AES256GCM(), []byte("tenday sync 1 "+e.ID), text)
	if err != nil {
		t.Fatal(err)
	}
	return offline.Sent{ID: e.ID, Sealed: base64.StdEncoding.EncodeToString(box)}
}

func TestAnEventIsTakenOnceHoweverItComes(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, b *bench) {
		now := b.clock.Now()
		one, two, three := newEvent(now, `1`), newEvent(now, `2`), newEvent(now, `3`)
		seal := func(e offline.Sent) offline.Sent { return sealed(t, b.Key(), b.accounts[0], e) }
		b.sync(t, 0, seal(three), one)
		b.sync(t, 0, seal(one), two, two, seal(three)) // doubled, out of order, open and sealed
		a := b.sync(t, 0, one, two, three)
		if diff := cmp.Diff([]string{one.ID, two.ID, three.ID}, a.Done); diff != "" {
			t.Errorf("done (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(map[string]int{one.ID: 1, two.ID: 1, three.ID: 1}, b.took(t)); diff != "" {
			t.Errorf("applied (-want +got):\n%s", diff)
		}
	})
}

func TestTheSameEventOverTwoConnectionsAtOnceIsOne(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, b *bench) {
		var events []offline.Sent
		for range 20 {
			events = append(events, newEvent(b.clock.Now(), `1`))
		}
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				_, err := b.Sync(b.as(t.Context(), 0), offline.Batch{Events: events})
				if err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		for id, n := range b.took(t) {
			if n != 1 {
				t.Errorf("%s was applied %d times", id, n)
			}
		}
		if n := len(b.took(t)); n != len(events) {
			t.Errorf("%d events were applied, want %d", n, len(events))
		}
	})
}

func TestARefusedEventIsKeptForItsAuthorAndStopsNoOther(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, b *bench) {
		now := b.clock.Now()
		good, bad, odd := newEvent(now, `1`), newEvent(now.Add(-time.Hour), `"refuse"`), newEvent(now, `1`)
		odd.Kind = "nothing"
		for range 2 { // the second time it is told again, and kept once
			a := b.sync(t, 0, bad, good, odd)
			want := []offline.Refusal{
				{ID: bad.ID, Kind: "count", At: bad.At, Key: "scope.person", Args: map[string]any{"Name": "x"}, Data: bad.Data},
				{ID: odd.ID, Kind: "nothing", At: odd.At, Key: "offline.kind_unknown", Data: odd.Data},
			}
			if diff := cmp.Diff(want, a.Refused); diff != "" {
				t.Errorf("refused (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff([]string{good.ID}, a.Done); diff != "" {
				t.Errorf("done (-want +got):\n%s", diff)
			}
		}
		if diff := cmp.Diff(map[string]int{good.ID: 1}, b.took(t)); diff != "" {
			t.Errorf("applied (-want +got):\n%s", diff)
		}
		hers, err := b.Refused(b.as(t.Context(), 0))
		if err != nil || len(hers) != 2 || hers[1].ID != bad.ID || string(hers[1].Data) != `"refuse"` {
			t.Errorf("kept for her: %+v, %v", hers, err)
		}
		if theirs, err := b.Refused(b.as(t.Context(), 1)); err != nil || len(theirs) != 0 {
			t.Errorf("somebody else reads %d of them, %v", len(theirs), err)
		}
		if err := b.Seen(b.as(t.Context(), 1), bad.ID); fault.CodeOf(err) != fault.Missing {
			t.Errorf("somebody else puts it away: %v", err)
		}
		if err := b.Seen(b.as(t.Context(), 0), bad.ID); err != nil {
			t.Error(err)
		}
		if hers, err := b.Refused(b.as(t.Context(), 0)); err != nil || len(hers) != 1 {
			t.Errorf("after putting one away %d are left, %v", len(hers), err)
		}
	})
}

func TestWhatFailsIsSentAgainAndBlocksNothing(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, b *bench) {
		now := b.clock.Now()
		first, broken, last := newEvent(now, `1`), newEvent(now, `"fail"`), newEvent(now, `1`)
		a := b.sync(t, 0, first, broken, last)
		if diff := cmp.Diff(offline.Answer{
			Now: now.UnixMilli(), Done: []string{first.ID, last.ID}, Again: []string{broken.ID}, Refused: []offline.Refusal{}, Other: []string{},
		}, a); diff != "" {
			t.Errorf("answer (-want +got):\n%s", diff)
		}
		broken.Data = json.RawMessage(`1`) // the disk is well again
		if a := b.sync(t, 0, broken); len(a.Done) != 1 {
			t.Errorf("sent again: %+v", a)
		}
	})
}

func TestAnIDTwiceForTwoThingsLosesNeither(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, b *bench) {
		one := newEvent(b.clock.Now(), `1`)
		other := one
		other.Data = json.RawMessage(`2`)
		b.sync(t, 0, one)
		for who, e := range map[int]offline.Sent{0: other, 1: one} { // her own with other content; somebody else's with the same
			if a := b.sync(t, who, e); len(a.Refused) != 1 || a.Refused[0].Key != "offline.id_taken" {
				t.Errorf("account %d: %+v", who, a)
			}
		}
		if a := b.sync(t, 0, one); len(a.Done) != 1 {
			t.Errorf("the first: %+v", a)
		}
		if n := b.took(t)[one.ID]; n != 1 {
			t.Errorf("applied %d times", n)
		}
	})
}

func TestASealOpensForItsCampaignItsEventAndItsAuthor(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, b *bench) {
		now := b.clock.Now()
		hers, moved, foreign := newEvent(now, `1`), newEvent(now, `1`), newEvent(now, `1`)
		if a := b.sync(t, 1, sealed(t, b.Key(), b.accounts[0], hers)); len(a.Other) != 1 || len(b.took(t)) != 0 {
			t.Errorf("another account sends it: %+v", a)
		}
		if a := b.sync(t, 0, sealed(t, b.Key(), b.accounts[0], hers)); len(a.Done) != 1 {
			t.Errorf("she sends it: %+v", a)
		}
		box := sealed(t, b.Key(), b.accounts[0], moved)
		box.ID = foreign.ID
		elsewhere, err := offline.NewStore(b.d, []byte("another secret of 32 bytes, 0002"), nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range []offline.Sent{box, sealed(t, elsewhere.Key(), b.accounts[0], moved)} {
			a := b.sync(t, 0, e)
			if len(a.Refused) != 1 || a.Refused[0].Key != "offline.unreadable" {
				t.Errorf("a box of another event or campaign: %+v", a)
			}
		}
		if kept, err := b.Refused(b.as(t.Context(), 0)); err != nil || len(kept) != 2 {
			t.Errorf("%d boxes are kept, %v", len(kept), err)
		}
	})
}

func TestTimesAreCorrectedByTheDevicesSkewAndNeverAhead(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, b *bench) {
		now := b.clock.Now()
		for _, c := range []struct {
			name       string
			phone, did time.Duration // the phone's clock against ours; when it was done, by the phone's
			want       time.Duration
		}{
			{"right", 0, -time.Hour, -time.Hour},
			{"two hours slow", -2 * time.Hour, -3 * time.Hour, -time.Hour},
			{"a day fast", 24 * time.Hour, 23 * time.Hour, -time.Hour},
			{"set back since", -time.Hour, time.Minute, 0},
		} {
			e := newEvent(now.Add(c.did), `1`)
			_, err := b.Sync(b.as(t.Context(), 0), offline.Batch{Now: now.Add(c.phone).UnixMilli(), Events: []offline.Sent{e}})
			if err != nil {
				t.Fatal(err)
			}
			var at, skew, device, received int64
			_, err = db.InRead(t.Context(), b.d, func(tx *db.Tx) (struct{}, error) {
				err := tx.Row(t.Context(), `SELECT at, skew FROM took WHERE id = $1`, e.ID).Scan(&at, &skew)
				return struct{}{}, errors.Join(err, tx.Row(t.Context(), `SELECT at_device, received_at FROM sync_event WHERE id = $1`, e.ID).Scan(&device, &received))
			})
			if err != nil {
				t.Fatal(err)
			}
			got := [4]int64{at, skew, device, received}
			want := [4]int64{now.Add(c.want).UnixMilli(), -c.phone.Milliseconds(), e.At, now.UnixMilli()}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s: at, skew, device, received (-want +got):\n%s", c.name, diff)
			}
		}
	})
}

func TestNoDeviceSendsWhatIsNoBatch(t *testing.T) {
	t.Parallel()

	clock := &dbtest.Clock{}
	b := newBench(t, dbtest.SQLite(t, clock), clock)
	v4 := newEvent(clock.Now(), `1`)
	v4.ID = uuid.NewString()
	for name, c := range map[string]struct {
		ctx    context.Context
		events []offline.Sent
		want   fault.Code
	}{
		"nobody":      {t.Context(), nil, fault.SignedOut},
		"no id":       {b.as(t.Context(), 0), []offline.Sent{{Kind: "count"}}, fault.Invalid},
		"another id":  {b.as(t.Context(), 0), []offline.Sent{v4}, fault.Invalid},
		"too many":    {b.as(t.Context(), 0), make([]offline.Sent, 201), fault.TooLarge},
		"no event":    {b.as(t.Context(), 0), nil, fault.OK},
		"an ordinary": {b.as(t.Context(), 0), []offline.Sent{newEvent(clock.Now(), `1`)}, fault.OK},
	} {
		if _, err := b.Sync(c.ctx, offline.Batch{Events: c.events}); fault.CodeOf(err) != c.want {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func TestAFormIsTakenWholeOrNotAndOnce(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, b *bench) {
		ctx := b.as(t.Context(), 0)
		one, bad := newEvent(time.Time{}, `1`), newEvent(time.Time{}, `"refuse"`)
		one.At, bad.At = 0, 0
		if err := b.Take(ctx, one, bad); fault.CodeOf(err) != fault.Missing {
			t.Errorf("one of two refused: %v", err)
		}
		if n := len(b.took(t)); n != 0 {
			t.Errorf("%d of it stayed", n)
		}
		for range 2 {
			if err := b.Take(ctx, one); err != nil {
				t.Error(err)
			}
		}
		if diff := cmp.Diff(map[string]int{one.ID: 1}, b.took(t)); diff != "" {
			t.Errorf("applied (-want +got):\n%s", diff)
		}
	})
}

// A picture is longer than a note; only its kind may be, and what is refused of it is kept but not sent back.
func TestALongEventIsTakenOfItsKindAlone(t *testing.T) {
	t.Parallel()

	dbtest.EachTimed(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		b := newBench(t, d, clock)
		took := 0
		b.Handle(offline.Kind{Name: "picture", Longest: 300 << 10, Apply: func(_ context.Context, _ *db.Tx, e offline.Event) error {
			if took++; took == 2 {
				return fault.New(fault.Invalid, "offline.unreadable")
			}
			return nil
		}})
		long := json.RawMessage(`"` + strings.Repeat("a", 200<<10) + `"`)
		event := func(kind string) offline.Sent {
			e := newEvent(clock.Now(), ``)
			e.Kind, e.Data = kind, long
			return sealed(t, b.Key(), b.accounts[0], e)
		}
		if a := b.sync(t, 0, event("picture")); len(a.Done) != 1 {
			t.Errorf("a long event of a long kind: %+v", a)
		}
		for _, kind := range []string{"picture", "count"} {
			a := b.sync(t, 0, event(kind))
			if len(a.Refused) != 1 || a.Refused[0].Data != nil {
				t.Errorf("%s: %d refused, %d done", kind, len(a.Refused), len(a.Done))
			}
		}
		if n := len(b.took(t)); n != 0 {
			t.Errorf("%d were taken as a note", n)
		}
		all, err := b.Refused(b.as(t.Context(), 0))
		if err != nil || len(all) != 2 || all[0].Data != nil || all[1].Data != nil {
			t.Errorf("%d are shown, %v", len(all), err)
		}
		for range 18 {
			b.sync(t, 0, event("count"))
		}
		if _, err := b.Sync(b.as(t.Context(), 0), offline.Batch{Events: []offline.Sent{event("picture")}}); fault.CodeOf(err) != fault.TooLarge {
			t.Errorf("the twenty-first: %v", err)
		}
		if a := b.sync(t, 0, newEvent(clock.Now(), `1`)); len(a.Done) != 1 {
			t.Errorf("a short one after them: %+v", a)
		}
	})
}

// Two phones have written of the same two people in another order each. On PostgreSQL either would hold what the other waits for.
func TestTwoBatchesOfTheSamePeopleDoNotStandInACircle(t *testing.T) {
	t.Parallel()

	clock := &dbtest.Clock{}
	b := newBench(t, dbtest.Postgres(t, clock), clock)
	err := db.Do(t.Context(), b.d, func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), `INSERT INTO took (id, at, skew) VALUES ('x', 0, 0), ('y', 0, 0)`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	var both sync.WaitGroup
	both.Add(2)
	b.Handle(offline.Kind{Name: "raise", Apply: func(ctx context.Context, tx *db.Tx, e offline.Event) error {
		var of struct {
			Row   string
			First bool
		}
		if err := json.Unmarshal(e.Data, &of); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE took SET at = at + 1 WHERE id = $1`, of.Row); err != nil {
			return err
		}
		if of.First {
			both.Done()
			both.Wait()
		}
		return nil
	}})
	answers := make(chan offline.Answer, 2)
	for _, rows := range []string{"xy", "yx"} {
		var events []offline.Sent
		for i, row := range rows {
			data := fmt.Sprintf(`{"Row": %q, "First": %t}`, string(row), i == 0)
			events = append(events, offline.Sent{ID: uuid.Must(uuid.NewV7()).String(), Kind: "raise", At: b.clock.Now().UnixMilli(), Data: json.RawMessage(data)})
		}
		go func() { answers <- b.sync(t, 0, events...) }()
	}
	for range 2 {
		if a := <-answers; len(a.Done) != 2 {
			t.Errorf("%+v", a)
		}
	}
}
