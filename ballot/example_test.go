// SPDX-License-Identifier: Apache-2.0

package ballot_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log"

	"github.com/tenday/tenday/ballot"
	"github.com/tenday/tenday/ballot/canon"
	"github.com/tenday/tenday/ballot/group"
	"github.com/tenday/tenday/ballot/pki"
)

// One trustee, two voters, and an archive that anybody can verify. Each comment names who holds the secrets of the lines below it.
func Example() {
	check := func(err error) {
		if err != nil {
			log.Fatal(err)
		}
	}

	// The trustee, on a device of her own.
	key, err := group.RandomSecret(rand.Reader)
	check(err)
	public, err := pki.NewPublicKey(rand.Reader, key, "Trustee 1")
	check(err)

	// The credential officer, offline.
	uuid, err := ballot.NewUUID(rand.Reader)
	check(err)
	var secrets [2]ballot.Credential
	var list ballot.Credentials
	for i := range secrets {
		secrets[i], err = ballot.NewCredential(rand.Reader)
		check(err)
		var entry canon.Decimal
		entry, err = secrets[i].Public(uuid)
		check(err)
		list = append(list, entry)
	}

	// The server.
	blank := true
	questions := []ballot.Question{{Text: "Ratify?", Answers: []string{"Yes", "No"}, Blank: &blank, Min: 1, Max: 1}}
	trustees := ballot.Trustees{{Single: &public}}
	election, err := ballot.NewElection(uuid, "Ratification", "", questions, trustees)
	check(err)
	file := &memory{} // an *os.File elsewhere
	box, err := ballot.Create(file, rand.Reader, 1_795_294_951, election, trustees, list)
	check(err)

	// The voters: slot 0 is blank, then Yes and No.
	parsed, err := ballot.ParseElection(election)
	check(err)
	for i, votes := range [][][]int{{{0, 1, 0}}, {{1, 0, 0}}} {
		raw, err := parsed.NewBallot(rand.Reader, secrets[i], votes)
		check(err)
		_, err = box.AppendBallot(raw)
		check(err)
	}

	// The server, the trustee, the server.
	check(box.EndBallots())
	check(box.AppendTally())
	part, _, err := box.Decrypt(rand.Reader, 1, key)
	check(err)
	check(box.AppendDecryption(1, part))
	check(box.AppendResult())

	// Anybody.
	report, err := ballot.Verify(context.Background(), file, box.Size(), ballot.Options{})
	check(err)
	fmt.Println(report.Stage, report.BallotsCounted, "of", report.Credentials, report.Result)
	// Output: result 2 of 2 [[1 1 0]]
}

func ExampleReadCredential() {
	_, err := ballot.ReadCredential("iBY CNu cSd b7m za2")
	var e *ballot.CredentialError
	fmt.Println(errors.As(err, &e), e.Reason)
	// Output: true credential.checksum
}

func ExampleRule_Decide() {
	majority := ballot.Rule{
		Quorum: ballot.Quorum{Kind: "fraction", Test: "at_least", Fraction: "1/3"},
		Pass:   ballot.Pass{Denominator: "cast", Test: "more_than", Fraction: "1/2"},
	}
	outcome, err := majority.Decide(ballot.Counts{Eligible: 600, Cast: 410, Yes: 205, No: 200, Blank: 5})
	fmt.Println(outcome, err)
	// Output: failed: 205 of 410 <nil>
}
