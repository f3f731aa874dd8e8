// SPDX-License-Identifier: Apache-2.0

package noticecli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestEveryVectorGetsItsAnswer(t *testing.T) {
	t.Parallel()

	names, err := filepath.Glob("../testdata/vectors/*.json")
	if err != nil || len(names) < 113 {
		t.Fatalf("there are %d vectors, not 113: %v", len(names), err)
	}
	ours, err := filepath.Glob("../testdata/own/*.json")
	if err != nil || len(ours) == 0 {
		t.Fatalf("there are no vectors of our own: %v", err)
	}
	for _, name := range append(names, ours...) {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".json"), func(t *testing.T) {
			t.Parallel()

			if base := filepath.Base(name); base == "I01.json" || base == "X194.json" {
				t.Skip("internal/cli writes calendars, and runs this vector")
			}
			problems, err := RunVector(Env{}, name)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range problems {
				t.Error(p)
			}
		})
	}
}

func TestAVectorThatFailsIsNamed(t *testing.T) {
	t.Parallel()

	data, err := os.ReadFile("../testdata/vectors/V05.json")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	wrong := strings.Replace(string(data), `"verdict": "unlawful"`, `"verdict": "lawful"`, 1)
	if err := os.WriteFile(filepath.Join(dir, "V05.json"), []byte(wrong), 0o600); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	code := Run(Env{Out: &out, Err: &out}, "vectors", dir, Options{})
	if want := "V05.json: verdict: want lawful, got unlawful\n1 vectors, 1 failed\n"; code != Found || out.String() != want {
		t.Errorf("exit %d, said %q", code, out.String())
	}
	if code := Run(Env{Out: &out, Err: &out}, "vectors", t.TempDir(), Options{}); code != Bad {
		t.Errorf("an empty folder: exit %d", code)
	}
}
