// SPDX-License-Identifier: Apache-2.0

package strike_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tenday/tenday/internal/audit/trail"
	"github.com/tenday/tenday/internal/drawn"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/i18n"
	"github.com/tenday/tenday/internal/strike"
	"github.com/tenday/tenday/notice"
)

// machine is the strike's machine as the campaign's specification has it (testdata/states.json).
type machine struct {
	States      []strike.State
	Transitions []struct{ From, To strike.State }
	Forbidden   []struct{ From, To strike.State }
}

func TestTheTableIsTheOneOfTheSpecification(t *testing.T) {
	t.Parallel()

	var m machine
	readJSON(t, "testdata/states.json", &m)
	want := map[string]bool{}
	for _, x := range m.Transitions {
		want[fmt.Sprintf("%s -> %s", x.From, x.To)] = true
	}
	got := map[string]bool{}
	for _, from := range strike.States {
		for _, e := range strike.Events {
			if step, err := from.Next(e); err == nil {
				got[fmt.Sprintf("%s -> %s", from, step.To)] = true
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("steps (-specified +built):\n%s", diff)
	}
	for _, x := range m.Forbidden {
		if got[fmt.Sprintf("%s -> %s", x.From, x.To)] {
			t.Errorf("%s -> %s is forbidden", x.From, x.To)
		}
	}
	if diff := cmp.Diff(len(m.States), len(strike.States)); diff != "" {
		t.Error(diff)
	}
}

// B14.7: what is not in the table is refused with a code and a sentence that says what is possible.
func TestWhateverIsNotInTheTableIsRefusedInWords(t *testing.T) {
	t.Parallel()

	b, err := i18n.New(strike.Text, i18n.Text)
	if err != nil {
		t.Fatal(err)
	}
	refused := 0
	for _, from := range strike.States {
		for _, e := range strike.Events {
			_, err := from.Next(e)
			if err == nil {
				continue
			}
			refused++
			if fault.CodeOf(err) != fault.Conflict {
				t.Errorf("%s, %s: %v", from, e, err)
			}
			for _, locale := range i18n.Locales {
				if said := b.For(locale).Fault(err); strings.HasPrefix(said, "strike.") || len(said) < 20 {
					t.Errorf("%s, %s: says %q in %s", from, e, said, locale)
				}
			}
		}
	}
	if refused < 60 {
		t.Errorf("only %d refusals", refused)
	}
}

func TestTheTableIsDrawnInTheDocuments(t *testing.T) {
	t.Parallel()

	var b bytes.Buffer
	const title = "## Strike, picket, rally, handbilling\n"
	b.WriteString(title + "\n" + "```mermaid\nstateDiagram-v2\n  [*] --> draft\n")
	for _, from := range strike.States {
		for _, e := range from.Allowed() {
			step, err := from.Next(e)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&b, "  %s --> %s: %s\n", from, step.To, e)
		}
	}
	b.WriteString("```\n\n| from | event | to | who | everything downstream stops |\n|---|---|---|---|---|\n")
	who := map[strike.Actor]string{
		strike.OnePerson: "one of the committee", strike.TwoPeople: "two people on two devices", strike.Clock: "the clock, after two people said Go",
		strike.ClockOrTwo: "the clock; two people when it is open-ended",
	}
	for _, from := range strike.States {
		for _, e := range from.Allowed() {
			step, err := from.Next(e)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", from, e, step.To, who[step.By], map[bool]string{true: "yes", false: ""}[step.Off])
		}
	}
	b.WriteString(`
Never: suspended to on, noticed to planned, ended to on, called off to noticed, draft to noticed, closed to anything.

Facts of a served notice move only at two people's word, on two devices, and what they were stays in the history: the start by a
writing that both parties signed, recorded before the stated time, which the second person reads for herself; the end; the minute at
which the first person went out; an answer to the legal clock about the action.
`)
	drawn.Section(t, b.String())
}

func TestEveryWordOfTheTableHasItsSentence(t *testing.T) {
	t.Parallel()

	b, err := i18n.New(strike.Text)
	if err != nil {
		t.Fatal(err)
	}
	if said := b.For("en").T("strike.disclaimer"); said != notice.Disclaimer {
		t.Errorf("the disclaimer is %q", said)
	}
	acts, err := i18n.New(trail.Text)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range strike.Events {
		if k := "audit.verb.strike." + string(e); !slices.Contains(acts.Keys("en"), k) {
			t.Errorf("no sentence for %s", k)
		}
	}
	var keys []string
	for _, s := range strike.States {
		keys = append(keys, "strike.state."+string(s), "strike.refused."+string(s))
	}
	for _, e := range strike.Events {
		keys = append(keys, "strike.event."+string(e))
	}
	for _, k := range strike.Kinds {
		keys = append(keys, "strike.kind."+string(k))
	}
	for _, q := range strike.Questions {
		keys = append(keys, "strike.ask."+q.Name)
		for _, c := range q.Choices {
			keys = append(keys, "strike.answer."+c)
		}
	}
	for _, m := range strike.Methods {
		keys = append(keys, "strike.method."+m)
	}
	for _, p := range strike.Proofs {
		keys = append(keys, "strike.proof."+p)
	}
	for _, locale := range i18n.Locales {
		have := b.Keys(locale)
		for _, k := range keys {
			if !slices.Contains(have, k) {
				t.Errorf("no sentence for %s in %s", k, locale)
			}
		}
	}
}

func TestAmericanRulesAreNamedInSpanish(t *testing.T) {
	t.Parallel()

	b, err := i18n.New(strike.Text)
	if err != nil {
		t.Fatal(err)
	}
	check := func(key, english string) {
		if got := b.For("en").T(key); got != english {
			t.Errorf("%s says %q, the pack %q", key, got, english)
		}
		if got := b.For("es").T(key); got == key || got == english {
			t.Errorf("%s says %q in Spanish", key, got)
		}
	}
	for _, id := range []string{"us-nlra-hc", "us-nlra-other", "us-mn-pelra"} {
		p := notice.PackByID(id)
		check("strike.rule."+p.Select.ID, p.Select.Title)
		for _, r := range p.Rules {
			check("strike.rule."+r.ID, r.Title)
		}
		for _, a := range p.Advisories {
			check("strike.advice."+a.ID, a.Text)
		}
	}
}
