// SPDX-License-Identifier: Apache-2.0

package offline_test

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"testing"

	"github.com/tenday/tenday/internal/db/dbtest"
	"github.com/tenday/tenday/internal/offline"
)

// What phones run does what it says, and what it seals Go's crypto/hpke opens.
func TestPhonesKeepLockAndSeal(t *testing.T) {
	t.Parallel()

	dir := modules(t)
	clock := &dbtest.Clock{}
	b := newBench(t, dbtest.SQLite(t, clock), clock)
	cmd := exec.CommandContext(t.Context(), "node", "testdata/phone.mjs", dir, b.Key(), b.accounts[0])
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr.Bytes())
	}
	var boxes []struct{ ID, Data, Sealed string }
	if err := json.Unmarshal(out, &boxes); err != nil {
		t.Fatal(err)
	}
	for _, box := range boxes {
		a := b.sync(t, 0, offline.Sent{ID: box.ID, Sealed: box.Sealed})
		if len(a.Done) != 1 {
			t.Errorf("%d letters: %+v", len(box.Data), a)
		}
	}
	if n := len(b.took(t)); n != len(boxes) || n < 4 {
		t.Errorf("%d of %d boxes were taken", n, len(boxes))
	}
}
