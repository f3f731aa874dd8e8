// SPDX-License-Identifier: Apache-2.0

package group

import (
	"crypto/rand"
	"math/big"
	"testing"
)

// operands are the integers below bound at which carries and last subtractions go wrong, and random ones.
func operands(t *testing.T, bound *big.Int) []*big.Int {
	t.Helper()
	one := big.NewInt(1)
	list := []*big.Int{new(big.Int), one, big.NewInt(2), new(big.Int).Sub(bigP, one), new(big.Int).Sub(bigP, big.NewInt(2))}
	for _, bits := range []uint{51, 52, 53, 63, 64, 104, 1039, 1040, 2028, 2047} {
		x := new(big.Int).Lsh(one, bits)
		list = append(list, x, new(big.Int).Sub(x, one), new(big.Int).Sub(bigP, x))
	}
	// Words of ones with one zero between them: the longest runs of carries.
	ones := new(big.Int).Sub(new(big.Int).Lsh(one, 2047), one)
	for at := 0; at < 2047; at += 207 {
		list = append(list, new(big.Int).SetBit(ones, at, 0))
	}
	for range 20 {
		x, err := rand.Int(rand.Reader, bound)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, x)
	}
	for i := int64(1); i < 4; i++ {
		list = append(list, new(big.Int).Sub(bound, big.NewInt(i)))
	}
	return list
}

func TestPlainWordsMultiplyLikeMathBig(t *testing.T) {
	t.Parallel()

	words := func(n *big.Int) (w words64) {
		for i := range w {
			w[i] = new(big.Int).Rsh(n, uint(64*i)).Uint64()
		}
		return w
	}
	p, inv := words(bigP), negInverse(bigP.Uint64())
	unR := new(big.Int).ModInverse(new(big.Int).Lsh(big.NewInt(1), 2048), bigP)
	list := operands(t, bigP)
	for _, a := range list {
		for _, b := range list {
			want := new(big.Int).Mul(a, b)
			want.Mod(want.Mul(want, unR), bigP)
			x, y := words(a), words(b)
			var z words64
			mul64(&z, &x, &y, &p, inv)
			if z != words(want) {
				t.Fatalf("%x * %x", a, b)
			}
			mul64(&x, &x, &y, &p, inv)
			if x != z {
				t.Fatalf("%x * %x in place", a, b)
			}
		}
		x, y := words(a), words(a)
		mul64(&x, &x, &x, &p, inv)
		sqr64(&y, &y, &p, inv)
		if x != y {
			t.Fatalf("the square of %x", a)
		}
	}
}

func TestWideLimbsMultiplyLikeMathBig(t *testing.T) {
	t.Parallel()

	if !wide {
		t.Skip("this processor has no AVX-512 IFMA, or the build is purego: the assembly was NOT tested")
	}
	limbs := func(n *big.Int) (f field) {
		for i := range f {
			f[i] = new(big.Int).Rsh(n, uint(52*i)).Uint64() & low52
		}
		return f
	}
	value := func(f *field) *big.Int {
		n := new(big.Int)
		for i := limbs52 - 1; i >= 0; i-- {
			if f[i] > low52 {
				t.Fatalf("limb %d is %x", i, f[i])
			}
			n.Add(n.Lsh(n, 52), new(big.Int).SetUint64(f[i]))
		}
		return n
	}
	twice := new(big.Int).Lsh(bigP, 1)
	unR := new(big.Int).ModInverse(new(big.Int).Lsh(big.NewInt(1), 52*limbs52), bigP)
	list := operands(t, twice) // values below 2p are allowed
	for _, a := range list {
		for _, b := range list {
			want := new(big.Int).Mul(a, b)
			want.Mod(want.Mul(want, unR), bigP)
			x, y := limbs(a), limbs(b)
			var z field
			z.mul(&x, &y)
			got := value(&z)
			if got.Cmp(twice) >= 0 || new(big.Int).Mod(got, bigP).Cmp(want) != 0 {
				t.Fatalf("%x * %x", a, b)
			}
			inX, inY := x, y
			inX.mul(&inX, &y)
			inY.mul(&x, &inY)
			if inX != z || inY != z {
				t.Fatalf("%x * %x in place", a, b)
			}
			z.reduce()
			if value(&z).Cmp(want) != 0 {
				t.Fatalf("%x * %x, reduced", a, b)
			}
		}
		x := limbs(a)
		both, square := x, x
		both.mul(&both, &both)
		square.sqr(&square)
		if both != square {
			t.Fatalf("the square of %x", a)
		}
		x.reduce()
		if want := new(big.Int).Mod(a, bigP); value(&x).Cmp(want) != 0 {
			t.Fatalf("%x reduced", a)
		}
		if a.Cmp(bigP) < 0 {
			f := unpack(a)
			if b := f.bytes(); new(big.Int).SetBytes(b[:]).Cmp(a) != 0 || f != limbs(a) {
				t.Fatalf("%x packed", a)
			}
		}
	}
}
