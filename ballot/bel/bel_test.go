// SPDX-License-Identifier: Apache-2.0

package bel_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/tenday/tenday/ballot/bel"
	"github.com/tenday/tenday/ballot/canon"
)

func scan(archive []byte) (*bel.Summary, error) {
	return bel.Scan(context.Background(), bytes.NewReader(archive), int64(len(archive)))
}

// archive writes a container with n ballots that only this package would accept.
func archive(t interface{ Fatal(...any) }, n int, more ...bel.Type) []byte {
	begin, err := bel.Begin(1_795_294_951)
	if err != nil {
		t.Fatal(err)
	}
	sum := &bel.Summary{Timestamp: 1_795_294_951, Records: 1, Size: int64(len(begin))}
	add := func(typ bel.Type, data ...[]byte) {
		b, next, err := sum.Append(typ, data...)
		if err != nil {
			t.Fatal(err)
		}
		begin, sum = append(begin, b...), next
	}
	parts := [][]byte{[]byte("election"), []byte("trustees"), []byte("credentials")}
	add(bel.Setup, append(parts, canon.Marshal(bel.SetupData{
		Election: bel.HashOf(parts[0]), Trustees: bel.HashOf(parts[1]), Credentials: bel.HashOf(parts[2]),
	}))...)
	for i := range n {
		add(bel.Ballot, bytes.Repeat([]byte{byte(i)}, 400*i))
	}
	for _, typ := range more {
		part := []byte(typ)
		switch typ {
		case bel.EndBallots:
			add(typ)
		case bel.EncryptedTally:
			add(typ, part, canon.Marshal(bel.SizedTally{EncryptedTally: bel.HashOf(part)}))
		case bel.PartialDecryption:
			add(typ, part, canon.Marshal(bel.Owned{Owner: 1, Payload: bel.HashOf(part)}))
		default:
			add(typ, part)
		}
	}
	return begin
}

var whole = []bel.Type{bel.EndBallots, bel.EncryptedTally, bel.PartialDecryption, bel.Result}

func TestWhatIsWrittenIsScanned(t *testing.T) {
	t.Parallel()

	b := archive(t, 3, whole...)
	sum, err := scan(b)
	if err != nil {
		t.Fatal(err)
	}
	if sum.Events != 8 || sum.Counts[bel.Ballot] != 3 || sum.Stage() != bel.Finished || sum.Size != int64(len(b)) {
		t.Errorf("got %+v", sum)
	}
	events := 0
	for step, err := range bel.Steps(bytes.NewReader(b), sum.Size) {
		if err != nil || step.Event.Height != events {
			t.Fatal(step, err)
		}
		events++
	}
	if events != sum.Events {
		t.Errorf("%d steps", events)
	}
}

func TestEveryFlippedBitIsSeen(t *testing.T) {
	t.Parallel()

	b := archive(t, 2, whole...)
	rapid.Check(t, func(t *rapid.T) {
		bad := bytes.Clone(b)
		i := rapid.IntRange(0, len(b)-1).Draw(t, "byte")
		bad[i] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		if _, err := scan(bad); err == nil {
			t.Errorf("byte %d changed, and nobody noticed", i)
		}
	})
}

func TestATailIsFoundWhereverTheWriteStopped(t *testing.T) {
	t.Parallel()

	short, long := archive(t, 1), archive(t, 2)
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(len(short), len(long)-1).Draw(t, "length")
		keep, err := bel.Intact(bytes.NewReader(long[:n]), int64(n))
		if err != nil || keep != int64(len(short)) {
			t.Errorf("cut at %d: keeps %d, %v; want %d", n, keep, err, len(short))
		}
	})
}

func TestNothingFollowsTheResult(t *testing.T) {
	t.Parallel()

	sum, err := scan(archive(t, 1, whole...))
	if err != nil {
		t.Fatal(err)
	}
	for _, typ := range append(whole, bel.Setup, bel.Ballot, bel.Shuffle) {
		var r *bel.Reject
		if _, _, err := sum.Append(typ); !errors.As(err, &r) || r.Reason != "event.order" {
			t.Errorf("%s after the result: %v", typ, err)
		}
	}
}

func TestLengthsAreNotTrusted(t *testing.T) {
	t.Parallel()

	b := archive(t, 0)
	copy(b[124:], "77777777777") // 8 GiB
	var r *bel.Reject
	if _, err := scan(b); !errors.As(err, &r) || r.Reason != "limit.size" {
		t.Errorf("got %v", err)
	}
	copy(b[124:], "00300000000") // 48 MiB
	if _, err := scan(b); !errors.As(err, &r) || r.Reason != "tar.truncated" {
		t.Errorf("got %v", err)
	}
}

func TestHeadersAndHashesAreLikeTheVectors(t *testing.T) {
	t.Parallel()

	data, err := os.ReadFile("../testdata/vectors/encoding.json")
	if err != nil {
		t.Fatal(err)
	}
	var v struct {
		Headers []struct {
			Name      string
			Size      int
			Timestamp int64
			Hex       string `json:"header_hex"`
		} `json:"tar_headers"`
		Hashes []struct{ Input, Hex, Base64 string }
	}
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	for _, h := range v.Headers {
		got := bel.Header(h.Name, h.Size, h.Timestamp)
		if text := hex.EncodeToString(got[:]); !strings.HasPrefix(text, h.Hex) || strings.Trim(text[len(h.Hex):], "0") != "" {
			t.Errorf("header of %s is %s", h.Name, text)
		}
	}
	for _, h := range v.Hashes {
		if got := bel.HashOf([]byte(h.Input)); got.String() != h.Hex || got.Base64() != h.Base64 {
			t.Errorf("hash of %q is %s, %s", h.Input, got, got.Base64())
		}
	}
}

func FuzzScan(f *testing.F) {
	f.Add(archive(f, 1))
	f.Add(archive(f, 1, whole...))
	f.Fuzz(func(t *testing.T, data []byte) {
		sum, err := scan(data)
		if err != nil {
			var r *bel.Reject
			if !errors.As(err, &r) || r.Reason == "" {
				t.Fatalf("no reason: %v", err)
			}
			return
		}
		for _, err := range bel.Steps(bytes.NewReader(data), sum.Size) {
			if err != nil {
				t.Fatal(err)
			}
		}
	})
}
