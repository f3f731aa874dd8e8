// SPDX-License-Identifier: Apache-2.0

package ballot_test

import (
	"bytes"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/tenday/tenday/ballot"
	"github.com/tenday/tenday/ballot/bel"
	"github.com/tenday/tenday/ballot/canon"
	"github.com/tenday/tenday/ballot/group"
)

// lab is an election with everything in it, a second of the same form, and all their secrets. Owners 1 and 2 are single, 3 to 5 are a
// 2-of-3 group; the events are Setup, the ballots of voters 0 and 1 and a second one of 0, EndBallots, EncryptedTally, the decryptions
// of 1, 2, 3 and 5, Result.
type lab struct {
	*election
	c, other chain
}

const (
	evSetup = iota
	evOld
	evSecond
	evRevote
	evEnd
	evTally
	evFirst
	evNext
	evMember
	evLast
	evResult
)

func newLab(t testing.TB) *lab {
	t.Helper()
	some := ballot.Question{Text: "Which?", Answers: []string{"a", "b", "c"}, Min: 1, Max: 2}
	run := func() (*election, chain) {
		e := newElection(t, 3, 2, 2, 3, yesNoBlank, some)
		e.cast(t, 0, []int{0, 1, 0}, []int{1, 1, 0})
		e.cast(t, 1, []int{0, 0, 1}, []int{0, 0, 1})
		e.cast(t, 0, []int{1, 0, 0}, []int{0, 1, 0})
		e.count(t, 1, 2, 3, 5)
		return e, takeApart(t, e.file.b)
	}
	e, c := run()
	_, other := run()
	return &lab{e, c, other}
}

var (
	bigP = hexNumber("a3ef2d011fefb1b6e39e568fccdffb0fb7dc7ef3a791b6862791811d21fc35f21e6d36856b428030421f514ed40bfd4c06e0" +
		"92a495af8d79a2f85e0fb11c0ede07dd973f9c53e50930c6e82ac36de1ae3fb8c3aabfff12ce27a5022ddd8912d107435012" +
		"768a2cdd0a4091d8fa447f6c7ebc15a349fa318a6b4fe17d8d47e843a3e14dfa9b2162f4d7229abe93a188b46b006517d6f6" +
		"747ebbb29c9ec3099b607f18fb1a8bc858279aa8599411d998d3e3fada9e010840d082d8c31911acdd4a0e7992d0f18cc759" +
		"cb5de0acf66a3882555bc810941e021b6a4ccfa04ee4008f878affa2375e2999b44f6cef17d707301e59e0e6351e051ed9ce" +
		"c4157646e64f")
	bigQ = hexNumber("adb6066a73522565f4daa0f2579db7f2f0fa90c2168bc709e20263387d55c491")
)

func hexNumber(s string) *big.Int { n, _ := new(big.Int).SetString(s, 16); return n }

// arithmetic on decimal texts
func num(s string) *big.Int { n, _ := new(big.Int).SetString(s, 10); return n }

func mul(a, b string) string {
	n := new(big.Int).Mul(num(a), num(b))
	return n.Mod(n, bigP).String()
}
func inv(a string) string { return new(big.Int).ModInverse(num(a), bigP).String() }
func plus(a string, d int64) string {
	n := new(big.Int).Add(num(a), big.NewInt(d))
	return n.Mod(n, bigQ).String()
}
func minus(a string) string { return new(big.Int).Sub(bigP, num(a)).String() }

type textEdit struct {
	name   string
	reason string
	do     func(string) string
}

type textEdits []textEdit

// arithmetic returns the edits that leave a good number behind, if only those are asked for.
func (all textEdits) arithmetic(only bool) textEdits {
	return slices.DeleteFunc(all, func(e textEdit) bool { return only && strings.HasPrefix(e.reason, "json.") })
}

// unless returns no edits if done.
func (all textEdits) unless(done bool) textEdits {
	if done {
		return nil
	}
	return all
}

// scalarEdits are the ways to spoil a challenge or response; "" stands for the reason of the proof it belongs to.
func scalarEdits() textEdits {
	return textEdits{
		{"plus 1", "", func(s string) string { return plus(s, 1) }},
		{"minus 1", "", func(s string) string { return plus(s, -1) }},
		{"plus q", "scalar.range", func(s string) string { return new(big.Int).Add(num(s), bigQ).String() }},
		{"q", "scalar.range", func(string) string { return bigQ.String() }},
		{"2^256", "scalar.range", func(string) string { return new(big.Int).Lsh(big.NewInt(1), 256).String() }},
		{"zero", "", func(string) string { return "0" }},
		{"q-1", "", func(string) string { return new(big.Int).Sub(bigQ, big.NewInt(1)).String() }},
		{"negated mod q", "", func(s string) string { return new(big.Int).Sub(bigQ, num(s)).String() }},
		{"minus q", "json.schema", func(s string) string { return new(big.Int).Sub(num(s), bigQ).String() }},
		{"negative", "json.schema", func(s string) string { return "-" + s }},
		{"plus sign", "json.schema", func(s string) string { return "+" + s }},
		{"leading zero", "json.canonical", func(s string) string { return "0" + s }},
		{"empty", "json.schema", func(string) string { return "" }},
		{"a space", "json.schema", func(s string) string { return s + " " }},
		{"hexadecimal", "json.schema", func(s string) string { return "0x" + num(s).Text(16) }},
		{"underscore", "json.schema", func(s string) string { return s[:3] + "_" + s[3:] }},
		{"huge", "scalar.range", func(string) string { return "1" + strings.Repeat("0", 100_000) }},
	}
}

// elementEdits are the ways to spoil an element.
func elementEdits(oneIsGood bool) textEdits {
	one := "element"
	if oneIsGood {
		one = "proof"
	}
	return textEdits{
		{"zero", "element", func(string) string { return "0" }},
		{"one", one, func(string) string { return "1" }},
		{"two", "element", func(string) string { return "2" }},
		{"p", "element", func(string) string { return bigP.String() }},
		{"p-1", "element", func(string) string { return minus("1") }},
		{"plus p", "element", func(s string) string { return new(big.Int).Add(num(s), bigP).String() }},
		{"minus itself", "element", minus},
		{"inverted", "proof", inv},
		{"times g", "proof", func(s string) string { return mul(s, group.Generator().String()) }},
		{"squared", "proof", func(s string) string { return mul(s, s) }},
		{"times 2", "element", func(s string) string { return mul(s, "2") }},
		{"times 4", "element", func(s string) string { return mul(s, "4") }},
		{"negative", "json.schema", func(s string) string { return "-" + s }},
		{"minus p", "json.schema", func(s string) string { return new(big.Int).Sub(num(s), bigP).String() }},
		{"leading zero", "json.canonical", func(s string) string { return "0" + s }},
		{"empty", "json.schema", func(string) string { return "" }},
		{"fraction", "json.schema", func(s string) string { return s + ".0" }},
		{"huge", "element", func(string) string { return "9" + strings.Repeat("0", 100_000) }},
	}
}

func (l *lab) cases(t testing.TB) (all []hostileCase) {
	add := func(name, reason string, record int, c chain) {
		all = append(all, hostileCase{name: name, archive: c.archive(), reason: reason, record: record})
	}
	add("unchanged", "", -2, l.c.clone(0))
	l.eventCases(add)
	l.ballotCases(t, add)
	l.tallyCases(t, add)
	l.decryptionCases(t, add)
	l.resultCases(add)
	l.setupCases(t, add)
	l.jsonCases(add)
	raw := func(name, reason string, record int, b []byte) {
		all = append(all, hostileCase{name: name, archive: b, reason: reason, record: record})
	}
	l.tarCases(raw)
	return all
}

type adder func(name, reason string, record int, c chain)

// What becomes of an archive when an event is changed as a whole, by the event's height.
var (
	dropped = []string{
		"event.order", "", "tally.mismatch", "tally.mismatch", "event.order", "event.order",
		"decryption.missing", "decryption.missing", "decryption.missing", "decryption.missing", "",
	}
	doubled = []string{
		"event.order", "ballot.duplicate", "ballot.duplicate", "ballot.duplicate", "event.order", "event.order",
		"decryption.duplicate", "decryption.duplicate", "decryption.duplicate", "decryption.duplicate", "event.order",
	}
	exchanged = []string{"event.order", "", "", "event.order", "event.order", "event.order", "", "", "", "event.order"} // with the next
	borrowed  = []string{
		"ballot.uuid", "ballot.uuid", "ballot.uuid", "ballot.uuid", "", "tally.mismatch",
		"decryption.proof", "decryption.proof", "decryption.proof", "decryption.proof", "", // of another election, which had the same result
	}
)

func (l *lab) eventCases(add adder) {
	for i, ev := range l.c {
		id := fmt.Sprintf("%s at %d", ev.typ, i)
		add("event dropped: "+id, dropped[i], -2, slices.Concat(l.c[:i], l.c[i+1:]))
		add("event doubled: "+id, doubled[i], -2, slices.Concat(l.c[:i+1], l.c[i:]))
		if i+1 < len(l.c) {
			add("event moved to the end: "+id, "event.order", -2, slices.Concat(l.c[:i], l.c[i+1:], l.c[i:i+1]))
			add("event after its successor: "+id, exchanged[i], -2, slices.Concat(l.c[:i], l.c[i+1:i+2], l.c[i:i+1], l.c[i+2:]))
		}
		foreign := l.c.clone(0)
		foreign[i] = l.other[i]
		add("event of another election: "+id, borrowed[i], -2, foreign)
		for _, k := range []int{evRevote, evTally, evFirst, evResult} {
			if like := l.c[k]; like.typ != ev.typ && len(like.data) == len(ev.data) {
				wrong := l.c.clone(i + 1)
				wrong[i].data, wrong[i].alien = like.data, true
				add(fmt.Sprintf("payload of %s: %s", like.typ, id), "json.schema", -2, wrong)
			}
		}
		for _, edit := range []struct {
			name, reason string
			do           func([]byte) []byte
		}{
			{"height plus 1", "event.height", func(b []byte) []byte {
				return bytes.Replace(b, []byte(`"height":`+strconv.Itoa(i)), []byte(`"height":`+strconv.Itoa(i+1)), 1)
			}},
			{"negative height", "event.height", func(b []byte) []byte {
				return bytes.Replace(b, []byte(`"height":`), []byte(`"height":-1`), 1)
			}},
			{"height with exponent", "json.schema", func(b []byte) []byte {
				return bytes.Replace(b, []byte(`"height":`+strconv.Itoa(i)), []byte(`"height":`+strconv.Itoa(i)+"e0"), 1)
			}},
			{"height as a string", "json.schema", func(b []byte) []byte {
				return bytes.Replace(b, []byte(`"height":`+strconv.Itoa(i)), []byte(`"height":"`+strconv.Itoa(i)+`"`), 1)
			}},
			{"type in lower case", "json.schema", func(b []byte) []byte {
				return bytes.Replace(b, []byte(ev.typ), bytes.ToLower([]byte(ev.typ)), 1)
			}},
			{"null payload", "json.schema", func(b []byte) []byte {
				return append(b[:bytes.LastIndex(b, []byte(string(ev.typ)+`"`))+len(ev.typ)+1], `,"payload":null}`...)
			}},
			{"upper-case payload", "json.schema", func(b []byte) []byte {
				at := bytes.Index(b, []byte(`"payload":"`))
				if at < 0 {
					return append(b, ' ')
				}
				return append(bytes.Clone(b[:at+11]), append(bytes.ToUpper(b[at+11:at+75]), `"}`...)...)
			}},
			{"no payload", "event.payload", func(b []byte) []byte {
				before, _, found := bytes.Cut(b, []byte(`,"payload":"`))
				if !found {
					return fmt.Appendf(b[:len(b)-1:len(b)-1], `,"payload":"%s"}`, bel.HashOf(l.c[evTally].data[1]))
				}
				return append(bytes.Clone(before), '}')
			}},
			{"order of fields", "json.canonical", func(b []byte) []byte {
				typ := `"type":"` + string(ev.typ) + `"`
				at := bytes.Index(b, []byte(`,`+typ))
				rest := slices.Concat(b[1:at], b[at+len(typ)+1:])
				return slices.Concat([]byte("{"+typ+","), rest)
			}},
		} {
			bad := l.c.clone(i + 1)
			bad[i].event = edit.do
			reason := edit.reason
			if i == evEnd && edit.name == "upper-case payload" {
				reason = "json.canonical"
			}
			add(edit.name+": "+id, reason, l.c.record(i, len(ev.data)), bad)
		}
	}
	for _, n := range []int{1, 2, 40} { // records that nobody refers to
		extra := l.c.clone(0)
		for range n {
			extra[evSecond].data = append([][]byte{[]byte(`{"x":` + strconv.Itoa(n) + `}`)}, extra[evSecond].data...)
		}
		add(fmt.Sprintf("%d records more", n), "record.unreferenced", l.c.record(evSecond, 0), extra)
	}
	back := slices.Concat(l.c[:evOld], l.c[evSecond:evEnd], l.c[evOld:evOld+1], l.c[evEnd:])
	add("an older ballot after its revote", "tally.mismatch", -2, back)
	add("a ballot again after its revote", "ballot.duplicate", -2, slices.Concat(l.c[:evEnd], l.c[evOld:evOld+1], l.c[evEnd:]))
	add("a revote dropped from the count", "tally.mismatch", -2, slices.Concat(l.c[:evRevote], l.c[evEnd:]))
	add("a superseded ballot dropped", "", -2, slices.Concat(l.c[:evOld], l.c[evSecond:]))
	add("decryptions in another order", "", -2, slices.Concat(l.c[:evFirst], l.c[evLast:evResult], l.c[evMember:evLast], l.c[evNext:evMember], l.c[evFirst:evNext], l.c[evResult:]))
}

func (l *lab) ballotCases(t testing.TB, add adder) {
	short := chain{l.c[evSetup], l.c[evRevote]}
	blame := short.record(1, 0)
	mutate := func(name, reason string, signed bool, change func(*ballotText)) {
		add("ballot: "+name, reason, blame, short.with(1, 0, func(raw []byte) []byte {
			b := parsed[ballotText](t, raw)
			change(&b)
			if signed {
				b.sign(t, l.credentials[0], l.uuid)
			}
			return canon.Marshal(b)
		}))
	}
	second, old := parsed[ballotText](t, l.c[evSecond].data[0]), parsed[ballotText](t, l.c[evOld].data[0])
	alien := parsed[ballotText](t, l.other[evRevote].data[0])
	mutate("signed again", "", true, func(*ballotText) {})

	proofs := []struct {
		name, reason string
		at           func(*ballotText) *proofText
	}{
		{"individual 0 0", "ballot.individual_proof", func(b *ballotText) *proofText { return &b.Answers[0].Individual[0][0] }},
		{"individual 0 1", "ballot.individual_proof", func(b *ballotText) *proofText { return &b.Answers[0].Individual[0][1] }},
		{"individual last", "ballot.individual_proof", func(b *ballotText) *proofText { return &b.Answers[1].Individual[2][1] }},
		{"overall of blank 0", "ballot.overall_proof", func(b *ballotText) *proofText { return &b.Answers[0].Overall[0] }},
		{"overall of blank 1", "ballot.overall_proof", func(b *ballotText) *proofText { return &b.Answers[0].Overall[1] }},
		{"overall 0", "ballot.overall_proof", func(b *ballotText) *proofText { return &b.Answers[1].Overall[0] }},
		{"overall 1", "ballot.overall_proof", func(b *ballotText) *proofText { return &b.Answers[1].Overall[1] }},
		{"blank 0", "ballot.blank_proof", func(b *ballotText) *proofText { return &(*b.Answers[0].Blank)[0] }},
		{"blank 1", "ballot.blank_proof", func(b *ballotText) *proofText { return &(*b.Answers[0].Blank)[1] }},
		{"signature", "ballot.signature", func(b *ballotText) *proofText { return &b.Signature.Proof }},
	}
	for i, p := range proofs {
		signed := p.name != "signature"
		for _, e := range scalarEdits().arithmetic(i > 0) {
			reason := e.reason
			if reason == "" {
				reason = p.reason
			}
			mutate(p.name+" challenge "+e.name, reason, signed, func(b *ballotText) { x := p.at(b); x.Challenge = e.do(x.Challenge) })
			mutate(p.name+" response "+e.name, reason, signed, func(b *ballotText) { x := p.at(b); x.Response = e.do(x.Response) })
		}
		mutate(p.name+" turned round", p.reason, signed, func(b *ballotText) { x := p.at(b); *x = proofText{x.Response, x.Challenge} })
		for _, from := range []struct {
			name string
			b    ballotText
		}{{"another voter's", second}, {"an older ballot's", old}, {"another election's", alien}} {
			mutate(p.name+" "+from.name, p.reason, signed, func(b *ballotText) { *p.at(b) = *p.at(&from.b) })
		}
	}

	for i := range 2 {
		for j := range 3 {
			for _, e := range elementEdits(false).arithmetic(i+j > 0) {
				reason := map[string]string{"element": "ballot.element", "proof": "ballot.individual_proof"}[e.reason]
				if reason == "" {
					reason = e.reason
				}
				if i+j != 1 {
					mutate(fmt.Sprintf("alpha %d %d %s", i, j, e.name), reason, true, func(b *ballotText) {
						x := &b.Answers[i].Choices[j].Alpha
						*x = e.do(*x)
					})
				}
				if i+j != 2 {
					mutate(fmt.Sprintf("beta %d %d %s", i, j, e.name), reason, true, func(b *ballotText) {
						x := &b.Answers[i].Choices[j].Beta
						*x = e.do(*x)
					})
				}
			}
			mutate(fmt.Sprintf("alpha and beta swapped %d %d", i, j), "ballot.individual_proof", true, func(b *ballotText) {
				x := &b.Answers[i].Choices[j]
				x.Alpha, x.Beta = x.Beta, x.Alpha
			})
			mutate(fmt.Sprintf("both negated %d %d", i, j), "ballot.element", true, func(b *ballotText) {
				x := &b.Answers[i].Choices[j]
				x.Alpha, x.Beta = minus(x.Alpha), minus(x.Beta)
			})
			mutate(fmt.Sprintf("both inverted %d %d", i, j), "ballot.individual_proof", true, func(b *ballotText) {
				x := &b.Answers[i].Choices[j]
				x.Alpha, x.Beta = inv(x.Alpha), inv(x.Beta)
			})
			mutate(fmt.Sprintf("both one %d %d", i, j), "ballot.element", true, func(b *ballotText) { b.Answers[i].Choices[j] = choiceText{"1", "1"} })
			mutate(fmt.Sprintf("without randomness %d %d", i, j), "ballot.element", true, func(b *ballotText) {
				b.Answers[i].Choices[j] = choiceText{"1", group.Generator().String()}
			})
			mutate(fmt.Sprintf("another voter's choice %d %d", i, j), "ballot.individual_proof", true, func(b *ballotText) {
				b.Answers[i].Choices[j] = second.Answers[i].Choices[j]
				b.Answers[i].Individual[j] = second.Answers[i].Individual[j]
			})
			mutate(fmt.Sprintf("own older choice %d %d", i, j), []string{"ballot.blank_proof", "ballot.overall_proof"}[i], true, func(b *ballotText) {
				b.Answers[i].Choices[j] = old.Answers[i].Choices[j]
				b.Answers[i].Individual[j] = old.Answers[i].Individual[j]
			})
		}
	}
	add("ballot: own older answer", "ballot.ciphertext_reuse", l.c.record(evRevote, 0), l.c.with(evRevote, 0, func(raw []byte) []byte {
		b := parsed[ballotText](t, raw)
		b.Answers[1] = old.Answers[1]
		b.sign(t, l.credentials[0], l.uuid)
		return canon.Marshal(b)
	}))
	mutate("another voter's answer", "ballot.individual_proof", true, func(b *ballotText) { b.Answers[1] = second.Answers[1] })
	mutate("answers swapped", "ballot.shape", true, func(b *ballotText) { slices.Reverse(b.Answers) })
	mutate("first answer without blank", "ballot.shape", true, func(b *ballotText) { b.Answers[0].Blank = nil })
	mutate("second answer with blank", "ballot.shape", true, func(b *ballotText) { b.Answers[1].Blank = b.Answers[0].Blank })
	mutate("the second answer twice", "ballot.shape", true, func(b *ballotText) { b.Answers[0] = b.Answers[1] })
	mutate("choices of the questions swapped", "ballot.individual_proof", true, func(b *ballotText) {
		b.Answers[0].Choices, b.Answers[1].Choices = b.Answers[1].Choices, b.Answers[0].Choices
	})
	mutate("choices and individual proofs of the questions swapped", "ballot.blank_proof", true, func(b *ballotText) {
		x, y := &b.Answers[0], &b.Answers[1]
		x.Choices, y.Choices, x.Individual, y.Individual = y.Choices, x.Choices, y.Individual, x.Individual
	})
	mutate("overall proofs of the questions swapped", "ballot.overall_proof", true, func(b *ballotText) {
		b.Answers[0].Overall, b.Answers[1].Overall = b.Answers[1].Overall, b.Answers[0].Overall
	})
	mutate("overall branches turned round", "ballot.overall_proof", true, func(b *ballotText) { slices.Reverse(b.Answers[1].Overall) })
	mutate("overall branches of blank turned round", "ballot.overall_proof", true, func(b *ballotText) { slices.Reverse(b.Answers[0].Overall) })
	mutate("blank branches turned round", "ballot.blank_proof", true, func(b *ballotText) { slices.Reverse(*b.Answers[0].Blank) })
	mutate("blank proof as overall", "ballot.overall_proof", true, func(b *ballotText) { b.Answers[0].Overall = *b.Answers[0].Blank })
	mutate("overall proof as blank", "ballot.blank_proof", true, func(b *ballotText) { b.Answers[0].Blank = &b.Answers[0].Overall })
	mutate("individual branches turned round", "ballot.individual_proof", true, func(b *ballotText) { slices.Reverse(b.Answers[1].Individual[1]) })
	mutate("individual proofs permuted", "ballot.individual_proof", true, func(b *ballotText) { slices.Reverse(b.Answers[1].Individual) })
	mutate("slots permuted", "ballot.overall_proof", true, func(b *ballotText) { slices.Reverse(b.Answers[1].Individual); slices.Reverse(b.Answers[1].Choices) })
	mutate("the same slot twice", "ballot.overall_proof", true, func(b *ballotText) {
		b.Answers[1].Choices[1], b.Answers[1].Individual[1] = b.Answers[1].Choices[0], b.Answers[1].Individual[0]
	})
	shapes := []struct {
		name string
		do   func(a *answerText)
	}{
		{"no choice", func(a *answerText) { a.Choices = nil }},
		{"a choice less", func(a *answerText) { a.Choices = a.Choices[1:] }},
		{"a choice more", func(a *answerText) { a.Choices = append(a.Choices, a.Choices[0]) }},
		{"a slot less", func(a *answerText) { a.Choices, a.Individual = a.Choices[1:], a.Individual[1:] }},
		{"a slot more", func(a *answerText) {
			a.Choices, a.Individual = append(a.Choices, a.Choices[0]), append(a.Individual, a.Individual[0])
		}},
		{"no individual proof", func(a *answerText) { a.Individual = nil }},
		{"an individual proof less", func(a *answerText) { a.Individual = a.Individual[1:] }},
		{"an individual proof more", func(a *answerText) { a.Individual = append(a.Individual, a.Individual[0]) }},
		{"an individual branch less", func(a *answerText) { a.Individual[2] = a.Individual[2][:1] }},
		{"an individual branch more", func(a *answerText) { a.Individual[2] = append(a.Individual[2], a.Individual[2][0]) }},
		{"an empty individual proof", func(a *answerText) { a.Individual[2] = nil }},
		{"no overall proof", func(a *answerText) { a.Overall = nil }},
		{"an overall branch less", func(a *answerText) { a.Overall = a.Overall[1:] }},
		{"an overall branch more", func(a *answerText) { a.Overall = append(a.Overall, a.Overall[0]) }},
		{"an empty blank proof", func(a *answerText) { a.Blank = &[]proofText{} }},
		{"a blank branch less", func(a *answerText) {
			if a.Blank != nil {
				*a.Blank = (*a.Blank)[1:]
			} else {
				a.Blank = &[]proofText{a.Overall[0]}
			}
		}},
		{"a blank branch more", func(a *answerText) {
			if a.Blank != nil {
				*a.Blank = append(*a.Blank, (*a.Blank)[0])
			} else {
				a.Blank = &[]proofText{a.Overall[0], a.Overall[0], a.Overall[0]}
			}
		}},
		{"nothing at all", func(a *answerText) { *a = answerText{} }},
	}
	for i := range 2 {
		for _, s := range shapes {
			mutate(fmt.Sprintf("answer %d: %s", i, s.name), "ballot.shape", true, func(b *ballotText) { s.do(&b.Answers[i]) })
		}
	}
	mutate("no answers", "ballot.shape", true, func(b *ballotText) { b.Answers = nil })
	mutate("an answer less", "ballot.shape", true, func(b *ballotText) { b.Answers = b.Answers[:1] })
	mutate("an answer more", "ballot.shape", true, func(b *ballotText) { b.Answers = append(b.Answers, b.Answers[1]) })
	mutate("another identifier", "ballot.uuid", true, func(b *ballotText) { b.UUID = alien.UUID })
	mutate("another fingerprint", "ballot.fingerprint", true, func(b *ballotText) { b.Hash = alien.Hash })
	mutate("padded fingerprint", "ballot.fingerprint", true, func(b *ballotText) { b.Hash += "=" })
	mutate("no fingerprint", "ballot.fingerprint", true, func(b *ballotText) { b.Hash = "" })
	mutate("hash of another", "ballot.hash", false, func(b *ballotText) { b.Signature.Hash = second.Signature.Hash })
	mutate("signature of another", "ballot.hash", false, func(b *ballotText) { b.Signature = second.Signature })
	mutate("own older signature", "ballot.hash", false, func(b *ballotText) { b.Signature = old.Signature })
	mutate("padded hash", "ballot.hash", false, func(b *ballotText) { b.Signature.Hash += "=" })
	mutate("no hash", "ballot.hash", false, func(b *ballotText) { b.Signature.Hash = "" })
	mutate("credential of another voter", "ballot.signature", true, func(b *ballotText) { b.Credential = second.Credential })
	mutate("ballot of another voter signed anew", "ballot.individual_proof", true, func(b *ballotText) {
		own := b.Credential
		*b = second
		b.Credential = own
	})
	mutate("ballot of another voter with her credential", "ballot.signature", true, func(b *ballotText) { *b = second })
	for _, x := range []struct{ name, value, reason string }{
		{"0", "0", "ballot.credential"},
		{"1", "1", "ballot.credential"},
		{"p-1", minus("1"), "ballot.credential"},
		{"g", group.Generator().String(), "ballot.credential"},
		{"plus p", new(big.Int).Add(num(second.Credential), bigP).String(), "ballot.credential"},
		{"leading zero", "0" + old.Credential, "json.canonical"},
		{"negative", "-" + old.Credential, "json.schema"},
		{"inverted", inv(old.Credential), "ballot.credential"},
		{"minus itself", minus(old.Credential), "ballot.credential"},
		{"election key", string(must[*ballot.Election](t)(ballot.ParseElection(l.election.election)).PublicKey), "ballot.credential"},
		{"huge", "7" + strings.Repeat("0", 100_000), "ballot.credential"},
		{"empty", "", "json.schema"},
	} {
		mutate("credential "+x.name, x.reason, true, func(b *ballotText) { b.Credential = x.value })
	}
	add("ballot: of another election", "ballot.uuid", blame, short.with(1, 0, func([]byte) []byte { return l.other[evRevote].data[0] }))
	add("ballot: of another election, made to fit", "ballot.individual_proof", blame, short.with(1, 0, func([]byte) []byte {
		b := alien
		b.UUID, b.Hash, b.Credential = l.uuid, old.Hash, old.Credential
		b.sign(t, l.credentials[0], l.uuid)
		return canon.Marshal(b)
	}))
}

func (l *lab) tallyCases(t testing.TB, add adder) {
	ballotOf := func(i int) [][]choiceText {
		var all [][]choiceText
		for _, a := range parsed[ballotText](t, l.c[i].data[0]).Answers {
			all = append(all, a.Choices)
		}
		return all
	}
	mutate := func(name, reason string, change func(tally [][]choiceText) [][]choiceText) {
		c := l.c.clone(0)
		c[evTally].data[0] = canon.Marshal(change(parsed[[][]choiceText](t, c[evTally].data[0])))
		add("tally: "+name, reason, l.c.record(evTally, 0), c)
	}
	times := func(i int, f func(string) string) func([][]choiceText) [][]choiceText {
		return func(tally [][]choiceText) [][]choiceText {
			for k, row := range ballotOf(i) {
				for j, c := range row {
					tally[k][j] = choiceText{mul(tally[k][j].Alpha, f(c.Alpha)), mul(tally[k][j].Beta, f(c.Beta))}
				}
			}
			return tally
		}
	}
	same := func(s string) string { return s }
	mutate("with the superseded ballot", "tally.mismatch", times(evOld, same))
	mutate("with a ballot twice", "tally.mismatch", times(evSecond, same))
	mutate("without a ballot", "tally.mismatch", times(evSecond, inv))
	mutate("the superseded for the revote", "tally.mismatch", func(x [][]choiceText) [][]choiceText {
		return times(evOld, same)(times(evRevote, inv)(x))
	})
	one := func(f func(c choiceText) choiceText) func([][]choiceText) [][]choiceText {
		return func(x [][]choiceText) [][]choiceText { x[1][2] = f(x[1][2]); return x }
	}
	mutate("alpha and beta swapped", "tally.mismatch", one(func(c choiceText) choiceText { return choiceText{c.Beta, c.Alpha} }))
	for _, e := range elementEdits(true) {
		reason := e.reason
		if reason == "element" || reason == "proof" {
			reason = "tally.mismatch"
		}
		mutate("alpha "+e.name, reason, one(func(c choiceText) choiceText { return choiceText{e.do(c.Alpha), c.Beta} }))
	}
	mutate("beta one more vote", "tally.mismatch", one(func(c choiceText) choiceText {
		return choiceText{c.Alpha, mul(c.Beta, group.Generator().String())}
	}))
	mutate("questions swapped", "tally.mismatch", func(x [][]choiceText) [][]choiceText { slices.Reverse(x); return x })
	mutate("answers swapped", "tally.mismatch", func(x [][]choiceText) [][]choiceText { slices.Reverse(x[1]); return x })
	mutate("a question less", "tally.mismatch", func(x [][]choiceText) [][]choiceText { return x[:1] })
	mutate("a question more", "tally.mismatch", func(x [][]choiceText) [][]choiceText { return append(x, x[0]) })
	mutate("a slot less", "tally.mismatch", func(x [][]choiceText) [][]choiceText { x[1] = x[1][1:]; return x })
	mutate("empty", "tally.mismatch", func(x [][]choiceText) [][]choiceText { return nil })
	for _, e := range []struct{ name, from, to, reason string }{
		{"num_tallied one more", `"num_tallied":2`, `"num_tallied":3`, "tally.count"},
		{"num_tallied counts superseded", `"num_tallied":2,"total_weight":2`, `"num_tallied":3,"total_weight":3`, "tally.count"},
		{"num_tallied one less", `"num_tallied":2`, `"num_tallied":1`, "tally.count"},
		{"num_tallied 0", `"num_tallied":2`, `"num_tallied":0`, "tally.count"},
		{"num_tallied negative", `"num_tallied":2`, `"num_tallied":-2`, "tally.count"},
		{"num_tallied -0", `"num_tallied":2`, `"num_tallied":-0`, "json.canonical"},
		{"num_tallied fraction", `"num_tallied":2`, `"num_tallied":2.0`, "json.schema"},
		{"num_tallied exponent", `"num_tallied":2`, `"num_tallied":2e0`, "json.schema"},
		{"num_tallied string", `"num_tallied":2`, `"num_tallied":"2"`, "json.schema"},
		{"num_tallied 2^63", `"num_tallied":2`, `"num_tallied":9223372036854775808`, "json.schema"},
		{"num_tallied 2^64+2", `"num_tallied":2`, `"num_tallied":18446744073709551618`, "json.schema"},
		{"num_tallied 2^63-1", `"num_tallied":2`, `"num_tallied":9223372036854775807`, "tally.count"},
		{"weight 2^32+2", `"total_weight":2`, `"total_weight":4294967298`, "tally.weight"},
		{"weight string", `"total_weight":2`, `"total_weight":"2"`, "json.schema"},
		{"weight 0", `"total_weight":2`, `"total_weight":0`, "tally.weight"},
		{"no weight", `"total_weight":2,`, ``, "json.schema"},
	} {
		c := l.c.clone(0)
		c[evTally].data[1] = bytes.Replace(c[evTally].data[1], []byte(e.from), []byte(e.to), 1)
		add("tally: "+e.name, e.reason, l.c.record(evTally, 1), c)
	}
	c := l.c.clone(0)
	c[evTally].data[1], c[evTally].alien = bytes.Replace(c[evTally].data[1], []byte(bel.HashOf(c[evTally].data[0]).String()), []byte(bel.HashOf(l.other[evTally].data[0]).String()), 1), true
	add("tally: hash of another", "event.payload", l.c.record(evTally, 1), c)
}

func (l *lab) decryptionCases(t testing.TB, add adder) {
	for _, ev := range []int{evFirst, evLast} {
		mutate := func(name, reason string, change func(*decryptionText)) {
			c := l.c.clone(0)
			d := parsed[decryptionText](t, c[ev].data[0])
			change(&d)
			c[ev].data[0] = canon.Marshal(d)
			add(fmt.Sprintf("decryption %d: %s", ev, name), reason, l.c.record(ev, 0), c)
		}
		for _, e := range elementEdits(true).unless(ev != evFirst) {
			reason := map[string]string{"element": "decryption.element", "proof": "decryption.proof"}[e.reason]
			if reason == "" {
				reason = e.reason
			}
			mutate("factor "+e.name, reason, func(d *decryptionText) { d.Factors[1][0] = e.do(d.Factors[1][0]) })
		}
		for _, e := range scalarEdits().unless(ev != evFirst) {
			reason := e.reason
			if reason == "" {
				reason = "decryption.proof"
			}
			mutate("challenge "+e.name, reason, func(d *decryptionText) { x := &d.Proofs[0][2]; x.Challenge = e.do(x.Challenge) })
			mutate("response "+e.name, reason, func(d *decryptionText) { x := &d.Proofs[0][2]; x.Response = e.do(x.Response) })
		}
		mutate("factors swapped", "decryption.proof", func(d *decryptionText) { slices.Reverse(d.Factors[1]) })
		mutate("proofs swapped", "decryption.proof", func(d *decryptionText) { slices.Reverse(d.Proofs[1]) })
		mutate("slots swapped", "decryption.proof", func(d *decryptionText) { slices.Reverse(d.Factors[1]); slices.Reverse(d.Proofs[1]) })
		mutate("questions swapped", "decryption.proof", func(d *decryptionText) { slices.Reverse(d.Factors); slices.Reverse(d.Proofs) })
		mutate("the same factor for all", "decryption.proof", func(d *decryptionText) {
			d.Factors[1][1], d.Proofs[1][1] = d.Factors[1][0], d.Proofs[1][0]
		})
		mutate("a factor less", "decryption.shape", func(d *decryptionText) { d.Factors[1] = d.Factors[1][1:] })
		mutate("a proof less", "decryption.shape", func(d *decryptionText) { d.Proofs[1] = d.Proofs[1][1:] })
		mutate("a factor more", "decryption.shape", func(d *decryptionText) { d.Factors[1] = append(d.Factors[1], d.Factors[1][0]) })
		mutate("a pair more", "decryption.shape", func(d *decryptionText) {
			d.Factors[1] = append(d.Factors[1], d.Factors[1][0])
			d.Proofs[1] = append(d.Proofs[1], d.Proofs[1][0])
		})
		mutate("a question less", "decryption.shape", func(d *decryptionText) { d.Factors, d.Proofs = d.Factors[:1], d.Proofs[:1] })
		mutate("a question more", "decryption.shape", func(d *decryptionText) {
			d.Factors, d.Proofs = append(d.Factors, d.Factors[0]), append(d.Proofs, d.Proofs[0])
		})
		mutate("empty", "decryption.shape", func(d *decryptionText) { *d = decryptionText{} })
		mutate("empty rows", "decryption.shape", func(d *decryptionText) {
			*d = decryptionText{make([][]string, 2), make([][]proofText, 2)}
		})
		foreign := parsed[decryptionText](t, l.other[ev].data[0])
		mutate("factor of another election", "decryption.proof", func(d *decryptionText) { d.Factors[1][1] = foreign.Factors[1][1] })
		mutate("proof of another election", "decryption.proof", func(d *decryptionText) { d.Proofs[1][1] = foreign.Proofs[1][1] })
		mutate("all of another election", "decryption.proof", func(d *decryptionText) { *d = foreign })
		for _, from := range []int{evFirst, evNext, evMember, evLast} {
			if from != ev {
				mutate(fmt.Sprintf("of trustee %d as own", from), "decryption.proof", func(d *decryptionText) { *d = parsed[decryptionText](t, l.c[from].data[0]) })
			}
		}
		was := "1"
		if ev == evLast {
			was = "5"
		}
		for _, e := range []struct{ to, reason string }{
			{"0", "decryption.owner"},
			{"-1", "decryption.owner"},
			{"6", "decryption.owner"},
			{"-" + was, "decryption.owner"},
			{`"` + was + `"`, "json.schema"},
			{was + ".0", "json.schema"},
			{was + "e0", "json.schema"},
			{"-0", "json.canonical"},
			{"null", "json.schema"},
			{"4294967297", "decryption.owner"},
			{"18446744073709551617", "json.schema"},
			{"3", "decryption.proof"},
			{"4", "decryption.proof"},
			{"[" + was + "]", "json.schema"},
		} {
			c := l.c.clone(0)
			c[ev].data[1] = bytes.Replace(c[ev].data[1], []byte(`"owner":`+was), []byte(`"owner":`+e.to), 1)
			record := l.c.record(ev, 1)
			reason := e.reason
			switch {
			case e.to == "3" && ev == evLast:
				reason = "decryption.duplicate"
			case reason == "decryption.proof":
				record = l.c.record(ev, 0)
			}
			add(fmt.Sprintf("decryption %d: owner %s", ev, e.to), reason, record, c)
		}
	}
	add("decryption: a member's missing", "decryption.missing", -2, slices.Concat(l.c[:evMember], l.c[evLast:]))
	add("decryption: a single's missing", "decryption.missing", -2, slices.Concat(l.c[:evFirst], l.c[evNext:]))
	add("decryption: twice the same", "decryption.duplicate", -2, slices.Concat(l.c[:evNext], l.c[evFirst:]))
}

func (l *lab) resultCases(add adder) {
	record := l.c.record(evResult, 0)
	for _, e := range []struct{ name, text, reason string }{
		{"as it is", `{"result":[[1,0,1],[0,1,1]]}`, ""},
		{"one more", `{"result":[[1,1,1],[0,1,1]]}`, "result.mismatch"},
		{"one less", `{"result":[[1,0,0],[0,1,1]]}`, "result.mismatch"},
		{"plus q", `{"result":[[78571733251071885079927659812671450121821421258408794611510081919805623223442,0,1],[0,1,1]]}`, "json.schema"},
		{"negative", `{"result":[[-1,0,1],[0,1,1]]}`, "result.mismatch"},
		{"minus zero", `{"result":[[1,-0,1],[0,1,1]]}`, "json.canonical"},
		{"fraction", `{"result":[[1.0,0,1],[0,1,1]]}`, "json.schema"},
		{"exponent", `{"result":[[1e0,0,1],[0,1,1]]}`, "json.schema"},
		{"strings", `{"result":[["1","1","1"],["1","1","1"]]}`, "json.schema"},
		{"no blank", `{"result":[[0,1],[0,1,1]]}`, "result.shape"},
		{"a question less", `{"result":[[1,0,1]]}`, "result.shape"},
		{"a question more", `{"result":[[1,0,1],[0,1,1],[]]}`, "result.shape"},
		{"an answer more", `{"result":[[1,0,1],[0,1,1,0]]}`, "result.shape"},
		{"empty", `{"result":[]}`, "result.shape"},
		{"nothing", `{}`, "json.schema"},
		{"flat", `{"result":[1,0,1,0,1,1]}`, "json.schema"},
		{"an array", `[[1,0,1],[0,1,1]]`, "json.schema"},
		{"twice", `{"result":[[9,9,9],[0,1,1]],"result":[[1,0,1],[0,1,1]]}`, "json.schema"},
		{"more said", `{"result":[[1,0,1],[0,1,1]],"winner":"No"}`, "json.schema"},
		{"null", `null`, "json.schema"},
		{"questions in objects", `{"result":[{"0":1},[1,1,1]]}`, "json.schema"},
	} {
		c := l.c.clone(0)
		c[evResult].data[0] = []byte(e.text)
		add("result: "+e.name, e.reason, record, c)
	}
}

// jsonCases spoil the form of every kind of record, and nothing else.
func (l *lab) jsonCases(add adder) {
	edits := []struct {
		name, reason string
		do           func([]byte) []byte
	}{
		{"a newline after", "json.canonical", func(b []byte) []byte { return append(b, '\n') }},
		{"a space before", "json.canonical", func(b []byte) []byte { return append([]byte(" "), b...) }},
		{"a space inside", "json.canonical", func(b []byte) []byte { return bytes.Replace(b, []byte(","), []byte(", "), 1) }},
		{"a tab inside", "json.canonical", func(b []byte) []byte { return bytes.Replace(b, []byte(":"), []byte(":\t"), 1) }},
		{"NUL after", "json.syntax", func(b []byte) []byte { return append(b, 0) }},
		{"a value after", "json.syntax", func(b []byte) []byte { return append(b, b...) }},
		{"a brace after", "json.syntax", func(b []byte) []byte { return append(b, '}') }},
		{"a comment", "json.syntax", func(b []byte) []byte { return append(b, "/**/"...) }},
		{"a byte order mark", "json.syntax", func(b []byte) []byte { return append([]byte("\ufeff"), b...) }},
		{"a bad byte", "json.syntax", func(b []byte) []byte { return bytes.Replace(b, []byte(`":`), []byte("\xff\":"), 1) }},
		{"a lone surrogate", "json.syntax", func(b []byte) []byte { return bytes.Replace(b, []byte(`":`), []byte(`\ud800":`), 1) }},
		{"cut", "json.syntax", func(b []byte) []byte { return b[:len(b)-1] }},
		{"a comma too many", "json.syntax", func(b []byte) []byte { return append(b[:len(b)-1:len(b)-1], ',', b[len(b)-1]) }},
		{"empty", "json.syntax", func([]byte) []byte { return nil }},
		{"null", "json.schema", func([]byte) []byte { return []byte("null") }},
		{"in an array", "json.schema", func(b []byte) []byte { return slices.Concat([]byte("["), b, []byte("]")) }},
		{"a number", "json.schema", func([]byte) []byte { return []byte("1") }},
		{"deep", "json.syntax", func([]byte) []byte { return bytes.Repeat([]byte("["), 1_000_000) }},
		{"deep and closed", "json.schema", func([]byte) []byte {
			return slices.Concat(bytes.Repeat([]byte("["), 9_000), bytes.Repeat([]byte("]"), 9_000))
		}},
		{"an escaped key", "json.canonical", func(b []byte) []byte {
			i := bytes.IndexByte(b, '"')
			if i < 0 {
				return append(b, ' ')
			}
			return slices.Concat(b[:i+1], fmt.Appendf(nil, `\u%04x`, b[i+1]), b[i+2:])
		}},
		{"an unknown field", "json.schema", func(b []byte) []byte { return addField(b, `"zzz":1`) }},
		{"an unknown field of a megabyte", "json.schema", func(b []byte) []byte {
			return addField(b, `"`+strings.Repeat("z", 1<<20)+`":1`)
		}},
		{"an unknown field that writes to terminals", "json.schema", func(b []byte) []byte { return addField(b, `"\u001b[2Jaccepted\n":1`) }},
		{"an empty field", "json.schema", func(b []byte) []byte { return addField(b, `"":1`) }},
		{"a field twice", "json.schema", func(b []byte) []byte {
			i := bytes.IndexByte(b, '{')
			if i < 0 {
				return []byte(`{"a":1,"a":1}`)
			}
			key := b[i+1 : i+2+bytes.IndexByte(b[i+2:], '"')+1]
			j := bytes.LastIndexByte(b, '}')
			return slices.Concat(b[:j], []byte(","), key, []byte(":1}"), b[j+1:])
		}},
		{"upper-case keys", "json.schema", func(b []byte) []byte {
			i := bytes.IndexByte(b, '{')
			if i < 0 {
				return []byte(`{"A":1}`)
			}
			return slices.Concat(b[:i+2], bytes.ToUpper(b[i+2:i+3]), b[i+3:])
		}},
	}
	for _, where := range []struct {
		name string
		i, j int
	}{
		{"election", evSetup, 0},
		{"trustees", evSetup, 1},
		{"credentials", evSetup, 2},
		{"setup", evSetup, 3},
		{"ballot", evRevote, 0},
		{"tally", evTally, 0},
		{"sized", evTally, 1},
		{"decryption", evFirst, 0},
		{"owned", evFirst, 1},
		{"result", evResult, 0},
	} {
		for _, e := range edits {
			good := l.c[where.i].data[where.j]
			if bad := e.do(bytes.Clone(good)); bytes.Equal(bad, good) || where.i > evRevote && e.reason == "json.syntax" && e.name != "cut" {
				continue // there is no such place in this record, or the reader is the same as above
			}
			add("json "+where.name+": "+e.name, e.reason, l.c.record(where.i, where.j), l.c.with(where.i, where.j, e.do))
		}
	}
	for _, e := range []struct{ name, from, to, reason string }{
		{"version 2", `"version":1`, `"version":2`, "unsupported.version"},
		{"version 0", `"version":1`, `"version":0`, "unsupported.version"},
		{"version 1.0", `"version":1`, `"version":1.0`, "json.schema"},
		{"version 1e0", `"version":1`, `"version":1e0`, "json.schema"},
		{"version string", `"version":1`, `"version":"1"`, "json.schema"},
		{"version twice", `"version":1`, `"version":2,"version":1`, "json.schema"},
		{"version huge", `"version":1`, `"version":18446744073709551617`, "json.schema"},
		{"group Ed25519", `BELENIOS-2048`, `Ed25519`, "unsupported.group"},
		{"group in lower case", `BELENIOS-2048`, `belenios-2048`, "unsupported.group"},
		{"group empty", `BELENIOS-2048`, ``, "unsupported.group"},
		{"blank false", `"blank":true`, `"blank":false`, ""},
		{"blank null", `"blank":true`, `"blank":null`, "json.schema"},
		{"blank 1", `"blank":true`, `"blank":1`, "json.schema"},
		{"min negative", `"min":1`, `"min":-1`, "election.question"},
		{"min string", `"min":1`, `"min":"1"`, "json.schema"},
		{"min over max", `"min":1,"max":1`, `"min":2,"max":1`, "election.question"},
		{"max over answers", `"min":1,"max":2`, `"min":1,"max":4`, "election.question"},
		{"max huge", `"min":1,"max":2`, `"min":1,"max":4611686018427387904`, "election.question"},
		{"max 2^63", `"min":1,"max":2`, `"min":1,"max":9223372036854775808`, "json.schema"},
		{"max 0", `"min":1,"max":2`, `"min":0,"max":0`, "election.question"},
		{"min 0", `"min":1,"max":2`, `"min":0,"max":2`, ""},
		{"no answers", `"answers":["a","b","c"]`, `"answers":[]`, "election.question"},
		{"an answer empty", `"answers":["a","b","c"]`, `"answers":["","",""]`, ""},
		{"the same answers", `"answers":["a","b","c"]`, `"answers":["a","a","a"]`, ""},
		{"NUL in an answer", `"answers":["a","b","c"]`, `"answers":["a\u0000","b","c"]`, ""},
		{"slash escaped", `"answers":["a","b","c"]`, `"answers":["a\/","b","c"]`, "json.canonical"},
		{"DEL raw", `"answers":["a","b","c"]`, "\"answers\":[\"a\x7f\",\"b\",\"c\"]", "json.canonical"},
		{"emoji escaped", `"answers":["a","b","c"]`, `"answers":["\ud83d\ude00","b","c"]`, "json.canonical"},
		{"emoji", `"answers":["a","b","c"]`, `"answers":["😀","b","c"]`, ""},
		{"u+2028", `"answers":["a","b","c"]`, "\"answers\":[\"\u2028\",\"b\",\"c\"]", ""},
		{"noncharacter", `"answers":["a","b","c"]`, "\"answers\":[\"\uffff\ufdd0\",\"b\",\"c\"]", ""},
		{"escape upper case", `"answers":["a","b","c"]`, `"answers":["\u001F","b","c"]`, "json.canonical"},
		{"raw newline", `"answers":["a","b","c"]`, "\"answers\":[\"\n\",\"b\",\"c\"]", "json.syntax"},
		{"administrator", `"uuid":`, `"administrator":"a","uuid":`, "json.canonical"},
		{"uuid short", `"uuid":"` + l.uuid, `"uuid":"` + l.uuid[:13], "election.uuid"},
		{"uuid long", `"uuid":"` + l.uuid, `"uuid":"` + l.uuid + "abcdefgh", ""},
		{"uuid very long", `"uuid":"` + l.uuid, `"uuid":"` + strings.Repeat(l.uuid, 1000), ""},
		{"uuid slash", `"uuid":"` + l.uuid, `"uuid":"../` + l.uuid, "election.uuid"},
		{"uuid zero", `"uuid":"` + l.uuid[:1], `"uuid":"0`, "election.uuid"},
		{"type NonHomomorphic", `"question":"Which?"}`, `"question":"Which?","type":"NonHomomorphic"}`, "unsupported.question"},
		{"extra", `"question":"Which?"}`, `"question":"Which?","extra":[]}`, "json.schema"},
		{"version after", `{"version":1,`, `{`, "json.schema"},
		{"name null", `"name":"Test"`, `"name":null`, "json.schema"},
		{"name object", `"name":"Test"`, `"name":{"en":"Test"}`, "json.schema"},
	} {
		c := l.c.with(evSetup, 0, func(b []byte) []byte { return bytes.Replace(b, []byte(e.from), []byte(e.to), 1) })
		add("election: "+e.name, e.reason, 1, c)
	}
	for _, e := range []struct{ name, to, reason string }{
		{"administrator last", `,"administrator":"a"}`, ""},
		{"authority last", `,"credential_authority":"a"}`, ""},
		{"both", `,"administrator":"a","credential_authority":""}`, ""},
		{"both, turned round", `,"credential_authority":"","administrator":"a"}`, "json.canonical"},
		{"administrator null", `,"administrator":null}`, "json.schema"},
	} {
		c := l.c.with(evSetup, 0, func(b []byte) []byte { return append(b[:len(b)-1:len(b)-1], e.to...) })
		add("election: "+e.name, e.reason, 1, c)
	}
}

func addField(b []byte, field string) []byte {
	i := bytes.LastIndexByte(b, '}')
	if i < 0 {
		return []byte("[{" + field + "}]")
	}
	return slices.Concat(b[:i], []byte(","+field), b[i:])
}
