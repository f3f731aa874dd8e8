// SPDX-License-Identifier: Apache-2.0

package booth_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestEveryArchiveOfBeleniosToolVerifies(t *testing.T) {
	t.Parallel()

	type expected struct {
		UUID, Fingerprint string
		Credentials       int
		Counted           int      `json:"ballots_counted"`
		Trackers          []string `json:"counted_trackers"`
		Result            [][]int
		Events            int
		Head              string
		Stages            map[string]int
	}
	index := decode[struct {
		Valid []struct{ ID, Archive, Expected string }
	}](t, vector(t, "index.json"))
	e := newNode(t)
	for _, v := range index.Valid {
		archive := vector(t, v.Archive)
		want := decode[expected](t, vector(t, v.Expected))
		got := call[struct {
			UUID, Fingerprint, Stage, Head string
			Credentials, Counted, Height   int
			Ballots                        []struct {
				Tracker string
				Counted bool
			}
			Result [][]int
		}](t, e, "", "verifyArchive", octets(archive))
		var trackers []string
		for _, b := range got.Ballots {
			if b.Counted {
				trackers = append(trackers, b.Tracker)
			}
		}
		slices.Sort(trackers)
		slices.Sort(want.Trackers)
		have := expected{got.UUID, got.Fingerprint, got.Credentials, got.Counted, trackers, got.Result, got.Height + 1, got.Head, want.Stages}
		if diff := cmp.Diff(want, have, cmp.Transformer("none", func(s []string) []string { return append([]string{}, s...) })); diff != "" {
			t.Errorf("%s (-want +got):\n%s", v.ID, diff)
		}
		if v.ID != "single3-blank" && v.ID != "thr2of3-d13" {
			continue
		}
		for stage, size := range want.Stages { // an archive cut there is a valid earlier one
			if _, no := try[any](t, e, "", "verifyArchive", octets(archive[:size])); no != nil {
				t.Errorf("%s cut at stage %s: %+v", v.ID, stage, no)
			}
		}
	}
}

func TestEveryHostileArchiveIsRefusedForItsReason(t *testing.T) {
	t.Parallel()

	type hostile struct {
		ID, Reason string
		Record     *int
		Field      *string
	}
	all := decode[[]hostile](t, vector(t, "hostile/expected.json"))
	e := newNode(t)
	for _, v := range all {
		_, no := try[any](t, e, "", "verifyArchive", octets(vector(t, "hostile/"+v.ID+".bel")))
		if v.ID == "ballot-negative-response" {
			*v.Field = "/answers/0/overall_proof/0/response" // the vector leaves the index of the array out
		}
		if no == nil || no.Code != v.Reason || v.Record != nil && no.Record != *v.Record || v.Field != nil && no.Field != *v.Field {
			t.Errorf("%s: got %+v, want %s", v.ID, no, v.Reason)
		}
	}
}

// The observer's verifier keeps a few records at a time too, and must not mistake which one is to blame.
func TestTheFirstRecordThatNobodyRefersToIsToBlame(t *testing.T) {
	t.Parallel()

	const first = 1024 // where record 1 begins
	archive := vector(t, "valid/single1.bel")
	size, err := strconv.ParseInt(string(archive[first+124:first+135]), 8, 32)
	if err != nil {
		t.Fatal(err)
	}
	record := archive[first : first+512+(size+511)/512*512]
	e := newNode(t)
	for _, n := range []int{1, 2, 40} {
		_, no := try[any](t, e, "", "verifyArchive", octets(slices.Concat(archive[:first], bytes.Repeat(record, n), archive[first:])))
		if no == nil || no.Code != "record.unreferenced" || no.Record != 1 {
			t.Errorf("%d records more: %+v", n, no)
		}
	}
}

func TestAFieldOfSomebodyElsesMakingIsNotQuoted(t *testing.T) {
	t.Parallel()

	archive := vector(t, "valid/single1.bel")
	begin := bytes.Index(archive, []byte(`{"version":1,"description"`))
	text := archive[begin : begin+bytes.IndexByte(archive[begin:], 0)]
	e := newNode(t)
	for name, want := range map[string]string{"note": "/note", `\u001b[2J`: "/?", strings.Repeat("z", 1<<16): "/?"} {
		_, no := try[any](t, e, "election.js", "parseElection", octets(slices.Concat(text[:len(text)-1], []byte(`,"`+name+`":1}`))))
		if no == nil || no.Code != "json.schema" || no.Field != want {
			t.Errorf("%.20s: %.200s", name, fmt.Sprint(no))
		}
	}
}

func TestAnElectionHasNoMoreAnswersThanABallotCanHold(t *testing.T) {
	t.Parallel()

	archive := vector(t, "valid/single1.bel")
	begin, end := bytes.Index(archive, []byte(`{"version":1,"description"`)), bytes.Index(archive, []byte(`"answers":[`))
	e := newNode(t)
	for n, want := range map[int]string{4000: "", 4200: "limit.size"} {
		rest := bytes.IndexByte(archive[end:], ']') + end
		size := bytes.IndexByte(archive[rest:], 0) + rest
		text := slices.Concat(archive[begin:end], []byte(`"answers":[`+strings.Repeat(`"",`, n-1)+`""`), archive[rest:size])
		_, no := try[any](t, e, "election.js", "parseElection", octets(text))
		if want == "" && no != nil || want != "" && (no == nil || no.Code != want || no.Field != "/questions/0") {
			t.Errorf("%d answers: %+v", n, no)
		}
	}
}

func TestAnArchiveMayOnlyGrow(t *testing.T) {
	t.Parallel()

	pairs := decode[[]struct {
		ID, Old, New string
		Reason       *string
	}](t, vector(t, "diff.json"))
	e := newNode(t)
	for _, v := range pairs {
		_, no := try[any](t, e, "", "onlyGrew", octets(vector(t, v.Old)), octets(vector(t, v.New)))
		switch {
		case v.Reason == nil && no != nil:
			t.Errorf("%s: %+v", v.ID, no)
		case v.Reason != nil && (no == nil || no.Code != *v.Reason):
			t.Errorf("%s: got %+v, want %s", v.ID, no, *v.Reason)
		}
	}
}

func TestCredentialsDeriveLikeTheVectors(t *testing.T) {
	t.Parallel()

	vectors := decode[struct {
		Valid []struct {
			UUID, Credential, Secret, Public string
		}
		Invalid []struct{ Credential, Why string }
	}](t, vector(t, "credentials.json"))
	engines(t, func(t *testing.T, e engine) {
		for _, v := range vectors.Valid {
			if got := call[big](t, e, "credential.js", "publicCredential", v.Credential, v.UUID); string(got) != v.Public {
				t.Errorf("%s derives %s", v.Credential, got)
			}
		}
		for _, v := range vectors.Invalid {
			got, no := try[string](t, e, "credential.js", "readCredential", v.Credential)
			// What the file format refuses but a voter may well type: dashes and spaces elsewhere.
			if no == nil && slices.Contains([]string{"spaces instead of dashes", "dash in the wrong place", "leading space"}, v.Why) {
				if len(got) != 19 {
					t.Errorf("%q is read as %q", v.Credential, got)
				}
				continue
			}
			if no == nil {
				t.Errorf("%q (%s) is read as %q", v.Credential, v.Why, got)
			}
		}
	})
}

func TestTypingErrorsAreNamed(t *testing.T) {
	t.Parallel()

	e := newNode(t)
	for typed, want := range map[string]refusal{
		"iBY-CNu-cSd-b7m-za":   {Code: "credential.length", About: map[string]any{"count": 14.0}},
		"iBY CNu cSd b7m zOa":  {Code: "credential.character", About: map[string]any{"character": "O", "position": 14.0}},
		"iBY-CNu-cSd-b7m-zab":  {Code: "credential.checksum", About: map[string]any{}},
		"\u00a0iBYCNucSdb7mzé": {Code: "credential.character", About: map[string]any{"character": "é", "position": 14.0}},
		"":                     {Code: "credential.length", About: map[string]any{"count": 0.0}},
	} {
		_, no := try[string](t, e, "credential.js", "readCredential", typed)
		if no == nil {
			t.Errorf("%q is read", typed)
			continue
		}
		if diff := cmp.Diff(want, *no, cmp.FilterPath(func(p cmp.Path) bool { return p.String() == "Message" }, cmp.Ignore())); diff != "" {
			t.Errorf("%q (-want +got):\n%s", typed, diff)
		}
	}
}

func TestTextsAndHashesAreThoseOfTheVectors(t *testing.T) {
	t.Parallel()

	vectors := decode[struct {
		Strings []struct {
			UTF8 string `json:"utf8_hex"`
			JSON string `json:"json"`
		} `json:"json_strings"`
		Hashes []struct {
			Input, Hex, Base64 string
			ModQ               string `json:"mod_q"`
		}
	}](t, vector(t, "encoding.json"))
	e := newNode(t)
	for _, v := range vectors.Strings {
		text := string(must[[]byte](t)(hex.DecodeString(v.UTF8)))
		if got := call[string](t, e, "canon.js", "quote", text); got != v.JSON {
			t.Errorf("%q is %s, want %s", text, got, v.JSON)
		}
	}
	for _, v := range vectors.Hashes {
		if got := call[string](t, e, "hash.js", "tracker", v.Input); got != v.Base64 {
			t.Errorf("%q hashes to %s, want %s", v.Input, got, v.Base64)
		}
		if got := call[big](t, e, "hash.js", "challenge", v.Input); string(got) != v.ModQ {
			t.Errorf("%q is the challenge %s, want %s", v.Input, got, v.ModQ)
		}
	}
	if len(vectors.Strings) == 0 || len(vectors.Hashes) == 0 {
		t.Error("nothing was compared")
	}
}

func TestTheGroupIsThatOfTheVectors(t *testing.T) {
	t.Parallel()

	vectors := decode[struct {
		Members    []string
		NotMembers []struct{ X, Why string } `json:"not_members"`
		Powers     []struct {
			E  string
			GE string `json:"g_e"`
		}
	}](t, vector(t, "group.json"))
	e := newNode(t)
	for _, x := range vectors.Members {
		if got := call[*big](t, e, "trustees.js", "parseMember", x); (got == nil) != (x == "1") {
			t.Errorf("%.40s is no member", x)
		}
	}
	for _, v := range vectors.NotMembers {
		if got := call[*big](t, e, "trustees.js", "parseMember", v.X); got != nil {
			t.Errorf("%.40s (%s) is a member", v.X, v.Why)
		}
	}
	g := call[big](t, e, "group.js", "parseElement", vectors.Members[0])
	for _, v := range vectors.Powers {
		reduced := call[big](t, e, "group.js", "modq", big(v.E))
		if got := call[big](t, e, "group.js", "pow", g, reduced); string(got) != v.GE {
			t.Errorf("g^%s is %.40s", v.E, got)
		}
	}
}

func TestSealedMessagesOpenLikeTheVectors(t *testing.T) {
	t.Parallel()

	type participant struct{ Seed, DKey string }
	keys := decode[struct {
		Trustees []participant
		DKG      struct{ Certs []string }
	}](t, vector(t, "keys/thr2of3.json"))
	e := newNode(t)
	index := decode[struct {
		Valid []struct{ ID, Archive string }
	}](t, vector(t, "index.json"))
	for _, v := range index.Valid {
		if v.ID != "thr2of3-d12" {
			continue
		}
		report := call[struct{ Keys []big }](t, e, "", "verifyArchive", octets(vector(t, v.Archive)))
		for i, p := range keys.Trustees {
			x := call[big](t, e, "ceremony.js", "openDecryptionKey", p.Seed, p.DKey)
			if got := call[struct {
				PublicKey big `json:"public_key"`
			}](t, e, "ceremony.js", "newPublicKey", x, ""); got.PublicKey != report.Keys[i] {
				t.Errorf("the key of trustee %d is another", i+1)
			}
			_, no := try[big](t, e, "ceremony.js", "openDecryptionKey", keys.Trustees[(i+1)%3].Seed, p.DKey)
			if no == nil || no.Code != "dkg.channel" {
				t.Errorf("trustee %d opens what is for %d: %+v", (i+1)%3+1, i+1, no)
			}
		}
		return
	}
	t.Error("no transcript")
}

func TestSealedDataIsThatOfTheVectorsAndOpensOnlyUnchanged(t *testing.T) {
	t.Parallel()

	vectors := decode[struct {
		CCM []struct {
			Key  string `json:"key_string"`
			IV   string `json:"iv_string"`
			Text string `json:"plaintext"`
			Data string `json:"data_hex"`
		}
	}](t, vector(t, "pki.json"))
	type packed struct {
		Bytes []byte `json:"$bytes"`
	}
	engines(t, func(t *testing.T, e engine) {
		for _, v := range vectors.CCM {
			got := call[packed](t, e, "channel.js", "sealWith", v.Key, v.IV, octets(v.Text)).Bytes
			if hex.EncodeToString(got) != v.Data {
				t.Errorf("%q is sealed as %x, want %s", v.Text, got, v.Data)
			}
			if back := call[packed](t, e, "channel.js", "openWith", v.Key, v.IV, octets(got)).Bytes; string(back) != v.Text {
				t.Errorf("%q opens as %q", v.Text, back)
			}
			for _, at := range []int{0, len(got) / 2, len(got) - 1} {
				if _, no := try[any](t, e, "channel.js", "openWith", v.Key, v.IV, flip(got, at)); no == nil || no.Code != "dkg.channel" {
					t.Errorf("changed at %d: %+v", at, no)
				}
			}
		}
		if _, no := try[any](t, e, "channel.js", "sealWith", "k", "i", octets(make([]byte, 1<<16))); no == nil {
			t.Error("64 KiB are sealed")
		}
	})
}

// TestAMessageCannotBePassedOn: what somebody signed for another is refused, even when it is sealed anew.
func TestAMessageCannotBePassedOn(t *testing.T) {
	t.Parallel()

	e := newNode(t)
	public := func(x string) big {
		return call[struct {
			PublicKey big `json:"public_key"`
		}](t, e, "ceremony.js", "newPublicKey", big(x), "").PublicKey
	}
	const sender, mine, other = "1234567", "7654321", "1111111"
	for _, c := range []struct {
		recipient big
		ok        bool
	}{{public(mine), true}, {public(other), false}} {
		signed := call[map[string]any](t, e, "channel.js", "sign", big(sender), struct {
			Recipient big    `json:"recipient"`
			Message   string `json:"message"`
		}{c.recipient, "{}"})
		sealed := call[string](t, e, "channel.js", "seal", public(mine), call[string](t, e, "canon.js", "encode", signed))
		got, no := try[string](t, e, "channel.js", "receive", big(mine), public(sender), sealed)
		if c.ok != (no == nil) || c.ok && got != "{}" || !c.ok && no.Code != "dkg.channel" {
			t.Errorf("signed for its recipient %v: %q, %+v", c.ok, got, no)
		}
	}
}
