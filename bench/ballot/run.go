// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"syscall"
	"time"

	"github.com/tenday/tenday/ballot"
	"github.com/tenday/tenday/ballot/pki"
)

// own runs ours in a process of its own, so that each pays for its start.
func own(what string, args ...string) (figures, error) {
	self, err := os.Executable()
	if err != nil {
		return figures{}, err
	}
	return timed(exec.Command(self, append([]string{"-child", what}, args...)...))
}

func peer(dir string, args ...string) (figures, error) {
	cmd := exec.Command("belenios-tool", args...)
	cmd.Dir = dir
	return timed(cmd)
}

func timed(cmd *exec.Cmd) (figures, error) {
	var out bytes.Buffer
	if cmd.Stdout == nil {
		cmd.Stdout = &out
	}
	cmd.Stderr = &out
	begin := time.Now()
	if err := cmd.Run(); err != nil {
		return figures{}, fmt.Errorf("%v: %w: %s", cmd.Args, err, out.Bytes())
	}
	f := figures{user: cmd.ProcessState.UserTime(), wall: time.Since(begin)}
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		f.memory = usage.Maxrss
	}
	return f, nil
}

// runChild is one run of ours.
func runChild(what string, args []string) error {
	f, err := os.OpenFile(args[0], os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if what == "verify" {
		jobs, err := strconv.Atoi(args[1])
		if err != nil {
			return err
		}
		debug.SetGCPercent(25) // as the command does
		_, err = ballot.Verify(context.Background(), f, info.Size(), ballot.Options{Jobs: jobs})
		return err
	}
	box, err := ballot.Open(context.Background(), f, info.Size(), ballot.Options{})
	if err == nil {
		err = box.EndBallots()
	}
	if err == nil {
		err = box.AppendTally()
	}
	for owner := 1; err == nil && owner <= trustees; owner++ {
		err = decrypt(box, owner, args[owner])
	}
	if err == nil {
		err = box.AppendResult()
	}
	return err
}

func decrypt(box *ballot.Box, owner int, key string) error {
	text, err := os.ReadFile(key)
	if err != nil {
		return err
	}
	x, err := pki.ParsePrivateKey(text)
	if err != nil {
		return err
	}
	part, _, err := box.Decrypt(rand.Reader, owner, x)
	if err != nil {
		return err
	}
	return box.AppendDecryption(owner, part)
}

// copied is the archive in a folder of its own, which a count may write to.
func (m made) copied() (made, func(), error) {
	dir, err := os.MkdirTemp(filepath.Dir(m.dir), "count-")
	if err != nil {
		return m, nil, err
	}
	to := made{dir, m.uuid}
	from, err := os.Open(m.file())
	if err != nil {
		return m, nil, err
	}
	defer from.Close()
	out, err := os.Create(to.file())
	if err == nil {
		_, err = io.Copy(out, from)
		err = errors.Join(err, out.Close())
	}
	return to, func() { _ = os.RemoveAll(dir) }, err
}

func (m made) countOurs() (figures, error) {
	to, end, err := m.copied()
	if err != nil {
		return figures{}, err
	}
	defer end()
	args := []string{to.file()}
	for owner := range trustees {
		args = append(args, m.key(owner+1))
	}
	return own("count", args...)
}

// countTheirs is the six commands: the tally, three parts, the result, and the verification of it all. What each prints is put into the
// archive by a seventh, which is not timed, and neither is the close.
func (m made) countTheirs() (sum figures, err error) {
	to, end, err := m.copied()
	if err != nil {
		return sum, err
	}
	defer end()
	add := func(event string, data []byte) error {
		cmd := exec.Command("belenios-tool", "archive", "add-event", "--type="+event)
		cmd.Dir, cmd.Stdin = to.dir, bytes.NewReader(data)
		out, err := cmd.CombinedOutput()
		if err != nil {
			return fmt.Errorf("add %s: %w: %s", event, err, out)
		}
		return nil
	}
	if err := add("EndBallots", nil); err != nil {
		return sum, err
	}
	type command struct {
		event string // that its output becomes, "" for none
		args  []string
	}
	steps := []command{{"EncryptedTally", []string{"election", "compute-encrypted-tally"}}}
	for owner := range trustees {
		steps = append(steps, command{"PartialDecryption", []string{"election", "decrypt", "--privkey", m.key(owner + 1), "--trustee-id", strconv.Itoa(owner + 1)}})
	}
	steps = append(steps, command{"Result", []string{"election", "compute-result"}}, command{"", []string{"election", "verify"}})
	for _, s := range steps {
		var out bytes.Buffer
		cmd := exec.Command("belenios-tool", s.args...)
		cmd.Dir, cmd.Stdout = to.dir, &out
		f, err := timed(cmd)
		if err != nil {
			return sum, err
		}
		sum.user, sum.wall = sum.user+f.user, sum.wall+f.wall
		if s.event == "" {
			continue
		}
		if err := add(s.event, out.Bytes()); err != nil {
			return sum, err
		}
	}
	return sum, nil
}

// file is a small archive in memory.
type file struct{ b []byte }

// ReadAt reads.
func (f *file) ReadAt(p []byte, at int64) (int, error) { return bytes.NewReader(f.b).ReadAt(p, at) }

// WriteAt appends.
func (f *file) WriteAt(p []byte, at int64) (int, error) {
	f.b = append(f.b[:at], p...)
	return len(p), nil
}

// Sync has nothing to do.
func (f *file) Sync() error { return nil }
