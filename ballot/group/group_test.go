// SPDX-License-Identifier: Apache-2.0

package group_test

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"math/big"
	"os"
	"testing"

	"pgregory.net/rapid"

	"github.com/tenday/tenday/ballot/group"
)

type vectors struct {
	P, G, Q    string
	NotMembers []struct{ X, Why string } `json:"not_members"`
	Members    []string
	Powers     []struct{ E, G_E string } `json:"powers"`
}

func load(t testing.TB) vectors {
	t.Helper()
	b, err := os.ReadFile("../testdata/vectors/group.json")
	if err != nil {
		t.Fatal(err)
	}
	var v vectors
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

var p, q = func() (*big.Int, *big.Int) {
	top := new(big.Int).Sub(group.NewScalar(-1).Big(), big.NewInt(-1)) // q
	return group.Modulus(), top
}()

func element(t *rapid.T) group.Element {
	e := rapid.SliceOfN(rapid.Byte(), 256, 256).Draw(t, "element")
	n := new(big.Int).Mod(new(big.Int).SetBytes(e), new(big.Int).Sub(p, big.NewInt(1)))
	x, ok := group.ParseElement(n.Add(n, big.NewInt(1)).String())
	if !ok {
		t.Fatal("not parsed")
	}
	return x
}

func scalar(t *rapid.T) group.Scalar {
	edge := rapid.SampledFrom([]int64{0, 1, 2, 15, 16, -1, -2}).Draw(t, "edge")
	if rapid.Bool().Draw(t, "at the edge") {
		return group.NewScalar(edge)
	}
	return group.Hash(rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, "scalar"))
}

func number(x fmt.Stringer) *big.Int {
	n, _ := new(big.Int).SetString(x.String(), 10)
	return n
}

func TestTheVectorsOfTheGroupHold(t *testing.T) {
	t.Parallel()

	v := load(t)
	if got := group.Generator().String(); got != v.G {
		t.Errorf("g = %s", got)
	}
	if p.String() != v.P || q.String() != v.Q {
		t.Errorf("p or q differs")
	}
	for _, x := range v.Members {
		if e, ok := group.ParseElement(x); !ok || !e.IsMember() {
			t.Errorf("%.20s.. is a member", x)
		}
	}
	for _, x := range v.NotMembers {
		if e, ok := group.ParseElement(x.X); ok && e.IsMember() {
			t.Errorf("%.20s.. is not a member: %s", x.X, x.Why)
		}
	}
	for _, x := range v.Powers {
		s, ok := group.ParseSecret(x.E)
		if !ok {
			t.Fatalf("exponent %s not read", x.E)
		}
		if got := group.GeneratorSecretTable().Pow(s).String(); got != x.G_E {
			t.Errorf("g^%s differs", x.E)
		}
	}
}

func TestProductsAndPowersAgreeWithMathBig(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		x, y, e, f := element(t), element(t), scalar(t), scalar(t)
		product := new(big.Int).Mul(number(x), number(y))
		if got := number(x.Mul(y)); got.Cmp(product.Mod(product, p)) != 0 {
			t.Errorf("x*y = %v, want %v", got, product)
		}
		if x.Mul(x.Inverse()) != group.One() {
			t.Error("x * 1/x is not 1")
		}
		member, powers := x.MemberPowers(e, f)
		if want := new(big.Int).Exp(number(x), q, p).Cmp(big.NewInt(1)) == 0; member != want {
			t.Errorf("membership = %v, want %v", member, want)
		}
		for i, s := range []group.Scalar{e, f} {
			if want := new(big.Int).Exp(number(x), number(s), p); number(powers[i]).Cmp(want) != 0 {
				t.Errorf("x^%v differs", s)
			}
			if x.PowSecret(s.Secret()) != powers[i] || x.Pow(s) != powers[i] {
				t.Errorf("the ways to compute x^%v disagree", s)
			}
		}
		if group.GeneratorTable().Pow(e) != group.Generator().Pow(e) ||
			group.GeneratorSecretTable().Pow(e.Secret()) != group.Generator().Pow(e) {
			t.Errorf("the tables disagree on g^%v", e)
		}
	})
}

func TestScalarsComputeModuloQ(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		a, b := scalar(t), scalar(t)
		check := func(name string, got group.Scalar, want *big.Int) {
			if number(got).Cmp(want.Mod(want, q)) != 0 {
				t.Errorf("%s = %v, want %v", name, got, want)
			}
		}
		x, y := number(a), number(b)
		check("a+b", a.Add(b), new(big.Int).Add(x, y))
		check("a-b", a.Sub(b), new(big.Int).Sub(x, y))
		check("a*b", a.Mul(b), new(big.Int).Mul(x, y))
		check("secret a+b", a.Secret().Add(b.Secret()).Reveal(), new(big.Int).Add(x, y))
		check("secret a-b", a.Secret().Sub(b.Secret()).Reveal(), new(big.Int).Sub(x, y))
		check("secret a*b", a.Secret().Mul(b.Secret()).Reveal(), new(big.Int).Mul(x, y))
		s, ok := group.ParseSecret(new(big.Int).Add(new(big.Int).Mul(q, big.NewInt(7)), x).String())
		if !ok || s.Reveal() != a {
			t.Errorf("7q+a is not read as a")
		}
		if got := string(s.AppendDecimal(nil)); got != a.String() {
			t.Errorf("secret in decimal = %s, want %s", got, a)
		}
		if parsed, ok := group.ParseScalar(a.String()); !ok || parsed != a {
			t.Errorf("ParseScalar(%v) = %v, %v", a, parsed, ok)
		}
		if a != (group.Scalar{}) && a.Mul(a.Inverse()) != group.NewScalar(1) {
			t.Errorf("a/a is not 1")
		}
	})
	if _, ok := group.ParseScalar(q.String()); ok {
		t.Error("q is not below q")
	}
}

func TestABatchAlwaysFindsTheOneElementThatIsNoMember(t *testing.T) {
	t.Parallel()

	members := make([]group.Element, 1000)
	x := group.Generator()
	for i := range members {
		members[i] = x
		x = x.Mul(group.Generator())
	}
	minusOne, _ := group.ParseElement(new(big.Int).Sub(p, big.NewInt(1)).String())
	for _, bad := range []int{-1, 0, 499, 999} {
		b := group.NewBatch(rand.Reader)
		for i, x := range members {
			if i == bad {
				x = x.Mul(minusOne) // p - x: order 2 beside the subgroup, the hardest to see
			}
			if err := b.Add(x); err != nil {
				t.Fatal(err)
			}
		}
		if got := b.AllMembers(); got != (bad < 0) {
			t.Errorf("with a stranger at %d: AllMembers = %v", bad, got)
		}
	}
}

func BenchmarkPow(b *testing.B) {
	e := group.Hash([]byte("e"))
	x := group.Generator().Pow(e)
	b.Run("variable base", func(b *testing.B) {
		for b.Loop() {
			x.Pow(e)
		}
	})
	b.Run("four powers of one base", func(b *testing.B) {
		for b.Loop() {
			x.Powers(e, e, e, e)
		}
	})
	b.Run("fixed base", func(b *testing.B) {
		for b.Loop() {
			group.GeneratorTable().Pow(e)
		}
	})
	b.Run("secret, variable base", func(b *testing.B) {
		s := e.Secret()
		for b.Loop() {
			x.PowSecret(s)
		}
	})
	b.Run("secret, fixed base", func(b *testing.B) {
		s := e.Secret()
		for b.Loop() {
			group.GeneratorSecretTable().Pow(s)
		}
	})
}
