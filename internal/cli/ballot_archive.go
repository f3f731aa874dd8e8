// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/tenday/tenday/ballot"
	"github.com/tenday/tenday/ballot/bel"
)

// archive is a verified archive that is only read.
type archive struct {
	*os.File
	size  int64
	box   *ballot.Box
	setup bel.Step
}

func openArchive(ctx context.Context, name string, o ballot.Options) (*archive, error) {
	a, err := readSetup(ctx, name)
	if err != nil {
		return nil, err
	}
	if a.box, err = ballot.Open(ctx, a.File, a.size, o); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return a, nil
}

// readSetup opens an archive whose container and first event are good. Its box holds the Setup alone and must not be appended to.
func readSetup(ctx context.Context, name string) (_ *archive, err error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("open archive: %w", err)
	}
	a := &archive{File: f}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.Close())
		}
	}()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("open archive: %w", err)
	}
	a.size = info.Size()
	if _, err := bel.Scan(ctx, f, a.size); err != nil {
		return nil, err
	}
	for step, err := range bel.Steps(f, a.size) {
		if err != nil {
			return nil, err
		}
		a.setup = step
		break
	}
	a.box, err = ballot.Open(ctx, f, a.setup.Record.End(), ballot.Options{})
	return a, err
}

// credentials returns the public list of the archive.
func (a *archive) credentials() (ballot.Credentials, error) {
	data, err := bel.Read(a.File, a.setup.Data[2])
	if err != nil {
		return nil, err
	}
	return ballot.ImportCredentials(data)
}

// appendTo verifies the archive, opens it for appending and runs f. What a crash left behind the last event is kept aside first.
func (o ballotOut) appendTo(ctx context.Context, c *console, name string, f func(b *ballot.Box) error) error {
	b, file, tail, err := ballot.OpenFile(ctx, name, ballot.Options{})
	if err != nil {
		return o.fail(c, name, err)
	}
	if tail != "" {
		fmt.Fprintf(c.err, "tenday: an incomplete tail was cut off and kept as %s\n", tail)
	}
	err = f(b)
	if err := errors.Join(err, file.Close()); err != nil {
		return o.fail(c, name, err)
	}
	return nil
}

// inOrder makes a step that comes too early or too late "not ready", with the engine's own reason.
func inOrder(err error) error {
	if r, ok := errors.AsType[*ballot.Reject](err); ok && (r.Reason == "event.order" || r.Reason == "decryption.missing") {
		return &refusalError{errNotReady, r.Reason, r.Message}
	}
	return err
}
