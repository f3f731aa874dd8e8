// SPDX-License-Identifier: Apache-2.0

package web

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"rsc.io/qr"
)

// Every module of the code is black in the path or not in it.
func TestACodeIsDrawnAsItIs(t *testing.T) {
	t.Parallel()

	const text = "https://campaign.example.org/join/7777-7777-7777"
	want, err := qr.Encode(text, qr.M)
	if err != nil {
		t.Fatal(err)
	}
	got, err := QR(text)
	if err != nil {
		t.Fatal(err)
	}
	black := map[[2]int]bool{}
	for _, m := range regexp.MustCompile(`M(\d+) (\d+)h(\d+)v1H(\d+)z`).FindAllStringSubmatch(got.Path, -1) {
		var n [4]int
		for i := range n {
			n[i], _ = strconv.Atoi(m[i+1])
		}
		for x := range n[2] {
			black[[2]int{n[0] + x, n[1]}] = true
		}
	}
	for y := range want.Size {
		for x := range want.Size {
			if black[[2]int{x, y}] != want.Black(x, y) {
				t.Fatalf("module %d, %d is drawn %v", x, y, black[[2]int{x, y}])
			}
		}
	}
	if box := "-4 -4 " + strconv.Itoa(want.Size+8) + " " + strconv.Itoa(want.Size+8); got.Box != box {
		t.Errorf("box %q, want %q", got.Box, box)
	}
	if _, err := QR(strings.Repeat("x", 3000)); err == nil {
		t.Error("3,000 bytes were drawn")
	}
}
