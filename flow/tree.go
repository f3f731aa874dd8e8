// SPDX-License-Identifier: Apache-2.0

package flow

import "math"

const infinite = math.MaxInt64 >> 3 // the room of an artificial arc: 2^60, less what it carries

// twig is a node of the spanning tree with the arc to its parent. prev and the tree's next are a circular list in preorder, in
// which the subtree of a node is the size nodes from it to last. up and down are how much more the arc can carry from the node to
// its parent and back; so whichever way the arc points, pushing is the same.
type twig struct {
	parent, prev, last, size int32
	arc                      int32 // place of the branch, or -1
	up, down                 int64
}

// tree is a spanning tree over all nodes and the artificial root.
type tree struct {
	nodes []twig
	next  []int32 // apart, as following it is what most time goes into
}

// blocking walks the cycle that an arc from src to dst closes. It returns how much can go round it, the join (the node of the
// cycle nearest the root) and the last blocking arc, named by its lower node out, seen from the join in the direction of the
// cycle; below is the end of the entering arc that is cut off with out. out is -1 if the entering arc, which has the given
// room, blocks.
func (t *tree) blocking(src, dst int32, room int64) (delta int64, join, out, below int32) {
	nodes := t.nodes
	delta, out = room, -1
	// Down from the join to src the first arc met from below is the last of the cycle; up from dst it is the last one met.
	onTarget := false
	u, v := src, dst
	for u != v {
		a, b := &nodes[u], &nodes[v]
		if a.size < b.size {
			if a.down < delta {
				delta, out, onTarget = a.down, u, false
			}
			u = a.parent
		} else {
			if b.up <= delta {
				delta, out, onTarget = b.up, v, true
			}
			v = b.parent
		}
	}
	below = src
	if onTarget {
		below = dst
	}
	return delta, u, out, below
}

// push sends delta units round the cycle through join: down to src and up from dst.
func (t *tree) push(src, dst, join int32, delta int64) {
	for u := src; u != join; {
		a := &t.nodes[u]
		a.down -= delta
		a.up += delta
		u = a.parent
	}
	for v := dst; v != join; {
		b := &t.nodes[v]
		b.up -= delta
		b.down += delta
		v = b.parent
	}
}

// hang cuts the subtree of out off, makes in its top and hangs it below at, by a branch with the given rooms towards at and back.
// join is where the cycle meets: above it no subtree changes its size.
func (t *tree) hang(in, at, out, join, branch int32, up, down int64) {
	nodes, next := t.nodes, t.next
	whole, was := nodes[out].size, nodes[out].parent
	t.detach(out)
	for v := was; v != join; v = nodes[v].parent {
		nodes[v].size -= whole
	}
	tail := t.reroot(in, out)
	top := &nodes[in]
	top.parent, top.arc, top.up, top.down = at, branch, up, down

	after := next[at]
	next[at], top.prev = in, at
	next[tail], nodes[after].prev = after, tail
	if nodes[at].last == at {
		for v := at; v >= 0 && nodes[v].last == at; v = nodes[v].parent {
			nodes[v].last = tail
		}
	}
	for v := at; v != join; v = nodes[v].parent {
		nodes[v].size += whole
	}
}

// detach takes the subtree of out out of the list; the subtree itself stays as it is.
func (t *tree) detach(out int32) {
	nodes, next := t.nodes, t.next
	before, tail := nodes[out].prev, nodes[out].last
	after := next[tail]
	next[before], nodes[after].prev = after, before
	for v := nodes[out].parent; v >= 0 && nodes[v].last == tail; v = nodes[v].parent {
		nodes[v].last = before
	}
}

// reroot makes in the top of the detached subtree of out and returns the last node of its list. The nodes from in up to out
// change places with their parents: the new list is the old subtree of in, then for each node above what its old subtree has
// before and behind that of the node below it.
func (t *tree) reroot(in, out int32) (tail int32) {
	nodes, next := t.nodes, t.next
	whole := nodes[out].size
	child, old := in, nodes[in] // old is the child as it was
	behind := next[old.last]
	tail = old.last
	for child != out {
		v := old.parent
		n := &nodes[v]
		was := *n
		next[tail], n.prev = v, tail
		tail = old.prev
		if was.last != old.last {
			next[tail], nodes[behind].prev = behind, tail
			tail = was.last
			behind = next[tail]
		}
		n.parent, n.arc, n.up, n.down = child, old.arc, old.down, old.up
		n.size = whole - old.size
		child, old = v, was
	}
	for v := out; v != in; v = nodes[v].parent {
		nodes[v].last = tail
	}
	nodes[in].last, nodes[in].size = tail, whole
	return tail
}
