// SPDX-License-Identifier: Apache-2.0

package link

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestHeadingsTellWhatColumnsHold(t *testing.T) {
	t.Parallel()

	for headings, want := range map[string]string{
		"Employee ID|Last Name|First Name|Work Location|Job Title|Hire Date|Home ZIP|Personal Email": "code family given text category date postcode email",
		"rec_id|true_cluster|given_name|surname|street_number|address_1|suburb|postcode|soc_sec_id":  "id truth given family number address place postcode code",
		"Apellidos|Nombre|Correo electrónico|Teléfono|Código postal|Fecha de nacimiento":             "family given email phone postcode date",
		"full_name|first_name|surname": "skip given family",
		"Source|Site name|Address|Zip": "skip org address postcode",
	} {
		hs := strings.Split(headings, "|")
		cells := make([][]string, len(hs))
		for i := range cells {
			cells[i] = []string{"Some thing else " + hs[i], "Another thing"}
		}
		var got []string
		for _, c := range Guess(hs, cells) {
			got = append(got, string(c.Kind))
		}
		if diff := cmp.Diff(want, strings.Join(got, " ")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", headings, diff)
		}
	}
}

func TestCellsTellWhereHeadingsDoNot(t *testing.T) {
	t.Parallel()

	got := Guess([]string{"c1", "c2", "name", "name of it", "nothing", "id"}, [][]string{
		{"a@mail.example.org", "b@mail.example.org"},
		{"1971-06-24", "1980-01-02"},
		{"Bob Jones", "Liz Kim"},
		{"Blue Door Diner", "Hill"},
		{"", "n/a"},
		{"7", "7"},
	})
	want := []Column{{"c1", Email}, {"c2", Date}, {"name", Name}, {"name of it", Text}, {"nothing", Skip}, {"id", Skip}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
