// SPDX-License-Identifier: Apache-2.0

package flow_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/tenday/tenday/flow"
)

// Three nurses, two sites that need two and one of them; costs are minutes.
func Example() {
	p, err := flow.ReadMin(strings.NewReader(`p min 5 6
n 1 1
n 2 1
n 3 1
n 4 -2
n 5 -1
a 1 4 0 1 12
a 1 5 0 1 20
a 2 4 0 1 35
a 2 5 0 1 30
a 3 4 0 1 8
a 3 5 0 1 25
`))
	if err != nil {
		panic(err)
	}
	s, err := flow.Solve(context.Background(), p, flow.Options{})
	if err != nil {
		panic(err)
	}
	c, err := flow.Verify(p, s)
	fmt.Println(s.Flow, "costs", c.Primal, "and no flow less than", c.Dual, err)
	// Output: [1 0 0 1 1 0] costs 50 and no flow less than 50 <nil>
}

func ExampleInfeasibleError() {
	p := &flow.Problem{N: 3, Supply: []int32{5, 0, -5}, Arcs: []flow.Arc{{From: 0, To: 1, Cap: 9}, {From: 1, To: 2, Cap: 3}}}
	_, err := flow.Solve(context.Background(), p, flow.Options{})
	fmt.Println(err)
	if none, ok := errors.AsType[*flow.InfeasibleError](err); ok {
		fmt.Println(flow.VerifyCut(p, none.Cut))
	}
	// Output:
	// no feasible flow: 2 units cannot leave a set of 2 nodes
	// 2 <nil>
}

// Someone drops out: one path says who moves.
func ExampleLive() {
	p := &flow.Problem{N: 4, Supply: []int32{1, 1, 0, -2}, Arcs: []flow.Arc{
		{From: 0, To: 2, Cap: 1, Cost: 5}, {From: 1, To: 2, Cap: 1, Cost: 9}, // to the line
		{From: 0, To: 3, Cap: 1, Cost: 0}, {From: 1, To: 3, Cap: 1, Cost: 0}, // at home
		{From: 2, To: 3, Cap: 1, Cost: -100}, // the line's only place
	}}
	s, err := flow.Solve(context.Background(), p, flow.Options{})
	if err != nil {
		panic(err)
	}
	live := flow.NewLive(p, s)
	paths, err := live.Remove(0)
	fmt.Println(paths, live.Solution().Flow, err)
	// Output: [{3 2 1 [-4 1]}] [0 1 0 0 1] <nil>
}

func ExampleWriteSol() {
	p := &flow.Problem{N: 2, Supply: []int32{3, -3}, Arcs: []flow.Arc{{From: 0, To: 1, Cap: 9, Cost: 2}}}
	s, err := flow.Solve(context.Background(), p, flow.Options{})
	if err != nil {
		panic(err)
	}
	s.Pi = []int64{0, 2}
	fmt.Println(flow.WriteSol(os.Stdout, p, s))
	// Output:
	// s 6
	// f 1 2 3
	// c pi 1 0
	// c pi 2 2
	// <nil>
}
