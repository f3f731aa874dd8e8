// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"slices"
	"strings"

	"github.com/tenday/tenday/ballot"
	"github.com/tenday/tenday/ballot/bel"
)

// ballotCastCmd makes a ballot, or puts one into an archive.
type ballotCastCmd struct {
	ballotOut
	Archive    string `required:"" placeholder:"FILE" help:"cli.flag.ballot_archive"`
	Credential string `placeholder:"FILE" help:"cli.flag.ballot_credential"`
	Choices    string `placeholder:"FILE" help:"cli.flag.ballot_choices"`
	Out        string `placeholder:"FILE" help:"cli.flag.ballot_out"`
	Append     string `placeholder:"FILE" help:"cli.flag.ballot_append"`
}

// Run makes or appends.
func (b *ballotCastCmd) Run(ctx context.Context, c *console) error {
	switch {
	case b.Append != "" && b.Credential+b.Choices+b.Out == "":
		return b.append(ctx, c)
	case b.Append == "" && b.Credential != "" && b.Choices != "" && b.Out != "":
		if err := b.make(ctx, c); err != nil {
			return b.fail(c, b.Archive, err)
		}
		return nil
	}
	return b.fail(c, "", ballotMisuse("give --credential, --choices and --out, or --append alone"))
}

func (b *ballotCastCmd) make(ctx context.Context, c *console) error {
	a, err := readSetup(ctx, b.Archive)
	if err != nil {
		return err
	}
	defer a.Close()
	text, err := c.readLine(b.Credential)
	if err != nil {
		return err
	}
	defer clear(text)
	credential, err := ballot.ReadCredential(string(text))
	if err != nil {
		return err
	}
	votes, err := b.choices(c)
	if err != nil {
		return err
	}
	e := a.box.Election()
	public, err := credential.Public(e.UUID)
	if err != nil {
		return err
	}
	listed, err := a.credentials()
	if err != nil {
		return err
	}
	if !slices.Contains(listed, public) {
		return &ballot.CredentialError{Reason: "credential.not_listed"}
	}
	raw, err := e.NewBallot(rand.Reader, credential, votes)
	if err != nil {
		return err
	}
	if err := b.write(b.Out, loose(raw), false); err != nil {
		return err
	}
	tracker := bel.HashOf(raw).Base64()
	return b.done(c, map[string]any{"uuid": e.UUID, "tracker": tracker, "cast": false},
		"tracker %s\nThe ballot is in %s. It is encrypted, and not yet cast.", tracker, b.Out)
}

// choices reads how to vote: from a file or standard input, never from an argument, which everybody on the machine can list.
func (b *ballotCastCmd) choices(c *console) (votes [][]int, err error) {
	if strings.HasPrefix(strings.TrimSpace(b.Choices), "[") {
		return nil, ballotMisuse("--choices names a file, or - for standard input: arguments can be read by everybody on this machine")
	}
	if b.Choices == "-" && b.Credential == "-" {
		return nil, ballotMisuse("credential and choices cannot both come from standard input")
	}
	file, err := c.readBallotFile(b.Choices)
	if err != nil {
		return nil, err
	}
	defer clear(file)
	if err := json.Unmarshal(file, &votes); err != nil {
		return nil, &refusalError{errRejected, "votes.shape", "choices are one list of 0 and 1 a question, as [[0,1,0]]"}
	}
	return votes, nil
}

// append takes one ballot, or a file with one a line. The first that is refused ends it; those before it are cast.
func (b *ballotCastCmd) append(ctx context.Context, c *console) error {
	file, err := c.readBallotFile(b.Append)
	if err != nil {
		return b.fail(c, b.Append, err)
	}
	all := fileLines(file)
	if len(all) == 0 {
		return b.fail(c, b.Append, notReady("the file holds no ballot"))
	}
	return b.appendTo(ctx, c, b.Archive, func(box *ballot.Box) error {
		var receipts []ballot.Receipt
		for _, raw := range all {
			r, err := box.AppendBallot(raw)
			if err != nil {
				return inOrder(err)
			}
			receipts = append(receipts, r)
		}
		if r := receipts[0]; len(all) == 1 {
			return b.done(c, map[string]any{"uuid": r.UUID, "tracker": r.Tracker, "height": r.Height, "event": r.Event},
				"CAST\ntracker %s\nheight %d, event %s", r.Tracker, r.Height, r.Event)
		}
		return b.done(c, map[string]any{"receipts": receipts}, "CAST: %d ballots", len(receipts))
	})
}
