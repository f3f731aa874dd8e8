// SPDX-License-Identifier: Apache-2.0

package fault

import (
	"errors"
	"fmt"
	"testing"
)

func TestCodeOfReadsThroughWrapping(t *testing.T) {
	t.Parallel()

	inner := New(Missing, "person.missing")
	for _, c := range []struct {
		err  error
		want Code
	}{
		{nil, OK},
		{errors.New("disk"), Internal},
		{inner, Missing},
		{fmt.Errorf("open person: %w", inner), Missing},
		{fmt.Errorf("open person: %w", fmt.Errorf("read: %w", errors.New("disk"))), Internal},
	} {
		if got := CodeOf(c.err); got != c.want {
			t.Errorf("CodeOf(%v) = %q, want %q", c.err, got, c.want)
		}
	}
}

func TestJoinKeepsEveryProblemAndDropsNil(t *testing.T) {
	t.Parallel()

	if err := Join(nil, nil); err != nil {
		t.Errorf("Join of nothing = %v, want nil", err)
	}
	one := Field("zip", "zip_length")
	if err := Join(nil, one); !errors.Is(err, one) {
		t.Errorf("Join of one = %v, want that one", err)
	}
	e, ok := errors.AsType[*Error](Join(one, Field("fte", "fte_range", "Value", "1.5")))
	if !ok || len(e.Problems) != 2 || e.Problems[1].Args["Value"] != "1.5" {
		t.Errorf("Join of two = %v, want both problems", e)
	}
}
