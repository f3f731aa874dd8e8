// SPDX-License-Identifier: Apache-2.0

package backup

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tenday/tenday/internal/i18n"
)

func TestEveryRefusalHasItsSentenceInBothLanguages(t *testing.T) {
	t.Parallel()

	b, err := i18n.New(Text)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(b.Keys("en"), b.Keys("es")); diff != "" {
		t.Errorf("keys (-en +es):\n%s", diff)
	}
	has := map[string]bool{}
	for _, k := range b.Keys("en") {
		has[k] = true
	}
	names, _ := filepath.Glob("*.go")
	for _, name := range names {
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`"(backup\.[a-z_]+)"`).FindAllSubmatch(src, -1) {
			if key := string(m[1]); !has[key] && key != Last && key != "backup.write" && key != "backup.restore" {
				t.Errorf("%s: %s has no sentence", name, key)
			}
		}
	}
}
