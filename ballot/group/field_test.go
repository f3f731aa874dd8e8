// SPDX-License-Identifier: Apache-2.0

package group

import "testing"

func BenchmarkField(b *testing.B) {
	x, y := generator.f, fieldR2
	b.Run("mul", func(b *testing.B) {
		for b.Loop() {
			x.mul(&x, &y)
		}
	})
	b.Run("sqr", func(b *testing.B) {
		for b.Loop() {
			x.sqr(&x)
		}
	})
}
