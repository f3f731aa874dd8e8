// SPDX-License-Identifier: Apache-2.0

package demo

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"time"

	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/organize"
)

// organizeStory is how the campaign was organized. The sources say that pickets stood at four clinics on 3 June 2025, and that a
// very strong majority pledged; every count here is made up, and the tests say so.
var organizeStory = []step{
	{"2025-05-30T09:00", appointCaptains},
	{"2025-05-30T09:30", openTest(organize.Test{
		Name: "Petition: protected time", Question: "Signed the petition with her name", Kind: "petition",
		Public: true, ThresholdPct: 70,
	}, "2025-06-02T17:00")},
	{"2025-06-01T18:00", talks(480, 0)},
	{"2025-06-02T16:30", took("Petition: protected time", 431, 1)},
	{"2025-06-02T17:00", closeTest("Petition: protected time")},
	{"2025-06-02T17:30", openTest(organize.Test{
		Name: "Informational picket", Question: "Was at the picket of 3 June", Kind: "picket",
		Public: true, ThresholdPct: 50,
	}, "2025-06-03T20:00")},
	{"2025-06-03T19:00", took("Informational picket", 318, 2)},
	{"2025-06-03T20:00", closeTest("Informational picket")},
	{"2025-10-13T08:00", openTest(organize.Test{
		Name: "Button day", Question: "Wore the button at work", Kind: "sticker",
		Public: true, ThresholdPct: 70, PerSite: true,
	}, "2025-10-17T17:00")},
	{"2025-10-17T16:00", took("Button day", 452, 3)},
	{"2025-10-17T17:00", closeTest("Button day")},
	{"2025-10-24T15:00", pledgeDrive},
	{"2025-10-25T20:00", pledge(0, 140)},
	{"2025-10-27T20:00", pledge(140, 290)},
	{"2025-10-29T20:00", pledge(290, 420)},
	{"2025-10-30T20:00", talks(575, 455)},
	{"2025-10-31T12:00", pledge(420, allPledges)},
}

// Of those who pledge, this many do so publicly.
const (
	allPledges    = 471
	publicPledges = 402
)

// someone is a person of the unit, and how she stands: both made up, by a number drawn from her id in the truth.
type someone struct {
	id, who, site string
	value         int // 1 to 5
}

// unit returns the people of the unit in the order of their ids in the truth.
func (h *house) unit(ctx context.Context) ([]someone, error) {
	known, err := h.people(ctx, firstList)
	if err != nil {
		return nil, err
	}
	site := map[string]string{}
	_, err = db.InRead(ctx, h.DB, func(tx *db.Tx) (struct{}, error) {
		return struct{}{}, tx.Rows(ctx, `SELECT person_id, worksite_id FROM person_now WHERE unit_status = 'in' AND worksite_id <> '' ORDER BY person_id LIMIT 10000`,
			nil, func(r *sql.Rows) error {
				var id, at string
				err := r.Scan(&id, &at)
				site[id] = at
				return err
			})
	})
	if err != nil {
		return nil, fmt.Errorf("read unit: %w", err)
	}
	var all []someone
	for _, who := range h.truth.ids {
		if id := known[who]; site[id] != "" {
			s := someone{id: id, who: who, site: site[id], value: 5}
			for i, upTo := range []uint32{36, 70, 86, 95, 100} {
				if draw(who, 0)%100 < upTo || who == captainPerson {
					s.value = i + 1
					break
				}
			}
			all = append(all, s)
		}
	}
	return all, nil
}

// draw returns a number that is always the same for a person and a purpose.
func draw(who string, purpose byte) uint32 {
	n := fnv.New32a()
	_, _ = n.Write(append([]byte(who), 'o', purpose)) // never fails
	return n.Sum32() >> 7
}

// likely orders people by who acts first: those with a better value, and not only those.
func likely(all []someone, purpose byte) []someone {
	score := func(s someone) int { return 300*s.value + int(draw(s.who, purpose)%900) }
	out := slices.Clone(all)
	slices.SortFunc(out, func(a, b someone) int { return cmp.Or(cmp.Compare(score(a), score(b)), strings.Compare(a.who, b.who)) })
	return out
}

// appointCaptains gives every worksite a captain for each ten people, with an account and a turf, and each person her captain.
func appointCaptains(ctx context.Context, h *house) error {
	if err := h.account(ctx, "lead", "", ""); err != nil {
		return err
	}
	all, err := h.unit(ctx)
	if err != nil {
		return err
	}
	sites := map[string][]someone{}
	var order []string
	for _, p := range all {
		if sites[p.site] == nil {
			order = append(order, p.site)
		}
		sites[p.site] = append(sites[p.site], p)
	}
	lead, err := h.as(ctx, "lead")
	if err != nil {
		return err
	}
	h.captains = map[string]string{}
	for _, site := range order {
		people := sites[site]
		// The captain of the demo leads her own clinic; elsewhere whoever stands best does.
		slices.SortStableFunc(people, func(a, b someone) int {
			return cmp.Or(-boolCompare(a.who == captainPerson, b.who == captainPerson), cmp.Compare(a.value, b.value))
		})
		n := (len(people) + 10) / 11
		led := make([][]string, n)
		for i, p := range people[n:] {
			led[i%n] = append(led[i%n], p.id)
		}
		for i, c := range people[:n] {
			account := h.accounts["captain"]
			if c.who != captainPerson {
				if account, err = h.captain(ctx, c, led[i]); err != nil {
					return err
				}
			}
			h.captains[c.id] = account
			if err := h.Organize.Mark(lead, c.id, "captain"); err != nil {
				return err
			}
			if len(led[i]) > 0 {
				if err := h.Organize.Lead(lead, c.id, led[i]); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func boolCompare(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// captain makes an account for c, with a turf of those she leads.
func (h *house) captain(ctx context.Context, c someone, led []string) (string, error) {
	ctx, err := h.as(ctx, "officer")
	if err != nil {
		return "", err
	}
	return db.InTx(ctx, h.DB, func(tx *db.Tx) (string, error) {
		set, err := auth.AddSet(ctx, tx, "Captain "+c.who, led)
		if err != nil {
			return "", err
		}
		account, err := auth.AddAccount(ctx, tx, auth.Account{
			Person: c.id, Display: h.truth.nameOf(persona{person: c.who}), Email: strings.ToLower(c.who) + "@post.example.org",
		})
		if err != nil {
			return "", err
		}
		_, err = auth.AddGrant(ctx, tx, auth.Grant{Account: account, Role: auth.Captain, Scope: auth.Turf, ScopeID: set})
		return account, err
	})
}

// led returns whom each captain leads.
func (h *house) led(ctx context.Context) (map[string][]string, error) {
	out := map[string][]string{}
	_, err := db.InRead(ctx, h.DB, func(tx *db.Tx) (struct{}, error) {
		return struct{}{}, tx.Rows(ctx, `SELECT leader, led FROM leadership WHERE until_at = 0 ORDER BY leader, led LIMIT 10000`, nil, func(r *sql.Rows) error {
			var leader, led string
			err := r.Scan(&leader, &led)
			out[leader] = append(out[leader], led)
			return err
		})
	})
	return out, err
}

// talks has captains talk with n of their people over two weeks, and assess whom they reached; of those, recent have been talked
// with in the last days (0: all). Captains are assessed by the lead.
func talks(n, recent int) func(context.Context, *house) error {
	return func(ctx context.Context, h *house) error {
		all, err := h.unit(ctx)
		if err != nil {
			return err
		}
		led, err := h.led(ctx)
		if err != nil {
			return err
		}
		chosen := map[string]int{} // person -> rank
		by := map[string]someone{}
		for i, p := range likely(all, 'T') {
			if i < n {
				chosen[p.id] = i
			}
			by[p.id] = p
		}
		now := h.clock.Now()
		record := func(ctx context.Context, tx *db.Tx, p someone) error {
			at := now.Add(-time.Duration(draw(p.who, 'D')%(9*24*60)) * time.Minute)
			if recent > 0 && chosen[p.id] >= recent {
				at = at.AddDate(0, 0, -20)
			}
			f := organize.Fact{Person: p.id, At: at}
			if err := h.Organize.RecordConversation(ctx, tx, organize.Conversation{Fact: f, Channel: organize.Call, Outcome: organize.Talked}); err != nil {
				return err
			}
			return h.Organize.RecordAssessment(ctx, tx, organize.Assessment{Fact: f, Value: p.value, Basis: organize.Said})
		}
		captains := slices.Sorted(keys(h.captains))
		accounts := map[string]*auth.Identity{}
		for _, c := range append(captains, "") {
			account := h.captains[c]
			if c == "" {
				account = h.accounts["lead"]
			}
			if accounts[c], err = h.Auth.IdentityOf(ctx, account); err != nil {
				return err
			}
		}
		led[""] = captains
		return db.Do(ctx, h.DB, func(tx *db.Tx) error {
			return h.Organize.Together(ctx, tx, func(ctx context.Context) error {
				for _, c := range append(captains, "") {
					as := auth.As(ctx, accounts[c])
					for _, id := range led[c] {
						if _, ok := chosen[id]; !ok {
							continue
						}
						if err := record(as, tx, by[id]); err != nil {
							return err
						}
					}
				}
				return nil
			})
		})
	}
}

func keys(m map[string]string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// openTest has the lead open a test of the whole unit.
func openTest(t organize.Test, closes string) func(context.Context, *house) error {
	return func(ctx context.Context, h *house) (err error) {
		if t.Closes, err = parse(h.zone, closes); err != nil {
			return err
		}
		if ctx, err = h.as(ctx, "lead"); err != nil {
			return err
		}
		_, err = h.Organize.MakeTest(ctx, t, true)
		return err
	}
}

func (h *house) test(ctx context.Context, name string) (id string, err error) {
	return db.InRead(ctx, h.DB, func(tx *db.Tx) (id string, err error) {
		return id, tx.Row(ctx, `SELECT id FROM structure_test WHERE name = $1 AND state = 'open'`, name).Scan(&id)
	})
}

// took has the lead enter who took part, from sheets and photos.
func took(name string, n int, purpose byte) func(context.Context, *house) error {
	return func(ctx context.Context, h *house) error {
		all, err := h.unit(ctx)
		if err != nil {
			return err
		}
		if ctx, err = h.as(ctx, "lead"); err != nil {
			return err
		}
		id, err := h.test(ctx, name)
		if err != nil {
			return err
		}
		return db.Do(ctx, h.DB, func(tx *db.Tx) error {
			return h.Organize.Together(ctx, tx, func(ctx context.Context) error {
				for _, p := range likely(all, purpose)[:n] {
					evidence := organize.Photo
					if draw(p.who, purpose+8)%3 == 0 {
						evidence = organize.Sheet
					}
					if err := h.Organize.RecordParticipation(ctx, tx, organize.Participation{
						Fact: organize.Fact{Person: p.id}, Test: id, State: organize.Yes, Evidence: evidence,
					}); err != nil {
						return err
					}
				}
				return nil
			})
		})
	}
}

// closeTest freezes it, and says beside the result that its numbers are made up.
func closeTest(name string) func(context.Context, *house) error {
	return func(ctx context.Context, h *house) error {
		ctx, err := h.as(ctx, "lead")
		if err != nil {
			return err
		}
		id, err := h.test(ctx, name)
		if err != nil {
			return err
		}
		if err := h.Organize.CloseTest(ctx, id); err != nil {
			return err
		}
		return h.Organize.NoteTest(ctx, id, "Demo: this count is made up. No source gives one.")
	}
}

// pledgeDrive writes the words and opens the test that counts public pledges.
func pledgeDrive(ctx context.Context, h *house) error {
	lead, err := h.as(ctx, "lead")
	if err != nil {
		return err
	}
	if _, err := h.Organize.WritePledgeText(lead, map[string]string{
		"en": "I will honor our one-day strike: I will not work that day, and I will be on the line with my colleagues.",
		"es": "Respetaré nuestra huelga de un día: ese día no trabajaré y estaré en la línea con mis colegas.",
	}); err != nil {
		return err
	}
	return openTest(organize.Test{
		Name: "Public pledge", Question: "Pledged publicly to honor the line", Kind: "pledge", Public: true, ThresholdPct: 75,
	}, "2025-11-04T20:00")(ctx, h)
}

// pledge has members pledge, each as herself: those from the nth to the mth who are likely to.
func pledge(from, to int) func(context.Context, *house) error {
	return func(ctx context.Context, h *house) error {
		all, err := h.unit(ctx)
		if err != nil {
			return err
		}
		return db.Do(ctx, h.DB, func(tx *db.Tx) error {
			return h.Organize.Together(ctx, tx, func(ctx context.Context) error {
				for i, p := range likely(all, 'P')[:to] {
					if i < from {
						continue
					}
					answer := organize.PledgePublic
					const private = allPledges - publicPledges // spread evenly
					if i*private/allPledges != (i+1)*private/allPledges {
						answer = organize.PledgePrivate
					}
					as := auth.As(ctx, &auth.Identity{Person: p.id})
					if err := h.Organize.RecordMyPledge(as, tx, string(answer), 1); err != nil {
						return err
					}
				}
				return nil
			})
		})
	}
}
