// SPDX-License-Identifier: Apache-2.0

package organize

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"strconv"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
)

// A value is drawn as a number in a shape of a colour. Shapes are fixed; the union may choose colours and words. What a number
// means belongs to ScaleVersion and does not change with them.

// shapes are paths in a box of 40 by 40, by value: dashed circle, circle, rounded square, square, diamond, octagon.
var shapes = [6]string{
	"M20 3a17 17 0 1 1 0 34a17 17 0 1 1 0-34z",
	"M20 2a18 18 0 1 1 0 36a18 18 0 1 1 0-36z",
	"M11 3h18a8 8 0 0 1 8 8v18a8 8 0 0 1-8 8H11a8 8 0 0 1-8-8V11a8 8 0 0 1 8-8z",
	"M4 4h32v32H4z",
	"M20 1L39 20L20 39L1 20z",
	"M12.500 2h15L38 12.500v15L27.500 38h-15L2 27.500v-15z",
}

// usualColours are those of 1 to 5, dark blue to dark red: see the test for how far apart they stay to every kind of eye.
var usualColours = [5]string{"#1B4F9C", "#8FBCE6", "#F7F0C6", "#F0A04B", "#8E1B1B"}

// Scale is how the five values look: colours as #RRGGBB and words, "" for the usual ones in the reader's language.
type Scale struct {
	Colours [5]string `json:"colours"`
	Words   [5]string `json:"words"`
}

const scaleSetting = "organize.scale"

// UsualScale is the one that a campaign begins with.
func UsualScale() Scale { return Scale{Colours: usualColours} }

// scaleOf returns the campaign's scale.
func scaleOf(ctx context.Context, tx *db.Tx) (Scale, error) {
	s := UsualScale()
	text, err := db.Setting(ctx, tx, scaleSetting)
	if err == nil && text != "" {
		err = json.Unmarshal([]byte(text), &s)
	}
	if err != nil {
		return s, fmt.Errorf("read scale: %w", err)
	}
	return s, nil
}

// SetScale keeps the colours and words. Errors: Invalid by field when a colour cannot be read, when two are too close to be told
// apart by people with any of the usual kinds of colour vision, or when a word is too long.
func (s *Store) SetScale(ctx context.Context, sc Scale) error {
	if err := wholeUnit(ctx, TestManage); err != nil {
		return err
	}
	if err := sc.check(); err != nil {
		return err
	}
	text, err := json.Marshal(sc)
	if err != nil {
		return fmt.Errorf("write scale: %w", err)
	}
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		if err := db.PutSetting(ctx, tx, scaleSetting, string(text)); err != nil {
			return err
		}
		tx.Touch(Topic)
		_, err := audit.Append(ctx, tx, audit.Entry{Verb: "scale.edit", Object: "setting:" + scaleSetting})
		return err
	})
}

// wholeUnit refuses callers who hold a for a part of the unit alone. Errors: Forbidden.
func wholeUnit(ctx context.Context, a auth.Ability) error {
	reach, err := auth.Allowed(ctx, a)
	if err != nil {
		return err
	}
	if !reach.All {
		return fault.New(fault.Forbidden, "organize.unit_only")
	}
	return nil
}

var colourForm = regexp.MustCompile(`^#[0-9A-Fa-f]{6}$`)

// leastApart is the CIE76 distance that two levels keep. Below about 20 neighbours are mixed up in a small mark.
const leastApart = 20

// longestWord of a level: it stands in a card's corner.
const longestWord = 24

func (sc *Scale) check() error {
	var problems []*fault.Error
	for i, c := range sc.Colours {
		if !colourForm.MatchString(c) {
			problems = append(problems, fault.Field("colour"+strconv.Itoa(i+1), "organize.scale.colour"))
		}
		problems = append(problems, tidy(&sc.Words[i], "word"+strconv.Itoa(i+1), longestWord))
	}
	if err := fault.Join(problems...); err != nil {
		return err
	}
	apart, a, b := sc.apart()
	if apart < leastApart {
		return fault.Field("colour"+strconv.Itoa(b), "organize.scale.close", "A", a, "B", b, "Distance", int(apart))
	}
	return nil
}

// eyes are the kinds of colour vision: linear RGB as it is seen, after Machado, Oliveira, Fernandes: "A Physiologically-based
// Model for Simulation of Color Vision Deficiency", IEEE TVCG 15 (2009), severity 1.0.
var eyes = [][9]float64{
	{1, 0, 0, 0, 1, 0, 0, 0, 1}, // usual
	{0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998}, // protanopia
	{0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.011820, 0.042940, 0.968881},  // deuteranopia
	{1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.303900}, // tritanopia
}

// apart returns the smallest CIE76 distance between two levels, to the eye that tells them apart worst, and which two they are.
func (sc *Scale) apart() (distance float64, a, b int) {
	distance = math.Inf(1)
	for _, eye := range eyes {
		d, x, y := sc.apartTo(eye)
		if d < distance {
			distance, a, b = d, x, y
		}
	}
	return distance, a, b
}

func (sc *Scale) apartTo(eye [9]float64) (distance float64, a, b int) {
	distance = math.Inf(1)
	for i := range sc.Colours {
		for j := i + 1; j < len(sc.Colours); j++ {
			p, q := labOf(linear(sc.Colours[i]), eye), labOf(linear(sc.Colours[j]), eye)
			d := math.Sqrt((p[0]-q[0])*(p[0]-q[0]) + (p[1]-q[1])*(p[1]-q[1]) + (p[2]-q[2])*(p[2]-q[2]))
			if d < distance {
				distance, a, b = d, i+1, j+1
			}
		}
	}
	return distance, a, b
}

// linear returns the colour's linear light, 0 to 1 (IEC 61966-2-1).
func linear(hex string) (rgb [3]float64) {
	n, err := strconv.ParseUint(hex[1:], 16, 32)
	if err != nil {
		return rgb // its form was checked
	}
	for i := range rgb {
		v := float64(n>>(16-8*i)&0xff) / 255
		if rgb[i] = v / 12.92; v > 0.04045 {
			rgb[i] = math.Pow((v+0.055)/1.055, 2.4)
		}
	}
	return rgb
}

// labOf returns CIE L*a*b* (D65) of the linear colour as the eye sees it.
func labOf(c [3]float64, eye [9]float64) [3]float64 {
	see := func(i int) float64 {
		return min(max(eye[i]*c[0]+eye[i+1]*c[1]+eye[i+2]*c[2], 0), 1)
	}
	r, g, b := see(0), see(3), see(6)
	f := func(t float64) float64 {
		if t > 216.0/24389 {
			return math.Cbrt(t)
		}
		return (24389.0/27*t + 16) / 116
	}
	x := f((0.4124564*r + 0.3575761*g + 0.1804375*b) / 0.95047)
	y := f(0.2126729*r + 0.7151522*g + 0.0721750*b)
	z := f((0.0193339*r + 0.1191920*g + 0.9503041*b) / 1.08883)
	return [3]float64{116*y - 16, 500 * (x - y), 200 * (y - z)}
}

// contrast of two colours after WCAG 2.2, 1 to 21.
func contrast(a, b string) float64 {
	l := func(hex string) float64 { c := linear(hex); return 0.2126*c[0] + 0.7152*c[1] + 0.0722*c[2] }
	hi, lo := max(l(a), l(b)), min(l(a), l(b))
	return (hi + 0.05) / (lo + 0.05)
}

// inkOn returns black or white, whichever reads better. The worse of the two best is 4.58 : 1, above what text asks for.
func inkOn(colour string) string {
	if contrast(colour, "#FFFFFF") >= contrast(colour, "#000000") {
		return "#FFFFFF"
	}
	return "#000000"
}

// edgeOf returns a colour for the shape's line: its own where that stands out from white paper, else one a good deal darker.
func edgeOf(colour string) string {
	if contrast(colour, "#FFFFFF") >= 4.5 {
		return colour
	}
	n, err := strconv.ParseUint(colour[1:], 16, 32)
	if err != nil {
		return "#333333"
	}
	for contrast(fmt.Sprintf("#%06X", n), "#FFFFFF") < 4.5 {
		n = (n>>16&0xff)*8/10<<16 | (n>>8&0xff)*8/10<<8 | (n&0xff)*8/10
	}
	return fmt.Sprintf("#%06X", n)
}
