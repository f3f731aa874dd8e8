// SPDX-License-Identifier: Apache-2.0

package organize

import (
	"cmp"
	"net/http"
	"strconv"

	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/i18n"
	"github.com/tenday/tenday/internal/web"
)

// phoneMark is how a value is drawn: a number in a shape of a colour, with its word; 0 is "?".
type phoneMark struct {
	Value              int
	Number             string
	Word               string
	Shape              string // path in a box of 40 by 40
	Fill, Ink, Outline string
}

// marks returns those of 0 to 5, in the campaign's colours and words.
func (h phone) marks(r *http.Request) ([]phoneMark, error) {
	sc, err := db.InRead(r.Context(), h.d, func(tx *db.Tx) (Scale, error) { return scaleOf(r.Context(), tx) })
	if err != nil {
		return nil, err
	}
	return phoneMarks(web.Text(r), sc), nil
}

func phoneMarks(tr *i18n.Translator, sc Scale) []phoneMark {
	all := []phoneMark{{Number: "?", Word: tr.T("organize.phone.mark.0"), Shape: shapes[0], Fill: "#FFFFFF", Ink: "#333333", Outline: "#555555"}}
	for i, c := range sc.Colours {
		n := strconv.Itoa(i + 1)
		all = append(all, phoneMark{
			Value: i + 1, Number: n, Word: cmp.Or(sc.Words[i], tr.T("organize.phone.mark."+n)), Shape: shapes[i+1],
			Fill: c, Ink: inkOn(c), Outline: edgeOf(c),
		})
	}
	return all
}
