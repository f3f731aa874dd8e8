// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/offline"
)

// B01.4: a phone sends until the server is killed (-9), and sends again to the next one, doubled and in any order. What it recorded
// is there once, however often the kill came between the write and the reply.
func TestAPhoneLosesNothingToAKilledServer(t *testing.T) {
	t.Parallel()

	runs := killRuns
	if s := os.Getenv("TENDAY_KILL_RUNS"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatal(err)
		}
		runs = n
	} else if testing.Short() {
		runs = 2
	}
	c := newCampaign(t)
	c.on(t, func(d *db.DB) error {
		return db.Do(t.Context(), d, func(tx *db.Tx) error {
			var account string
			if err := tx.Row(t.Context(), `SELECT id FROM account`).Scan(&account); err != nil {
				return err
			}
			_, err := auth.AddGrant(t.Context(), tx, auth.Grant{Account: account, Role: auth.Lead, Scope: auth.Unit})
			return err
		})
	})
	c.apply(t, 3, 0)
	var person string
	c.on(t, func(d *db.DB) error {
		_, err := db.InRead(t.Context(), d, func(tx *db.Tx) (struct{}, error) {
			return struct{}{}, tx.Row(t.Context(), `SELECT id FROM person ORDER BY id LIMIT 1`).Scan(&person)
		})
		return err
	})
	s := c.serve(t)
	p := &phone{c: c, r: rand.New(rand.NewPCG(20251105, 1)), person: person, made: map[string]bool{}}
	for range runs {
		killed := make(chan struct{})
		go func(s *server, after time.Duration) {
			defer close(killed)
			time.Sleep(after)
			s.kill(t)
		}(s, time.Duration(50+p.r.IntN(500))*time.Millisecond)
		for p.record(3); p.send(t, s); p.record(1 + p.r.IntN(4)) {
		}
		<-killed
		s = c.serve(t)
	}
	for i := 0; len(p.queue) > 0; i++ {
		if !p.send(t, s) || i > 100 {
			t.Fatalf("%d events are still on the phone", len(p.queue))
		}
	}
	s.kill(t)
	c.on(t, func(d *db.DB) error {
		ids, err := db.InRead(t.Context(), d, func(tx *db.Tx) ([]string, error) {
			return db.Strings(t.Context(), tx, `SELECT id FROM conversation WHERE id IN (SELECT id FROM sync_event WHERE outcome = 'done') ORDER BY id`)
		})
		for _, id := range ids {
			if !p.made[id] {
				t.Errorf("%s is there twice, or nobody recorded it", id)
			}
			delete(p.made, id)
		}
		for id := range p.made {
			t.Errorf("%s is lost", id)
		}
		t.Logf("%d kills: %d talks, each there once; %d sends were cut off", runs, len(ids), p.cut)
		return err
	})
}

// phone is one with talks that wait.
type phone struct {
	c      *campaign
	r      *rand.Rand
	person string
	queue  []offline.Sent
	made   map[string]bool
	cut    int
}

func (p *phone) record(n int) {
	for range n {
		e := offline.Sent{
			ID: uuid.Must(uuid.NewV7()).String(), Kind: "conversation", At: time.Now().UnixMilli(),
			Data: json.RawMessage(fmt.Sprintf(`{"person":%q,"channel":"call","outcome":"talked"}`, p.person)),
		}
		p.made[e.ID] = true
		p.queue = append(p.queue, e)
	}
}

// send sends what waits, some of it twice and in any order, forgets what the server says it has, and tells whether it answered.
func (p *phone) send(t *testing.T, s *server) bool {
	t.Helper()
	events := append([]offline.Sent{}, p.queue...)
	for _, e := range p.queue {
		if p.r.IntN(4) == 0 {
			events = append(events, e)
		}
	}
	p.r.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
	body, err := json.Marshal(offline.Batch{Device: "phone", Now: time.Now().UnixMilli(), Events: events[:min(len(events), 200)]})
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"/sync", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	res, err := p.c.client.Do(req)
	if err != nil {
		p.cut++
		return false
	}
	defer res.Body.Close()
	var a offline.Answer
	if err := json.NewDecoder(res.Body).Decode(&a); err != nil {
		p.cut++
		return false
	}
	if res.StatusCode != http.StatusOK || len(a.Refused)+len(a.Other) > 0 {
		t.Fatalf("%d: %+v", res.StatusCode, a)
	}
	done := map[string]bool{}
	for _, id := range a.Done {
		done[id] = true
	}
	var left []offline.Sent
	for _, e := range p.queue {
		if !done[e.ID] {
			left = append(left, e)
		}
	}
	p.queue = left
	return true
}
