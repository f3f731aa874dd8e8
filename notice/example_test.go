// SPDX-License-Identifier: Apache-2.0

package notice_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/tenday/tenday/notice"
)

// strike reads the facts of a one-day clinic strike whose papers are in order.
func strike() *notice.Facts {
	data, err := os.ReadFile("testdata/vectors/V01.json")
	if err != nil {
		panic(err)
	}
	var v struct{ Facts json.RawMessage }
	if err := json.Unmarshal(data, &v); err != nil {
		panic(err)
	}
	f, err := notice.LoadFacts(strings.NewReader(string(v.Facts)), "V01.json")
	if err != nil {
		panic(err)
	}
	return f
}

func ExampleEvaluate() {
	f := strike()
	p, err := notice.Choose(f)
	if err != nil {
		panic(err)
	}
	r := notice.Evaluate(p, f, notice.Date(2025, 10, 27))
	fmt.Println(r.Verdict, r.Pack.ID)
	for _, l := range r.Lines {
		if l.Rule == "HC-30" {
			fmt.Println(l.Why)
			for _, x := range l.Readings {
				fmt.Println(x.ID, x.Have, x.Unit, "latest", x.Latest)
			}
		}
	}
	// Output:
	// lawful us-nlra-hc
	// 12 days, 10 needed; every reading passes.
	// civil 12 day latest 2025-10-26
	// wall 11.79 day latest 2025-10-26T07:00-05:00[America/Chicago]
	// elapsed 284 hour latest 2025-10-26T08:00-05:00[America/Chicago]
	// clear 11 day latest 2025-10-25
}

func ExampleSolve() {
	pl, err := notice.Solve(notice.PackByID("us-nlra-hc"), strike(), "s1", notice.Date(2025, 10, 27), notice.HouseBuffer)
	if err != nil {
		panic(err)
	}
	for _, s := range pl.Steps {
		fmt.Println(s.ID, s.State, s.Done, "safe", s.Safe)
	}
	fmt.Println("a fresh notice from", pl.ServeFrom, "starts on", pl.EarliestStart["civil"], "or, safer,", pl.EarliestStart["clear"])
	// Output:
	// ten_day done 2025-10-24 safe 2025-10-24
	// dispute done 2025-09-22 safe 2025-09-23
	// a fresh notice from 2025-10-27 starts on 2025-11-06 or, safer, 2025-11-07
}

func ExampleWhatIf() {
	d, err := notice.WhatIf(notice.PackByID("us-nlra-hc"), strike(), notice.Date(2025, 10, 27), []notice.Edit{
		{Op: "set", Path: "actions[s1].start", Value: "2025-11-06T07:00[America/Chicago]"},
	})
	if err != nil {
		panic(err)
	}
	fmt.Println(d.Before, "->", d.After)
	for _, c := range d.Changed {
		fmt.Println(c.Rule, c.Why)
	}
	// Output:
	// lawful -> unlawful
	// HC-33 The act starts 1440 minutes after the stated time, 2025-11-05T07:00-06:00[America/Chicago]. No writing signed by both moved it.
}

func ExampleGuard() {
	now, err := notice.ParseMoment("2025-11-05T07:20[America/Chicago]")
	if err != nil {
		panic(err)
	}
	g, err := notice.Guard(strike(), "s1", now.Begin())
	if err != nil {
		panic(err)
	}
	fmt.Println(g.State, g.MinutesToStart)
	fmt.Println(g.Say)
	// Output:
	// too_late -20
	// The stated time, 07:00 on 5 November, passed 20 minutes ago. Do not walk out. Not without a writing both have signed.
}

func ExampleLocked() {
	for _, path := range notice.Locked(strike())[:3] {
		fmt.Println(path)
	}
	// Output:
	// actions[s1].kind
	// actions[s1].sites
	// actions[s1].start
}

func ExampleParseMoment() {
	_, err := notice.ParseMoment("2025-11-02T01:30[America/Chicago]")
	fmt.Println(err)
	_, err = notice.ParseMoment("2026-03-08T02:30[America/Chicago]")
	fmt.Println(err)
	// Output:
	// E-TIME-AMBIGUOUS 01:30 happens twice on 2025-11-02 in America/Chicago: add -05:00 or -06:00
	// E-TIME-GAP 02:30 does not exist on 2026-03-08 in America/Chicago: clocks go forward past it
}
