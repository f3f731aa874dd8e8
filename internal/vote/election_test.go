// SPDX-License-Identifier: Apache-2.0

package vote_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tenday/tenday/ballot"
	"github.com/tenday/tenday/ballot/bel"
	"github.com/tenday/tenday/ballot/canon"
	"github.com/tenday/tenday/ballot/group"
	"github.com/tenday/tenday/ballot/pki"
	"github.com/tenday/tenday/ballot/zkp"
	"github.com/tenday/tenday/internal/app/apptest"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/vote"
)

// draft is a vote that opens in an hour and closes the next morning.
func draft(h *apptest.House) vote.Draft {
	zone, err := time.LoadLocation("America/Chicago")
	if err != nil {
		panic(err)
	}
	now := h.Clock.Now().In(zone)
	return vote.Draft{
		Kind: "strike_authorization", Name: "Strike vote", Question: "Shall the committee call a strike?", Answers: []string{"Yes", "No"},
		Blank: true, Max: 1, AsOf: now.Format(time.DateOnly), Opens: now.Add(time.Hour).Format(vote.Minute),
		Closes: now.Add(13 * time.Hour).Format(vote.Minute), Zone: "America/Chicago", Quorum: ballot.Quorum{Kind: "none"},
		Pass:      ballot.Pass{Denominator: "cast", Test: "more_than", Fraction: "1/2"},
		Retention: 365, Trustees: 3, Threshold: 2,
	}
}

// trustees are the accounts of apptest that hold keys, by owner from 1, and credentialOfficer the one who makes the credentials.
var trustees = []string{"lead", "treasurer", "press"}

const credentialOfficer = "data_lead"

// election is a vote with all the secrets that the server never sees.
type election struct {
	*apptest.House
	t       testing.TB
	id      string
	private map[string]ballot.Credential // by roll number
	seeds   []pki.Seed
	singles []group.Secret
	dkeys   []string
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// drafted is a vote that nobody but its officers has seen.
func drafted(t testing.TB, h *apptest.House, d vote.Draft) *election {
	t.Helper()
	e := &election{House: h, t: t, private: map[string]ballot.Credential{}}
	var err error
	e.id, err = h.Vote.Draft(h.As("officer"), "", d)
	check(t, err)
	second(t, h)
	return e
}

// rolled is a vote whose roll two people have frozen.
func rolled(t testing.TB, h *apptest.House, d vote.Draft) *election {
	t.Helper()
	e := drafted(t, h, d)
	check(t, e.agree(vote.AskFreeze, vote.Wish{}))
	return e
}

// prepared plays a vote up to the moment before it is sealed.
func prepared(t testing.TB, h *apptest.House, d vote.Draft) *election {
	t.Helper()
	e := rolled(t, h, d)
	check(t, e.agree(vote.AskAppoint, vote.Wish{Crew: e.crew(d.Trustees)}))
	if d.Threshold > 0 {
		e.sharedKey(d)
	} else {
		e.singleKeys(d)
	}
	e.handIn()
	return e
}

// crew are the accounts of the credential officer and of n trustees.
func (e *election) crew(n int) []string {
	all := []string{e.Account[credentialOfficer]}
	for _, role := range trustees[:n] {
		all = append(all, e.Account[role])
	}
	return all
}

// second is who confirms: another officer, made at the console as the first was.
func second(t testing.TB, h *apptest.House) context.Context {
	t.Helper()
	if h.Account[secondOfficer] == "" {
		h.Account[secondOfficer] = account(t, h, context.Background(), secondOfficer, "", auth.Officer)
	}
	return h.As(secondOfficer)
}

const secondOfficer = "second officer"

// account makes one whose maker is the caller of ctx, with a role for the whole unit.
func account(t testing.TB, h *apptest.House, ctx context.Context, name, person string, role auth.Role) string { //nolint:revive // ctx says who
	t.Helper()
	id, err := db.InTx(ctx, h.DB, func(tx *db.Tx) (string, error) {
		id, err := auth.AddAccount(ctx, tx, auth.Account{Person: person, Display: "The " + name, Email: strings.ReplaceAll(name, " ", ".") + "@post.example.org"})
		if err == nil {
			_, err = auth.AddGrant(ctx, tx, auth.Grant{Account: id, Role: role, Scope: auth.Unit})
		}
		return id, err
	})
	check(t, err)
	return id
}

// agree has the officer ask and the second one confirm.
func (e *election) agree(k vote.Kind, w vote.Wish) error {
	e.t.Helper()
	officer := e.As("officer")
	if err := e.Vote.Ask(officer, e.id, k, w); err != nil {
		return err
	}
	return e.Vote.Confirm(second(e.t, e.House), e.id, e.ask(k).ID)
}

// ask is the one of a kind that waits.
func (e *election) ask(k vote.Kind) *vote.Ask {
	e.t.Helper()
	o, err := e.Vote.Overview(e.As("officer"), e.id)
	check(e.t, err)
	for _, a := range o.Asks {
		if a.Kind == k {
			return a
		}
	}
	e.t.Fatalf("no ask to %s waits", k)
	return nil
}

func (e *election) vote() *vote.Vote {
	e.t.Helper()
	all, err := e.Vote.Votes(e.As("officer"))
	check(e.t, err)
	for _, v := range all {
		if v.ID == e.id {
			return v
		}
	}
	e.t.Fatal("the vote is not among the votes")
	return nil
}

func (e *election) singleKeys(d vote.Draft) {
	e.t.Helper()
	for i := range d.Trustees {
		x, err := group.RandomSecret(rand.Reader)
		check(e.t, err)
		key, err := pki.NewPublicKey(rand.Reader, x, "")
		check(e.t, err)
		_, err = e.Vote.SendKey(e.As(trustees[i]), e.id, "key", canon.Marshal(key))
		check(e.t, err)
		e.singles = append(e.singles, x)
	}
	for i, x := range e.singles {
		e.checkKey(i, x)
	}
}

// sharedKey has the trustees make their key, each on a device of her own.
func (e *election) sharedKey(d vote.Draft) {
	e.t.Helper()
	send := func(i int, due string, message []byte) *vote.Ceremony {
		e.t.Helper()
		c, err := e.Vote.SendKey(e.As(trustees[i]), e.id, due, message)
		check(e.t, err)
		return c
	}
	for i := range d.Trustees {
		seed, err := pki.NewSeed(rand.Reader)
		check(e.t, err)
		cert, err := pki.NewCertificate(rand.Reader, seed)
		check(e.t, err)
		e.seeds = append(e.seeds, seed)
		send(i, "cert", cert)
	}
	state := func(i int) *vote.Ceremony {
		e.t.Helper()
		c, err := e.Vote.Ceremony(e.As(trustees[i]), e.id)
		check(e.t, err)
		return c
	}
	certs := func(c *vote.Ceremony) (all [][]byte) {
		for _, one := range c.Certs {
			all = append(all, []byte(one))
		}
		return all
	}
	for i, seed := range e.seeds {
		p, err := pki.NewPolynomial(rand.Reader, certs(state(i)), seed, d.Threshold)
		check(e.t, err)
		send(i, "polynomial", p)
	}
	for i, seed := range e.seeds {
		c := state(i)
		o, err := pki.VerifierOutput(rand.Reader, certs(c), seed, []byte(c.Input), "")
		check(e.t, err)
		send(i, "output", o)
	}
	for i, seed := range e.seeds {
		c := state(i)
		if c.Due != "done" {
			e.t.Fatalf("trustee %d owes %s", i+1, c.Due)
		}
		e.dkeys = append(e.dkeys, c.Dkey)
		x, err := pki.OpenDecryptionKey(seed, []byte(c.Dkey))
		check(e.t, err)
		e.checkKey(i, x)
	}
}

func (e *election) checkKey(i int, x group.Secret) {
	e.t.Helper()
	c, err := e.Vote.Ceremony(e.As(trustees[i]), e.id)
	check(e.t, err)
	public := group.GeneratorSecretTable().Pow(x)
	proof, err := zkp.ProveLog(rand.Reader, []byte("tenday-check-1|"+c.Challenge+"|"+public.String()+"|"), x)
	check(e.t, err)
	check(e.t, e.Vote.CheckKey(e.As(trustees[i]), e.id, c.Challenge, proof.Wire()))
}

// handIn is the credential officer's evening: she makes the credentials and hands in the public list.
func (e *election) handIn() {
	e.t.Helper()
	var file bytes.Buffer
	check(e.t, e.Vote.RollFile(e.As(credentialOfficer), e.id, &file))
	ids, err := ballot.ReadRoster(file.Bytes())
	check(e.t, err)
	uuid := e.vote().UUID
	var list ballot.Credentials
	for _, id := range ids {
		c, err := ballot.NewCredential(rand.Reader)
		check(e.t, err)
		public, err := c.Public(uuid)
		check(e.t, err)
		e.private[id] = c
		list = append(list, public)
	}
	check(e.t, e.Vote.HandIn(e.As(credentialOfficer), e.id, list.Marshal()))
}

// opened seals the vote and lets its hour come.
func opened(t testing.TB, h *apptest.House, d vote.Draft) *election {
	t.Helper()
	e := prepared(t, h, d)
	check(t, e.agree(vote.AskSeal, vote.Wish{}))
	h.Clock.Advance(time.Hour)
	e.jobs()
	if v := e.vote(); v.State != vote.Open {
		t.Fatalf("the vote is %s", v.State)
	}
	return e
}

// jobs runs what is due.
func (e *election) jobs() {
	e.t.Helper()
	_, err := e.Jobs.RunDue(context.Background())
	check(e.t, err)
}

// ballotOf makes a ballot as the voter's browser does.
func (e *election) ballotOf(no string, votes ...int) []byte {
	e.t.Helper()
	raw, err := e.engine().NewBallot(rand.Reader, e.private[no], [][]int{votes})
	check(e.t, err)
	return raw
}

func (e *election) engine() *ballot.Election {
	e.t.Helper()
	a := e.Get("", "/b/"+e.vote().UUID+"/election", "")
	if a.Status != 200 {
		e.t.Fatalf("election: %d %.200s", a.Status, a.Body)
	}
	parsed, err := ballot.ParseElection([]byte(a.Body))
	check(e.t, err)
	return parsed
}

func (e *election) cast(no string, votes ...int) ballot.SignedReceipt {
	e.t.Helper()
	r, err := e.Vote.Cast(context.Background(), e.vote().UUID, e.ballotOf(no, votes...), "")
	check(e.t, err)
	return r
}

// archive is what anybody downloads.
func (e *election) archive() []byte {
	e.t.Helper()
	a := e.Get("", "/b/"+e.vote().UUID+"/archive", "")
	if a.Status != 200 {
		e.t.Fatalf("archive: %d %.200s", a.Status, a.Body)
	}
	return []byte(a.Body)
}

func verified(t testing.TB, archive []byte) *ballot.Report {
	t.Helper()
	r, err := ballot.Verify(context.Background(), bytes.NewReader(archive), int64(len(archive)), ballot.Options{})
	check(t, err)
	return r
}

// close lets the closing hour come.
func (e *election) close() {
	e.t.Helper()
	e.Clock.Advance(12 * time.Hour)
	e.jobs()
	if v := e.vote(); v.State != vote.Counting {
		e.t.Fatalf("the vote is %s", v.State)
	}
}

// decrypt is a trustee at her own device, with the archive that she downloaded.
func (e *election) decrypt(owner int) error {
	e.t.Helper()
	a := &archiveFile{bytes.NewReader(e.archive())}
	box, err := ballot.Open(context.Background(), a, a.Size(), ballot.Options{})
	check(e.t, err)
	var x group.Secret
	if e.singles != nil {
		x = e.singles[owner-1]
	} else if x, err = pki.OpenDecryptionKey(e.seeds[owner-1], []byte(e.dkeys[owner-1])); err != nil {
		e.t.Fatal(err)
	}
	part, side, err := box.Decrypt(rand.Reader, owner, x)
	check(e.t, err)
	return e.Vote.Decrypt(e.As(trustees[owner-1]), e.id, owner, part, side)
}

// archiveFile is a download that is only read.
type archiveFile struct{ *bytes.Reader }

func (archiveFile) WriteAt([]byte, int64) (int, error) { return 0, errors.New("only read") }
func (archiveFile) Sync() error                        { return nil }

// receiptKey is the server's, as its page shows it.
func (e *election) receiptKey() []byte {
	e.t.Helper()
	text, err := e.Vote.ReceiptKey(context.Background())
	check(e.t, err)
	key, err := base64.RawStdEncoding.DecodeString(text)
	check(e.t, err)
	return key
}

func TestAVoteGoesFromDraftToOutcome(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		e := opened(t, h, draft(h))
		old := e.cast("0001", 0, 0, 1)
		for i, votes := range [][]int{{0, 1, 0}, {0, 1, 0}, {0, 1, 0}, {1, 0, 0}} {
			r := e.cast(fmt.Sprintf("%04d", i+1), votes...)
			if !r.Verify(e.receiptKey()) {
				t.Error("the receipt is not signed by the server's key")
			}
		}
		early := e.archive()
		if st, err := h.Vote.Find(t.Context(), e.vote().UUID, old.Tracker); err != nil || !st.Found || st.Counts {
			t.Errorf("her first ballot: %+v %v", st, err)
		}
		e.close()
		check(t, e.decrypt(3))
		if v := e.vote(); v.State != vote.Counting {
			t.Errorf("one of two: %s", v.State)
		}
		check(t, e.decrypt(1)) // the second trustee's key is lost
		check(t, e.agree(vote.AskCertify, vote.Wish{}))

		last := e.archive()
		r := verified(t, last)
		if r.Stage != bel.Finished || fmt.Sprint(r.Result) != "[[1 3 0]]" || r.BallotsCounted != 4 || r.BallotEvents != 5 {
			t.Errorf("%+v", r)
		}
		if _, err := ballot.VerifyDiff(t.Context(), bytes.NewReader(early), int64(len(early)), bytes.NewReader(last), int64(len(last)), ballot.Options{}); err != nil {
			t.Error(err)
		}
		o, err := h.Vote.Outcome(h.As("officer"), e.id)
		check(t, err)
		if o.Word != "passed" || o.Rule.String() != "passed: 3 of 4" || o.Eligible != 10 {
			t.Errorf("%+v", o)
		}
		if !strings.Contains(strings.Join(o.Warnings, " "), "few_ballots") {
			t.Errorf("four ballots of ten, and no warning: %v", o.Warnings)
		}
	})
}
