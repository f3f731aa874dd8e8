// SPDX-License-Identifier: Apache-2.0

package demo

import "context"

var papersStory = []step{{"2025-05-14T11:30", fillWorksheet}}

// fillWorksheet writes the F-7's answers that the record does not know: union and people are made up. The letters take them from it.
func fillWorksheet(ctx context.Context, h *house) error {
	ctx, err := h.as(ctx, coordinator)
	if err != nil {
		return err
	}
	_, _, dispute, err := h.papers(ctx, juneTitle)
	if err != nil {
		return err
	}
	return h.Strike.FillF7(ctx, dispute.ID, map[string]string{
		"employer.address1": "1 Example Plaza", "employer.city": "Minneapolis", "employer.state": "MN", "employer.zip": "55401",
		"employer_rep.name": "L. Sandvik (fictional)", "employer_rep.title": "Director of Labor Relations", "employer_rep.phone": "612-555-0140",
		"employer_rep.email": "labor@clinic.example.org", "unit.work": "Physicians, physician assistants, nurse practitioners",
		"union.name": "Example Doctors’ Union (fictional)", "union.local": "10", "union.address1": "200 Example Avenue", "union.city": "Saint Paul",
		"union.state": "MN", "union.zip": "55101", "union_rep.name": "M. Okafor (fictional)", "union_rep.title": "Chief negotiator",
		"union_rep.phone": "651-555-0141", "union_rep.email": "table@union.example.org", "filer.name": "M. Okafor (fictional)",
		"filer.phone": "651-555-0141", "filer.email": "table@union.example.org",
	})
}
