// SPDX-License-Identifier: Apache-2.0

package flow

// Solution is an optimal flow and the potentials that prove it.
//
// Flow[i] is what Problem.Arcs[i] carries. Pi[v] is the potential of node v: the reduced cost of an arc u->v is
// Cost + Pi[u] - Pi[v]. Only differences of potentials mean anything. Start lets a later Solve of a similar problem begin here;
// its Flow is the same slice as Flow. Pivots counts the steps of the simplex and is 0 for a solution read from a file.
type Solution struct {
	Flow   []int32
	Pi     []int64
	Start  Start
	Pivots int64
}

// Start is a feasible flow and a spanning forest to begin from. TreeArc[v] is the arc that joins node v to its parent (in
// either direction), or -1 where v has none. Root is one node with TreeArc -1; -1 if there is no node. An arc outside the forest
// carries Low or Cap. With a Start no artificial cost is needed, so costs may be larger: see Solve.
type Start struct {
	Flow, TreeArc []int32
	Root          int32
}

// Options steer Solve; the zero value is fine.
type Options struct {
	Start    *Start             // where to begin; nil is from nothing
	Block    float64            // how many arcs are priced at a time, in square roots of their number; 0 is 0.5
	Progress func(pivots int64) // called every 1,000 pivots from Solve's goroutine, if not nil
}
