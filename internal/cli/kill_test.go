// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
)

// killRuns is how often the server is killed; TENDAY_KILL_RUNS says otherwise.
const killRuns = 5

// Whatever the moment at which the program is killed (-9: it learns nothing of it), every write that a client was told of is
// there afterwards, and a list is applied wholly or not at all.
func TestAKilledProgramLosesNothingThatItAcknowledged(t *testing.T) {
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
	const seed = 20251105
	c := newCampaign(t)
	c.apply(t, 300, 0) // the first list, undisturbed: it says how long one takes
	r := rand.New(rand.NewPCG(seed, 0))
	for run := range runs {
		s := c.serve(t)
		if run%2 == 0 {
			c.edit(t, s, time.Duration(r.IntN(600))*time.Millisecond)
		} else {
			c.apply(t, 100, time.Duration(r.Int64N(3*int64(c.took)))+time.Millisecond)
			s.kill(t)
		}
		c.check(t, run)
		if t.Failed() {
			break
		}
	}
	t.Logf("%d kills, seed %d: %d writes and %d lists acknowledged, %d lists cut short, none lost", runs, seed, len(c.acked),
		len(c.applied), c.cut)
	if len(c.acked) == 0 {
		t.Error("no write was acknowledged: nothing was tested")
	}
}

// campaign is a database that is served, edited and killed.
type campaign struct {
	dir     string
	link    string // path
	client  *http.Client
	acked   []string        // people whose adding was answered
	applied map[string]bool // lists whose applying was acknowledged
	listed  int             // people whom the lists on file hold
	day     int             // of the next list
	took    time.Duration   // of an undisturbed list
	cut     int
}

const dataLead = "dana@mail.example.org"

func newCampaign(t *testing.T) *campaign {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	c := &campaign{dir: t.TempDir(), applied: map[string]bool{}}
	c.client = &http.Client{Jar: jar, Timeout: 2 * time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
	out, err := c.tenday(t, "init", "--campaign", "C", "--zone", "America/Chicago", "--employer", "E", "--officer-name", "Dana",
		"--officer-email", dataLead).Output()
	if err != nil {
		t.Fatalf("init: %v", err)
	}
	words := strings.Fields(string(out))
	u, err := url.Parse(words[len(words)-1])
	if err != nil {
		t.Fatal(err)
	}
	c.link = u.Path
	ctx := t.Context()
	c.on(t, func(d *db.DB) error {
		return db.Do(ctx, d, func(tx *db.Tx) error {
			var account, employer string
			if err := errors.Join(tx.Row(ctx, `SELECT id FROM account`).Scan(&account),
				tx.Row(ctx, `SELECT id FROM employer`).Scan(&employer)); err != nil {
				return err
			}
			if _, err := auth.AddGrant(ctx, tx, auth.Grant{Account: account, Role: auth.DataLead, Scope: auth.Unit}); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, `INSERT INTO worksite (id, employer_id, code, name, town, tz, kind, status)
				VALUES ('w1', $1, '0901', 'Hastings Clinic', 'Hastings', 'America/Chicago', 'clinic', 'open')`, employer)
			return err
		})
	})
	return c
}

// tenday is the program, which is this test's own binary.
func (c *campaign) tenday(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), os.Args[0], append([]string{"--db", filepath.Join(c.dir, "tenday.db"), "--quiet"}, args...)...)
	cmd.Env = append(os.Environ(), asProgram+"=1", "LANG=C")
	return cmd
}

func (c *campaign) on(t *testing.T, f func(d *db.DB) error) {
	t.Helper()
	d, err := db.Open(t.Context(), db.Config{DSN: filepath.Join(c.dir, "tenday.db")})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(f(d), d.Close()); err != nil {
		t.Fatal(err)
	}
}

// server is the program while it serves.
type server struct {
	cmd *exec.Cmd
	url string
}

func (c *campaign) serve(t *testing.T) *server {
	t.Helper()
	s := &server{cmd: c.tenday(t, "serve", "--addr", "127.0.0.1:0")}
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.cmd.Process.Kill() }) // when the test ends early
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the server did not start: %v", err)
	}
	words := strings.Fields(line)
	s.url = words[len(words)-1]
	if c.link != "" { // the first server: sign in; the session outlives the kills
		if status := c.post(t, s, c.link, url.Values{}, nil); status != http.StatusSeeOther {
			t.Fatalf("sign in = %d", status)
		}
		c.link = ""
	}
	return s
}

// kill ends the server as a power cut would.
func (s *server) kill(t *testing.T) {
	t.Helper()
	if err := s.cmd.Process.Kill(); err != nil {
		t.Error(err)
	}
	_ = s.cmd.Wait()
}

// post returns the status, 0 when no answer came.
func (c *campaign) post(t *testing.T, s *server, path string, form url.Values, into any) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if into != nil {
		req.Header.Set("Accept", "application/json")
	}
	res, err := c.client.Do(req)
	if err != nil {
		return 0
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return 0
	}
	if into != nil && res.StatusCode == http.StatusOK && json.Unmarshal(body, into) != nil {
		return 0
	}
	if res.StatusCode >= 400 {
		t.Errorf("POST %s = %d: %.300s", path, res.StatusCode, body)
	}
	return res.StatusCode
}

// edit adds people one after the other until the server is killed: the time given after the first was answered, so that a busy machine
// acknowledges one, too.
func (c *campaign) edit(t *testing.T, s *server, after time.Duration) {
	t.Helper()
	first, killed := make(chan struct{}), make(chan struct{})
	begin := sync.OnceFunc(func() { close(first) })
	go func() {
		defer close(killed)
		<-first
		time.Sleep(after)
		s.kill(t)
	}()
	r := rand.New(rand.NewPCG(uint64(len(c.acked)), 2))
	for {
		var added struct{ ID string }
		status := c.post(t, s, "/people/new", url.Values{
			"given": {word(r)}, "family": {word(r)},
			"worksite": {"w1"}, "job_class": {"NP"}, "unit_status": {"in"}, "shift": {"day"}, "fte": {"0.8"},
		}, &added)
		if status != http.StatusOK {
			break
		}
		c.acked = append(c.acked, added.ID)
		begin()
	}
	begin()
	<-killed
}

// apply brings in a list of everybody on the lists so far and n more, and kills the program after the time given, 0 for never.
func (c *campaign) apply(t *testing.T, n int, after time.Duration) {
	t.Helper()
	var b strings.Builder
	b.WriteString("Employee ID,Last Name,First Name,Worksite Code,Job Title,Hire Date\n")
	for i := range c.listed + n {
		r := rand.New(rand.NewPCG(uint64(i), 1)) // the same person in each list, and like no other
		fmt.Fprintf(&b, "%07d,%s,%s,0901,Physician,%d-%02d-%02d\n", 1000+i, word(r), word(r), 1990+r.IntN(34), 1+r.IntN(12), 1+r.IntN(28))
	}
	file := filepath.Join(c.dir, "list.csv")
	if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	c.day++
	day := time.Date(2025, 10, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, c.day).Format(time.DateOnly)
	cmd := c.tenday(t, "list", "apply", file, "--as", dataLead, "--as-of", day)
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	start := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if after > 0 {
		stop := time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
		defer stop.Stop()
	}
	err := cmd.Wait()
	switch {
	case err == nil:
		words := strings.Fields(out.String())
		c.applied[words[len(words)-1]] = true
	case after == 0:
		t.Fatalf("apply: %v\n%s", err, out.String())
	case cmd.ProcessState.Exited():
		t.Errorf("apply: %v\n%s", err, out.String())
	default:
		c.cut++
	}
	if after == 0 {
		c.took = time.Since(start)
	}
}

func word(r *rand.Rand) string {
	b := []byte{byte('A' + r.IntN(26))}
	for range 9 {
		b = append(b, byte('a'+r.IntN(26)))
	}
	return string(b)
}

// check starts the program once more, lets it stop in good order, and looks into the database.
func (c *campaign) check(t *testing.T, run int) {
	t.Helper()
	s := c.serve(t)
	if err := s.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Error(err)
	}
	if err := s.cmd.Wait(); err != nil {
		t.Errorf("run %d: the server did not stop in good order: %v", run, err)
	}
	ctx := t.Context()
	c.on(t, func(d *db.DB) error {
		if problem, err := d.Check(ctx); err != nil || problem != "" {
			t.Errorf("run %d: %s %v", run, problem, err)
		}
		if chain, err := audit.Verify(ctx, d, nil); err != nil || chain.Bad != 0 {
			t.Errorf("run %d: audit chain: %+v, %v", run, chain, err)
		}
		_, err := db.InRead(ctx, d, func(tx *db.Tx) (struct{}, error) { return struct{}{}, c.compare(ctx, t, tx) })
		return err
	})
}

func (c *campaign) compare(ctx context.Context, t *testing.T, tx *db.Tx) error {
	t.Helper()
	there := map[string]bool{}
	ids, err := db.Strings(ctx, tx, `SELECT p.id FROM person p JOIN person_now n ON n.person_id = p.id JOIN employment e ON e.person_id = p.id
		WHERE p.source_import = ''`)
	if err != nil {
		return err
	}
	for _, id := range ids {
		there[id] = true
	}
	for _, id := range c.acked {
		if !there[id] {
			t.Errorf("person %s was acknowledged and is gone", id)
		}
	}
	lists, err := db.Strings(ctx, tx, `SELECT id || ' ' || state || ' ' ||
		(SELECT count(*) FROM person p WHERE p.source_import = i.id) || ' ' ||
		(SELECT count(*) FROM list_row r WHERE r.import_id = i.id AND r.state = 'applied') || ' ' || rows_total FROM list_import i`)
	if err != nil {
		return err
	}
	c.listed = 0
	for _, line := range lists {
		var id, state string
		var people, rows, total int
		if _, err := fmt.Sscan(line, &id, &state, &people, &rows, &total); err != nil {
			return err
		}
		switch {
		case state == "applied" && rows == total:
			c.listed += people
		case state == "applied" || people > 0 || rows > 0 || c.applied[id]:
			t.Errorf("half a list, or an acknowledged one that is gone: %s", line)
		}
	}
	return nil
}
