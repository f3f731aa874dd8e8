// SPDX-License-Identifier: Apache-2.0

package flow

// residual is a Problem, its flow and potentials as searches read them: all of a node is one look, its halves lie side by side behind that, and an arc
// costs one look more, at its other end. Memory: 48 bytes an arc, 32 a node.
type residual struct {
	nodes  []node // and one more, for where the halves of the last end
	halves []half
	steps  []Step // for each half the step that leaves there
	places []place
}

// node is 32 bytes, two in a cache line.
type node struct {
	pi    int64 // Solution.Pi
	dist  int64
	round int32  // dijkstra.now when seen, one more when done
	via   uint32 // the half that led here
	first uint32 // of its halves
	left  sign   // of what Live.left has there
}

type sign int32

const (
	tooLittle sign = -1
	even      sign = 0
	tooMuch   sign = 1
)

// half is an arc as its one end has it. A loop has one half.
type half struct {
	cost int64 // of the step that leaves, so negative for an arc walked back
	to   int32
	open uint32
}

const (
	leaves uint32 = 1 << iota // the step that leaves has room
	enters                    // the step that comes back has
)

// place is where the halves of an arc are: at its From and at its To.
type place struct{ from, to uint32 }

func newResidual(p *Problem, s *Solution) residual {
	ends := newEnds(p)
	n := len(ends.steps)
	r := residual{make([]node, p.N+1), make([]half, n), ends.steps, make([]place, len(p.Arcs))}
	for v := range r.nodes {
		r.nodes[v].first = uint32(ends.first[v])
	}
	for v, pi := range s.Pi {
		r.nodes[v].pi = pi
	}
	for i, s := range r.steps {
		arc, along := s.Arc()
		a, at := &p.Arcs[arc], &r.places[arc]
		if along {
			at.from, r.halves[i].to = uint32(i), a.To
		} else {
			at.to, r.halves[i].to = uint32(i), a.From
		}
		if a.From == a.To {
			at.to = at.from
		}
	}
	for i := range p.Arcs {
		r.set(int32(i), &p.Arcs[i], s.Flow[i])
	}
	return r
}

// set takes over what an arc costs and has room for. Whatever changes an arc or its flow must call it.
func (r *residual) set(arc int32, a *Arc, flow int32) {
	var along, back uint32
	if flow < a.Cap {
		along, back = leaves, enters
	}
	if flow > a.Low {
		along, back = along|enters, back|leaves
	}
	at := r.places[arc]
	from, to := &r.halves[at.from], &r.halves[at.to]
	to.cost, to.open = -a.Cost, back
	from.cost, from.open = a.Cost, along // of a loop, this one counts
}

func (r *residual) stepsOf(v int32) []Step { return r.steps[r.nodes[v].first:r.nodes[v+1].first] }
