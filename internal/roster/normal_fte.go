// SPDX-License-Identifier: Apache-2.0

package roster

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
)

var fteForm = regexp.MustCompile(`(?i)^(\d*[.,]?\d+|\d+[.,])\s*(%|fte|h|hrs?\.?|hours?|horas?)?(?:\s*(?:/|per|a|por)\s*(?:wk|week|sem(?:ana)?))?$`)

// ReadFTE reads a share of full time in hundredths, 0 to 100; ok is false for an empty cell. A bare number from 4 to 40, or
// one with "hrs", is hours a week of 40. Between 1 and 4 it could be either, and is a problem.
func ReadFTE(s string) (hundredths int, ok bool, note Note, problem Problem) {
	s = clean(s)
	if blank(s) {
		return 0, false, "", ""
	}
	m := fteForm.FindStringSubmatch(s)
	if m == nil {
		return 0, false, "", FTENotNumber
	}
	n, err := strconv.ParseFloat(strings.ReplaceAll(m[1], ",", "."), 64)
	if err != nil {
		return 0, false, "", FTENotNumber
	}
	scale, most := 100.0, 1.0
	switch unit := Fold(m[2]); {
	case m[2] == "%":
		scale, most = 1, 100
	case unit != "" && unit[0] == 'h', unit == "" && n >= 4:
		scale, most, note = 2.5, 40, HoursOver40
	}
	if n > most {
		return 0, false, "", FTERange
	}
	return int(math.Round(n * scale)), true, note, ""
}

// FormatFTE writes hundredths as "0.80".
func FormatFTE(hundredths int) string {
	return fmt.Sprintf("%d.%02d", hundredths/100, hundredths%100)
}
