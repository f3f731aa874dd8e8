// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"github.com/tenday/tenday/ballot"
	"github.com/tenday/tenday/internal/app/apptest"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/roster"
	"github.com/tenday/tenday/internal/vote"
)

// election is a vote in a small campaign, and those who take part in it, each at a phone of her own.
type election struct {
	*apptest.House
	t       *testing.T
	b       *Browser
	at      string // the vote's page
	uuid    string
	private []ballot.Credential // what the credential officer keeps to herself
	tabs    map[string]*Tab

	eligible int
}

// tab is the phone of a role, signed in; "" is a voter's, without an account.
func (e *election) tab(role string) *Tab {
	e.t.Helper()
	if p := e.tabs[role]; p != nil && role != "" {
		return p
	}
	p := e.b.Tab(e.t, e.URL, Phone)
	if c := e.Cookie(role); c != nil {
		if _, err := chromedp.Call(p.ctx, network.SetCookie, network.SetCookieParams{Name: c.Name, Value: c.Value, URL: e.URL}); err != nil {
			e.t.Fatal(err)
		}
	}
	e.tabs[role] = p
	return p
}

// onScreen presses a button of the module's screen that is shown, once the module is done with the one before: it does one thing at a
// time.
func onScreen(p *Tab, screen, do string) {
	p.t.Helper()
	p.wait(`document.querySelector("[aria-busy]") === null`)
	p.Click(fmt.Sprintf(`[data-screen=%q]:not([hidden]) [data-do=%q]`, screen, do))
}

// shows waits until a screen of a module is the one that is shown.
func shows(p *Tab, screen string) {
	p.t.Helper()
	p.Do(chromedp.WaitVisible(chromedp.CSS(fmt.Sprintf(`[data-screen=%q]:not([hidden])`, screen))))
}

const passphrase = "three little words"

// A whole vote at 390 px: three trustees make a key of which any two can count, a credential officer hands in a public list, voters scan
// and type, one votes again, two trustees count, and anybody verifies. What counts is asked for by one officer and confirmed by another.
// TENDAY_VOTERS asks for a bigger one: 600 is the demo's, and takes a quarter of an hour.
func TestAVoteFromDraftToDeclarationOnPhones(t *testing.T) {
	t.Parallel()

	if testing.Short() {
		t.Skip("short: no vote was held in a browser")
	}
	voters := 3
	if n, err := strconv.Atoi(os.Getenv("TENDAY_VOTERS")); err == nil {
		voters = max(3, min(2000, n))
	}
	e := &election{House: apptest.New(t), t: t, b: Open(t), tabs: map[string]*Tab{}}
	e.people(voters)
	crew := []string{"lead", "treasurer", "press"}
	e.draft(crew)
	e.keys(crew)
	e.credentials()
	e.seal()
	trackers := e.cast(voters)
	e.count(crew, trackers)
}

// people makes the unit as large as the vote is to be, and a second officer, who was made at the console as the first was.
func (e *election) people(voters int) {
	ctx := context.Background()
	e.eligible = max(10, voters)
	for i := 10; i < voters; i++ {
		_, err := e.Roster.AddPerson(ctx, roster.NewPerson{
			Name: roster.Name{Given: "Voter", Family: fmt.Sprintf("Number %d", i)}, UnitStatus: roster.InUnit, WorksiteID: e.Site["0901"],
			JobClass: "NP", FTE: 80, StartsOn: roster.Date{Year: 2019, Month: time.March, Day: 7}, Number: fmt.Sprintf("%07d", 900000+i),
			Email: fmt.Sprintf("voter%d@mail.example.org", i),
		})
		if err != nil {
			e.t.Fatal(err)
		}
	}
	err := db.Do(ctx, e.DB, func(tx *db.Tx) (err error) {
		e.Account[second], err = auth.AddAccount(ctx, tx, auth.Account{Display: "The " + second, Email: "second@post.example.org"})
		if err == nil {
			_, err = auth.AddGrant(ctx, tx, auth.Grant{Account: e.Account[second], Role: auth.Officer, Scope: auth.Unit})
		}
		return err
	})
	if err != nil {
		e.t.Fatal(err)
	}
}

const second = "second officer"

// agreed has the second officer confirm, on her own phone, what waits.
func (e *election) agreed(kind string) {
	p := e.tab(second)
	p.Go(e.at)
	p.Sees("Waits for a second person", "Asked by The officer")
	p.Fit()
	p.Shot("vote-ask-" + kind)
	p.Follow("#ask-" + kind + ` button[value="confirmed"]`)
	p.Sees("Both names stand with it")
}

// draft is the officer's part: the draft, the roll, and who does what.
func (e *election) draft(crew []string) {
	p := e.tab("officer")
	p.Go("/votes")
	p.Fit()
	p.Shot("vote-empty")
	p.Follow(`a[href="/votes/new"]`)
	zone, err := time.LoadLocation("America/Chicago")
	if err != nil {
		e.t.Fatal(err)
	}
	now := e.Clock.Now().In(zone)
	p.Type("#name", "Strike authorization")
	p.Type("#question", "Shall the committee be authorized to call a strike?")
	p.Do(chromedp.SetValue[chromedp.CSS]("#opens", now.Add(time.Hour).Format(vote.Minute)), chromedp.SetValue[chromedp.CSS]("#closes", now.Add(13*time.Hour).Format(vote.Minute)))
	p.Fit()
	p.Shot("vote-draft")
	p.Follow(".form .primary")
	e.at = p.Path()
	p.Sees("Strike authorization", "Draft", "Freeze the electoral roll")
	p.Follow(`button[value="freeze"]`)
	p.Sees("Somebody else must confirm this", "Draft")
	e.agreed("freeze")
	p.Go(e.at)
	p.Sees("Before the seal", "Nobody yet")
	p.Fit()
	p.Shot("vote-roll")
	for i, role := range append([]string{"data_lead"}, crew...) {
		p.Do(chromedp.SetValue(chromedp.CSS(fmt.Sprintf("#owner%d", i)), e.Account[role]))
	}
	p.Follow(`form[action$="/appoint"] .btn`)
	e.agreed("appoint")
	p.Go(e.at)
	p.Sees("The lead", "has not begun yet")
	all, err := e.Vote.Votes(e.As("officer"))
	if err != nil {
		e.t.Fatal(err)
	}
	e.uuid = all[0].UUID
	p.Go(e.at + "/roll")
	p.Fit()
	p.Shot("vote-list")
}

// keys is the trustees' part before the vote: each on her own phone, each step once the others have done theirs.
func (e *election) keys(crew []string) {
	for i, role := range crew {
		p := e.tab(role)
		p.Go(e.at)
		p.Sees("You are trustee " + strconv.Itoa(i+1))
		p.Follow(`a[href$="/trustee"]`)
		shows(p, "make")
		p.Type("#p1", passphrase)
		p.Type("#p2", passphrase)
		if i == 0 {
			p.Fit()
			p.Shot("trustee-make")
		}
		onScreen(p, "make", "make")
		shows(p, "keep")
		onScreen(p, "keep", "download")
		if i == 0 {
			p.Shot("trustee-keep")
		}
		onScreen(p, "keep", "kept")
	}
	for i, role := range crew {
		p := e.tab(role)
		shows(p, "ready")
		onScreen(p, "ready", "check")
		p.Sees("Your key works.")
		if i == 0 {
			p.Fit()
			p.Shot("trustee-ready")
		}
	}
}

// credentials is the credential officer's evening: the roll as a file, the private part offline, the public list handed in.
func (e *election) credentials() {
	p := e.tab("data_lead")
	p.Go(e.at + "/credentials")
	p.Sees("You are the credential officer.", strconv.Itoa(e.eligible)+" people vote in the booth", "tenday ballot credentials --uuid "+e.uuid)
	p.Fit()
	p.Shot("vote-credentials")
	ids, err := ballot.ReadRoster([]byte(e.Get("data_lead", e.at+"/credentials/roll.csv", "").Body))
	if err != nil {
		e.t.Fatal(err)
	}
	var list ballot.Credentials
	for range ids {
		one, err := ballot.NewCredential(rand.Reader)
		if err != nil {
			e.t.Fatal(err)
		}
		public, err := one.Public(e.uuid)
		if err != nil {
			e.t.Fatal(err)
		}
		e.private, list = append(e.private, one), append(list, public)
	}
	Eval[bool](p, fmt.Sprintf(`(document.querySelector("#list").value = %q) !== ""`, list.Marshal()))
	p.Follow(`form[action$="/credentials"] .primary`)
	p.Sees(strconv.Itoa(e.eligible) + " credentials are here")
}

func (e *election) seal() {
	p := e.tab("officer")
	p.Go(e.at)
	p.Sees("Everything is ready", "3 of 3", fmt.Sprintf("%d of %d", e.eligible, e.eligible))
	p.Fit()
	p.Shot("vote-ready")
	p.Follow(`button[value="seal"]`)
	e.agreed("seal")
	p.Go(e.at)
	p.Sees("Sealed", "asked by The officer, confirmed by The second officer")
	e.Clock.Advance(time.Hour)
	if _, err := e.Jobs.RunDue(context.Background()); err != nil {
		e.t.Fatal(err)
	}
	p.Go(e.at)
	p.Sees("How to vote")
	p.Fit()
	p.Shot("vote-open")
}

// cast is each voter's two minutes: the first scans, the others type, the last votes again.
func (e *election) cast(voters int) (trackers []string) {
	begun := time.Now()
	p := e.tab("")
	for i := range voters {
		if i < 3 { // the others share a device, as in a break room
			p = e.tab("")
		}
		if i > 0 && i%50 == 0 {
			e.t.Logf("%d ballots in %v", i, time.Since(begun).Round(time.Second))
		}
		secret := e.private[i].Reveal()
		if i == 0 {
			p.Go("/b/" + e.uuid + "#c=" + secret)
			shows(p, "credential")
			if at := Eval[string](p, `location.href`); strings.Contains(at, secret) {
				e.t.Error("the credential stays in the address bar")
			}
			p.Fit()
			p.Shot("booth-credential")
		} else {
			p.Go("/b/" + e.uuid)
			shows(p, "credential")
			p.Type("#credential", strings.ReplaceAll(secret, "-", " "))
		}
		trackers = append(trackers, e.choose(p, i == 0, map[bool]string{true: "No", false: "Yes"}[i == 1]))
		if i == voters-1 {
			onScreen(p, "cast", "again")
			shows(p, "credential")
			p.Type("#credential", secret)
			trackers = append(trackers, e.choose(p, false, "Yes"))
			p.Follow(`[data-screen="cast"] a[href$="/tracker"]`)
			p.Type("#t", trackers[i])
			p.Follow(".form .primary")
			p.Sees("replaced by a later ballot")
			p.Type("#t", trackers[i+1])
			p.Follow(".form .primary")
			p.Sees("It counts")
			p.Fit()
			p.Shot("tracker")
		}
	}
	return trackers
}

// choose goes from the credential to CAST and returns the tracker.
func (e *election) choose(p *Tab, look bool, answer string) string {
	e.t.Helper()
	onScreen(p, "credential", "credential")
	shows(p, "choose")
	p.Click(`//label[contains(., "` + answer + `")]`)
	if look {
		p.Fit()
		p.Shot("booth-choose")
	}
	onScreen(p, "choose", "review")
	shows(p, "review")
	if got := Eval[string](p, `document.querySelector("[data-chosen]").innerText.trim()`); got != answer {
		e.t.Errorf("the review shows %q, chosen was %q", got, answer)
	}
	if look {
		p.Fit()
		p.Shot("booth-review")
	}
	onScreen(p, "review", "cast")
	shows(p, "cast")
	p.Sees("CAST")
	if look {
		p.Fit()
		p.Shot("booth-cast")
	}
	return strings.ReplaceAll(Eval[string](p, `document.querySelector('[data-screen="cast"] [data-fill="tracker"]').textContent`), " ", "")
}

// count is what follows the closing hour.
func (e *election) count(crew, trackers []string) {
	e.Clock.Advance(12 * time.Hour)
	if _, err := e.Jobs.RunDue(context.Background()); err != nil {
		e.t.Fatal(err)
	}
	for _, i := range []int{0, 2} { // the second trustee has lost her key
		p := e.tab(crew[i])
		p.Go(e.at + "/trustee")
		shows(p, "ready")
		onScreen(p, "ready", "decrypt")
		shows(p, "open")
		p.Type("#p3", passphrase)
		onScreen(p, "open", "open")
		shows(p, "decrypted")
	}
	p := e.tab("officer")
	p.Go(e.at)
	p.Sees("Counted", "has decrypted", "have not declared")
	p.Follow(`button[value="certify"]`)
	e.agreed("certify")
	p.Go(e.at)
	p.Sees("Passed", "Declared")
	if len(trackers) < 10 {
		p.Sees("So few ballots")
	}
	for _, s := range []Screen{Desk, Phone} {
		p.Screen(s)
		p.Fit()
		p.Shot("vote-result")
	}
	p = e.tab("")
	p.Go("/b/" + e.uuid + "/check")
	p.Sees("belenios-tool election verify", "Passed")
	onScreen(p, "ask", "verify")
	shows(p, "verified")
	p.Sees("Everything checks")
	for _, s := range []Screen{Desk, Phone} {
		p.Screen(s)
		p.Fit()
		p.Shot("vote-check")
	}
	if body := p.pageText(); strings.Contains(body, trackers[0]) { // folded away, and there for who looks
		e.t.Log("trackers are unfolded")
	}
}
