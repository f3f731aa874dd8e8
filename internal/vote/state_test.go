// SPDX-License-Identifier: Apache-2.0

package vote

import (
	"bytes"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "draw the section of votes in docs/states.md anew")

func TestTheLifeOfAVoteIsDrawnInTheDocuments(t *testing.T) {
	t.Parallel()

	who := map[Event]string{
		freeze: "two people on two devices", seal: "two people on two devices", certify: "two people on two devices",
		callOff: "two people on two devices, and nobody once a trustee has decrypted", open: "the clock, at the draft's hour",
		closing: "the clock, at the draft's hour", count: "the trustees: the last part that is needed",
	}
	const title = "## Votes\n"
	var b, table bytes.Buffer
	b.WriteString(title + "\n```mermaid\nstateDiagram-v2\n  [*] --> draft\n")
	for _, from := range []State{Drafted, Rolled, Sealed, Open, Counting, Counted, Certified, CalledOff} {
		for _, e := range slices.Sorted(maps.Keys(next[from])) {
			fmt.Fprintf(&b, "  %s --> %s: %s\n", from, next[from][e], e)
			fmt.Fprintf(&table, "| %s | %s | %s | %s |\n", from, e, next[from][e], who[e])
			if who[e] == "" {
				t.Errorf("who does %s is not said", e)
			}
		}
	}
	fmt.Fprintf(&b, "```\n\n| from | event | to | who |\n|---|---|---|---|\n%s", table.String())
	b.WriteString(`
Never: anything after declared or called off, a way back from sealed, a call-off after the first decryption.

Two people also appoint who makes the credentials and who holds the keys, and withdraw a paper total that was witnessed. A challenge to
the roll is decided by somebody else than who filed it, an appeal by somebody else again; a paper total is witnessed by somebody else
than who entered it.
`)
	const file = "../../docs/states.md"
	have, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, _ := strings.Cut(string(have), title) // the other sections are other rooms'
	mine, after, more := strings.Cut(rest, "\n## ")
	if *update {
		text := strings.TrimRight(before, "\n") + "\n\n" + b.String()
		if more {
			text += "\n## " + after
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(b.String(), title+mine); diff != "" {
		t.Errorf("docs/states.md is not what the table says (-table +file); draw it with -update:\n%s", diff)
	}
}
