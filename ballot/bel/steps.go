// SPDX-License-Identifier: Apache-2.0

package bel

import (
	"io"
	"iter"
)

// Step is one event with the data records that stand before it.
type Step struct {
	Event  Event
	Record Record // of the event
	Data   []Record
}

// Steps walks through an archive that Scan accepted, up to size bytes. It reads headers and events; Read gets the rest.
func Steps(r io.ReaderAt, size int64) iter.Seq2[Step, error] {
	return func(yield func(Step, error) bool) {
		var data []Record
		for rec := (Record{}); rec.Offset < size; rec = (Record{Index: rec.Index + 1, Offset: rec.End()}) {
			var head [block]byte
			if err := readAt(r, head[:], rec.Offset); err != nil {
				yield(Step{}, err)
				return
			}
			name, n, ok := parseHeader(&head)
			if !ok || n > MaxRecord {
				yield(Step{}, rec.Refuse(-1, "tar.header", "", "the archive changed while it was read"))
				return
			}
			rec.Size = int(n)
			if rec.Index == 0 {
				continue
			}
			rec.Hash, rec.Event, _ = parseName(name)
			if !rec.Event {
				data = append(data, rec)
				continue
			}
			content, err := Read(r, rec)
			if err != nil {
				yield(Step{}, err)
				return
			}
			event, err := parseEvent(content)
			if err != nil {
				yield(Step{}, rec.At(-1, err))
				return
			}
			if !yield(Step{*event, rec, data}, nil) {
				return
			}
			data = nil
		}
	}
}

// Follows tells whether the event comes right after the one whose hash is before (zero for none) and is about the records that stand
// before it: what Scan found, and a reader who walks the archive again can hold it to.
func (s Step) Follows(before Hash) bool {
	e := s.Event
	if e.Parent != nil && *e.Parent != before || e.Parent == nil && before != (Hash{}) {
		return false
	}
	return e.Payload == nil || len(s.Data) > 0 && s.Data[len(s.Data)-1].Hash == *e.Payload
}
