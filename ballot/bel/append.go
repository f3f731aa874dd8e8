// SPDX-License-Identifier: Apache-2.0

package bel

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"

	"github.com/tenday/tenday/ballot/canon"
)

// Begin returns record 0 of a new archive.
func Begin(timestamp int64) ([]byte, error) {
	if timestamp < 0 || timestamp > maxTimestamp {
		return nil, fmt.Errorf("begin archive: timestamp %d does not fit its header", timestamp)
	}
	content := canon.Marshal(version{1, canon.Decimal(strconv.FormatInt(timestamp, 10))})
	return appendRecord(nil, versionName, content, timestamp), nil
}

// Append returns the bytes that add an event of type t with its data records to the archive that s describes, and the Summary after
// it. It writes nothing; the records' content is the caller's duty.
func (s *Summary) Append(t Type, data ...[]byte) ([]byte, *Summary, error) {
	if !slices.Contains(types[t].after, s.Last) || len(data) != types[t].records {
		return nil, nil, &Reject{"event.order", -1, -1, s.Events, "", fmt.Sprintf("%s with %d records may not follow %q", t, len(data), s.Last)}
	}
	var b []byte
	event := Event{Height: s.Events, Type: t}
	if s.Events > 0 {
		event.Parent = &s.Head
	}
	for _, content := range data {
		if len(content) > MaxRecord {
			return nil, nil, &Reject{"limit.size", -1, -1, s.Events, "", "record over 64 MiB"}
		}
		h := HashOf(content)
		event.Payload = &h
		b = appendRecord(b, h.String()+dataSuffix, content, s.Timestamp)
	}
	content := canon.Marshal(event)
	next := *s
	next.Head = HashOf(content)
	b = appendRecord(b, next.Head.String()+eventSuffix, content, s.Timestamp)
	next.Size += int64(len(b))
	if next.Size > MaxArchive {
		return nil, nil, &Reject{"limit.size", -1, -1, s.Events, "", "archive over 2 GiB"}
	}
	next.Records += len(data) + 1
	next.Events++
	next.Last = t
	next.Counts = map[Type]int{}
	maps.Copy(next.Counts, s.Counts)
	next.Counts[t]++
	return b, &next, nil
}

// Intact returns the length of the archive up to its last complete event, which is less than size after a write was cut short. It
// looks at the container only; the rest is for Scan. If an event stands whole behind the place where it breaks off, that is no write
// cut short but damage, and the error is the *Reject of that place: to cut there would drop what was written and answered for.
func Intact(r io.ReaderAt, size int64) (int64, error) {
	s := &scanner{r: r, size: size}
	var keep int64
	for rec := (Record{}); rec.Offset < size; rec = (Record{Index: rec.Index + 1, Offset: rec.End()}) {
		if _, err := s.record(&rec); err != nil {
			if _, ok := errors.AsType[*Reject](err); !ok {
				return 0, err
			}
			whole, failure := s.eventFrom(keep)
			switch {
			case failure != nil:
				return 0, failure
			case whole:
				return 0, err
			}
			break
		}
		if rec.Event || rec.Index == 0 {
			keep = rec.End()
		}
	}
	return keep, nil
}

// eventFrom reports whether a whole event stands anywhere from offset on. Contents are JSON and have no NUL, so none can look like a
// header.
func (s *scanner) eventFrom(offset int64) (bool, error) {
	for ; offset+block <= s.size; offset += block {
		var head [block]byte
		if err := readAt(s.r, head[:], offset); err != nil {
			return false, err
		}
		name, size, ok := parseHeader(&head)
		if !ok || size > MaxRecord {
			continue
		}
		rec := Record{Offset: offset, Size: int(size)}
		if rec.Hash, rec.Event, ok = parseName(name); !ok || !rec.Event || rec.End() > s.size {
			continue
		}
		content, err := read(s.r, rec)
		if err != nil {
			return false, err
		}
		if HashOf(content) == rec.Hash {
			return true, nil
		}
	}
	return false, nil
}
