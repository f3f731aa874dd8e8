// SPDX-License-Identifier: Apache-2.0

package notice

import "slices"

// Locked returns the paths, sorted, that may not be edited any more because a notice that states them has been sent: what it
// announces, and kind, sites and start of the actions that rely on it. What is left is to record an extension that both have
// signed, or to withdraw the notice and serve a new one. A withdrawn notice locks nothing.
func Locked(f *Facts) []string {
	paths := []string{}
	for i := range f.Notices {
		n := &f.Notices[i]
		if n.Kind != "ten_day" && n.Kind != "strike_notice" || n.Withdrawn != nil || !n.dispatched() {
			continue
		}
		for j := range n.Announces {
			for _, field := range []string{"kinds", "qualifier", "sites", "start"} {
				paths = append(paths, "notices["+n.ID+"].announces["+n.Announces[j].ID+"]."+field)
			}
		}
		for j := range f.Actions {
			a := &f.Actions[j]
			if !slices.ContainsFunc(newAct(f, a).relies, func(r reliance) bool { return r.notice == n }) {
				continue
			}
			for _, field := range []string{"kind", "sites", "start"} {
				paths = append(paths, "actions["+a.ID+"]."+field)
			}
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}
