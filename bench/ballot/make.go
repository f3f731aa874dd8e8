// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"

	"github.com/tenday/tenday/ballot"
	"github.com/tenday/tenday/ballot/bel"
	"github.com/tenday/tenday/ballot/group"
	"github.com/tenday/tenday/ballot/pki"
)

// trustees is how many keys there are, each of them needed.
const trustees = 3

// made is a folder with an archive of ballots, open, and the trustees' keys beside it (in keys, which no tool looks into).
type made struct{ dir, uuid string }

func (m made) file() string { return filepath.Join(m.dir, m.uuid+".bel") }

func (m made) key(owner int) string {
	return filepath.Join(m.dir, "keys", strconv.Itoa(owner)+".privkey")
}

// archive returns the archive of n ballots, made if it is not there yet.
func (b *bench) archive(n int) (made, error) {
	dir, err := filepath.Abs(filepath.Join(b.dir, strconv.Itoa(n)))
	if err != nil {
		return made{}, err
	}
	if uuid, err := os.ReadFile(filepath.Join(dir, "keys", "whole")); err == nil {
		return made{dir, string(uuid)}, nil
	}
	fmt.Printf("casting %d ballots\n", n)
	m := made{dir: dir}
	if m.uuid, err = ballot.NewUUID(rand.Reader); err != nil {
		return m, err
	}
	if err := errors.Join(os.RemoveAll(dir), os.MkdirAll(filepath.Join(dir, "keys"), 0o700)); err != nil {
		return m, err
	}
	if err := m.cast(n); err != nil {
		return m, err
	}
	return m, os.WriteFile(filepath.Join(dir, "keys", "whole"), []byte(m.uuid), 0o600)
}

// cast writes an archive in which everybody on the list has voted.
func (m made) cast(n int) error {
	var keys ballot.Trustees
	for owner := range trustees {
		x, err := group.RandomSecret(rand.Reader)
		if err != nil {
			return err
		}
		key, err := pki.NewPublicKey(rand.Reader, x, "")
		if err != nil {
			return err
		}
		keys = append(keys, ballot.Trustee{Single: &key})
		if err := os.WriteFile(m.key(owner+1), append(pki.MarshalPrivateKey(x), '\n'), 0o600); err != nil {
			return err
		}
	}
	blank := true
	text, err := ballot.NewElection(m.uuid, "Bench", "", []ballot.Question{{Text: "Shall we strike?", Answers: []string{"Yes", "No"}, Blank: &blank, Min: 1, Max: 1}}, keys)
	if err != nil {
		return err
	}
	election, err := ballot.ParseElection(text)
	if err != nil {
		return err
	}
	voters := make([]ballot.Credential, n)
	list := make(ballot.Credentials, n)
	if err := each(n, func(i int) (err error) {
		if voters[i], err = ballot.NewCredential(rand.Reader); err == nil {
			list[i], err = voters[i].Public(m.uuid)
		}
		return err
	}); err != nil {
		return err
	}
	var begin file
	if _, err := ballot.Create(&begin, rand.Reader, 1, text, keys, list); err != nil {
		return err
	}
	sum, err := bel.Scan(context.Background(), bytes.NewReader(begin.b), int64(len(begin.b)))
	if err != nil {
		return err
	}
	out, err := os.OpenFile(m.file(), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = out.Write(begin.b)
	const some = 512 // held at once
	for from := 0; err == nil && from < n; from += some {
		raw := make([][]byte, min(some, n-from))
		err = each(len(raw), func(i int) (err error) {
			votes := [][]int{{0, 1, 0}}
			if (from+i)%7 == 0 {
				votes = [][]int{{0, 0, 1}}
			}
			raw[i], err = election.NewBallot(rand.Reader, voters[from+i], votes)
			return err
		})
		for i := range raw {
			if err != nil {
				break
			}
			var body []byte
			if body, sum, err = sum.Append(bel.Ballot, raw[i]); err == nil {
				_, err = out.Write(body)
			}
		}
	}
	return errors.Join(err, out.Close())
}

// each runs f for 0 to n-1 on every core.
func each(n int, f func(i int) error) error {
	var wait sync.WaitGroup
	errs := make([]error, runtime.NumCPU())
	for w := range errs {
		wait.Go(func() {
			for i := w; i < n && errs[w] == nil; i += len(errs) {
				errs[w] = f(i)
			}
		})
	}
	wait.Wait()
	return errors.Join(errs...)
}
