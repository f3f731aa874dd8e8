// SPDX-License-Identifier: Apache-2.0

package picket_test

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/tenday/tenday/picket"
)

func night() *picket.Input {
	in, _, err := picket.Read(os.DirFS("testdata/night"), nil)
	if err != nil {
		panic(err)
	}
	return in
}

// The night the clocks go back: three people for four places. The shortage is shown where it is.
func ExamplePlan() {
	in := night()
	r, err := picket.Plan(context.Background(), in)
	if err != nil {
		panic(err)
	}
	if err := r.WriteCSV(os.Stdout); err != nil {
		panic(err)
	}
	for _, s := range r.Shortages {
		fmt.Println("short:", in.Sites[s.Need.Site].Name, s.Need.Role, s.Placed, "of", s.Need.Target)
	}
	for _, l := range r.Unplaced {
		fmt.Println("no place:", in.Members[l.Member].Name, l.Reason)
	}
	// Output:
	// member_id,site_id,shift_id,role,state,travel_min,answer
	// ana,north,late,captain,draft,5,yes
	// ben,north,late,line,draft,12,yes
	// cal,south,late,line,draft,5,if_needed
	// short: South clinic line 1 of 2
	// no place: Dee duty
}

func ExampleResult_Explain() {
	in := night()
	r, err := picket.Plan(context.Background(), in)
	if err != nil {
		panic(err)
	}
	for _, a := range r.Explain(1) { // Ben
		fmt.Println(in.Sites[a.Site].Name, a.Role, a.Minutes, "min", a.Key)
	}
	// Output: South clinic line 50 min alt.burden
}

// Ana drops out; Ben has been told already and stays.
func ExampleReplan() {
	in := night()
	r, err := picket.Plan(context.Background(), in)
	if err != nil {
		panic(err)
	}
	now := time.Date(2025, 11, 1, 12, 0, 0, 0, time.UTC)
	events := []picket.Event{
		{Kind: picket.Notify, Member: 1, Site: 0, Shift: 0},
		{Kind: picket.DropOut, Member: 0, Site: -1, Shift: -1},
	}
	again, err := picket.Replan(context.Background(), in, r.Placements, events, now, picket.Disturbance)
	if err != nil {
		panic(err)
	}
	if err := again.WriteCSV(os.Stdout); err != nil {
		panic(err)
	}
	fmt.Println(again.Levels[0].Level, again.Levels[0].Value)
	// Output:
	// member_id,site_id,shift_id,role,state,travel_min,answer
	// ben,north,late,line,notified,12,yes
	// cal,south,late,line,draft,5,if_needed
	// short_captain 1
}
