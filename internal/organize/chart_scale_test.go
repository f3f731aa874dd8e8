// SPDX-License-Identifier: Apache-2.0

package organize

import (
	"math"
	"testing"

	"github.com/tenday/tenday/internal/fault"
)

// The figures are those that the palette was chosen by: campaign specification, section 15.
func TestTheUsualColoursStayApartToEveryEye(t *testing.T) {
	t.Parallel()

	s := UsualScale()
	for i, want := range []float64{48, 40.6, 40.3, 38.0} {
		if got, a, b := s.apartTo(eyes[i]); math.Abs(got-want) > 0.7 {
			t.Errorf("eye %d: %.2f between %d and %d, not %.1f", i, got, a, b, want)
		}
	}
	if err := s.check(); err != nil {
		t.Error(err)
	}
	for _, c := range s.Colours {
		if r := contrast(c, inkOn(c)); r < 7 {
			t.Errorf("%s: number at %.1f : 1", c, r)
		}
		if r := contrast(edgeOf(c), "#FFFFFF"); r < 3 {
			t.Errorf("%s: edge at %.1f : 1", c, r)
		}
	}
}

func TestColoursThatSomeEyesCannotTellApartAreRefused(t *testing.T) {
	t.Parallel()

	greenToRed := Scale{Colours: [5]string{"#0B5345", "#73C6B6", "#FFF3C4", "#F5B041", "#7B241C"}}
	if d, _, _ := greenToRed.apartTo(eyes[1]); math.Abs(d-16.4) > 0.7 {
		t.Errorf("green to red under protanopia: %.1f", d)
	}
	for name, s := range map[string]Scale{
		"green to red": greenToRed,
		"no colour":    {Colours: [5]string{"red", "#8FBCE6", "#F7F0C6", "#F0A04B", "#8E1B1B"}},
	} {
		if err := s.check(); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}
