// SPDX-License-Identifier: Apache-2.0

package bel

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"github.com/tenday/tenday/ballot/canon"
)

const (
	block = 512

	// MaxRecord and MaxArchive are our limits, in bytes; the format has none.
	MaxRecord  = 64 << 20
	MaxArchive = 2 << 30

	maxTimestamp = 1<<33 - 1 // 11 octal digits

	versionName = "BELENIOS"
	dataSuffix  = ".data.json"
	eventSuffix = ".event.json"
)

// Record is where one record lies in an archive.
type Record struct {
	Index  int
	Offset int64 // of its header
	Size   int   // of its content
	Hash   Hash  // zero for record 0
	Event  bool
}

// NewRecord returns the data record with this content at an offset.
func NewRecord(index int, offset int64, content []byte) Record {
	return Record{Index: index, Offset: offset, Size: len(content), Hash: HashOf(content)}
}

// End returns the offset of the next record.
func (rec Record) End() int64 { return rec.Offset + block + padded(rec.Size) }

func padded(size int) int64 { return (int64(size) + block - 1) / block * block }

// version is the content of record 0. S1 calls timestamp a number; archives hold a string.
type version struct {
	Version   int           `json:"version"`
	Timestamp canon.Decimal `json:"timestamp"`
}

func readVersion(content []byte) (timestamp int64, err error) {
	var v version
	if err := canon.Unmarshal(content, &v); err != nil {
		return 0, err
	}
	if v.Version != 1 {
		return 0, &canon.Error{Reason: "unsupported.version", Field: "/version", Detail: "archive version other than 1"}
	}
	timestamp, err = strconv.ParseInt(string(v.Timestamp), 10, 64)
	if err != nil || timestamp > maxTimestamp {
		return 0, &canon.Error{Reason: canon.Schema, Field: "/timestamp", Detail: "more than 11 octal digits"}
	}
	return timestamp, nil
}

// header returns the tar header of a record: v7 format, as the spec's table has it.
func header(name string, size int, timestamp int64) (h [block]byte) {
	copy(h[:], name)
	copy(h[100:], "0000644")
	copy(h[108:], "0000000")
	copy(h[116:], "0000000")
	copy(h[124:], fmt.Sprintf("%011o", size))
	copy(h[136:], fmt.Sprintf("%011o", timestamp))
	copy(h[148:], "        ")
	h[156] = '0'
	sum := 0
	for _, c := range h {
		sum += int(c)
	}
	copy(h[148:], fmt.Sprintf("%06o\x00 ", sum))
	return h
}

// parseHeader returns name and size, the two things that are read from a header; the rest is compared with a regenerated one.
func parseHeader(h *[block]byte) (name string, size int64, ok bool) {
	text, rest, _ := bytes.Cut(h[:100], []byte{0})
	for _, c := range text {
		if c < ' ' || c > '~' {
			return "", 0, false
		}
	}
	if len(bytes.Trim(rest, "\x00")) > 0 {
		return "", 0, false
	}
	size, err := strconv.ParseInt(string(h[124:135]), 8, 64)
	if err != nil || h[124] == '-' || h[124] == '+' || h[135] != 0 {
		return "", 0, false
	}
	return string(text), size, true
}

// parseName reads the name of a record other than the first.
func parseName(name string) (h Hash, event, ok bool) {
	text, ok := strings.CutSuffix(name, dataSuffix)
	if !ok {
		if text, ok = strings.CutSuffix(name, eventSuffix); !ok {
			return h, false, false
		}
		event = true
	}
	h, ok = ParseHash(text)
	return h, event, ok
}

func appendRecord(b []byte, name string, content []byte, timestamp int64) []byte {
	h := header(name, len(content), timestamp)
	b = append(append(b, h[:]...), content...)
	return append(b, make([]byte, padded(len(content))-int64(len(content)))...)
}
