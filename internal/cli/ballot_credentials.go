// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tenday/tenday/ballot"
	"github.com/tenday/tenday/ballot/bel"
)

// ballotCredentialsCmd is the credential officer's: she alone ever holds the voters' private credentials.
type ballotCredentialsCmd struct {
	ballotOut
	UUID          string `name:"uuid" placeholder:"UUID" help:"cli.flag.ballot_uuid"`
	Roster        string `placeholder:"CSV" help:"cli.flag.ballot_roster"`
	Out           string `placeholder:"DIR" help:"cli.flag.ballot_out_dir"`
	Link          string `placeholder:"URL" help:"cli.flag.ballot_link"`
	Derive        string `placeholder:"FILE" help:"cli.flag.ballot_derive"`
	Check         string `placeholder:"ARCHIVE" help:"cli.flag.ballot_check"`
	Participation string `placeholder:"ARCHIVE" help:"cli.flag.ballot_participation"`
	Absent        bool   `help:"cli.flag.ballot_absent"`
	Private       string `placeholder:"FILE" help:"cli.flag.ballot_private"`
}

const privateFile = "private_creds"

// Run does what the flags ask for; one of them chooses it.
func (b *ballotCredentialsCmd) Run(ctx context.Context, c *console) error {
	modes := 0
	for _, f := range []string{b.Roster, b.Derive, b.Check, b.Participation} {
		if f != "" {
			modes++
		}
	}
	var err error
	switch {
	case modes != 1:
		err = ballotMisuse("give one of --roster, --derive, --check, --participation")
	case b.Roster != "":
		err = b.make(c)
	case b.Derive != "":
		err = b.derive(c)
	case b.Private == "":
		err = ballotMisuse("--private says which file holds the credentials")
	case b.Check != "":
		err = b.check(ctx, c)
	default:
		err = b.participation(ctx, c)
	}
	if err != nil {
		return b.fail(c, "", err)
	}
	return nil
}

// make draws a credential for each id: the private ones for their voters, the public ones for the server.
func (b *ballotCredentialsCmd) make(c *console) error {
	if b.UUID == "" || b.Out == "" {
		return ballotMisuse("--roster needs --uuid and --out")
	}
	data, err := c.readBallotFile(b.Roster)
	if err != nil {
		return err
	}
	ids, err := ballot.ReadRoster(data)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(b.Out, 0o700); err != nil {
		return fmt.Errorf("make folder: %w", err)
	}
	var private bytes.Buffer
	defer func() { clear(private.Bytes()) }()
	list := make(ballot.Credentials, len(ids))
	sheets := newSheets(b.Link, b.UUID)
	for i, id := range ids {
		one, err := ballot.NewCredential(rand.Reader)
		if err != nil {
			return err
		}
		if list[i], err = one.Public(b.UUID); err != nil {
			return err
		}
		fmt.Fprintf(&private, "%s %s\n", id, one.Reveal())
		if err := sheets.add(id, one); err != nil {
			return err
		}
	}
	public := list.Marshal()
	if err := b.write(filepath.Join(b.Out, privateFile), private.Bytes(), true); err != nil {
		return err
	}
	if err := b.write(filepath.Join(b.Out, publicFile), loose(public), false); err != nil {
		return err
	}
	if b.Link != "" {
		if err := b.write(filepath.Join(b.Out, "sheets.html"), sheets.page(), true); err != nil {
			return err
		}
	}
	hash := bel.HashOf(public).Base64()
	return b.done(c, map[string]any{"uuid": b.UUID, "credentials": len(ids), "fingerprint": hash},
		"%d credentials for election %s; fingerprint of the public list: %s", len(ids), b.UUID, hash)
}

// derive prints the public values of credentials, one a line.
func (b *ballotCredentialsCmd) derive(c *console) error {
	if b.UUID == "" {
		return ballotMisuse("--derive needs --uuid")
	}
	data, err := c.readBallotFile(b.Derive)
	if err != nil {
		return err
	}
	all, err := readPrivate(data)
	if err != nil {
		return err
	}
	values := make([]string, len(all))
	for i, one := range all {
		value, err := one.credential.Public(b.UUID)
		if err != nil {
			return err
		}
		values[i] = string(value)
	}
	return b.done(c, map[string]any{"uuid": b.UUID, "public": values}, "%s", strings.Join(values, "\n"))
}

// privateCredential is a line of private_creds: a voter's id and her credential, or the credential alone.
type privateCredential struct {
	id         string
	credential ballot.Credential
}

func readPrivate(data []byte) ([]privateCredential, error) {
	var all []privateCredential
	for i, l := range fileLines(data) {
		words := strings.Fields(string(l))
		one, err := ballot.ParseCredential(words[len(words)-1])
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
		all = append(all, privateCredential{strings.Join(words[:len(words)-1], " "), one})
	}
	if len(all) == 0 {
		return nil, notReady("the file holds no credential")
	}
	return all, nil
}

// own returns the credentials of --private by the hash of their public values.
func (b *ballotCredentialsCmd) own(c *console, uuid string) (map[bel.Hash]string, error) {
	data, err := c.readBallotFile(b.Private)
	if err != nil {
		return nil, err
	}
	all, err := readPrivate(data)
	if err != nil {
		return nil, err
	}
	ids := make(map[bel.Hash]string, len(all))
	for _, one := range all {
		value, err := one.credential.Public(uuid)
		if err != nil {
			return nil, err
		}
		ids[bel.HashOf([]byte(value))] = one.id
	}
	return ids, nil
}

// check compares the list in an archive with the one that the private credentials give.
func (b *ballotCredentialsCmd) check(ctx context.Context, c *console) error {
	a, err := openArchive(ctx, b.Check, ballot.Options{})
	if err != nil {
		return err
	}
	defer a.Close()
	listed, err := a.credentials()
	if err != nil {
		return err
	}
	own, err := b.own(c, a.box.Election().UUID)
	if err != nil {
		return err
	}
	for _, h := range listed.Hashes() {
		if _, ok := own[h]; !ok {
			return &refusalError{errRejected, "credential.not_listed", "the archive lists a credential that is not yours"}
		}
	}
	if len(listed) != len(own) {
		return &refusalError{
			errRejected, "credential.not_listed",
			fmt.Sprintf("the archive lists %d credentials, you have %d", len(listed), len(own)),
		}
	}
	return b.done(c, map[string]any{"uuid": a.box.Election().UUID, "credentials": len(own)}, "the archive lists your %d credentials and no other", len(own))
}

// participation prints the ids whose ballot counts, or with --absent those without one. It does not tell what anyone voted.
func (b *ballotCredentialsCmd) participation(ctx context.Context, c *console) error {
	a, err := openArchive(ctx, b.Participation, ballot.Options{})
	if err != nil {
		return err
	}
	defer a.Close()
	own, err := b.own(c, a.box.Election().UUID)
	if err != nil {
		return err
	}
	voted := map[string]bool{}
	for step, err := range bel.Steps(a.File, a.size) {
		if err != nil {
			return err
		}
		if step.Event.Type != bel.Ballot {
			continue
		}
		raw, err := bel.Read(a.File, step.Data[0])
		if err != nil {
			return err
		}
		var cast struct{ Credential string }
		if err := json.Unmarshal(raw, &cast); err != nil {
			return fmt.Errorf("read ballot again: %w", err)
		}
		if id, ok := own[bel.HashOf([]byte(cast.Credential))]; ok {
			voted[id] = true
		}
	}
	ids := []string{}
	for _, id := range own {
		if voted[id] != b.Absent {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return b.done(c, map[string]any{"uuid": a.box.Election().UUID, "ids": ids}, "%s", strings.Join(ids, "\n"))
}
