// SPDX-License-Identifier: Apache-2.0

package line

import (
	"context"
	"crypto/ecdh"
	"crypto/hpke"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/offline"
)

// linePhone is a captain's phone: what she taps waits there, sealed, until a server has said that it has it.
type linePhone struct {
	w      *world
	door   *offline.Store
	public hpke.PublicKey
	ctx    context.Context
	owner  string        // account
	ahead  time.Duration // of its clock
	dark   [2]time.Time  // between these it sends nothing
	queue  []offline.Sent
	first  []time.Time // by the event: when it was tapped, by the clock of the world
}

// tap is what line.js does.
func (p *linePhone) tap(id string, at time.Time, c CheckIn) {
	p.w.t.Helper()
	data, err := json.Marshal(c)
	p.w.must(err)
	text, err := json.Marshal(offline.Sent{ID: id, Kind: "checkin", At: at.Add(p.ahead).UnixMilli(), By: p.owner, Data: data})
	p.w.must(err)
	box, err := hpke.Seal(p.public, hpke.HKDFSHA256(), hpke.AES256GCM(), []byte("tenday sync 1 "+id), text)
	p.w.must(err)
	p.queue = append(p.queue, offline.Sent{ID: id, Sealed: base64.StdEncoding.EncodeToString(box)})
	p.first = append(p.first, at)
}

// send offers what was tapped by now, in one request; of one whose answer is lost all of it is sent again. It returns how many the server has taken for good.
func (p *linePhone) send(lost bool) (done int, err error) {
	now := p.w.clock.Now()
	if now.After(p.dark[0]) && now.Before(p.dark[1]) {
		return 0, nil
	}
	n := 0
	for n < len(p.first) && n < 200 && !p.first[n].After(now) {
		n++
	}
	if n == 0 {
		return 0, nil
	}
	a, err := p.door.Sync(p.ctx, offline.Batch{Device: "install of " + p.owner, Now: now.Add(p.ahead).UnixMilli(), Events: p.queue[:n]})
	if err != nil || lost {
		return 0, err
	}
	if len(a.Done) != n {
		return 0, fmt.Errorf("%s at %v: %+v", p.owner, now, a)
	}
	p.queue, p.first = p.queue[n:], p.first[n:]
	return n, nil
}

// A strike day of 600 people at three lines: some drop out, some do not come, some are marked on two phones; phones lose answers, have wrong clocks, or are dead for
// hours and send the next day. Whatever the phones said is there once, and the hours add up.
func TestAStrikeDayOfSixHundredGoesThroughTheirCaptainsPhones(t *testing.T) {
	t.Parallel()

	if testing.Short() {
		t.Skip("600 people take a while")
	}
	each(t, func(t *testing.T, w *world) {
		const many = 600
		w.people(many)
		var accounts [][]any
		for n := 1; n <= many; n++ {
			accounts = append(accounts, []any{fmt.Sprintf("a%d", n), person(n), "Somebody", fmt.Sprintf("a%d@post.example.org", n), 0})
		}
		w.do(func(tx *db.Tx) error {
			return tx.Insert(t.Context(), "account", []string{"id", "person_id", "display", "email", "created_at"}, accounts)
		})
		door, err := offline.NewStore(w.d, []byte("a secret of thirty-two bytes, 01"), nil)
		w.must(err)
		door.Handle(offline.Kind{Name: "checkin", Apply: func(ctx context.Context, tx *db.Tx, e offline.Event) error {
			return w.Apply(ctx, tx, e.ID, e.At, e.AtDevice, e.Skew, e.Device, e.Data)
		}})
		raw, err := base64.StdEncoding.DecodeString(door.Key())
		w.must(err)
		public, err := hpke.DHKEM(ecdh.P256()).NewPublicKey(raw)
		w.must(err)
		begin := w.chicago("2025-11-05T07:00:00")
		w.chicago("2025-11-01T09:00:00")
		var ids, shifts []string
		for _, zip := range []string{"55118", "55423", "55433"} {
			id, err := w.Add(w.boss, Line{Name: "Line " + zip, Place: "the corner", ZIP: zip})
			w.must(err)
			w.must(w.SetNeeds(w.boss, "line:"+id, []Need{{Role: Captain, Target: 2, Max: 2}, {Role: OnLine, Min: 1, Target: 40, Max: 40}}))
			s, err := w.AddShifts(w.boss, id, Run{From: "2025-11-05T07:00", To: "2025-11-06T07:00"})
			w.must(err)
			_, err = w.OpenShifts(w.boss, id)
			w.must(err)
			ids, shifts = append(ids, id), append(shifts, s...)
		}
		rnd := rand.New(rand.NewPCG(20251105, 600))
		starts := func(k int) time.Time { return begin.Add(time.Duration(k%6*4) * time.Hour) }
		phones := make([][2]*linePhone, len(shifts)) // of a shift: the captain's and her deputy's
		n := 0
		for k := range shifts {
			for i := range phones[k] {
				n++
				w.brief(ids[k/6], n)
				_, err := w.SignUp(w.as(n), shifts[k], Captain)
				w.must(err)
				owner := fmt.Sprintf("a%d", n)
				p := &linePhone{w: w, door: door, public: public, owner: owner, ctx: auth.As(t.Context(), &auth.Identity{
					Account: owner, Person: person(n), Device: "phone of " + owner, Grants: []auth.Grant{{Role: auth.Member, Scope: auth.Own}},
				})}
				if rnd.IntN(4) == 0 {
					p.ahead = time.Duration(rnd.IntN(60)-30) * time.Minute
				}
				if rnd.IntN(4) == 0 { // its battery: it sends from somewhere, up to a day later
					from := starts(k).Add(time.Duration(rnd.IntN(200)) * time.Minute)
					p.dark = [2]time.Time{from, from.Add(time.Duration(1+rnd.IntN(24)) * time.Hour)}
				}
				phones[k][i] = p
			}
		}
		type result struct {
			Minutes int
			Flags   []string
		}
		want := map[string]result{}
		var seq, marks int
		tapped := map[string]int{} // by person: how often she was marked in
		type tap struct {
			phone *linePhone
			at    time.Time
			c     CheckIn
		}
		var taps []tap
		type drop struct {
			n, shift int
			at       time.Time
		}
		var freed []drop
		absent := map[string]time.Time{} // who was marked so by the captain whose deputy's phone is dead
		for ; n < many; n++ {
			one, k := n+1, n%len(shifts)
			_, err := w.SignUp(w.as(one), shifts[k], OnLine)
			w.must(err)
			line, start := ids[k/6], starts(k)
			switch chance := rnd.IntN(100); {
			case chance < 8: // out by herself
				w.must(w.Cancel(w.as(one), shifts[k]))
				continue
			case chance < 12: // she tells her captain, who frees her
				freed = append(freed, drop{one, k, start.Add(-10 * time.Minute)})
				continue
			case chance < 17: // does not come, and says nothing
				continue
			}
			late, early := rnd.IntN(40)-19, rnd.IntN(30)
			in, out := start.Add(time.Duration(late)*time.Minute), start.Add(4*time.Hour-time.Duration(early)*time.Minute)
			p := phones[k][rnd.IntN(2)]
			how := CheckIn{Line: line, Person: person(one), Kind: "in", Method: "search"}
			code, err := w.MyCode(w.as(one))
			w.must(err)
			switch rnd.IntN(3) {
			case 0:
				how.Method, how.Person, how.Code = "code", "", code
			case 1: // the sheet, typed in up to an hour later
				how.Method, how.PaperAt = "paper", in.UnixMilli()
			}
			r := result{Minutes: 240 - max(late, 0) - early}
			flag := func(p *linePhone, more string) {
				if p.ahead.Abs() > clockOff {
					r.Flags = append(r.Flags, ClockOff)
				}
				if more != "" {
					r.Flags = append(r.Flags, more)
				}
			}
			at := in
			if how.Method == "paper" {
				at = in.Add(time.Duration(rnd.IntN(60)) * time.Minute)
			}
			taps = append(taps, tap{p, at, how})
			tapped[person(one)]++
			flag(p, "")
			if rnd.IntN(5) == 0 { // the other phone, which has not heard of it
				other := phones[k][0]
				if other == p {
					other = phones[k][1]
				}
				taps = append(taps, tap{other, in.Add(time.Duration(1+rnd.IntN(9)) * time.Minute), CheckIn{Line: line, Code: code, Kind: "in", Method: "code"}})
				tapped[person(one)]++
				flag(other, RepeatIn)
			}
			if rnd.IntN(20) == 0 { // nobody signs her out
				r.Minutes += early
				flag(&linePhone{}, NoOut)
			} else {
				p = phones[k][rnd.IntN(2)]
				taps = append(taps, tap{p, out, CheckIn{Line: line, Person: person(one), Kind: "out", Method: "search"}})
				flag(p, "")
			}
			if rnd.IntN(4) == 0 {
				absent[w.entry(shifts[k], one).ID] = start.Add(31 * time.Minute)
			}
			slices.Sort(r.Flags)
			r.Flags = slices.Compact(r.Flags)
			want[person(one)] = r
		}
		slices.SortStableFunc(taps, func(a, b tap) int { return a.at.Compare(b.at) })
		for _, x := range taps {
			seq++
			x.phone.tap(fmt.Sprintf("0199a6b0-2222-7000-8000-%012d", seq), x.at, x.c)
		}
		for now := begin.Add(-30 * time.Minute); now.Before(begin.Add(54 * time.Hour)); now = now.Add(10 * time.Minute) {
			w.clock.Set(now)
			var wg sync.WaitGroup
			var mu sync.Mutex
			for k := range phones {
				for _, p := range phones[k] {
					lost, twice := rnd.IntN(4) == 0, rnd.IntN(4) == 0
					wg.Go(func() {
						if twice { // the request is repeated on its way
							lost = false
							if _, err := p.send(true); err != nil {
								t.Error(err)
							}
						}
						done, err := p.send(lost)
						mu.Lock()
						defer mu.Unlock()
						if marks += done; err != nil {
							t.Error(err)
						}
					})
				}
			}
			wg.Wait()
			freed = slices.DeleteFunc(freed, func(d drop) bool {
				if now.Before(d.at) {
					return false
				}
				w.must(w.TellCaptain(w.as(d.n), shifts[d.shift]))
				w.must(w.Release(phones[d.shift][0].ctx, w.entry(shifts[d.shift], d.n).ID))
				return true
			})
			for id, at := range absent {
				if !now.Before(at) {
					if err := w.MarkAbsent(w.boss, id); err != nil && fault.CodeOf(err) != fault.Conflict { // she is there already
						t.Error(err)
					}
					delete(absent, id)
				}
			}
		}
		if n := w.count(`SELECT COUNT(*) FROM checkin`); marks != seq || n != seq {
			t.Errorf("%d taps, %d known as kept, %d there", seq, marks, n)
		}
		if n := w.count(`SELECT COUNT(*) FROM sync_refused`); n != 0 {
			t.Errorf("%d were refused", n)
		}
		twice := 0
		for who, n := range tapped {
			if got := w.count(`SELECT COUNT(*) FROM shift_step s JOIN shift_entry e ON e.id = s.entry_id WHERE e.person_id = $1 AND s.to_state = 'attended'`, who); got != 1 {
				t.Errorf("%s arrived %d times", who, got)
			}
			twice += bit(n > 1)
		}
		over := w.count(`SELECT COUNT(*) FROM shift_step WHERE from_state = 'absent' AND to_state = 'attended'`)
		hours, err := w.HoursOf(w.boss, "")
		w.must(err)
		got := map[string]result{}
		for _, h := range hours {
			got[h.Person] = result{h.Minutes, h.Flags}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if twice < 50 || over < 5 || len(want) < 400 {
			t.Errorf("too little was tried: %d marked twice, %d were absent first, %d came", twice, over, len(want))
		}
		t.Logf("%d taps on %d phones: %d people came, %d marked on two, %d came after they were marked absent", seq, 2*len(phones), len(want), twice, over)
		w.sound()
	})
}
