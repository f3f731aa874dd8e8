// SPDX-License-Identifier: Apache-2.0

package flow

// queue holds nodes by distance, then by rank, then in the order in which they came. Those at the distance that is being looked at lie in
// a list for each rank, the farther ones wait in a heap; none may be put nearer than the last one taken.
type queue struct {
	heap  []entry
	here  int64
	lists [lastRank + 1][]int32
	taken [lastRank + 1]int // of each list
	low   int               // no list below has any left
	high  int               // no list above is in use
	left  int               // in all lists
}

type entry struct {
	dist int64
	node int32
	rank uint8
}

func (q *queue) reset() {
	q.heap, q.left = q.heap[:0], 0
	q.level(0)
}

// level begins the lists anew.
func (q *queue) level(dist int64) {
	for i := range q.high + 1 {
		q.lists[i], q.taken[i] = q.lists[i][:0], 0
	}
	q.here, q.low, q.high = dist, lastRank, 0
}

func (q *queue) put(dist int64, rank uint8, node int32) {
	if dist != q.here {
		q.push(entry{dist, node, rank})
		return
	}
	q.lists[rank] = append(q.lists[rank], node)
	q.low, q.high = min(q.low, int(rank)), max(q.high, int(rank))
	q.left++
}

func (q *queue) take() (node int32, dist int64, ok bool) {
	if q.left == 0 {
		if len(q.heap) == 0 {
			return 0, 0, false
		}
		q.level(q.heap[0].dist)
		for len(q.heap) > 0 && q.heap[0].dist == q.here {
			e := q.pop()
			q.put(e.dist, e.rank, e.node)
		}
	}
	for q.taken[q.low] == len(q.lists[q.low]) {
		q.low++
	}
	node = q.lists[q.low][q.taken[q.low]]
	q.taken[q.low]++
	q.left--
	return node, q.here, true
}

// push and pop keep a heap by distance, then node, so that ties fall the same way everywhere. Each entry has four below it, which
// are a cache line.
func (q *queue) push(e entry) {
	q.heap = append(q.heap, e)
	h := q.heap
	i := len(h) - 1
	for i > 0 {
		up := (i - 1) / 4
		if !e.before(h[up]) {
			break
		}
		h[i], i = h[up], up
	}
	h[i] = e
}

func (q *queue) pop() entry {
	h := q.heap
	top, e := h[0], h[len(h)-1]
	h = h[:len(h)-1]
	for i := 0; len(h) > 0; {
		first := 4*i + 1
		c := first
		for j := first + 1; j < min(first+4, len(h)); j++ {
			if h[j].before(h[c]) {
				c = j
			}
		}
		if c >= len(h) || !h[c].before(e) {
			h[i] = e
			break
		}
		h[i], i = h[c], c
	}
	q.heap = h
	return top
}

func (e entry) before(f entry) bool { return e.dist < f.dist || e.dist == f.dist && e.node < f.node }
