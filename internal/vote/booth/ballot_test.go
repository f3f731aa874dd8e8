// SPDX-License-Identifier: Apache-2.0

package booth_test

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tenday/tenday/ballot"
	"github.com/tenday/tenday/ballot/bel"
	"github.com/tenday/tenday/ballot/group"
	"github.com/tenday/tenday/ballot/zkp"
)

// inspected is what the modules say about a ballot.
type inspected struct {
	Tracker string
	Early   *refusal
	Late    *refusal
}

func (i inspected) code() string {
	switch {
	case i.Early != nil:
		return i.Early.Code
	case i.Late != nil:
		return i.Late.Code
	}
	return ""
}

func open(t testing.TB, e engine, el *election) {
	t.Helper()
	call[json.RawMessage](t, e, "crew.js", "operations.open", map[string]any{"election": octets(el.raw)})
}

// TestRandomBallotsOfTheBoothCount makes ballots with random questions and votes in Node and as many in Chromium. The engine takes each, the
// modules take each of the engine's, the counts are right, and belenios-tool and the modules accept the archive. Every run draws others;
// TENDAY_BALLOTS asks for more of them: 200 before a release.
func TestRandomBallotsOfTheBoothCount(t *testing.T) {
	t.Parallel()

	elections, voters := 5, 8
	if testing.Short() {
		elections = 2
	}
	if n, err := strconv.Atoi(os.Getenv("TENDAY_BALLOTS")); err == nil {
		elections = max(elections, n/voters)
	}
	engines(t, func(t *testing.T, e engine) {
		for i := range elections {
			seed := mathrand.Uint64()
			r := mathrand.New(mathrand.NewPCG(seed, 0))
			questions := []ballot.Question{yesNoBlank}
			if i > 0 {
				questions = []ballot.Question{randomQuestion(r), randomQuestion(r)}[:1+r.IntN(2)]
			}
			el := newElection(t, voters, questions...)
			open(t, e, el)
			want := make([][]int, len(questions))
			for k := range questions {
				want[k] = make([]int, questions[k].Slots())
			}
			for v, c := range el.credentials {
				votes := randomVotes(r, questions)
				raw := call[string](t, e, "crew.js", "operations.ballot", map[string]any{"credential": c.Reveal(), "votes": votes})
				receipt, err := el.box.AppendBallot([]byte(raw))
				if err != nil {
					t.Fatalf("seed %d: ballot %v of %+v: %v", seed, votes, questions, err)
				}
				if tracker := call[string](t, e, "hash.js", "tracker", raw); tracker != receipt.Tracker {
					t.Errorf("tracker %s, the engine says %s", tracker, receipt.Tracker)
				}
				if v == 0 { // she changes her mind, with the engine
					votes = randomVotes(r, questions)
					ours := must[[]byte](t)(el.box.Election().NewBallot(rand.Reader, c, votes))
					if got := call[inspected](t, e, "crew.js", "operations.inspect", map[string]any{"raw": octets(ours)}); got.code() != "" {
						t.Fatalf("seed %d: the modules refuse our ballot: %s", seed, got.code())
					}
					must[ballot.Receipt](t)(el.box.AppendBallot(ours))
				}
				for k := range votes {
					for j, x := range votes[k] {
						want[k][j] += x
					}
				}
			}
			el.count()
			if diff := cmp.Diff(want, el.box.Report().Result); diff != "" {
				t.Errorf("seed %d: counts (-want +got):\n%s", seed, diff)
			}
			el.toolVerifies()
			report := call[struct {
				Result [][]int
				Head   string
			}](t, e, "", "verifyArchive", octets(el.file.b))
			if diff := cmp.Diff(want, report.Result); diff != "" {
				t.Errorf("seed %d: the modules count (-want +got):\n%s", seed, diff)
			}
			if head := el.box.Report().Head.Hash.String(); report.Head != head {
				t.Errorf("head %s, want %s", report.Head, head)
			}
		}
	})
}

// TestATamperedBallotIsRefusedAlike changes one place of a valid ballot at a time. The modules and the engine name the same reason.
func TestATamperedBallotIsRefusedAlike(t *testing.T) {
	t.Parallel()

	e := newNode(t)
	el := newElection(t, 2, yesNoBlank, ballot.Question{Text: "?", Answers: []string{"a", "b"}, Min: 0, Max: 2})
	open(t, e, el)
	raw := call[string](t, e, "crew.js", "operations.ballot", map[string]any{
		"credential": el.credentials[0].Reveal(), "votes": [][]int{{0, 1, 0}, {1, 1}},
	})
	var parsed struct {
		Answers []struct {
			Choices []struct{ Alpha, Beta string }
		}
	}
	if err := json.Unmarshal([]byte(raw), &parsed); err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	alike := func(what, changed string) {
		t.Helper()
		if changed == raw {
			t.Fatalf("%s: nothing was changed", what)
		}
		got := call[inspected](t, e, "crew.js", "operations.inspect", map[string]any{"raw": octets(changed)})
		_, err := el.box.AppendBallot([]byte(changed))
		want := ""
		if r, ok := errors.AsType[*ballot.Reject](err); ok {
			want = r.Reason
		}
		if want == "ballot.credential" {
			want = got.code() // the list of credentials is not part of what a worker knows
		}
		if want == "" || got.code() != want {
			t.Errorf("%s: the modules say %q, the engine %v", what, got.code(), err)
		}
		seen[want]++
	}
	resigned := func(changed string, by int) string {
		unsigned := changed[:strings.LastIndex(changed, `,"signature":`)] + "}"
		hash := bel.HashOf([]byte(unsigned)).Base64()
		s := must[group.Secret](t)(el.credentials[by].Derive(el.uuid))
		proof := must[zkp.Proof](t)(zkp.ProveLog(rand.Reader, []byte("sig|"+hash+"|"), s)).Wire()
		return fmt.Sprintf(`%s,"signature":{"hash":"%s","proof":{"challenge":"%s","response":"%s"}}}`,
			unsigned[:len(unsigned)-1], hash, proof.Challenge, proof.Response)
	}
	replace := func(old, by string) string { return strings.Replace(raw, old, by, 1) }
	for i, a := range parsed.Answers {
		for j, c := range a.Choices {
			at := fmt.Sprintf("answer %d choice %d", i, j)
			alike(at+" is another element", replace(`"`+c.Alpha+`"`, `"`+string(el.public[1])+`"`))
			alike(at+" is 1", replace(`"`+c.Beta+`"`, `"1"`))
			alike(at+" is 0", replace(`"`+c.Beta+`"`, `"0"`))
			alike(at+" with a zero in front", replace(`"`+c.Beta+`"`, `"0`+c.Beta+`"`))
			alike(at+" outside the group", replace(`"`+c.Alpha+`"`, `"2"`))
		}
	}
	r := mathrand.New(mathrand.NewPCG(1, 2))
	for range 60 { // one digit of one number
		at := r.IntN(len(raw))
		if c := raw[at]; c >= '0' && c <= '9' {
			alike(fmt.Sprintf("digit at %d", at), raw[:at]+string('0'+(c-'0'+1)%10)+raw[at+1:])
		}
	}
	for i := range strings.Count(raw, `"response":"`) { // each proof in turn
		parts := strings.SplitAfter(raw, `"response":"`)
		number := parts[i+1]
		second := number[1] - 1 // digit: the number stays below q
		if number[1] == '0' {
			second = '1' // q begins with 78
		}
		parts[i+1] = number[:1] + string(second) + number[2:]
		changed := strings.Join(parts, "")
		alike(fmt.Sprintf("response %d", i), changed)
		if i < strings.Count(raw, `"response":"`)-1 {
			alike(fmt.Sprintf("response %d, signed again", i), resigned(changed, 0))
		}
	}
	alike("signed by another voter", resigned(raw, 1))
	alike("white space", replace(",", ", "))
	alike("field twice", replace(`"answers":`, `"answers":[],"answers":`))
	alike("unknown field", replace(`"answers":`, `"x":1,"answers":`))
	alike("cut", raw[:len(raw)-1])
	alike("other voter's credential", replace(`"credential":"`+string(el.public[0]), `"credential":"`+string(el.public[1])))
	alike("stranger's credential", replace(`"credential":"`+string(el.public[0]), `"credential":"4`))
	for _, reason := range []string{
		"ballot.element", "ballot.hash", "ballot.signature", "ballot.individual_proof", "ballot.blank_proof", "ballot.overall_proof",
		"json.canonical", "json.schema", "json.syntax",
	} {
		if seen[reason] == 0 {
			t.Errorf("%s never occurred", reason)
		}
	}
}
