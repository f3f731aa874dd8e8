// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"crypto/rand"
	"fmt"
	"path/filepath"

	"github.com/tenday/tenday/ballot"
	"github.com/tenday/tenday/ballot/bel"
	"github.com/tenday/tenday/ballot/canon"
	"github.com/tenday/tenday/ballot/group"
	"github.com/tenday/tenday/ballot/pki"
	"github.com/tenday/tenday/ballot/zkp"
)

// ballotStep is a command that appends one event to an archive.
type ballotStep struct {
	ballotOut
	Archive string `required:"" placeholder:"FILE" help:"cli.flag.ballot_archive"`
}

func (b ballotStep) run(ctx context.Context, c *console, step func(*ballot.Box) error) error {
	return b.appendTo(ctx, c, b.Archive, func(box *ballot.Box) error {
		if err := step(box); err != nil {
			return inOrder(err)
		}
		return b.report(c, box.Report(), box.Election().Questions)
	})
}

type ballotCloseCmd struct{ ballotStep }

// Run ends the vote.
func (b *ballotCloseCmd) Run(ctx context.Context, c *console) error {
	return b.run(ctx, c, (*ballot.Box).EndBallots)
}

type ballotTallyCmd struct{ ballotStep }

// Run adds the encrypted ballots up.
func (b *ballotTallyCmd) Run(ctx context.Context, c *console) error {
	return b.run(ctx, c, (*ballot.Box).AppendTally)
}

type ballotResultCmd struct{ ballotStep }

// Run decodes the counts.
func (b *ballotResultCmd) Run(ctx context.Context, c *console) error {
	return b.run(ctx, c, (*ballot.Box).AppendResult)
}

// ballotKeyFiles are the files of a trustee's secret: one of a single trustee, two of a threshold trustee.
type ballotKeyFiles struct {
	Privkey string `placeholder:"FILE" help:"cli.flag.ballot_privkey"`
	Key     string `placeholder:"FILE" help:"cli.flag.ballot_key"`
	Dkey    string `placeholder:"FILE" help:"cli.flag.ballot_dkey"`
}

// given tells whether the files of one kind of trustee are there, and no others.
func (b ballotKeyFiles) given() bool {
	return b.Privkey != "" && b.Key+b.Dkey == "" || b.Privkey == "" && b.Key != "" && b.Dkey != ""
}

// ballotCheckCmd answers a server's key check: the key is at hand and works.
type ballotCheckCmd struct {
	ballotOut
	ballotKeyFiles
	Challenge string `required:"" placeholder:"TEXT" help:"cli.flag.ballot_challenge"`
}

// Run prints the proof, one line of JSON, for the trustee's page.
func (b *ballotCheckCmd) Run(c *console) error {
	if !b.given() {
		return b.fail(c, "", ballotMisuse("give --privkey, or --key and --dkey"))
	}
	x, err := b.secret(c)
	if err != nil {
		return b.fail(c, "", err)
	}
	defer x.Erase()
	public := group.GeneratorSecretTable().Pow(x)
	proof, err := zkp.ProveLog(rand.Reader, []byte("tenday-check-1|"+b.Challenge+"|"+public.String()+"|"), x)
	if err != nil {
		return err
	}
	_, err = c.out.Write(loose(canon.Marshal(proof.Wire())))
	return err
}

// ballotDecryptCmd makes a trustee's part of the count, or puts one into an archive.
type ballotDecryptCmd struct {
	ballotOut
	Archive string `required:"" placeholder:"FILE" help:"cli.flag.ballot_archive"`
	Owner   int    `help:"cli.flag.ballot_owner"`
	ballotKeyFiles
	Out    string `placeholder:"FILE" help:"cli.flag.ballot_out"`
	Append string `placeholder:"FILE" help:"cli.flag.ballot_append"`
}

// Run decrypts or appends.
func (b *ballotDecryptCmd) Run(ctx context.Context, c *console) error {
	switch {
	case b.Append != "" && b.Privkey+b.Key+b.Dkey+b.Out == "" && b.Owner == 0:
		return b.append(ctx, c)
	case b.Append == "" && b.given() && b.Out != "" && b.Owner > 0:
		if err := b.make(ctx, c); err != nil {
			return b.fail(c, b.Archive, err)
		}
		return nil
	}
	return b.fail(c, "", ballotMisuse("give --owner, --out and --privkey (or --key and --dkey), or --append alone"))
}

func (b ballotKeyFiles) secret(c *console) (group.Secret, error) {
	if b.Privkey != "" {
		file, err := c.readBallotFile(b.Privkey)
		if err != nil {
			return group.Secret{}, err
		}
		defer clear(file)
		x, err := pki.ParsePrivateKey(file)
		if err != nil {
			return x, &refusalError{errRejected, "key.file", err.Error()}
		}
		return x, nil
	}
	file, err := c.readBallotFile(b.Key)
	if err != nil {
		return group.Secret{}, err
	}
	defer clear(file)
	seed, err := pki.ParseSeed(file)
	if err != nil {
		return group.Secret{}, &refusalError{errRejected, "key.file", err.Error()}
	}
	dkey, err := c.readBallotFile(b.Dkey)
	if err != nil {
		return group.Secret{}, err
	}
	return pki.OpenDecryptionKey(seed, dkey)
}

// make decrypts, after the whole archive was verified: a trustee works on nothing that was tampered with.
func (b *ballotDecryptCmd) make(ctx context.Context, c *console) error {
	a, err := openArchive(ctx, b.Archive, ballot.Options{})
	if err != nil {
		return err
	}
	defer a.Close()
	switch r := a.box.Report(); {
	case r.Stage == bel.Open || r.Stage == bel.Closed:
		return notReady("the archive has no encrypted tally yet")
	case r.Stage == bel.Finished:
		return notReady("the archive has its result already")
	}
	x, err := b.secret(c)
	if err != nil {
		return err
	}
	defer x.Erase()
	part, side, err := a.box.Decrypt(rand.Reader, b.Owner, x)
	if err != nil {
		return &refusalError{errRejected, "decryption.owner", err.Error()}
	}
	owned := canon.Marshal(bel.Owned{Owner: b.Owner, Payload: bel.HashOf(part)})
	if err := b.write(b.Out, append(loose(part), loose(owned)...), false); err != nil {
		return err
	}
	strict := filepath.Join(filepath.Dir(b.Out), fmt.Sprintf("pd-%d.strict.json", b.Owner))
	if err := b.write(strict, loose(side), false); err != nil {
		return err
	}
	return b.done(c, map[string]any{"owner": b.Owner, "decryption": b.Out, "side_proof": strict},
		"part of trustee %d in %s; its side proof in %s", b.Owner, b.Out, strict)
}

func (b *ballotDecryptCmd) append(ctx context.Context, c *console) error {
	file, err := c.readBallotFile(b.Append)
	if err != nil {
		return b.fail(c, b.Append, err)
	}
	lines := fileLines(file)
	if len(lines) != 2 {
		return b.fail(c, b.Append, &refusalError{errRejected, "event.payload", "a part has two lines: decryption and owner"})
	}
	var owned bel.Owned
	if err := canon.Unmarshal(lines[1], &owned); err != nil {
		return b.fail(c, b.Append, err)
	}
	if owned.Payload != bel.HashOf(lines[0]) {
		return b.fail(c, b.Append, &refusalError{errRejected, "event.payload", "the second line names another decryption than the first"})
	}
	return ballotStep{b.ballotOut, b.Archive}.run(ctx, c, func(box *ballot.Box) error {
		return box.AppendDecryption(owned.Owner, lines[0])
	})
}
