// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"
	"testing"
)

func TestReport(t *testing.T) {
	t.Parallel()

	for _, c := range []struct {
		name, in, want string
		ok             bool
	}{
		{"a passing run is short and other lines pass through", `== go test
{"Action":"output","Package":"p","Test":"TestA","Output":"chatter\n"}
{"Action":"pass","Package":"p","Test":"TestA"}
{"Action":"pass","Package":"p","Elapsed":0.52}`, `== go test
ok    p 0.5s
1 passed, 0 failed, 0 skipped
`, true},
		{"a failure shows its output, a skip its reason once", `
{"Action":"output","Package":"p","Test":"TestA","Output":"    a_test.go:3: got 1\n"}
{"Action":"fail","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestB","Output":"=== RUN   TestB\n"}
{"Action":"output","Package":"p","Test":"TestB","Output":"    b_test.go:9: no PostgreSQL\n"}
{"Action":"output","Package":"p","Test":"TestB","Output":"--- SKIP: TestB (0.00s)\n"}
{"Action":"skip","Package":"p","Test":"TestB"}
{"Action":"fail","Package":"p","Elapsed":1}`, `
    a_test.go:3: got 1
FAIL  p 1.0s
SKIPPED: p TestB: b_test.go:9: no PostgreSQL
0 passed, 1 failed, 1 skipped
`, false},
		{"what one run skips and another one runs was not skipped", `{"Action":"pass","Package":"p","Test":"TestA"}
{"Action":"skip","Package":"p","Test":"TestA"}
{"Action":"skip","Package":"p","Test":"TestB"}
{"Action":"skip","Package":"p","Test":"TestB"}`, `SKIPPED: p TestB: no reason given
1 passed, 0 failed, 1 skipped
`, true},
		{"a package that does not build is a failure", `{"ImportPath":"p [p.test]","Action":"build-output","Output":"./p.go:1: undefined: x\n"}
{"Action":"fail","Package":"p","FailedBuild":"p [p.test]"}`, `./p.go:1: undefined: x
FAIL  p 0.0s
0 passed, 1 failed, 0 skipped
`, false},
		{"a panic shows the test it ended", `{"Action":"output","Package":"p","Test":"TestA","Output":"panic: no\n"}
{"Action":"fail","Package":"p"}`, `panic: no
FAIL  p 0.0s
0 passed, 1 failed, 0 skipped
`, false},
		{"nothing at all is no success", "", "0 passed, 0 failed, 0 skipped\n", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()

			var out strings.Builder
			ok, err := report(strings.NewReader(c.in), &out)
			if err != nil || ok != c.ok || out.String() != c.want {
				t.Errorf("ok %v, error %v, output:\n%s\nwant ok %v, output:\n%s", ok, err, out.String(), c.ok, c.want)
			}
		})
	}
}
