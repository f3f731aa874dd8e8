// SPDX-License-Identifier: Apache-2.0

package ballot_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tenday/tenday/ballot"
)

// vector reads a file of belenios-tool's vectors.
func vector(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata/vectors", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func decode[T any](t testing.TB, b []byte) (v T) {
	t.Helper()
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func verify(archive []byte, o ballot.Options) (*ballot.Report, error) {
	return ballot.Verify(context.Background(), bytes.NewReader(archive), int64(len(archive)), o)
}

type validVector struct {
	ID, Archive, Expected string
}

type expected struct {
	UUID, Fingerprint string
	Credentials       int
	BallotEvents      int      `json:"ballot_events"`
	BallotsCounted    int      `json:"ballots_counted"`
	FirstTracker      *string  `json:"first_tracker"`
	Counted           []string `json:"counted_trackers"`
	Result            [][]int
	Owners            []int
	Events            int
	Head              string
	Stages            map[string]int
}

func validVectors(t testing.TB) []validVector {
	return decode[struct{ Valid []validVector }](t, vector(t, "index.json")).Valid
}

func TestEveryArchiveOfBeleniosToolVerifies(t *testing.T) {
	t.Parallel()

	for _, v := range validVectors(t) {
		t.Run(v.ID, func(t *testing.T) {
			t.Parallel()
			archive := vector(t, v.Archive)
			want := decode[expected](t, vector(t, v.Expected))
			r, err := verify(archive, ballot.Options{})
			if err != nil {
				t.Fatal(err)
			}
			got := expected{
				r.UUID, r.Fingerprint, r.Credentials, r.BallotEvents, r.BallotsCounted, nil, r.Counted, r.Result, r.Owners,
				r.Head.Height + 1, r.Head.Hash.String(), want.Stages,
			}
			if r.FirstTracker != "" {
				got.FirstTracker = &r.FirstTracker
			}
			slices.Sort(want.Counted)
			if want.Owners == nil {
				want.Owners = got.Owners
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
			for stage, size := range want.Stages {
				if _, err := verify(archive[:size], ballot.Options{Jobs: 1}); err != nil {
					t.Errorf("cut at stage %s: %v", stage, err)
				}
			}
		})
	}
}

func TestEveryHostileArchiveIsRefusedForItsReason(t *testing.T) {
	t.Parallel()

	type hostile struct {
		ID     string
		Reason string
		Record *int
		Field  *string
	}
	for _, v := range decode[[]hostile](t, vector(t, "hostile/expected.json")) {
		if v.ID == "ballot-negative-response" {
			*v.Field = "/answers/0/overall_proof/0/response" // the vector leaves the index of the array out
		}
		t.Run(v.ID, func(t *testing.T) {
			t.Parallel()
			_, err := verify(vector(t, "hostile/"+v.ID+".bel"), ballot.Options{})
			var r *ballot.Reject
			if !errors.As(err, &r) {
				t.Fatalf("got %v, want %s", err, v.Reason)
			}
			if r.Reason != v.Reason || v.Record != nil && r.Record != *v.Record || v.Field != nil && r.Field != *v.Field {
				t.Errorf("got %+v, want %s at record %v, field %v", r, v.Reason, deref(v.Record), deref(v.Field))
			}
		})
	}
}

func deref[T any](p *T) any {
	if p == nil {
		return nil
	}
	return *p
}

func TestAnArchiveMayOnlyGrow(t *testing.T) {
	t.Parallel()

	type pair struct {
		ID, Old, New string
		Reason       *string
	}
	for _, v := range decode[[]pair](t, vector(t, "diff.json")) {
		t.Run(v.ID, func(t *testing.T) {
			t.Parallel()
			before, after := vector(t, v.Old), vector(t, v.New)
			_, err := ballot.VerifyDiff(context.Background(), reader(before), int64(len(before)), reader(after), int64(len(after)), ballot.Options{})
			got := ""
			if r := (*ballot.Reject)(nil); errors.As(err, &r) {
				got = r.Reason
			} else if err != nil {
				t.Fatal(err)
			}
			if want := deref(v.Reason); want == nil && got != "" || want != nil && want != got {
				t.Errorf("got %v, want %v", err, want)
			}
		})
	}
}

func reader(b []byte) io.ReaderAt { return bytes.NewReader(b) }

func TestCredentialsDeriveLikeTheVectors(t *testing.T) {
	t.Parallel()

	vectors := decode[struct {
		Valid []struct {
			UUID, Credential, Secret, Public string
		}
		Invalid []struct {
			Credential, Why string
		}
	}](t, vector(t, "credentials.json"))
	for _, v := range vectors.Valid {
		c, err := ballot.ParseCredential(v.Credential)
		if err != nil {
			t.Errorf("%s: %v", v.Credential, err)
			continue
		}
		if public, err := c.Public(v.UUID); err != nil || string(public) != v.Public {
			t.Errorf("%s derives another key: %v", v.Credential, err)
		}
		undashed, err := ballot.ReadCredential(" " + strings.ReplaceAll(v.Credential, "-", ""))
		if err != nil || undashed != c {
			t.Errorf("%s without dashes is read as %s: %v", v.Credential, undashed.Reveal(), err)
		}
	}
	for _, v := range vectors.Invalid {
		if c, err := ballot.ParseCredential(v.Credential); err == nil {
			t.Errorf("%q (%s) is read as %s", v.Credential, v.Why, c.Reveal())
		}
	}
}
