// SPDX-License-Identifier: Apache-2.0

package ballot_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tenday/tenday/ballot"
	"github.com/tenday/tenday/ballot/bel"
	"github.com/tenday/tenday/ballot/canon"
)

func TestAReceiptHoldsForItselfAlone(t *testing.T) {
	t.Parallel()

	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	r := ballot.Receipt{UUID: "11111111111111", Tracker: strings.Repeat("a", 43), Height: 7, Event: bel.HashOf([]byte("x"))}
	s := r.Sign(private)
	again, err := ballot.ParseSignedReceipt(s.Marshal())
	if err != nil || !again.Verify(public) || again != r.Sign(private) {
		t.Errorf("%+v %v", again, err)
	}
	for name, change := range map[string]func(*ballot.SignedReceipt){
		"tracker": func(s *ballot.SignedReceipt) { s.Tracker = strings.Repeat("b", 43) },
		"height":  func(s *ballot.SignedReceipt) { s.Height++ },
		"vote":    func(s *ballot.SignedReceipt) { s.UUID = "22222222222222" },
		"event":   func(s *ballot.SignedReceipt) { s.Event[0]++ },
		"padding": func(s *ballot.SignedReceipt) { s.Signature += "==" },
	} {
		bad := s
		change(&bad)
		if bad.Verify(public) {
			t.Errorf("another %s, and it still holds", name)
		}
	}
	head := ballot.Head{Hash: r.Event, Height: 7}.Sign(private, r.UUID)
	if !head.Verify(public) || head.Signature == s.Signature {
		t.Error("a head and a receipt must be two things")
	}
	if _, err := ballot.ParseSignedHead(s.Marshal()); err == nil {
		t.Error("a receipt reads as a head")
	}
}

func TestCheckBallotSaysWhatABoxWouldSay(t *testing.T) {
	t.Parallel()

	e := newElection(t, 2, 1, 0, 0, yesNoBlank)
	raw := e.cast(t, 0, []int{0, 1, 0})
	public := must[canon.Decimal](t)(e.credentials[0].Public(e.uuid))
	asked := 0
	listed := func(h bel.Hash) bool { asked++; return h == bel.HashOf([]byte(public)) }
	c, err := e.box.Election().CheckBallot(raw, listed)
	if err != nil || c.Hash != bel.HashOf(raw) || len(c.Ciphertexts) != 3 || asked != 1 {
		t.Errorf("%+v, asked %d times: %v", c, asked, err)
	}
	strange := must[[]byte](t)(e.box.Election().NewBallot(rand.Reader, e.credentials[1], [][]int{{0, 1, 0}}))
	bent := bytes.Replace(raw, []byte(`"challenge":"1`), []byte(`"challenge":"2`), 1)
	if bytes.Equal(bent, raw) {
		bent = bytes.Replace(raw, []byte(`"response":"`), []byte(`"response":"1`), 1)
	}
	for want, bad := range map[string][]byte{"ballot.credential": strange, "json.syntax": []byte("{"), "": bent} {
		_, err := e.box.Election().CheckBallot(bad, listed)
		var reason *canon.Error
		if !errors.As(err, &reason) || want != "" && reason.Reason != want {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}

func TestListsOfCredentialsAndTrusteesAreChecked(t *testing.T) {
	t.Parallel()

	e := newElection(t, 3, 1, 2, 3, yesNoBlank)
	if owners, needed, err := e.trustees.Check(); owners != 4 || needed != 3 || err != nil {
		t.Errorf("%d owners, %d needed, %v", owners, needed, err)
	}
	list := ballot.Credentials{must[canon.Decimal](t)(e.credentials[0].Public(e.uuid)), must[canon.Decimal](t)(e.credentials[1].Public(e.uuid))}
	if err := list.Check(rand.Reader); err != nil {
		t.Error(err)
	}
	for want, bad := range map[string]ballot.Credentials{
		"credentials.empty": {}, "credentials.duplicate": {list[0], list[0]}, "credentials.element": {list[0], "1"},
	} {
		var reason *canon.Error
		if err := bad.Check(rand.Reader); !errors.As(err, &reason) || reason.Reason != want {
			t.Errorf("want %s, got %v", want, err)
		}
	}
}

func TestARosterNamesTheLineThatIsWrong(t *testing.T) {
	t.Parallel()

	for _, test := range []struct {
		csv    string
		ids    []string
		reason string
		line   int
	}{
		{"\ufeffid,name\r\n0001,\"Ali,\nAna\"\r\n0002,Bo\r\n", []string{"0001", "0002"}, "", 0},
		{"", nil, "roster.empty", 1},
		{"id\n", nil, "roster.empty", 1},
		{"name\nAna\n", nil, "roster.no_id", 1},
		{"id\na\n\"\"\n", nil, "roster.empty_id", 3},
		{"id\na\nb\na\n", nil, "roster.duplicate", 4},
		{"id\na b\n", nil, "roster.bad_id", 2},
		{"id,name\na\n", nil, "roster.csv", 2},
	} {
		ids, err := ballot.ReadRoster([]byte(test.csv))
		var e *ballot.RosterError
		if errors.As(err, &e) != (test.reason != "") || e != nil && (e.Reason != test.reason || e.Line != test.line) {
			t.Errorf("%q: %v", test.csv, err)
		}
		if diff := cmp.Diff(test.ids, ids); diff != "" {
			t.Errorf("%q: %s", test.csv, diff)
		}
	}
}
