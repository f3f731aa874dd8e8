// SPDX-License-Identifier: Apache-2.0

// Package drawn holds sections of the documents to the tables in the code that they are drawn from. For tests alone.
package drawn

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "draw the sections of docs/states.md anew")

// file is where the sections stand, seen from a room.
const file = "../../docs/states.md"

// Step is a row of a machine: from a state by an event to a state, and who may.
type Step struct{ From, Event, To, Who string }

// Machine returns a section: title, diagram and table of a machine that begins in the first step's state. notes ends it.
func Machine(title string, steps []Step, notes string) string {
	var diagram, table strings.Builder
	for _, s := range steps {
		fmt.Fprintf(&diagram, "  %s --> %s: %s\n", s.From, s.To, s.Event)
		fmt.Fprintf(&table, "| %s | %s | %s | %s |\n", s.From, s.Event, s.To, s.Who)
	}
	return fmt.Sprintf("## %s\n\n```mermaid\nstateDiagram-v2\n  [*] --> %s\n%s```\n\n| from | event | to | who |\n|---|---|---|---|\n%s%s",
		title, steps[0].From, diagram.String(), table.String(), notes)
}

// Section fails the test unless docs/states.md has this section; with -update it is written, where it stood or at the end.
func Section(t *testing.T, want string) {
	t.Helper()
	title, _, _ := strings.Cut(want, "\n")
	have, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(have), title+"\n")
	mine, after, more := strings.Cut(rest, "\n## ")
	if *update {
		text := strings.TrimRight(before, "\n") + "\n\n" + want
		if more {
			text += "\n## " + after
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !found {
		t.Fatalf("%s has no section %q: draw it with -update", file, title)
	}
	if diff := cmp.Diff(want, title+"\n"+mine); diff != "" {
		t.Errorf("%s is not what the table says (-table +file); draw it with -update:\n%s", file, diff)
	}
}
