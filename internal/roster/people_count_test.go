// SPDX-License-Identifier: Apache-2.0

package roster

import "testing"

func TestWhatIsCountedBeforeTheFirstListIsKeptToo(t *testing.T) {
	t.Parallel()

	var k known
	for want := range 2 { // a new campaign has no revision yet
		got, err := recallAt(&k, "", "people", func() (int, error) { return want, nil })
		if err != nil || got != 0 {
			t.Errorf("%d, %v", got, err)
		}
	}
}
