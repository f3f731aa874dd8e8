// SPDX-License-Identifier: Apache-2.0

package roster

import "slices"

// Machines returns the steps of each state machine, "from to", sorted.
func Machines() map[string][]string {
	return map[string][]string{"list_import": stepsOfMachine(nextList), "list_row": stepsOfMachine(nextRow), "duplicate_pair": stepsOfMachine(nextPair)}
}

func stepsOfMachine[S ~string](m machine[S]) []string {
	var out []string
	for from, all := range m {
		for _, to := range all {
			out = append(out, string(from)+" "+string(to))
		}
	}
	slices.Sort(out)
	return out
}
