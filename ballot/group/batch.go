// SPDX-License-Identifier: Apache-2.0

package group

import (
	"bufio"
	"fmt"
	"io"
)

const batchGroups = 16 // of 8 random subsets each: 128 in all

// Batch tests many elements for membership at once: 128 random subsets are multiplied up, and each product to the q must be 1. If
// some element is not a member, each subset product reveals that with probability at least 1/2 whatever the cofactor is made of,
// so all 128 miss it with probability at most 2^-128. (One random linear combination would miss elements of order 2 half the time.)
// A new element costs 16 multiplications, the verdict the work of about 160 single tests.
type Batch struct {
	random  *bufio.Reader
	buckets [batchGroups][256]field // index: which of the group's 8 subsets the element is in
}

// NewBatch returns an empty batch. The subsets are drawn from random, which must not be known to who made the elements.
func NewBatch(random io.Reader) *Batch {
	b := &Batch{random: bufio.NewReader(random)}
	for g := range b.buckets {
		for i := range b.buckets[g] {
			b.buckets[g][i] = fieldOne
		}
	}
	return b
}

// Add puts x into its random subsets.
func (b *Batch) Add(x Element) error {
	var pick [batchGroups]byte
	if _, err := io.ReadFull(b.random, pick[:]); err != nil {
		return fmt.Errorf("read randomness: %w", err)
	}
	for g, i := range pick {
		b.buckets[g][i].mul(&b.buckets[g][i], &x.f)
	}
	return nil
}

// AllMembers reports whether every element added is a member. It empties the batch's buckets: ask once.
func (b *Batch) AllMembers() bool {
	for g := range b.buckets {
		// Fold the top bit of the index away: its subset is the product of the upper half, and the lower half takes that half in.
		for half := 128; half > 0; half /= 2 {
			subset := fieldOne
			for i := range half {
				upper := &b.buckets[g][half+i]
				subset.mul(&subset, upper)
				b.buckets[g][i].mul(&b.buckets[g][i], upper)
			}
			subset.reduce()
			if !(Element{subset}).IsMember() {
				return false
			}
		}
	}
	return true
}
