// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/tenday/tenday/ballot"
	"github.com/tenday/tenday/ballot/canon"
	"github.com/tenday/tenday/ballot/pki"
)

// ballotSetupCmd puts an election together in a folder, of files that either program made.
type ballotSetupCmd struct {
	ballotOut
	Dir      string `required:"" placeholder:"DIR" help:"cli.flag.ballot_dir"`
	Template string `placeholder:"FILE" help:"cli.flag.ballot_template"`
}

// The files of a folder. Public keys come one a file (*.pubkey) or one a line (public_keys.jsons).
const (
	uuidFile      = "uuid"
	publicFile    = "public_creds.json"
	keysFile      = "public_keys.jsons"
	thresholdFile = "threshold.json"
	trusteesFile  = "trustees.json"
	electionFile  = "election.json"
)

// ballotTemplate is what voters are asked. The fields are those of belenios-tool's templates.
type ballotTemplate struct {
	Description string            `json:"description"`
	Name        string            `json:"name"`
	Questions   []ballot.Question `json:"questions"`
}

// Run makes the identifier, and the archive once everything for it is there.
func (b *ballotSetupCmd) Run(ctx context.Context, c *console) error {
	uuid, err := b.uuid(c)
	if err != nil {
		return b.fail(c, b.Dir, err)
	}
	trustees, credentials, missing, err := b.parts(c)
	if err != nil {
		return b.fail(c, b.Dir, err)
	}
	text, err := b.election(c, uuid, trustees)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		missing = append(missing, electionFile+" (--template)")
	case err != nil:
		return b.fail(c, b.Dir, err)
	}
	if len(missing) > 0 {
		return b.fail(c, b.Dir, notReady("election %s still needs: %s", uuid, strings.Join(missing, ", ")))
	}
	e, err := ballot.ParseElection(text)
	if err != nil {
		return b.fail(c, electionFile, err)
	}
	if e.UUID != uuid {
		return b.fail(c, electionFile, &refusalError{errRejected, "election.uuid", "the election has another identifier than the folder"})
	}
	name := filepath.Join(b.Dir, uuid+".bel")
	archive := &scratch{}
	if _, err := ballot.Create(archive, rand.Reader, time.Now().Unix(), text, trustees, credentials); err != nil {
		return b.fail(c, name, err)
	}
	for file, content := range map[string][]byte{electionFile: loose(text), trusteesFile: loose(trustees.Marshal())} {
		if _, err := os.Stat(filepath.Join(b.Dir, file)); err == nil {
			continue
		}
		if err := b.write(filepath.Join(b.Dir, file), content, false); err != nil {
			return b.fail(c, b.Dir, err)
		}
	}
	if err := b.write(name, archive.Bytes(), false); err != nil {
		return b.fail(c, name, err)
	}
	return b.done(c, map[string]any{"uuid": uuid, "archive": name, "fingerprint": e.Fingerprint(), "credentials": len(credentials)},
		"%s: %d credentials, fingerprint %s", name, len(credentials), e.Fingerprint())
}

// uuid returns the identifier of the folder, drawn at its first use.
func (b *ballotSetupCmd) uuid(c *console) (string, error) {
	if err := os.MkdirAll(b.Dir, 0o700); err != nil {
		return "", fmt.Errorf("make folder: %w", err)
	}
	name := filepath.Join(b.Dir, uuidFile)
	text, err := c.readLine(name)
	if err == nil || !errors.Is(err, fs.ErrNotExist) {
		return string(text), err
	}
	uuid, err := ballot.NewUUID(rand.Reader)
	if err != nil {
		return "", err
	}
	return uuid, b.write(name, []byte(uuid+"\n"), false)
}

// parts reads the trustees and the public credentials; missing says which are not there yet.
func (b *ballotSetupCmd) parts(c *console) (trustees ballot.Trustees, credentials ballot.Credentials, missing []string, err error) {
	if data, err := c.readLine(filepath.Join(b.Dir, trusteesFile)); err == nil {
		if trustees, err = ballot.ParseTrustees(data); err != nil {
			return nil, nil, nil, fmt.Errorf("%s: %w", trusteesFile, err)
		}
	} else if trustees, err = b.trustees(c); err != nil {
		return nil, nil, nil, err
	}
	if len(trustees) == 0 {
		missing = append(missing, "a trustee's key (*.pubkey or "+thresholdFile+")")
	}
	data, err := c.readLine(filepath.Join(b.Dir, publicFile))
	if errors.Is(err, fs.ErrNotExist) {
		return trustees, nil, append(missing, publicFile), nil
	}
	if err != nil {
		return nil, nil, nil, err
	}
	credentials, err = ballot.ImportCredentials(data)
	return trustees, credentials, missing, err
}

// trustees collects keys in the order of belenios-tool: single ones first.
func (b *ballotSetupCmd) trustees(c *console) (trustees ballot.Trustees, err error) {
	var keys [][]byte
	all, err := c.readBallotFile(filepath.Join(b.Dir, keysFile))
	switch {
	case err == nil:
		keys = fileLines(all)
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	default:
		names, err := filepath.Glob(filepath.Join(b.Dir, "*.pubkey"))
		if err != nil {
			return nil, fmt.Errorf("look for keys: %w", err)
		}
		slices.Sort(names)
		for _, name := range names {
			key, err := c.readLine(name)
			if err != nil {
				return nil, err
			}
			keys = append(keys, key)
		}
	}
	for _, data := range keys {
		var key pki.PublicKey
		if err := canon.Unmarshal(data, &key); err != nil {
			return nil, fmt.Errorf("public key: %w", err)
		}
		trustees = append(trustees, ballot.Trustee{Single: &key})
	}
	data, err := c.readLine(filepath.Join(b.Dir, thresholdFile))
	if errors.Is(err, fs.ErrNotExist) {
		return trustees, nil
	}
	if err != nil {
		return nil, err
	}
	var group pki.Threshold
	if err := canon.Unmarshal(data, &group); err != nil {
		return nil, fmt.Errorf("%s: %w", thresholdFile, err)
	}
	return append(trustees, ballot.Trustee{Pedersen: &group}), nil
}

// election returns the bytes of election.json, or makes them of the template.
func (b *ballotSetupCmd) election(c *console, uuid string, trustees ballot.Trustees) ([]byte, error) {
	text, err := c.readLine(filepath.Join(b.Dir, electionFile))
	if err == nil || !errors.Is(err, fs.ErrNotExist) {
		return text, err
	}
	if b.Template == "" {
		return nil, fs.ErrNotExist
	}
	data, err := c.readBallotFile(b.Template)
	if err != nil {
		return nil, err
	}
	var t ballotTemplate
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&t); err != nil {
		return nil, &refusalError{errRejected, "json.schema", "template: " + err.Error()}
	}
	if len(trustees) == 0 {
		return []byte("{}"), nil // the list of what is missing is told first
	}
	return ballot.NewElection(uuid, t.Name, t.Description, t.Questions, trustees)
}

// fileLines returns the lines of a file that are not empty.
func fileLines(file []byte) (lines [][]byte) {
	for l := range bytes.Lines(file) {
		if l = bytes.TrimSpace(l); len(l) > 0 {
			lines = append(lines, l)
		}
	}
	return lines
}

// scratch is an archive in memory, until it is known to be good.
type scratch struct{ bytes.Buffer }

// ReadAt reads what was written.
func (s *scratch) ReadAt(p []byte, at int64) (int, error) {
	return bytes.NewReader(s.Bytes()).ReadAt(p, at)
}

// WriteAt appends: archives only grow.
func (s *scratch) WriteAt(p []byte, at int64) (int, error) {
	if at != int64(s.Len()) {
		return 0, fmt.Errorf("write at %d of %d bytes", at, s.Len())
	}
	return s.Write(p)
}

// Sync has nothing to do.
func (s *scratch) Sync() error { return nil }
