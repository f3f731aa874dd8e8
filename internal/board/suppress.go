// SPDX-License-Identifier: Apache-2.0

package board

import "github.com/tenday/tenday/internal/suppress"

// Count is X people of N.
type Count = suppress.Count

// K is how many people must stand on each side of a number before it is shown to those who may not read the people.
const K = suppress.K

// Suppress decides what may be shown of one measure over a partition; see suppress.Table.
func Suppress(cells []Count, k int) (shown []bool, total bool) { return suppress.Table(cells, k) }
