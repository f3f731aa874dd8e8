// SPDX-License-Identifier: Apache-2.0

package flow

import "math"

// mix lays arcs out so that neighbours in the Problem, which often share a node, are a stride apart: a block of pricing then
// sees many parts of the network. Both directions are a division, so no table is kept.
type mix struct{ stride, rows, rest int }

// newMix lays out the given number of arcs with a stride of the square root of the number of nodes.
func newMix(arcs, nodes int) mix {
	stride := max(int(math.Sqrt(float64(nodes))), 1)
	return mix{stride, arcs / stride, arcs % stride}
}

// place returns where arc i of the Problem lies: column i/rows of a table with stride columns, of which rest have a row more.
func (m mix) place(i int) int {
	long := m.rest * (m.rows + 1)
	if i < long {
		return i/(m.rows+1) + i%(m.rows+1)*m.stride
	}
	i -= long
	return m.rest + i/m.rows + i%m.rows*m.stride
}

// arc returns which arc of the Problem lies at place e.
func (m mix) arc(e int) int {
	column, row := e%m.stride, e/m.stride
	return column*m.rows + min(column, m.rest) + row
}
