// SPDX-License-Identifier: Apache-2.0

package flow

// Reach is what ShortestFrom or ShortestTo found: residual distances from or to one node, as reduced costs. Closed residual cycles cost the same in
// reduced and in real costs; a path from u to v really costs its distance - Pi[u] + Pi[v]. It holds until the next call on its Live.
type Reach struct {
	l     *Live
	nodes []int32
}

// ShortestFrom searches the residual network from a node and returns every node whose distance is at most most.
func (l *Live) ShortestFrom(node int32, most int64) Reach {
	return l.within(node, false, most)
}

// ShortestTo searches backwards: the distances are from every node to the given one, and Steps lead from it there.
func (l *Live) ShortestTo(node int32, most int64) Reach {
	return l.within(node, true, most)
}

func (l *Live) within(node int32, back bool, most int64) Reach {
	l.price()
	d := &l.net.d
	d.run(&l.net.residual, node, back, most, even)
	return Reach{l, d.reach}
}

// Nodes returns the nodes reached, nearest first.
func (r Reach) Nodes() []int32 { return r.nodes }

// Cost returns the distance of v, and whether it was reached.
func (r Reach) Cost(v int32) (int64, bool) {
	n := &r.l.net.nodes[v]
	return n.dist, n.round > r.l.net.d.now
}

// Steps returns the shortest path between the node and v, which must have been reached, in the direction of the flow.
func (r Reach) Steps(v int32) []Step {
	steps, _ := r.l.net.d.path(&r.l.net.residual, v, r.l.p.ends)
	return steps
}
