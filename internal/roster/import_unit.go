// SPDX-License-Identifier: Apache-2.0

package roster

import (
	_ "embed"
	"strings"
)

//go:embed import_unit.txt
var unitRuleText string

// UnitRule says which status the words of a title, or an occupation, give a new person on an employer's list.
type UnitRule struct {
	Words  string // folded words of a title; "" for a rule on occupations
	Jobs   []JobClass
	Status UnitStatus
}

// UnitRules is the table, in the order in which it is read.
var UnitRules = readUnitRules(unitRuleText)

func readUnitRules(text string) []UnitRule {
	var out []UnitRule
	for line := range strings.Lines(text) {
		left, right, ok := strings.Cut(line, "=")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		r := UnitRule{Status: UnitStatus(strings.TrimSpace(right))}
		if r.Status == InUnit {
			for j := range strings.SplitSeq(left, ",") {
				r.Jobs = append(r.Jobs, JobClass(strings.TrimSpace(j)))
			}
		} else {
			r.Words = Fold(left)
		}
		out = append(out, r)
	}
	return out
}

// unitStatus returns the status of a new person, and the words that gave it.
func unitStatus(title string, job JobClass) (status UnitStatus, why string) {
	title = " " + Fold(title) + " "
	for _, r := range UnitRules {
		if r.Words != "" && strings.Contains(title, " "+r.Words+" ") {
			return r.Status, r.Words
		}
		for _, j := range r.Jobs {
			if j == job {
				return r.Status, string(j)
			}
		}
	}
	return UnitUnknown, ""
}

// titleRule returns the words of the rule that a title falls under, "" for none: a change of it is a change of job.
func titleRule(title string) string {
	title = " " + Fold(title) + " "
	for _, r := range UnitRules {
		if r.Words != "" && strings.Contains(title, " "+r.Words+" ") {
			return r.Words
		}
	}
	return ""
}
