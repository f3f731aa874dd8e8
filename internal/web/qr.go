// SPDX-License-Identifier: Apache-2.0

package web

import (
	"fmt"
	"strings"

	"rsc.io/qr"
)

// Square is a QR code as one path of an SVG, a run of black modules a rectangle. A template draws it:
//
//	<svg viewBox="{{.Box}}" role="img" aria-label="…" shape-rendering="crispEdges"><path d="{{.Path}}"/></svg>
type Square struct {
	Box  string // viewBox, with the four modules of quiet that readers want
	Path string
}

// QR draws text, which readers give back as it is, with the middle level of correction. It fails for more than 2,331 bytes.
func QR(text string) (*Square, error) {
	c, err := qr.Encode(text, qr.M)
	if err != nil {
		return nil, fmt.Errorf("draw code: %w", err)
	}
	var b strings.Builder
	for y := range c.Size {
		for x := 0; x < c.Size; x++ {
			from := x
			for c.Black(x, y) {
				x++
			}
			if x > from {
				fmt.Fprintf(&b, "M%d %dh%dv1H%dz", from, y, x-from, from)
			}
		}
	}
	return &Square{Box: fmt.Sprintf("-4 -4 %d %d", c.Size+8, c.Size+8), Path: b.String()}, nil
}
