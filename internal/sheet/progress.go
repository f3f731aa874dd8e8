// SPDX-License-Identifier: Apache-2.0

package sheet

import (
	"fmt"
	"io"
	"strings"
	"sync/atomic"
)

// counting adds what is read to n, for Progress.
type counting struct {
	r io.Reader
	n *atomic.Int64
}

func (c *counting) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n.Add(int64(n))
	return n, err //nolint:wrapcheck // an io.Reader passes io.EOF on as it is
}

// joinInts lists the places a warning names, and shows that there are more than those.
func joinInts[T any](places []T, count int) string {
	var b strings.Builder
	for i, p := range places {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprint(&b, p)
	}
	if count > len(places) {
		b.WriteString(", …")
	}
	return b.String()
}
