// SPDX-License-Identifier: Apache-2.0

package group

// Powers returns x^e for each e, in variable time. All powers share one run of 256 squarings.
func (x Element) Powers(exponents ...Scalar) []Element {
	jobs := make([]yao, len(exponents))
	for i, e := range exponents {
		jobs[i].e = e.w
	}
	return x.run(jobs)
}

// MemberPowers is Powers that also reports whether x is a member; the test shares the squarings too.
func (x Element) MemberPowers(exponents ...Scalar) (member bool, powers []Element) {
	jobs := make([]yao, len(exponents)+1)
	jobs[0].e = orderQ
	for i, e := range exponents {
		jobs[i+1].e = e.w
	}
	powers = x.run(jobs)
	return powers[0] == One(), powers[1:]
}

// yao gathers one power from the squares of its base (A. C. Yao, On the evaluation of powers, 1976): bucket d/2 is the product of
// the squares x^(2^i) at which the exponent has the odd digit d, so the power is the product of bucket^d. Digits are sliding
// windows of four bits from the low end.
type yao struct {
	e    [4]uint64
	skip int // squares to pass over until the next digit may begin
	used [8]bool
	b    [8]field
}

func (x Element) run(jobs []yao) []Element {
	square := x.f
	for i := range 256 {
		if i > 0 {
			square.sqr(&square)
		}
		for k := range jobs {
			jobs[k].step(i, &square)
		}
	}
	out := make([]Element, len(jobs))
	for k := range jobs {
		out[k] = jobs[k].product()
	}
	return out
}

func (y *yao) step(i int, square *field) {
	if y.skip > 0 {
		y.skip--
		return
	}
	digit := y.e[i/64] >> (i % 64)
	if i%64 > 60 && i < 192 {
		digit |= y.e[i/64+1] << (64 - i%64)
	}
	if digit&1 == 0 {
		return
	}
	y.skip = 3
	slot := digit & 15 / 2
	if y.used[slot] {
		y.b[slot].mul(&y.b[slot], square)
	} else {
		y.b[slot], y.used[slot] = *square, true
	}
}

// product returns the product of b[j]^(2j+1). With s(j) the product of b[j], b[j+1], .., that is (s(1) s(2) .. s(7))^2 s(0).
func (y *yao) product() Element {
	suffix, all := fieldOne, fieldOne
	for j := 7; j > 0; j-- {
		if y.used[j] {
			suffix.mul(&suffix, &y.b[j])
		}
		all.mul(&all, &suffix)
	}
	all.sqr(&all)
	all.mul(&all, &suffix)
	if y.used[0] {
		all.mul(&all, &y.b[0])
	}
	all.reduce()
	return Element{all}
}
