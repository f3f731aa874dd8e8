// SPDX-License-Identifier: Apache-2.0

package group_test

import (
	"bytes"
	"math/big"
	"testing"

	"github.com/tenday/tenday/ballot/group"
)

// TestEachOfTheSubsetsOfABatchCounts puts a stranger into one subset alone, each of the 128 in turn: the bound of 2^-128 needs them all.
func TestEachOfTheSubsetsOfABatchCounts(t *testing.T) {
	t.Parallel()

	minusOne, _ := group.ParseElement(new(big.Int).Sub(p, big.NewInt(1)).String())
	stranger := group.Generator().Mul(minusOne)
	for at := -1; at < 128; at++ {
		var pick [16]byte
		if at >= 0 {
			pick[at/8] = 1 << (at % 8)
		}
		friend := bytes.Repeat([]byte{0xff}, 16)
		b := group.NewBatch(bytes.NewReader(append(append(friend, pick[:]...), friend...)))
		for _, x := range []group.Element{group.Generator(), stranger, group.Generator()} {
			if err := b.Add(x); err != nil {
				t.Fatal(err)
			}
		}
		if got := b.AllMembers(); got != (at < 0) {
			t.Errorf("stranger in subset %d: AllMembers = %v", at, got)
		}
	}
}
