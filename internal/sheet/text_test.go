// SPDX-License-Identifier: Apache-2.0

package sheet_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"text/template"

	"github.com/google/go-cmp/cmp"

	"github.com/tenday/tenday/internal/sheet"
)

func sentences(t *testing.T, lang string) map[string]string {
	t.Helper()
	data, err := sheet.Text.ReadFile("text/" + lang + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]string
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

func sentence(t *testing.T, lang, key string, args map[string]any) string {
	t.Helper()
	tmpl, err := template.New(key).Option("missingkey=error").Parse(sentences(t, lang)[key])
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := tmpl.Execute(&b, args); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestEverySentenceIsUsedAndEveryOneUsedExists(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, key := range regexp.MustCompile(`"sheet\.[a-z0-9_]+"`).FindAllString(string(source), -1) {
			used[strings.Trim(key, `"`)] = true
		}
	}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(used)), slices.Sorted(maps.Keys(sentences(t, "en")))); diff != "" {
		t.Error(diff)
	}
}

func TestBothLanguagesSayTheSame(t *testing.T) {
	t.Parallel()
	en, es := sentences(t, "en"), sentences(t, "es")
	places := func(s string) []string {
		var all []string
		for part := range strings.SplitSeq(s, "{{") {
			if name, _, ok := strings.Cut(part, "}}"); ok {
				all = append(all, name)
			}
		}
		slices.Sort(all)
		return all
	}
	for key := range en {
		if diff := cmp.Diff(places(en[key]), places(es[key])); diff != "" {
			t.Errorf("%s: %s", key, diff)
		}
	}
	if len(en) != len(es) {
		t.Errorf("%d sentences in English, %d in Spanish", len(en), len(es))
	}
}
