// SPDX-License-Identifier: Apache-2.0

package bel

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"slices"

	"github.com/tenday/tenday/ballot/canon"
)

// Summary is what an archive's container tells.
type Summary struct {
	Timestamp int64 // Unix seconds, of its creation
	Size      int64 // of the file
	Records   int
	Events    int
	Counts    map[Type]int
	Last      Type // of the last event
	Head      Hash // of the last event
}

// Height returns the height of the last event.
func (s *Summary) Height() int { return s.Events - 1 }

// Stage returns how far the election has come.
func (s *Summary) Stage() Stage { return s.Last.Stage() }

// Scan checks container and events of a whole archive, passes A and B of section 10, in one walk and in memory that does not grow
// with the archive. What it refuses is a *Reject; failures of pass A come first wherever they are in the file.
func Scan(ctx context.Context, r io.ReaderAt, size int64) (*Summary, error) {
	s := &scanner{r: r, size: size, sum: Summary{Size: size, Counts: map[Type]int{}}}
	if err := s.container(ctx); err != nil {
		return nil, err
	}
	if s.fault == nil {
		s.fault = s.finish()
	}
	if s.fault != nil {
		return nil, s.fault
	}
	return &s.sum, nil
}

type scanner struct {
	r       io.ReaderAt
	size    int64
	sum     Summary
	pending []Record // data records since the last event, one more than any event needs at most
	fault   error    // of pass B; reported only if pass A finds nothing
}

// container is pass A; it hands each record to pass B until that has failed.
func (s *scanner) container(ctx context.Context) error {
	if s.size == 0 {
		return Refuse("tar.truncated", "the file is empty")
	}
	if s.size > MaxArchive {
		return Refuse("limit.size", "archive over 2 GiB")
	}
	for rec := (Record{}); rec.Offset < s.size; rec = (Record{Index: rec.Index + 1, Offset: rec.End()}) {
		if err := ctx.Err(); err != nil {
			return err
		}
		content, err := s.record(&rec)
		if err != nil {
			return err
		}
		s.sum.Records++
		if rec.Index > 0 && s.fault == nil {
			s.fault = s.follow(rec, content)
		}
	}
	return nil
}

// record checks the record whose index and offset are given and fills in the rest. It returns the content of events and of record 0.
func (s *scanner) record(rec *Record) ([]byte, error) {
	refuse := func(reason, message string) error { return rec.Refuse(-1, reason, "", message) }
	if s.size-rec.Offset < block {
		return nil, refuse("tar.truncated", "less than a header is left")
	}
	var head [block]byte
	if err := readAt(s.r, head[:], rec.Offset); err != nil {
		return nil, err
	}
	if head == [block]byte{} {
		return nil, refuse("tar.trailing", "a block of NUL bytes where a header is due")
	}
	name, size, ok := parseHeader(&head)
	if !ok {
		return nil, refuse("tar.header", "name or size cannot be read")
	}
	if size > MaxRecord {
		return nil, refuse("limit.size", "record over 64 MiB")
	}
	rec.Size = int(size)
	if rec.End() > s.size {
		return nil, refuse("tar.truncated", "the content runs beyond the end of the file")
	}
	if rec.Index == 0 {
		ok = name == versionName
	} else {
		rec.Hash, rec.Event, ok = parseName(name)
	}
	if !ok {
		return nil, refuse("tar.name", "not the name of a record")
	}
	var content []byte
	if rec.Index == 0 || rec.Event {
		var err error
		if content, err = read(s.r, *rec); err != nil {
			return nil, err
		}
	}
	if rec.Index == 0 {
		var err error
		if s.sum.Timestamp, err = readVersion(content); err != nil {
			return nil, rec.At(-1, err)
		}
	}
	if head != header(name, rec.Size, s.sum.Timestamp) {
		return nil, refuse("tar.header", "differs from the header that belongs to this name, size and time")
	}
	padding := make([]byte, padded(rec.Size)-int64(rec.Size))
	if err := readAt(s.r, padding, rec.End()-int64(len(padding))); err != nil {
		return nil, err
	}
	if len(bytes.Trim(padding, "\x00")) > 0 {
		return nil, refuse("tar.padding", "padding other than NUL bytes")
	}
	if rec.Index == 0 {
		return content, nil
	}
	digest := sha256.New()
	if _, err := io.Copy(digest, Content(s.r, *rec)); err != nil {
		return nil, fmt.Errorf("read record %d: %w", rec.Index, err)
	}
	if !bytes.Equal(digest.Sum(nil), rec.Hash[:]) {
		return nil, refuse("record.hash", "the name is not the hash of the content")
	}
	return content, nil
}

// follow is pass B for one record.
func (s *scanner) follow(rec Record, content []byte) error {
	if !rec.Event {
		if len(s.pending) > types[Setup].records { // the first and the last are what refusals ask for
			s.pending = s.pending[:types[Setup].records]
		}
		s.pending = append(s.pending, rec)
		return nil
	}
	height := s.sum.Events
	event, err := s.event(rec, content, height)
	if err != nil {
		return err
	}
	if err := s.payload(rec, event); err != nil {
		return err
	}
	s.pending = s.pending[:0]
	s.sum.Events++
	s.sum.Counts[event.Type]++
	s.sum.Last = event.Type
	s.sum.Head = rec.Hash
	return nil
}

func (s *scanner) event(rec Record, content []byte, height int) (*Event, error) {
	event, err := parseEvent(content)
	if err != nil {
		return nil, rec.At(height, err)
	}
	switch {
	case event.Height != height:
		return nil, rec.Refuse(height, "event.height", "/height", fmt.Sprintf("height %d where %d is due", event.Height, height))
	case height == 0 && event.Parent != nil, height > 0 && (event.Parent == nil || *event.Parent != s.sum.Head):
		return nil, rec.Refuse(height, "event.parent", "/parent", "not the hash of the previous event")
	case !slices.Contains(types[event.Type].after, s.sum.Last):
		after := "the start of the file"
		if s.sum.Last != "" {
			after = string(s.sum.Last)
		}
		return nil, rec.Refuse(height, "event.order", "/type", fmt.Sprintf("%s may not follow %s", event.Type, after))
	}
	return event, nil
}

func parseEvent(content []byte) (*Event, error) {
	var event Event
	if err := canon.Unmarshal(content, &event); err != nil {
		return nil, err
	}
	return &event, nil
}

// payload holds an event to the data records before it.
func (s *scanner) payload(rec Record, event *Event) error {
	refuse := func(message string) error { return rec.Refuse(event.Height, "event.payload", "/payload", message) }
	need := types[event.Type].records
	if (event.Payload != nil) != (need > 0) {
		return refuse("payload missing or extra")
	}
	if len(s.pending) < need {
		return refuse("too few records stand before the event")
	}
	if need > 0 && *event.Payload != s.pending[len(s.pending)-1].Hash {
		return refuse("not the record before the event")
	}
	if len(s.pending) > need {
		return s.pending[0].Refuse(event.Height, "record.unreferenced", "", "no event refers to this record")
	}
	if need < 2 {
		return nil
	}
	last := s.pending[need-1]
	content, err := Read(s.r, last)
	if err != nil {
		return err
	}
	names, err := event.Type.names(content)
	if err != nil {
		return last.At(event.Height, err)
	}
	for i, name := range names {
		if name != s.pending[i].Hash {
			return last.Refuse(event.Height, "event.payload", "", "names another hash than that of the record before")
		}
	}
	return nil
}

func (s *scanner) finish() error {
	switch {
	case len(s.pending) > 0 && s.sum.Events > 0:
		return s.pending[0].Refuse(-1, "record.unreferenced", "", "no event refers to this record")
	case s.sum.Events == 0:
		return Refuse("event.order", "no event")
	}
	return nil
}

// Content returns the content of a record as a stream.
func Content(r io.ReaderAt, rec Record) io.Reader {
	return io.NewSectionReader(r, rec.Offset+block, int64(rec.Size))
}

// Read returns the content of a record, and an error if it is no longer what its name says.
func Read(r io.ReaderAt, rec Record) ([]byte, error) {
	content, err := read(r, rec)
	if err == nil && HashOf(content) != rec.Hash {
		err = fmt.Errorf("read record %d: the archive changed since it was scanned", rec.Index)
	}
	return content, err
}

func read(r io.ReaderAt, rec Record) ([]byte, error) {
	content := make([]byte, rec.Size)
	return content, readAt(r, content, rec.Offset+block)
}

func readAt(r io.ReaderAt, b []byte, offset int64) error {
	if n, err := r.ReadAt(b, offset); n < len(b) {
		return fmt.Errorf("read archive at %d: %w", offset, err)
	}
	return nil
}
