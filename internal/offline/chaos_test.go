// SPDX-License-Identifier: Apache-2.0

package offline_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/tenday/tenday/internal/app/apptest"
	"github.com/tenday/tenday/internal/db"
)

// chaosSeeds is how many runs each database goes through; TENDAY_CHAOS_SEEDS says otherwise.
const chaosSeeds = 12

// modules is the folder of what phones run.
func modules(t testing.TB) string {
	t.Helper()
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("no node on this machine: what phones run was not tested outside a browser")
	}
	dir, err := filepath.Abs("../web/static/offline")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// killer serves h as a server that is killed now and then: before a request, at any moment of its transaction, or after the commit
// and before the answer.
func killer(h http.Handler, seed uint64) http.Handler {
	var mu sync.Mutex
	r := rand.New(rand.NewPCG(seed, 0))
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		mu.Lock()
		fate, after := r.Float64(), time.Duration(r.IntN(12_000))*time.Microsecond
		mu.Unlock()
		switch {
		case fate < 0.08:
			panic(http.ErrAbortHandler)
		case fate < 0.25:
			ctx, cancel := context.WithTimeout(req.Context(), after)
			defer cancel()
			h.ServeHTTP(httptest.NewRecorder(), req.WithContext(ctx))
			panic(http.ErrAbortHandler)
		}
		h.ServeHTTP(w, req)
	})
}

// Whatever is cut, killed, doubled or sent out of order: what a phone said is kept is on the server once.
func TestChaosLosesNothingAndDoublesNothing(t *testing.T) {
	t.Parallel()

	dir := modules(t)
	seeds := chaosSeeds
	if s := os.Getenv("TENDAY_CHAOS_SEEDS"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatal(err)
		}
		seeds = n
	} else if testing.Short() {
		seeds = 4
	}
	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		srv := httptest.NewUnstartedServer(killer(h.Handler(), 20251105))
		srv.Config.ErrorLog = nil
		srv.Start()
		defer srv.Close()
		cookie := h.Cookie("captain")
		cmd := exec.CommandContext(t.Context(), "node", "testdata/chaos.mjs", dir, srv.URL, cookie.Name+"="+cookie.Value,
			h.Account["captain"], h.Offline.Key(), h.Person["Ingrid Dahl"], "1", strconv.Itoa(seeds))
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%v\n%s", err, stderr.Bytes())
		}
		var runs []struct {
			Seed        int
			Kept, Maybe [][2]string
		}
		if err := json.Unmarshal(out, &runs); err != nil {
			t.Fatalf("%v in %.200s", err, out)
		}
		there := facts(t, h.DB)
		told, extra := 0, 0
		for _, run := range runs {
			for _, e := range run.Kept {
				told++
				if n := there[e[1]+" "+e[0]]; n != 1 {
					t.Errorf("seed %d: %s %s is there %d times", run.Seed, e[1], e[0], n)
				}
				delete(there, e[1]+" "+e[0])
			}
			for _, e := range run.Maybe { // the page was killed before it could say so: once, or not at all
				if there[e[1]+" "+e[0]] > 1 {
					t.Errorf("seed %d: %s %s is there twice", run.Seed, e[1], e[0])
				}
				extra++
				delete(there, e[1]+" "+e[0])
			}
		}
		for what := range there {
			t.Errorf("nobody recorded %s", what)
		}
		if len(runs) != seeds || told < 3*seeds {
			t.Errorf("%d runs with %d acts: too little was tried", len(runs), told)
		}
		t.Logf("%d seeds: %d acts told as kept, %d cut in the telling, %d facts that do not fit", len(runs), told, extra, len(there))
	})
}

// facts returns how often each fact is there, by table and id, and fails for one that the ledger does not know as done.
func facts(t *testing.T, d *db.DB) map[string]int {
	t.Helper()
	there := map[string]int{}
	_, err := db.InRead(t.Context(), d, func(tx *db.Tx) (struct{}, error) {
		for _, table := range []string{"conversation", "assessment"} {
			ids, err := db.Strings(t.Context(), tx, `SELECT id FROM `+table)
			if err != nil {
				return struct{}{}, err
			}
			for _, id := range ids {
				there[table+" "+id]++
			}
			lost, err := db.Strings(t.Context(), tx, `SELECT e.id FROM sync_event e WHERE e.kind = '`+table+`' AND e.outcome = 'done'
				AND NOT EXISTS (SELECT 1 FROM `+table+` f WHERE f.id = e.id)`)
			if err != nil || len(lost) > 0 {
				return struct{}{}, fmt.Errorf("noted as done and not there: %v, %w", lost, err)
			}
		}
		return struct{}{}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return there
}
