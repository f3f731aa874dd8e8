// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tenday/tenday/internal/i18n"
)

func TestEverySentenceIsThereInBothLanguagesAndUsed(t *testing.T) {
	t.Parallel()

	bundle, err := sentences(i18n.Locales...)
	if err != nil {
		t.Fatal(err)
	}
	own := func(locale string) []string {
		return slices.DeleteFunc(bundle.Keys(locale), func(k string) bool { return !strings.HasPrefix(k, "cli.") })
	}
	if diff := cmp.Diff(own("en"), own("es")); diff != "" {
		t.Errorf("keys (-en +es):\n%s", diff)
	}
	var src strings.Builder
	names, _ := filepath.Glob("*.go")
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		src.Write(b)
	}
	for _, m := range regexp.MustCompile(`"(cli\.[a-z_]+(?:\.[a-z_]+)*[a-z])"`).FindAllStringSubmatch(src.String(), -1) {
		if !slices.Contains(own("en"), m[1]) {
			t.Errorf("%s has no sentence", m[1])
		}
	}
	for _, m := range regexp.MustCompile(`found\(\w+, "(\w+)"`).FindAllStringSubmatch(src.String(), -1) {
		if !slices.Contains(own("en"), "cli.doctor."+m[1]) {
			t.Errorf("cli.doctor.%s has no sentence", m[1])
		}
	}
	made := regexp.MustCompile(`^cli\.(doctor|ask|word|audit\.why|list\.(state|stop)|match\.(level|stage))|_detail$`) // put together in the code
	for _, key := range own("en") {
		if !made.MatchString(key) && !strings.Contains(src.String(), `"`+key+`"`) {
			t.Errorf("%s is not used", key)
		}
	}
}

func TestTheLanguageIsTheEnvironments(t *testing.T) {
	t.Parallel()

	for _, c := range []struct {
		env  map[string]string
		want string
	}{
		{map[string]string{"LANG": "es_US.UTF-8"}, "es"},
		{map[string]string{"LANG": "es_US.UTF-8", "LC_ALL": "C.UTF-8"}, "en"},
		{map[string]string{"LANG": "en", "LC_MESSAGES": "es"}, "es"},
		{nil, "en"},
	} {
		if got := locale(func(name string) string { return c.env[name] }); got != c.want {
			t.Errorf("%v: %q, want %q", c.env, got, c.want)
		}
	}
}
