// SPDX-License-Identifier: Apache-2.0

package offline_test

import (
	"strings"
	"testing"
	"time"

	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/offline"
)

func TestOneAccountDoesNotFillTheDisk(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, b *bench) {
		ctx := b.as(t.Context(), 0)
		for name, e := range map[string]offline.Sent{
			"a long note": newEvent(b.clock.Now(), `"`+strings.Repeat("x", 70_000)+`"`),
			"a long kind": {ID: newEvent(b.clock.Now(), `1`).ID, Kind: strings.Repeat("k", 41), At: 1, Data: []byte(`1`)},
		} {
			if _, err := b.Sync(ctx, offline.Batch{Events: []offline.Sent{e}}); fault.CodeOf(err) != fault.TooLarge {
				t.Errorf("%s: %v", name, err)
			}
		}
		var last error
		for range 6 {
			events := make([]offline.Sent, 200)
			for i := range events {
				events[i] = newEvent(b.clock.Now(), `"refuse"`)
			}
			_, last = b.Sync(ctx, offline.Batch{Events: events})
		}
		if fault.CodeOf(last) != fault.TooLarge {
			t.Errorf("after a thousand refusals: %v", last)
		}
		if a := b.sync(t, 1, newEvent(b.clock.Now(), `1`)); len(a.Done) != 1 {
			t.Errorf("somebody else suffers for it: %+v", a)
		}
	})
}

func TestWhatPhonesSentIsForgottenInTime(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, b *bench) {
		good, seen, unseen := newEvent(b.clock.Now(), `1`), newEvent(b.clock.Now(), `"refuse"`), newEvent(b.clock.Now(), `"refuse"`)
		b.sync(t, 0, good, seen, unseen)
		if err := b.Seen(b.as(t.Context(), 0), seen.ID); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			days, gone int
		}{{29, 0}, {2, 1}, {150, 1}, {220, 3}} {
			b.clock.Advance(time.Duration(c.days) * 24 * time.Hour)
			n, err := db.InTx(t.Context(), b.d, func(tx *db.Tx) (int, error) {
				due, err := offline.Expired(t.Context(), tx)
				if err != nil {
					return 0, err
				}
				n, err := offline.Purge(t.Context(), tx)
				if n != due {
					t.Errorf("%d were due and %d went", due, n)
				}
				return n, err
			})
			if err != nil || n != c.gone {
				t.Errorf("after %d more days %d rows went, want %d: %v", c.days, n, c.gone, err)
			}
			if c.gone == 1 { // it comes once more: told, and kept by nobody
				a := b.sync(t, 0, seen)
				if len(a.Refused) != 1 || a.Refused[0].Key != "offline.forgotten" {
					t.Errorf("after its refusal was forgotten: %+v", a)
				}
			}
		}
	})
}
