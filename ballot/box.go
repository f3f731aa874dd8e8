// SPDX-License-Identifier: Apache-2.0

package ballot

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/tenday/tenday/ballot/bel"
	"github.com/tenday/tenday/ballot/canon"
	"github.com/tenday/tenday/ballot/group"
)

// File is an archive that is appended to; *os.File is one. Only Create and Append methods write.
type File interface {
	io.ReaderAt
	io.WriterAt
	Sync() error
}

// Box is a verified archive, open for what comes next. Every record is verified before it is written; one write and one Sync make an
// event. Safe for concurrent use, but one archive must have one Box: nothing else may write the file.
type Box struct {
	mu     sync.Mutex
	file   File
	sum    *bel.Summary
	state  *state
	broken error // a write failed: what is in the file is unknown until it is opened again
}

// Create writes a new archive into an empty file: version and Setup. All records are verified first. timestamp, in Unix seconds, is the
// only time in an archive. random picks the subsets of membership tests.
func Create(file File, random io.Reader, timestamp int64, election []byte, trustees Trustees, credentials Credentials) (*Box, error) {
	begin, err := bel.Begin(timestamp)
	if err != nil {
		return nil, err
	}
	data := [][]byte{election, trustees.Marshal(), credentials.Marshal(), nil}
	data[3] = canon.Marshal(bel.SetupData{
		Election: bel.HashOf(data[0]), Trustees: bel.HashOf(data[1]), Credentials: bel.HashOf(data[2]),
	})
	b := &Box{file: file, sum: &bel.Summary{Timestamp: timestamp, Records: 1, Size: int64(len(begin))}}
	event, next, err := b.sum.Append(bel.Setup, data...)
	if err != nil {
		return nil, err
	}
	if b.state, err = newState(file, random, b.step(next, data), data, func() io.Reader { return bytes.NewReader(data[2]) }); err != nil {
		return nil, err
	}
	b.sum.Size = 0 // where to write; next is right already
	return b, b.write(append(begin, event...), next)
}

// Open verifies an archive and opens it. An incomplete tail must be cut off before: see bel.Intact.
func Open(ctx context.Context, file File, size int64, o Options) (*Box, error) {
	sum, s, err := verify(ctx, file, size, o)
	if err != nil {
		return nil, err
	}
	return &Box{file: file, sum: sum, state: s}, nil
}

// Report returns what the archive says now.
func (b *Box) Report() *Report {
	b.mu.Lock()
	defer b.mu.Unlock()
	return newReport(b.sum, b.state)
}

// Size returns the length of the archive in bytes.
func (b *Box) Size() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.sum.Size
}

// Election returns the election of the archive.
func (b *Box) Election() *Election { return b.state.election }

// AppendBallot verifies a ballot and appends it. The same bytes again give the same Receipt, and no event.
func (b *Box) AppendBallot(raw []byte) (Receipt, error) {
	in := b.state.inspect(raw) // the slow part, and it needs no lock: only Setup is read
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.broken != nil { // the state may hold a ballot that the file does not
		return Receipt{}, b.broken
	}
	if _, ok := b.state.ballots[in.hash]; ok {
		return b.state.receipt(in.hash), nil
	}
	if err := b.state.refused(in); err != nil {
		return Receipt{}, bel.Record{Index: -1, Offset: -1}.At(b.sum.Events, err)
	}
	if err := b.append(bel.Ballot, func(step bel.Step) error { return b.state.ballot(step, in) }, raw); err != nil {
		return Receipt{}, err
	}
	return b.state.receipt(in.hash), nil
}

// EndBallots closes the vote: no ballot is accepted afterwards.
func (b *Box) EndBallots() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.append(bel.EndBallots, nil)
}

// AppendTally computes the encrypted tally and appends it.
func (b *Box) AppendTally() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	tally, sized := b.state.marshalTally()
	data := [][]byte{tally, sized}
	return b.append(bel.EncryptedTally, func(step bel.Step) error { return b.state.encryptedTally(step, data) }, data...)
}

// Decrypt makes the partial decryption of the trustee with this number (from 1, over the flattened list) from its secret: the private
// key of a Single trustee, the decryption key of a Pedersen member. side is a proof of ours beside the archive (section 9).
func (b *Box) Decrypt(random io.Reader, owner int, x group.Secret) (decryption, side []byte, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.state.tally == nil {
		return nil, nil, errors.New("decrypt: the archive has no encrypted tally yet")
	}
	if owner < 1 || owner > len(b.state.keys) {
		return nil, nil, fmt.Errorf("decrypt: no trustee has number %d", owner)
	}
	return b.state.decrypt(random, owner, x)
}

// Culprits returns the trustees who have decrypted but whose side proof (from Decrypt, by owner) is wrong or missing: who to ask when
// the reason is result.undecodable.
func (b *Box) Culprits(sides map[int][]byte) []int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.state.culprits(sides)
}

// AppendDecryption verifies a partial decryption and appends it.
func (b *Box) AppendDecryption(owner int, decryption []byte) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	owned := canon.Marshal(bel.Owned{Owner: owner, Payload: bel.HashOf(decryption)})
	data := [][]byte{decryption, owned}
	return b.append(bel.PartialDecryption, func(step bel.Step) error { return b.state.partialDecryption(step, data) }, data...)
}

// AppendResult decodes the result and appends it.
func (b *Box) AppendResult() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.state.tally == nil || !b.state.ready() {
		return bel.Refuse("decryption.missing", "not enough partial decryptions")
	}
	if err := b.state.decode(nil); err != nil {
		return err
	}
	return b.append(bel.Result, nil, canon.Marshal(wireResult{b.state.result}))
}

// append makes an event, lets the state take it in (nil: nothing to take) and writes it. A refused event changes nothing; b is locked.
func (b *Box) append(t bel.Type, take func(bel.Step) error, data ...[]byte) error {
	if b.broken != nil {
		return b.broken
	}
	event, next, err := b.sum.Append(t, data...)
	if err != nil {
		return err
	}
	if take != nil {
		if err := take(b.step(next, data)); err != nil {
			return err
		}
	}
	return b.write(event, next)
}

// step returns where the event that next ends with will lie.
func (b *Box) step(next *bel.Summary, data [][]byte) bel.Step {
	var step bel.Step
	offset := b.sum.Size
	for i, content := range data {
		rec := bel.NewRecord(b.sum.Records+i, offset, content)
		step.Data = append(step.Data, rec)
		offset = rec.End()
	}
	step.Event = bel.Event{Height: next.Height(), Type: next.Last}
	step.Record = bel.Record{Index: next.Records - 1, Offset: offset, Hash: next.Head, Event: true}
	return step
}

func (b *Box) write(event []byte, next *bel.Summary) error {
	_, err := b.file.WriteAt(event, b.sum.Size)
	if err == nil {
		err = b.file.Sync()
	}
	if err != nil {
		b.broken = fmt.Errorf("append to archive: %w; open it again to see what was written", err)
		return b.broken
	}
	b.sum = next
	return nil
}
