// SPDX-License-Identifier: Apache-2.0

package app

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tenday/tenday/internal/i18n"
)

func bundle(t *testing.T) *i18n.Bundle {
	t.Helper()
	b, err := Texts(i18n.Locales, os.DirFS("../demo"), os.DirFS("../cli"), os.DirFS("../backup")) // what stands on top of the app, or beside it
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestEveryLocaleHasTheSameKeys(t *testing.T) {
	t.Parallel()

	b := bundle(t)
	for _, l := range i18n.Locales[1:] {
		if diff := cmp.Diff(b.Keys(i18n.Locales[0]), b.Keys(l)); diff != "" {
			t.Errorf("keys of en and %s differ (-en +%s):\n%s", l, l, diff)
		}
	}
}

// Where a key stands in the program: in a template, in a fault, in a view's title, in a toast.
var (
	inTemplate = regexp.MustCompile(`\(?\bt "([a-z][a-z0-9_.]*)"`)
	inCode     = regexp.MustCompile(`(?s)(?:fault\.New\(\s*fault\.\w+,|fault\.Field\(\s*[^,()]+,|\bKey:|\bTitle:|\.T\()\s*"([a-z][a-z0-9_]*\.[a-z0-9_.]*)"`)
)

func TestEveryKeyInTheProgramHasItsSentence(t *testing.T) {
	t.Parallel()

	have := bundle(t).Keys("en")
	found := 0
	err := filepath.WalkDir("../", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || strings.HasSuffix(path, "_test.go") || strings.Contains(path, "testdata") {
			return err
		}
		var keys [][]string
		switch filepath.Ext(path) {
		case ".html":
			keys = matches(t, inTemplate, path)
		case ".go":
			keys = matches(t, inCode, path)
		}
		for _, m := range keys {
			found++
			if strings.HasSuffix(m[1], ".") || strings.HasSuffix(m[1], "_") { // the rest is put together from data; the room's own tests know it
				continue
			}
			if _, ok := slices.BinarySearch(have, m[1]); !ok {
				t.Errorf("%s: no sentence for %q", path, m[1])
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if found < 100 {
		t.Errorf("only %d keys were found: the patterns are wrong", found)
	}
}

func matches(t *testing.T, re *regexp.Regexp, path string) [][]string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return re.FindAllStringSubmatch(string(b), -1)
}

// Words that the campaign does not use, by campaign-words: of people, of blame, of promises.
var avoided = regexp.MustCompile(`(?i)\b(scab|oops|sorry|no-show|freeloader|anonymous|guarantee[ds]?|secure(ly)?|users?)\b`)

// flags of the command line are no words of ours: "--smtp-user".
var flags = regexp.MustCompile(`--[a-z-]+`)

func TestTheWordsAreOurs(t *testing.T) {
	t.Parallel()

	b := bundle(t)
	for _, key := range b.Keys("en") {
		if s := flags.ReplaceAllString(b.For("en").T(key), ""); avoided.MatchString(s) {
			t.Errorf("%s: %q holds %q", key, s, avoided.FindString(s))
		}
	}
}
