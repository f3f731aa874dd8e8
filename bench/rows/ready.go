// SPDX-License-Identifier: Apache-2.0

package rows

import (
	"encoding/json"
	"fmt"
	"os"
)

// Ready is the one line, in JSON, that a server under measurement prints when it may be asked. It serves until its
// process is interrupted.
type Ready struct {
	Base   string   `json:"base"`   // "http://127.0.0.1:41234"
	Cookie string   `json:"cookie"` // what signs a request in, if anything does
	Paths  []string `json:"paths"`  // the Mix, in the server's own addresses
}

// Print writes r to standard output.
func (r Ready) Print() error {
	b, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("encode ready line: %w", err)
	}
	_, err = fmt.Fprintln(os.Stdout, string(b))
	return err
}
