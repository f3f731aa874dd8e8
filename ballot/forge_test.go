// SPDX-License-Identifier: Apache-2.0

package ballot_test

import (
	"bytes"
	"compress/gzip"
	"crypto/rand"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/tenday/tenday/ballot"
	"github.com/tenday/tenday/ballot/bel"
	"github.com/tenday/tenday/ballot/canon"
	"github.com/tenday/tenday/ballot/group"
	"github.com/tenday/tenday/ballot/pki"
	"github.com/tenday/tenday/ballot/zkp"
)

// forged is a 2-of-3 group by participants who all lie together: everything they sign is signed well, whatever it says.
type forged struct {
	sk, dk []group.Secret
	a      [][]group.Secret // coefficients
	pki.Threshold
}

func publicOf(s group.Secret) string { return group.GeneratorSecretTable().Pow(s).String() }

func signed(t testing.TB, sk group.Secret, message string) pki.Signed {
	p := must[zkp.Proof](t)(zkp.ProveLog(rand.Reader, []byte("sigmsg|"+message+"|"), sk))
	return pki.Signed{Message: message, Signature: p.Wire()}
}

func certMessage(v, e string) string { return `{"verification":"` + v + `","encryption":"` + e + `"}` }

func coefMessage(a ...string) string { return `{"coefexps":["` + strings.Join(a, `","`) + `"]}` }

func forge(t testing.TB) *forged {
	f := &forged{Threshold: pki.Threshold{Threshold: 2}}
	random := func() group.Secret { return must[group.Secret](t)(group.RandomSecret(rand.Reader)) }
	for range 3 {
		f.sk, f.dk = append(f.sk, random()), append(f.dk, random())
		f.a = append(f.a, []group.Secret{random(), random()})
	}
	for i := range 3 {
		f.Certs = append(f.Certs, signed(t, f.sk[i], certMessage(publicOf(f.sk[i]), publicOf(f.dk[i]))))
		f.Coefexps = append(f.Coefexps, signed(t, f.sk[i], coefMessage(publicOf(f.a[i][0]), publicOf(f.a[i][1]))))
	}
	for j := range 3 {
		f.VerificationKeys = append(f.VerificationKeys, must[pki.PublicKey](t)(pki.NewPublicKey(rand.Reader, f.share(j+1), "")))
	}
	return f
}

// clone returns a copy whose public part can be changed.
func (f *forged) clone() *forged {
	g := *f
	g.Certs, g.Coefexps, g.VerificationKeys = slices.Clone(f.Certs), slices.Clone(f.Coefexps), slices.Clone(f.VerificationKeys)
	return &g
}

// share returns D_j.
func (f *forged) share(j int) group.Secret {
	d := group.SmallSecret(0)
	for _, a := range f.a {
		d = d.Add(a[0]).Add(a[1].Mul(group.SmallSecret(uint32(j))))
	}
	return d
}

// ofOne makes a group of n, of whom one is enough: all have the same secret, which it returns.
func (f *forged) ofOne(t testing.TB, n int) group.Secret {
	f.Threshold.Threshold = 1
	f.Certs, f.Coefexps, f.VerificationKeys = f.Certs[:n], f.Coefexps[:n], f.VerificationKeys[:n]
	whole := group.SmallSecret(0)
	for i := range n {
		f.Coefexps[i] = signed(t, f.sk[i], coefMessage(publicOf(f.a[i][0])))
		whole = whole.Add(f.a[i][0])
	}
	for j := range n {
		f.VerificationKeys[j] = must[pki.PublicKey](t)(pki.NewPublicKey(rand.Reader, whole, ""))
	}
	return whole
}

// keyOf returns what the election key would have to be, members or not.
func keyOf(t testing.TB, ts ballot.Trustees) string {
	key := "1"
	for _, x := range ts {
		if x.Single != nil {
			key = mul(key, string(x.Single.PublicKey))
			continue
		}
		for _, s := range x.Pedersen.Coefexps {
			m := decode[struct{ Coefexps []string }](t, []byte(s.Message))
			if len(m.Coefexps) > 0 {
				key = mul(key, m.Coefexps[0])
			}
		}
	}
	return key
}

func (l *lab) setupCases(t testing.TB, add adder) {
	text := func(name, reason string, record int, e, ts, creds []byte) {
		c := l.c.clone(1)
		for j, content := range [][]byte{e, ts, creds} {
			if content != nil {
				c[0].data[j] = content
			}
		}
		add("setup: "+name, reason, record, c)
	}
	key := func(y string) []byte {
		old := must[*ballot.Election](t)(ballot.ParseElection(l.election.election)).PublicKey
		return bytes.Replace(l.election.election, []byte(old), []byte(y), 1)
	}
	// The election key, with the trustees as they are.
	y := keyOf(t, l.trustees)
	for _, e := range elementEdits(false) {
		reason := e.reason
		if reason == "element" || reason == "proof" {
			reason = "election.key"
		}
		text("key "+e.name, reason, 1, key(e.do(y)), nil, nil)
	}
	text("key of one trustee", "election.key", 1, key(string(l.trustees[0].Single.PublicKey)), nil, nil)
	text("key of another election", "election.key", 1, key(keyOf(t, must[ballot.Trustees](t)(ballot.ParseTrustees(l.other[0].data[1])))), nil, nil)
	text("election of another", "election.key", 1, l.other[0].data[0], nil, nil)
	text("trustees of another", "election.key", 1, nil, l.other[0].data[1], nil)
	text("credentials of another", "", 3, nil, nil, l.other[0].data[2])

	// The list of credentials.
	list := parsed[[]string](t, l.c[0].data[2])
	creds := func(name, reason string, change func(x []string) []string) {
		text("credentials "+name, reason, 3, nil, nil, canon.Marshal(change(slices.Clone(list))))
	}
	creds("turned round", "", func(x []string) []string { slices.Reverse(x); return x })
	creds("one twice", "credentials.duplicate", func(x []string) []string { return append(x, x[1]) })
	creds("one only", "", func(x []string) []string { return x[:1] })
	creds("one more", "", func(x []string) []string { return append(x, group.Generator().String()) })
	creds("none", "credentials.empty", func(x []string) []string { return []string{} })
	for _, e := range elementEdits(false) {
		reason := e.reason
		switch {
		case reason == "element" || e.name == "huge":
			reason = "credentials.element"
		case reason == "proof":
			reason = ""
		}
		creds(e.name, reason, func(x []string) []string { x[2] = e.do(x[2]); return x })
	}
	creds("with an empty weight", "unsupported.weight", func(x []string) []string { x[1] += ","; return x })
	creds("with weight 1", "unsupported.weight", func(x []string) []string { x[1] += ",1"; return x })
	creds("with weight 0", "unsupported.weight", func(x []string) []string { x[1] += ",0"; return x })
	creds("with an identity", "unsupported.weight", func(x []string) []string { x[1] += ",,ann@example.org"; return x })
	text("credentials as numbers", "json.schema", 3, nil, nil, []byte("["+strings.Join(list, ",")+"]"))
	text("credentials in an object", "json.schema", 3, nil, nil, []byte(`{"0":"`+list[0]+`"}`))
	text("credentials nested", "json.schema", 3, nil, nil, []byte(`[["`+list[0]+`"]]`))
	text("credentials escaped", "json.canonical", 3, nil, nil, fmt.Appendf(nil, `["\u%04x%s"]`, list[0][0], list[0][1:]))

	// The trustees, the election key following them.
	well := forge(t)
	trustees := func(name, reason string, record int, change func(f *forged, ts ballot.Trustees) ballot.Trustees) {
		f := well.clone()
		ts := must[ballot.Trustees](t)(ballot.ParseTrustees(l.c[0].data[1]))
		ts[2].Pedersen = &f.Threshold
		ts = change(f, ts)
		y, election := keyOf(t, ts), []byte(nil)
		if x, ok := group.ParseElement(y); ok && x.IsMember() && x != group.One() {
			election = key(y) // else the election would be to blame, before the trustees
		}
		text("trustees "+name, reason, record, election, ts.Marshal(), nil)
	}
	trustees("forged well", "", 2, func(_ *forged, ts ballot.Trustees) ballot.Trustees { return ts })
	trustees("turned round", "", 2, func(_ *forged, ts ballot.Trustees) ballot.Trustees { slices.Reverse(ts); return ts })
	trustees("two single only", "", 2, func(_ *forged, ts ballot.Trustees) ballot.Trustees { return ts[:2] })
	trustees("a group only", "", 2, func(_ *forged, ts ballot.Trustees) ballot.Trustees { return ts[2:] })
	trustees("two groups", "", 2, func(_ *forged, ts ballot.Trustees) ballot.Trustees {
		return append(ts, ballot.Trustee{Pedersen: &forge(t).Threshold})
	})
	trustees("none", "trustees.empty", 2, func(_ *forged, ts ballot.Trustees) ballot.Trustees { return ballot.Trustees{} })
	trustees("the same single twice", "trustees.duplicate", 2, func(_ *forged, ts ballot.Trustees) ballot.Trustees { return append(ts, ts[0]) })
	trustees("the same group twice", "trustees.duplicate", 2, func(_ *forged, ts ballot.Trustees) ballot.Trustees { return append(ts, ts[2]) })
	trustees("a member alone too", "trustees.duplicate", 2, func(f *forged, ts ballot.Trustees) ballot.Trustees {
		return append(ts, ballot.Trustee{Single: &f.VerificationKeys[1]})
	})
	trustees("a single who cancels another", "trustees.pok", 2, func(_ *forged, ts ballot.Trustees) ballot.Trustees {
		rogue := *ts[0].Single
		rogue.PublicKey = canon.Decimal(mul(inv(string(rogue.PublicKey)), group.Generator().String()))
		ts[1].Single = &rogue
		return ts
	})
	trustees("a single who cancels another and proves it", "election.key", 1, func(_ *forged, ts ballot.Trustees) ballot.Trustees {
		minus := group.SmallSecret(0).Sub(l.owners[0])
		k := must[pki.PublicKey](t)(pki.NewPublicKey(rand.Reader, minus, ""))
		return ballot.Trustees{ts[0], {Single: &k}}
	})
	single := func(name, reason string, change func(k *pki.PublicKey)) {
		trustees("single "+name, reason, 2, func(_ *forged, ts ballot.Trustees) ballot.Trustees {
			k := *ts[1].Single
			change(&k)
			ts[1].Single = &k
			return ts
		})
	}
	member := func(name, reason string, change func(k *pki.PublicKey)) {
		trustees("member "+name, reason, 2, func(f *forged, ts ballot.Trustees) ballot.Trustees {
			change(&f.VerificationKeys[1])
			return ts
		})
	}
	for _, e := range scalarEdits() {
		pok, cert, coef := e.reason, e.reason, e.reason
		if e.reason == "" {
			pok, cert, coef = "trustees.pok", "trustees.cert", "trustees.coefexps"
		}
		single("challenge "+e.name, pok, func(k *pki.PublicKey) { k.Pok.Challenge = canon.Decimal(e.do(string(k.Pok.Challenge))) })
		single("response "+e.name, pok, func(k *pki.PublicKey) { k.Pok.Response = canon.Decimal(e.do(string(k.Pok.Response))) })
		member("response "+e.name, pok, func(k *pki.PublicKey) { k.Pok.Response = canon.Decimal(e.do(string(k.Pok.Response))) })
		trustees("cert response "+e.name, cert, 2, func(f *forged, ts ballot.Trustees) ballot.Trustees {
			s := &f.Certs[2].Signature
			s.Response = canon.Decimal(e.do(string(s.Response)))
			return ts
		})
		trustees("coefexps challenge "+e.name, coef, 2, func(f *forged, ts ballot.Trustees) ballot.Trustees {
			s := &f.Coefexps[2].Signature
			s.Challenge = canon.Decimal(e.do(string(s.Challenge)))
			return ts
		})
	}
	for _, e := range elementEdits(false).arithmetic(true) {
		reason := map[string]string{"element": "trustees.element", "proof": "trustees.pok"}[e.reason]
		single("key "+e.name, reason, func(k *pki.PublicKey) { k.PublicKey = canon.Decimal(e.do(string(k.PublicKey))) })
		member("key "+e.name, reason, func(k *pki.PublicKey) { k.PublicKey = canon.Decimal(e.do(string(k.PublicKey))) })
		vk := map[string]string{"element": "trustees.element", "proof": "trustees.vk"}[e.reason]
		for k := range 2 {
			trustees(fmt.Sprintf("coefficient %d %s, signed", k, e.name), vk, 2, func(f *forged, ts ballot.Trustees) ballot.Trustees {
				a := []string{publicOf(f.a[0][0]), publicOf(f.a[0][1])}
				a[k] = e.do(a[k])
				f.Coefexps[0] = signed(t, f.sk[0], coefMessage(a...))
				return ts
			})
		}
		enc := map[string]string{"element": "trustees.element", "proof": ""}[e.reason]
		trustees("encryption key "+e.name+", signed", enc, 2, func(f *forged, ts ballot.Trustees) ballot.Trustees {
			f.Certs[1] = signed(t, f.sk[1], certMessage(publicOf(f.sk[1]), e.do(publicOf(f.dk[1]))))
			return ts
		})
	}
	group3 := func(name, reason string, change func(f *forged)) {
		trustees("group: "+name, reason, 2, func(f *forged, ts ballot.Trustees) ballot.Trustees { change(f); return ts })
	}
	for _, n := range []int{-1, 0, 1, 3, 4, 1 << 40} {
		group3("threshold "+strconv.Itoa(n), "trustees.threshold", func(f *forged) { f.Threshold.Threshold = n })
	}
	for n := range 3 {
		group3(fmt.Sprint("one is enough of ", n+1), "", func(f *forged) { f.ofOne(t, n+1) })
	}
	group3("one who is enough has another key", "trustees.vk", func(f *forged) {
		f.ofOne(t, 3)
		f.VerificationKeys[1] = must[pki.PublicKey](t)(pki.NewPublicKey(rand.Reader, f.a[0][0], ""))
	})
	trustees("one who is enough, alone too", "trustees.duplicate", 2, func(f *forged, ts ballot.Trustees) ballot.Trustees {
		f.ofOne(t, 3)
		return append(ts, ballot.Trustee{Single: &f.VerificationKeys[2]})
	})
	group3("all members have one key", "trustees.duplicate", func(f *forged) { // for they hide that one is enough
		f.a = slices.Clone(f.a)
		f.a[2] = []group.Secret{f.a[2][0], group.SmallSecret(0).Sub(f.a[0][1].Add(f.a[1][1]))}
		f.Coefexps[2] = signed(t, f.sk[2], coefMessage(publicOf(f.a[2][0]), publicOf(f.a[2][1])))
		for j := range 3 {
			f.VerificationKeys[j] = must[pki.PublicKey](t)(pki.NewPublicKey(rand.Reader, f.share(j+1), ""))
		}
	})
	group3("nobody", "trustees.threshold", func(f *forged) { f.Threshold = pki.Threshold{} })
	group3("nobody of one", "trustees.threshold", func(f *forged) { f.Threshold = pki.Threshold{Threshold: 1} })
	group3("certificates permuted", "trustees.coefexps", func(f *forged) { slices.Reverse(f.Certs) })
	group3("polynomials permuted", "trustees.coefexps", func(f *forged) { slices.Reverse(f.Coefexps) })
	group3("certificates and polynomials permuted", "", func(f *forged) { slices.Reverse(f.Certs); slices.Reverse(f.Coefexps) })
	group3("keys permuted", "trustees.vk", func(f *forged) { slices.Reverse(f.VerificationKeys) })
	group3("a certificate less", "trustees.threshold", func(f *forged) { f.Certs = f.Certs[1:] })
	group3("a polynomial less", "trustees.threshold", func(f *forged) { f.Coefexps = f.Coefexps[1:] })
	group3("a participant less", "trustees.vk", func(f *forged) {
		f.Certs, f.Coefexps, f.VerificationKeys = f.Certs[:2], f.Coefexps[:2], f.VerificationKeys[:2]
	})
	group3("a key less", "trustees.threshold", func(f *forged) { f.VerificationKeys = f.VerificationKeys[:2] })
	group3("a key more", "trustees.threshold", func(f *forged) {
		f.VerificationKeys = append(f.VerificationKeys, must[pki.PublicKey](t)(pki.NewPublicKey(rand.Reader, f.share(4), "")))
	})
	group3("a certificate twice", "trustees.duplicate", func(f *forged) { f.Certs[2] = f.Certs[1] })
	group3("one signing key for two", "trustees.duplicate", func(f *forged) {
		f.Certs[2] = signed(t, f.sk[1], certMessage(publicOf(f.sk[1]), publicOf(f.dk[2])))
		f.Coefexps[2] = signed(t, f.sk[1], f.Coefexps[2].Message)
	})
	group3("one encryption key for two", "trustees.duplicate", func(f *forged) {
		f.Certs[2] = signed(t, f.sk[2], certMessage(publicOf(f.sk[2]), publicOf(f.dk[1])))
	})
	group3("one key to sign and to encrypt", "", func(f *forged) {
		f.Certs[2] = signed(t, f.sk[2], certMessage(publicOf(f.sk[2]), publicOf(f.sk[2])))
	})
	group3("a certificate's keys swapped", "trustees.cert", func(f *forged) {
		f.Certs[2] = signed(t, f.sk[2], certMessage(publicOf(f.dk[2]), publicOf(f.sk[2])))
	})
	group3("a certificate signed by another", "trustees.cert", func(f *forged) { f.Certs[2] = signed(t, f.sk[0], f.Certs[2].Message) })
	group3("a polynomial signed by another", "trustees.coefexps", func(f *forged) { f.Coefexps[2] = signed(t, f.sk[0], f.Coefexps[2].Message) })
	group3("a polynomial of another", "trustees.coefexps", func(f *forged) { f.Coefexps[2] = f.Coefexps[1] })
	group3("a polynomial copied and signed", "trustees.vk", func(f *forged) { f.Coefexps[2] = signed(t, f.sk[2], f.Coefexps[1].Message) })
	group3("a certificate for a polynomial", "json.schema", func(f *forged) { f.Coefexps[2] = f.Certs[2] })
	group3("a coefficient more", "trustees.threshold", func(f *forged) {
		f.Coefexps[0] = signed(t, f.sk[0], coefMessage(publicOf(f.a[0][0]), publicOf(f.a[0][1]), publicOf(f.a[1][1])))
	})
	group3("a coefficient less", "trustees.threshold", func(f *forged) { f.Coefexps[0] = signed(t, f.sk[0], coefMessage(publicOf(f.a[0][0]))) })
	group3("all coefficients less", "trustees.threshold", func(f *forged) {
		for i := range f.Coefexps {
			f.Coefexps[i] = signed(t, f.sk[i], coefMessage(publicOf(f.a[i][0])))
		}
	})
	group3("no coefficient", "trustees.threshold", func(f *forged) { f.Coefexps[0] = signed(t, f.sk[0], `{"coefexps":[]}`) })
	group3("coefficients swapped", "trustees.vk", func(f *forged) {
		f.Coefexps[0] = signed(t, f.sk[0], coefMessage(publicOf(f.a[0][1]), publicOf(f.a[0][0])))
	})
	group3("key of another share", "trustees.vk", func(f *forged) {
		f.VerificationKeys[1] = must[pki.PublicKey](t)(pki.NewPublicKey(rand.Reader, f.share(4), ""))
	})
	group3("members named", "", func(f *forged) { f.VerificationKeys[1].Name = "Ann\n" })
	for _, e := range []struct{ name, message, reason string }{
		{"space", ` {"coefexps":["2","3"]}`, "json.canonical"},
		{"unknown field", `{"coefexps":["2","3"],"x":1}`, "json.schema"},
		{"twice", `{"coefexps":["2","3"],"coefexps":["2","3"]}`, "json.schema"},
		{"numbers", `{"coefexps":[2,3]}`, "json.schema"},
		{"leading zero", `{"coefexps":["02","3"]}`, "json.canonical"},
		{"not JSON", `coefexps`, "json.syntax"},
		{"empty", ``, "json.syntax"},
	} {
		f := well.clone()
		f.Coefexps[0] = signed(t, f.sk[0], e.message)
		text("message "+e.name, e.reason, 2, nil, (ballot.Trustees{l.trustees[0], l.trustees[1], {Pedersen: &f.Threshold}}).Marshal(), nil)
	}
	for _, e := range []struct{ name, from, to, reason string }{
		{"kind unknown", `["Single",`, `["Double",`, "json.schema"},
		{"kind in lower case", `["Single",`, `["single",`, "json.schema"},
		{"kind Pedersen", `["Single",`, `["Pedersen",`, "json.schema"},
		{"kind missing", `["Single",`, `[`, "json.schema"},
		{"item of three", `]]`, `,1]]`, "json.schema"},
		{"empty item", `[[`, `[[],[`, "json.schema"},
		{"item of one", `[[`, `[["Single"],[`, "json.schema"},
		{"item null", `[[`, `[null,[`, "json.schema"},
		{"threshold string", `"threshold":2`, `"threshold":"2"`, "json.schema"},
		{"threshold 2.0", `"threshold":2`, `"threshold":2.0`, "json.schema"},
	} {
		text("trustees "+e.name, e.reason, 2, nil, bytes.Replace(l.c[0].data[1], []byte(e.from), []byte(e.to), 1), nil)
	}
	named := bytes.Replace(l.c[0].data[1], []byte(`"}],["Single"`), []byte(`","name":""}],["Single"`), 1)
	text("trustees with an empty name", "", 2, nil, named, nil)
	text("trustees with a name", "", 2, nil, bytes.Replace(l.c[0].data[1], []byte(`"}],["Single"`), []byte(`","name":"Zoë\u0000"}],["Single"`), 1), nil)
	text("trustees with name null", "json.schema", 2, nil, bytes.Replace(l.c[0].data[1], []byte(`"}],["Single"`), []byte(`","name":null}],["Single"`), 1), nil)
	alien := l.c.clone(1)
	alien[0].data[3], alien[0].alien = l.other[0].data[3], true
	add("setup: hashes of another", "event.payload", 4, alien)
	for j, name := range []string{"election", "trustees", "credentials"} {
		c := l.c.clone(1)
		c[0].alien = true
		c[0].data[3] = bytes.Replace(c[0].data[3], []byte(bel.HashOf(c[0].data[j]).String()), []byte(bel.HashOf(c[0].data[(j+1)%3]).String()), 1)
		add("setup: hash of "+name, "event.payload", 4, c)
	}
	order := l.c.clone(1)
	order[0].data[0], order[0].data[1] = order[0].data[1], order[0].data[0]
	order[0].alien = true
	add("setup: records in another order", "event.payload", 4, order)

	// Decryptions with the whole truth but for one factor: the hash does not bind it (spec, section 11).
	tally := parsed[[][]choiceText](t, l.c[evTally].data[0])
	unbound := func(owner int) link {
		box := l.at(t, evFirst)
		part, _, err := box.Decrypt(rand.Reader, owner, l.owners[owner-1])
		if err != nil {
			t.Fatal(err)
		}
		d := parsed[decryptionText](t, part)
		x := l.owners[owner-1]
		w, u := must[group.Secret](t)(group.RandomSecret(rand.Reader)), must[group.Secret](t)(group.RandomSecret(rand.Reader))
		fp := bel.HashOf(l.election.election).Base64()
		c := group.Hash([]byte("decrypt|" + fp + "|" + publicOf(x) + "|" + publicOf(w) + "," + publicOf(u)))
		z := w.Respond(c, x)
		alpha, _ := group.ParseElement(tally[0][0].Alpha)
		b, _ := group.ParseElement(publicOf(u))
		d.Factors[0][0] = b.Mul(alpha.Pow(z).Inverse()).Pow(c.Inverse()).String()
		d.Proofs[0][0] = proofText{c.String(), z.String()}
		return link{typ: bel.PartialDecryption, data: [][]byte{canon.Marshal(d), canon.Marshal(bel.Owned{Owner: owner})}}
	}
	honest := func(owner int) link {
		part, _, err := l.at(t, evFirst).Decrypt(rand.Reader, owner, l.owners[owner-1])
		if err != nil {
			t.Fatal(err)
		}
		return link{typ: bel.PartialDecryption, data: [][]byte{part, canon.Marshal(bel.Owned{Owner: owner})}}
	}
	for _, order := range [][]int{{1, 2, 3, 4, -5}, {1, 2, -5, 3, 4}, {1, 2, -3, 4, 5}, {1, 2, 4, 5, -3}, {5, 4, -3, 2, 1}, {-5, 4, 3, 2, 1}, {1, 2, 3, -4, 5}, {-1, 2, 3, 4, 5}, {5, 3, 2, 1, 4}, {4, 2, 5, 1}} {
		c := l.c.clone(evFirst)
		reason := ""
		for _, owner := range order {
			if owner < 0 {
				c = append(c, unbound(-owner))
				if owner != -5 {
					reason = "result.undecodable"
				}
			} else {
				c = append(c, honest(owner))
			}
		}
		add(fmt.Sprint("decryption: order ", order, ", the negative one unbound, no result"), reason, -2, c)
		add(fmt.Sprint("decryption: order ", order, ", the negative one unbound"), reason, -2, append(c, l.c[evResult]))
	}
}

// at opens a copy of the archive up to event n.
func (l *lab) at(t testing.TB, n int) *ballot.Box {
	b := l.c.clone(n).archive()
	return must[*ballot.Box](t)(ballot.Open(t.Context(), &memory{b}, int64(len(b)), ballot.Options{}))
}

func (l *lab) tarCases(add func(name, reason string, record int, b []byte)) {
	whole := l.c.archive()
	for _, n := range []int{1, 511, 512, 1024, 10240} {
		reason := "tar.trailing"
		if n < 512 {
			reason = "tar.truncated"
		}
		add(fmt.Sprintf("tar: %d NUL after", n), reason, -2, append(bytes.Clone(whole), make([]byte, n)...))
	}
	add("tar: NUL before", "tar.trailing", 0, append(make([]byte, 512), whole...))
	add("tar: twice", "tar.name", -2, append(bytes.Clone(whole), whole...))
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	_, _ = w.Write(whole)
	_ = w.Close()
	add("tar: gzip", "tar.header", 0, z.Bytes())
	add("tar: no first record", "tar.name", 0, whole[1024:])
	add("tar: cut by one", "tar.truncated", -2, whole[:len(whole)-1])
	add("tar: cut in padding", "tar.truncated", -2, whole[:len(whole)-200])
	add("tar: cut after data", "record.unreferenced", -2, whole[:len(whole)-1024])
	add("tar: first record only", "event.order", -2, whole[:1024])
	first := func(name, reason, content string, change func([]byte)) {
		add("tar: header "+name, reason, 0, append(tarRecord("BELENIOS", []byte(content), change), whole[1024:]...))
	}
	stamp := strconv.Itoa(made)
	for _, e := range []struct{ name, content, reason string }{
		{"version 0", `{"version":0,"timestamp":"` + stamp + `"}`, "unsupported.version"},
		{"version 2", `{"version":2,"timestamp":"` + stamp + `"}`, "unsupported.version"},
		{"version string", `{"version":"1","timestamp":"` + stamp + `"}`, "json.schema"},
		{"version 1.0", `{"version":1.0,"timestamp":"` + stamp + `"}`, "json.schema"},
		{"no timestamp", `{"version":1}`, "json.schema"},
		{"other timestamp", `{"version":1,"timestamp":"1"}`, "tar.header"},
		{"negative timestamp", `{"version":1,"timestamp":"-1"}`, "json.schema"},
		{"timestamp 0", `{"version":1,"timestamp":"0"}`, "tar.header"},
		{"timestamp 00", `{"version":1,"timestamp":"0` + stamp + `"}`, "json.canonical"},
		{"timestamp float", `{"version":1,"timestamp":"` + stamp + `.5"}`, "json.schema"},
		{"timestamp huge", `{"version":1,"timestamp":"` + strings.Repeat("9", 400) + `"}`, "json.schema"},
		{"order", `{"timestamp":"` + stamp + `","version":1}`, "json.canonical"},
		{"space", `{"version": 1,"timestamp":"` + stamp + `"}`, "json.canonical"},
		{"newline", `{"version":1,"timestamp":"` + stamp + `"}` + "\n", "json.canonical"},
		{"unknown", `{"version":1,"timestamp":"` + stamp + `","x":1}`, "json.schema"},
		{"empty", ``, "json.syntax"},
		{"twice", `{"version":2,"version":1,"timestamp":"` + stamp + `"}`, "json.schema"},
	} {
		first(e.name, e.reason, e.content, nil)
	}
	// The header of one record in the middle: the first of event 2.
	at := bytes.Index(whole, []byte(bel.HashOf(l.c[evOld].data[0]).String()))
	content := l.c[evOld].data[0]
	name := bel.HashOf(content).String() + ".data.json"
	size := len(tarRecord(name, content, nil))
	middle := func(what, reason string, rec []byte) {
		add("tar: record "+what, reason, l.c.record(evOld, 0), slices.Concat(whole[:at], rec, whole[at+size:]))
	}
	put := func(offset int, s string) func([]byte) { return func(h []byte) { copy(h[offset:], s) } }
	for _, e := range []struct {
		name, reason string
		change       func(h []byte)
	}{
		{"mode", "tar.header", put(100, "0000777")},
		{"uid", "tar.header", put(108, "0001750")},
		{"gid", "tar.header", put(116, "0001750")},
		{"time", "tar.header", put(136, "15000000000")},
		{"directory", "tar.header", put(156, "5")},
		{"link", "tar.header", put(156, "2")},
		{"old file", "tar.header", put(156, "\x00")},
		{"pax", "tar.header", put(156, "x")},
		{"global pax", "tar.header", put(156, "g")},
		{"long name", "tar.header", put(156, "L")},
		{"ustar", "tar.header", put(257, "ustar\x0000")},
		{"gnu", "tar.header", put(257, "ustar  \x00")},
		{"owner", "tar.header", put(265, "root")},
		{"prefix", "tar.header", put(345, "../")},
		{"last byte", "tar.header", put(511, "x")},
		{"link name", "tar.header", put(157, "x")},
		{"after the name", "tar.header", put(90, "x")},
		{"size in base 256", "tar.header", put(124, "\x80\x00\x00\x00")},
		{"size with spaces", "tar.header", put(124, "    ")},
		{"size negative", "tar.header", put(124, "-0000000001")},
		{"size zero", "record.hash", put(124, "00000000000")},
		{"size huge", "limit.size", put(124, "77777777777")},
		{"size 60 MiB", "tar.truncated", put(124, fmt.Sprintf("%011o", 60<<20))},
	} {
		middle(e.name, e.reason, tarRecord(name, content, e.change))
	}
	for _, n := range []string{"", "BELENIOS", "./" + name, "/" + name, "../" + name, strings.ToUpper(name[:64]) + ".data.json", name[:64], name[:64] + ".json", name[:64] + ".DATA.json", name[:63] + ".data.json", "0" + name, name + "x", name[:64] + "\x01.data.json"} {
		reason := "tar.name"
		if strings.Contains(n, "\x01") {
			reason = "tar.header"
		}
		middle(fmt.Sprintf("name %.12q %d", n, len(n)), reason, tarRecord(n, content, nil))
	}
	middle("as an event", "json.schema", tarRecord(name[:64]+".event.json", content, nil))
	middle("content changed", "record.hash", tarRecord(name, append(bytes.Clone(content[:len(content)-1]), ' '), nil))
	padding := tarRecord(name, content, nil)
	padding[len(padding)-1] = 1
	if len(content)%512 > 0 {
		middle("padding", "tar.padding", padding)
	}
	sum := tarRecord(name, content, nil)
	sum[150]++
	middle("checksum", "tar.header", sum)
}
