// SPDX-License-Identifier: Apache-2.0

package picket

import (
	"fmt"
	"math/bits"
	"slices"

	"github.com/tenday/tenday/flow"
)

// Level is one thing that a plan is judged by. Levels are compared one after the other; the first difference decides.
type Level uint8

// The levels in the order of a plan. Disturbed exists in a replan only, and its place in the order is the mode's.
const (
	ShortCaptain Level = iota // captain places below the minimum that stay empty
	ShortMin                  // the same in the other roles
	ShortTarget               // places between minimum and target that stay empty
	Spread                    // empty places below target, those in emptier quarters counting more: 8 to 5 below the minimum, 4 to 1 above
	Unplaced                  // people who could be placed and are not
	ExtraShifts               // x(x-1)/2 for each person with x shifts
	BurdenMin                 // minutes: travel, more if only if needed, less at the home site
	Disturbed                 // points for earlier placements changed: notified 1, confirmed 10
	moved                     // earlier placements changed at all: decides between equals, so that nobody moves for nothing
	levelCount
)

var levelNames = [levelCount]string{
	"short_captain", "short_min", "short_target", "spread", "unplaced", "extra_shifts", "burden_min", "disturbed", "moved",
}

var levelUnits = [levelCount]string{"places", "places", "places", "points", "people", "pairs", "minutes", "points", "people"}

func (l Level) String() string { return levelNames[l] }

// Levels are the values of all levels.
type Levels [levelCount]int64

func (l *Levels) add(m *Levels, times int64) {
	for i := range l {
		l[i] += times * m[i]
	}
}

// Order lists levels, most important first.
type Order []Level

var planOrder = Order{ShortCaptain, ShortMin, ShortTarget, Spread, Unplaced, ExtraShifts, BurdenMin}

// Compare compares two plans in this order: -1 if a is better.
func (o Order) Compare(a, b Levels) int {
	for _, l := range o {
		if a[l] != b[l] {
			if a[l] < b[l] {
				return -1
			}
			return 1
		}
	}
	return 0
}

// weights returns a weight for each level such that the cheapest flow is the best plan: a residual simple cycle passes the sink once, so
// a level on its arcs changes by at most its range there, and each need once, so a level on placements by at most needs times its
// range. Every weight exceeds all that lower levels can add up to. Errors: flow.ErrRange.
func (o Order) weights(atSink, atPlacement Levels, needs int) (Levels, error) {
	var w Levels
	sum := uint64(0)
	for _, l := range slices.Backward(o) {

		hi, b := bits.Mul64(uint64(atPlacement[l]), uint64(needs))
		w[l] = int64(sum + 1)
		hi2, more := bits.Mul64(sum+1, b+uint64(atSink[l]))
		if sum += more; hi != 0 || hi2 != 0 || sum > 1<<60 {
			return w, fmt.Errorf("weight of %v: %w", l, flow.ErrRange)
		}
	}
	return w, nil
}

func (l *Levels) dot(w *Levels) (sum int64) {
	for i := range l {
		sum += l[i] * w[i]
	}
	return sum
}

// tier returns what filling place u (from 1) of a need changes.
func (n *Need) tier(u int) (l Levels) {
	switch {
	case u <= n.Min:
		l[ShortMin], l[Spread] = -1, -int64(8-4*(u-1)/n.Min)
		if n.Role == Captain {
			l[ShortCaptain], l[ShortMin] = -1, 0
		}
	case u <= n.Target:
		l[ShortTarget], l[Spread] = -1, -int64(4-4*(u-n.Min-1)/(n.Target-n.Min))
	}
	return l
}
