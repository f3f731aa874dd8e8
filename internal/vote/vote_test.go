// SPDX-License-Identifier: Apache-2.0

package vote_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tenday/tenday/ballot"
	"github.com/tenday/tenday/internal/app/apptest"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/mail"
	"github.com/tenday/tenday/internal/vote"
)

// A dozen voters cast and vote again while the same bytes arrive twice and the closing hour comes: whatever wins, the board verifies, each
// receipt is kept, and nobody waits for another's proofs.
func TestBallotsRaceForTheBoardAndWithTheClose(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		e := opened(t, h, draft(h))
		uuid := e.vote().UUID
		var ballots [][]byte
		for i := range 8 {
			for range 2 {
				ballots = append(ballots, e.ballotOf(fmt.Sprintf("%04d", i+1), 0, 1, 0))
			}
		}
		h.Clock.Advance(12*time.Hour - time.Second)
		var mu sync.Mutex
		var receipts []ballot.SignedReceipt
		var all sync.WaitGroup
		in := make(chan struct{}, 2*len(ballots))
		for i, raw := range append(ballots, ballots...) {
			all.Go(func() {
				if i == len(ballots)+4 { // the hour comes when some are in and others on their way
					for range 5 {
						<-in
					}
					h.Clock.Advance(time.Second)
					_, _ = h.Jobs.RunDue(context.Background())
					return
				}
				r, err := h.Vote.Cast(context.Background(), uuid, raw, "")
				switch fault.CodeOf(err) {
				case fault.OK:
					mu.Lock()
					defer mu.Unlock()
					receipts = append(receipts, r)
					in <- struct{}{}
				case fault.Conflict: // it came too late
				default:
					t.Error(err)
				}
			})
		}
		all.Wait()
		e.jobs()
		r := verified(t, e.archive())
		if r.Stage != "tallied" || len(receipts) < 5 || r.BallotEvents > len(receipts) {
			t.Errorf("%s with %d ballots, %d receipts", r.Stage, r.BallotEvents, len(receipts))
		}
		same := map[string]int{}
		for _, one := range receipts {
			if at, ok := same[one.Tracker]; ok && at != one.Height {
				t.Errorf("tracker %s has two receipts, for %d and %d", one.Tracker, at, one.Height)
			}
			same[one.Tracker] = one.Height
			if !one.Verify(e.receiptKey()) {
				t.Error("a receipt is not signed")
			}
			if st, err := h.Vote.Find(t.Context(), uuid, one.Tracker); err != nil || !st.Found || st.Height != one.Height {
				t.Errorf("a receipt was broken: %+v %v", st, err)
			}
		}
		if len(same) != r.BallotEvents {
			t.Errorf("%d ballots on the board, %d with a receipt", r.BallotEvents, len(same))
		}
	})
}

func TestWhatIsNoBallotChangesNothing(t *testing.T) {
	t.Parallel()

	h := apptest.New(t)
	e := opened(t, h, draft(h))
	uuid := e.vote().UUID
	good := e.ballotOf("0001", 0, 1, 0)
	stranger, err := ballot.NewCredential(strings.NewReader(strings.Repeat("stranger", 100)))
	check(t, err)
	strange, err := e.engine().NewBallot(strings.NewReader(strings.Repeat("randomness", 10000)), stranger, [][]int{{0, 1, 0}})
	check(t, err)
	i := bytes.Index(good, []byte(`"alpha":"`)) + 20
	bent := bytes.Clone(good)
	bent[i] = '0' + (bent[i]-'0'+1)%10
	size := len(e.archive())
	for name, test := range map[string]struct {
		raw  []byte
		code fault.Code
		key  string
	}{
		"no JSON":            {[]byte("hello"), fault.Invalid, "vote.cast.refused"},
		"a stranger's":       {strange, fault.Invalid, "vote.cast.credential"},
		"one digit changed":  {bent, fault.Invalid, "vote.cast.refused"},
		"much too large":     {bytes.Repeat([]byte("x"), 70_000), fault.TooLarge, "vote.cast.too_large"},
		"for another vote":   {bytes.Replace(good, []byte(uuid), []byte("11111111111111"), 1), fault.Invalid, "vote.cast.election"},
		"with a blank added": {append([]byte(" "), good...), fault.Invalid, "vote.cast.refused"},
	} {
		_, err := h.Vote.Cast(t.Context(), uuid, test.raw, "")
		if fault.CodeOf(err) != test.code || !strings.HasPrefix(err.Error(), test.key) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(e.archive()) != size {
		t.Error("the board grew")
	}
	r1, r2 := e.post(good), e.post(good)
	if r1 != r2 || !strings.Contains(r1, `"signature"`) {
		t.Errorf("the same bytes twice:\n%s\n%s", r1, r2)
	}
	late := e.ballotOf("0002", 0, 1, 0)
	h.Clock.Advance(12 * time.Hour) // the closing hour itself, before any job has run
	if _, err := h.Vote.Cast(t.Context(), uuid, late, ""); fault.CodeOf(err) != fault.Conflict {
		t.Errorf("after the hour: %v", err)
	}
	if _, err := h.Vote.Cast(t.Context(), uuid, good, ""); err != nil {
		t.Errorf("her receipt once more, after the hour: %v", err)
	}
}

// post casts as a browser does: no cookie, the ballot as the body.
func (e *election) post(raw []byte) string {
	e.t.Helper()
	req, err := http.NewRequestWithContext(e.t.Context(), http.MethodPost, e.URL+"/b/"+e.vote().UUID+"/cast", bytes.NewReader(raw))
	check(e.t, err)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	return e.Do("", req).Body
}

// The private credentials of a whole vote are nowhere in the database, nor is who has which; ballots have no time.
func TestNoSecretIsInTheDatabase(t *testing.T) {
	t.Parallel()

	h := apptest.New(t)
	e := opened(t, h, draft(h))
	for no := range e.private {
		e.cast(no, 0, 1, 0)
	}
	e.close()
	check(t, e.decrypt(1))
	check(t, e.decrypt(2))
	names, err := filepath.Glob(h.DB.Path() + "*")
	check(t, err)
	var all []byte
	for _, name := range names {
		b, err := os.ReadFile(name)
		check(t, err)
		all = append(all, b...)
	}
	if !bytes.Contains(all, []byte(e.vote().UUID)) {
		t.Fatal("this is not where the vote is kept")
	}
	for no, c := range e.private {
		secret, err := c.Derive(e.vote().UUID)
		check(t, err)
		for _, text := range []string{c.Reveal(), strings.ReplaceAll(c.Reveal(), "-", ""), string(secret.AppendDecimal(nil))} {
			if bytes.Contains(all, []byte(text)) {
				t.Errorf("the credential of number %s is in the database", no)
			}
		}
	}
	for _, s := range e.seeds {
		if bytes.Contains(all, s.Marshal()) {
			t.Error("a trustee's seed is in the database")
		}
	}
}

// Rows of the board, the roll and the record of a vote are added and never changed or taken away.
func TestWhatAVoteRecordsIsNeverChanged(t *testing.T) {
	t.Parallel()

	may := map[string]bool{"vote_board": true, "vote_reminder": true}
	change := regexp.MustCompile(`(?i)\b(?:UPDATE|DELETE FROM)\s+(vote\w*)`)
	names, err := filepath.Glob("*.go")
	check(t, err)
	found := 0
	for _, name := range names {
		if name == "forget.go" { // which says what goes when the days of retention are over
			continue
		}
		b, err := os.ReadFile(name)
		check(t, err)
		for _, m := range change.FindAllSubmatch(b, -1) {
			found++
			if !may[string(m[1])] {
				t.Errorf("%s changes %s", name, m[1])
			}
		}
	}
	if found < 3 {
		t.Errorf("only %d found: the pattern is wrong", found)
	}
}

func TestCredentialsAreMadeByNobodyElse(t *testing.T) {
	t.Parallel()

	h := apptest.New(t)
	e := rolled(t, h, draft(h))
	crew := e.crew(3)
	for name, other := range map[string][]string{
		"the officer herself":               {h.Account["officer"], crew[1], crew[2], crew[3]},
		"a trustee":                         {crew[1], crew[1], crew[2], crew[3]},
		"the credential officer as trustee": {crew[0], crew[1], crew[0], crew[3]},
		"an officer as trustee":             {crew[0], crew[1], crew[2], h.Account[secondOfficer]},
		"one trustee too few":               crew[:3],
		"nobody":                            {crew[0], crew[1], crew[2], ""},
	} {
		if err := h.Vote.Ask(h.As("officer"), e.id, vote.AskAppoint, vote.Wish{Crew: other}); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	check(t, h.Vote.Ask(h.As("officer"), e.id, vote.AskAppoint, vote.Wish{Crew: crew}))
	if err := h.Vote.RollFile(h.As(credentialOfficer), e.id, &bytes.Buffer{}); fault.CodeOf(err) != fault.Missing {
		t.Errorf("one officer alone hands out the roll: %v", err)
	}
	check(t, h.Vote.Confirm(second(t, h), e.id, e.ask(vote.AskAppoint).ID))
	check(t, h.Vote.RollFile(h.As(credentialOfficer), e.id, &bytes.Buffer{}))
	for _, role := range []string{"officer", secondOfficer, "lead", "captain", "member", "operator"} {
		if err := h.Vote.RollFile(h.As(role), e.id, &bytes.Buffer{}); fault.CodeOf(err) != fault.Missing {
			t.Errorf("%s takes the roll: %v", role, err)
		}
		if err := h.Vote.HandIn(h.As(role), e.id, []byte("[]")); fault.CodeOf(err) == fault.OK {
			t.Errorf("%s hands in a list", role)
		}
	}
	if err := h.Vote.Ask(h.As("officer"), e.id, vote.AskSeal, vote.Wish{}); fault.CodeOf(err) != fault.Conflict {
		t.Errorf("sealed without keys: %v", err)
	}
	for _, role := range []string{"data_lead", "lead", "captain", "member", "operator", "press"} {
		if err := h.Vote.Ask(h.As(role), e.id, vote.AskCallOff, vote.Wish{Note: "because"}); fault.CodeOf(err) != fault.Forbidden {
			t.Errorf("%s calls it off: %v", role, err)
		}
	}
}

func TestHoursThatTheClocksSkipOrRepeatAreRefused(t *testing.T) {
	t.Parallel()

	h := apptest.New(t)
	for closes, key := range map[string]string{
		"2025-11-02T01:30": "vote.draft.wall_twice",
		"2026-03-08T02:30": "vote.draft.wall_gap",
		"tomorrow":         "vote.draft.wall_form",
		"2025-10-01T12:00": "vote.draft.closes_past",
	} {
		d := draft(h)
		d.Closes = closes
		_, err := h.Vote.Draft(h.As("officer"), "", d)
		if err == nil || !strings.Contains(err.Error(), key) {
			t.Errorf("%s: %v, want %s", closes, err, key)
		}
	}
}

func TestPaperStandsBesideTheElectronicCount(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		d := draft(h)
		d.Threshold, d.Trustees = 0, 2
		e := rolled(t, h, d)
		officer, id := h.As("officer"), e.id
		check(t, h.Vote.SetPaper(officer, id, 9, true))
		check(t, h.Vote.SetPaper(officer, id, 10, true))
		check(t, e.agree(vote.AskAppoint, vote.Wish{Crew: e.crew(2)}))
		e.singleKeys(d)
		e.handIn()
		if err := h.Vote.SetPaper(officer, id, 1, true); fault.CodeOf(err) != fault.Conflict {
			t.Errorf("paper beside a credential: %v", err)
		}
		check(t, e.agree(vote.AskSeal, vote.Wish{}))
		h.Clock.Advance(time.Hour)
		e.jobs()
		if len(e.private) != 8 {
			t.Errorf("%d credentials for 8 voters", len(e.private))
		}
		e.cast("0001", 0, 0, 1)
		e.cast("0002", 0, 1, 0)
		paper := vote.PaperCount{Place: "Union hall", Counts: []int{0, 1, 0}, Spoiled: 1}
		check(t, h.Vote.AddPaper(officer, id, paper))
		if err := h.Vote.AddPaper(officer, id, paper); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("more paper ballots than paper voters: %v", err)
		}
		e.close()
		check(t, e.decrypt(1))
		check(t, e.decrypt(2))
		if err := e.agree(vote.AskCertify, vote.Wish{}); fault.CodeOf(err) != fault.Conflict {
			t.Errorf("declared without a witness: %v", err)
		}
		o, err := h.Vote.Overview(officer, id)
		check(t, err)
		puppet := account(t, h, officer, "puppet", "", auth.Officer)
		h.Account["puppet"] = puppet
		for who, ctx := range map[string]context.Context{"her own": officer, "a puppet's": h.As("puppet")} {
			if err := h.Vote.PaperWord(ctx, id, o.Papers[0].ID, "witnessed"); fault.CodeOf(err) != fault.Forbidden {
				t.Errorf("%s word as a witness: %v", who, err)
			}
		}
		check(t, h.Vote.PaperWord(h.As(trustees[0]), id, o.Papers[0].ID, "witnessed"))
		if err := h.Vote.PaperWord(officer, id, o.Papers[0].ID, "withdrawn"); fault.CodeOf(err) != fault.Conflict {
			t.Errorf("one officer takes back what was witnessed: %v", err)
		}
		check(t, e.agree(vote.AskWithdraw, vote.Wish{Paper: o.Papers[0].ID}))
		check(t, h.Vote.AddPaper(officer, id, paper))
		o, err = h.Vote.Overview(officer, id)
		check(t, err)
		check(t, h.Vote.PaperWord(second(t, h), id, o.Papers[1].ID, "witnessed"))
		check(t, e.agree(vote.AskCertify, vote.Wish{}))
		got, err := h.Vote.Outcome(officer, id)
		check(t, err)
		if got.Rule.String() != "passed: 2 of 3" || got.Electronic != 2 || got.Paper != 1 || got.Spoiled != 1 || got.Eligible != 10 {
			t.Errorf("%+v", got)
		}
	})
}

// post keeps what would be mailed.
type post struct {
	mu  sync.Mutex
	all []mail.Message
}

func (p *post) Send(_ context.Context, m mail.Message) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.all = append(p.all, m)
	return nil
}

// wait waits until n mails have gone, and returns how many have.
func (p *post) wait(t *testing.T, n int) int {
	t.Helper()
	for until := time.Now().Add(5 * time.Minute); ; time.Sleep(5 * time.Millisecond) {
		p.mu.Lock()
		have := len(p.all)
		p.mu.Unlock()
		if have >= n || time.Now().After(until) {
			return have
		}
	}
}

func TestRemindersGoToNumbersThatTheCredentialOfficerNames(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		sent := &post{}
		h.Vote.Mail = sent
		d := draft(h)
		d.Observers = []string{"observer@post.example.org"}
		e := opened(t, h, d)
		if len(sent.all) != 1 || !strings.Contains(sent.all[0].Text, `"signature"`) {
			t.Errorf("observers got %v", sent.all)
		}
		sent.all = nil
		if err := h.Vote.Remind(h.As("officer"), e.id, []string{"0001"}); fault.CodeOf(err) != fault.Missing {
			t.Errorf("an officer names numbers: %v", err)
		}
		if err := h.Vote.Remind(h.As(credentialOfficer), e.id, []string{"0001", "9999"}); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("a number that nobody has: %v", err)
		}
		check(t, h.Vote.Remind(h.As(credentialOfficer), e.id, []string{"0002", "0003"}))
		sent.wait(t, 2)
		e.jobs()
		for _, n := range []int{1, 2, 3} {
			e.cast(fmt.Sprintf("%04d", n), 0, 1, 0)
		}
		if err := h.Vote.Remind(h.As(credentialOfficer), e.id, []string{"0004"}); fault.CodeOf(err) != fault.Conflict {
			t.Errorf("a list that differs from the last one by three people: %v", err)
		}
		check(t, h.Vote.Remind(h.As("officer"), e.id, nil))
		e.jobs()
		if n := sent.wait(t, 12); n != 12 {
			t.Errorf("%d mails in the end, want 12", n)
		}
	})
}

// Every page of a vote in every state, by whoever may come: no page fails, and what is not hers looks as if it did not exist.
func TestEveryPageOfAVoteStandsInEveryState(t *testing.T) {
	t.Parallel()

	h := apptest.New(t)
	e := prepared(t, h, draft(h))
	at := "/votes/" + e.id
	walk := func(state string, public bool) {
		t.Helper()
		uuid := e.vote().UUID
		for path, want := range map[string]map[string]int{
			at:                         {"officer": 200, "member": 200, trustees[0]: 200, credentialOfficer: 200, "": 303},
			"/votes":                   {"officer": 200, "member": 200, "": 303},
			at + "/roll":               {"officer": 200, "member": 403, credentialOfficer: 403, "": 303},
			at + "/trustee":            {"officer": 404, "member": 404, trustees[0]: 200, "": 303},
			at + "/trustee/state":      {"officer": 404, trustees[1]: 200},
			at + "/credentials":        {"officer": 404, "member": 404, credentialOfficer: 200, trustees[0]: 404},
			"/votes/new":               {"officer": 200, "member": 403},
			at + "/edit":               {"officer": 409, "member": 403},
			"/b/" + uuid:               {"": map[bool]int{true: 200, false: 404}[public]},
			"/b/" + uuid + "/check":    {"": map[bool]int{true: 200, false: 404}[public], "officer": map[bool]int{true: 200, false: 404}[public]},
			"/b/" + uuid + "/tracker":  {"": map[bool]int{true: 200, false: 404}[public]},
			"/b/" + uuid + "/head":     {"": map[bool]int{true: 200, false: 404}[public]},
			"/b/" + e.vote().Practice:  {"": map[bool]int{true: 200, false: 404}[public]},
			"/b/11111111111111/check":  {"": 404},
			"/booth/booth.js":          {"": 200},
			"/b/" + uuid + "/listed":   {"": map[bool]int{true: 200, false: 404}[public]},
			"/b/" + uuid + "/qr?t=bad": {"": 404},
		} {
			for role, status := range want {
				if a := h.Get(role, path, ""); a.Status != status {
					t.Errorf("%s: %s as %q: %d, want %d: %.300s", state, path, role, a.Status, status, text(a.Body))
				}
			}
		}
		if !public {
			return
		}
		asks := !strings.Contains(h.Get("", "/b/"+uuid, "").Body, `<form class="form" hidden>`)
		if want := state == "sealed" || state == "open"; asks != want {
			t.Errorf("%s: the booth asks for a credential: %t, want %t", state, asks, want)
		}
	}
	walk("roll", false)
	check(t, e.agree(vote.AskSeal, vote.Wish{}))
	walk("sealed", true)
	h.Clock.Advance(time.Hour)
	e.jobs()
	r := e.cast("0001", 0, 1, 0)
	e.cast("0002", 1, 0, 0)
	walk("open", true)
	if a := h.Get("", "/b/"+e.vote().UUID+"/tracker?t="+url.QueryEscape(r.Tracker), ""); !strings.Contains(a.Body, "It counts") {
		t.Errorf("tracker: %.500s", text(a.Body))
	}
	if a := h.Get("", "/b/"+e.vote().UUID+"/qr?t="+url.QueryEscape(r.Tracker), ""); a.Status != 200 || !strings.Contains(a.Body, "<svg") {
		t.Errorf("code: %d %.100s", a.Status, a.Body)
	}
	e.close()
	walk("counting", true)
	check(t, e.decrypt(1))
	check(t, e.decrypt(2))
	walk("counted", true)
	check(t, e.agree(vote.AskCertify, vote.Wish{}))
	walk("certified", true)
	if a := h.Get("member", at, ""); !strings.Contains(a.Body, "Passed") && !strings.Contains(a.Body, "Did not pass") {
		t.Errorf("no outcome: %.500s", text(a.Body))
	}
}

var tags = regexp.MustCompile(`<[^>]*>|\s+`)

func text(page string) string { return tags.ReplaceAllString(page, " ") }

func TestADraftByItsForm(t *testing.T) {
	t.Parallel()

	h := apptest.New(t)
	d := draft(h)
	form := url.Values{
		"kind": {d.Kind}, "name": {d.Name}, "question": {d.Question}, "answers": {"Yes\r\nNo\r\n"}, "blank": {"on"}, "max": {"1"},
		"as_of": {d.AsOf}, "challenge_days": {"0"}, "opens": {d.Opens}, "closes": {d.Closes}, "quorum": {"1/3"}, "denominator": {"cast"},
		"test": {"more_than"}, "pass": {"2/3"}, "retention": {"365"}, "trustees": {"3"}, "threshold": {"2"},
	}
	a := h.Post("officer", "/votes/new", form)
	if a.Status != 303 || !strings.HasPrefix(a.Location, "/votes/") {
		t.Fatalf("%d %s: %.600s", a.Status, a.Location, text(a.Body))
	}
	if a := h.Get("officer", a.Location+"/edit", ""); a.Status != 200 || !strings.Contains(a.Body, `value="1/3"`) {
		t.Errorf("%d %.600s", a.Status, text(a.Body))
	}
	if a := h.Get("member", a.Location, ""); a.Status != 404 {
		t.Errorf("a member sees a draft: %d", a.Status)
	}
	form.Set("pass", "most")
	form.Set("answers", "Yes")
	if a := h.Post("officer", "/votes/new", form); a.Status != 422 || !strings.Contains(a.Body, "fractions") || !strings.Contains(a.Body, "2 to 20") {
		t.Errorf("%d %.900s", a.Status, text(a.Body))
	}
}
