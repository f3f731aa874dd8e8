// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Genesis is the hash before the first record.
const Genesis = "0000000000000000000000000000000000000000000000000000000000000000"

// Actor is who acts: an account, by which of its grants, on which device. The zero Actor is the system itself.
type Actor struct {
	Account string
	Grant   string
	Device  string
}

type actorKey struct{}

// With returns a context whose acts are a's.
func With(ctx context.Context, a Actor) context.Context { return context.WithValue(ctx, actorKey{}, a) }

// By returns the actor of ctx, the zero Actor when none was set.
func By(ctx context.Context) Actor {
	a, _ := ctx.Value(actorKey{}).(Actor)
	return a
}

// Entry is what the caller says of an act. The actor comes from the context, the time from the transaction.
type Entry struct {
	Verb     string   // noun.verb: "list.apply", "person.list"
	Object   string   // kind:id, "person:0199…"; "" for a list
	Scope    string   // what the grant reached: "unit", "site:0199…"
	Detail   string   // the filter or the changed fields, without names or values
	Subjects []string // ids of the people shown or touched, so that "who saw her?" finds lists too
	Count    int      // rows or people
}

// Record is one link of the chain, as stored.
type Record struct {
	Seq      int64
	At       time.Time // milliseconds, UTC
	Actor    string
	Grant    string
	Verb     string
	Object   string
	Scope    string
	Detail   string
	Subjects string // short ids, a space before and after each
	Count    int64
	Device   string
	Prev     string
	Hash     string
}

// Sum returns the hash that r must carry: sha256, in hexadecimal, of its RFC 8785 JSON without the hash. Empty texts are left
// out, so that a field added later does not change what was written before; count and the others always stand.
func (r Record) Sum() string {
	sum := sha256.Sum256(r.canonical())
	return hex.EncodeToString(sum[:])
}

// canonical writes the members in the order of their names, as RFC 8785 asks; there are only texts and whole numbers.
func (r Record) canonical() []byte {
	var b strings.Builder
	text := func(name, value string, always bool) {
		if value == "" && !always {
			return
		}
		fmt.Fprintf(&b, `%q:%s,`, name, jsonText(value))
	}
	b.WriteByte('{')
	text("actor", r.Actor, true)
	text("at", r.At.UTC().Format(time.RFC3339Nano), true)
	fmt.Fprintf(&b, `"count":%d,`, r.Count)
	text("detail", r.Detail, false)
	text("device", r.Device, false)
	text("grant", r.Grant, false)
	text("object", r.Object, true)
	text("prev", r.Prev, true)
	text("scope", r.Scope, false)
	fmt.Fprintf(&b, `"seq":%d,`, r.Seq)
	text("subjects", r.Subjects, false)
	fmt.Fprintf(&b, `"verb":%s}`, jsonText(r.Verb))
	return []byte(b.String())
}

// jsonText quotes s as RFC 8785 does: encoding/json without its HTML escapes, and U+2028, U+2029 as themselves.
func jsonText(s string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a strings.Builder takes everything
	out := strings.TrimSuffix(b.String(), "\n")
	return strings.NewReplacer(`\u2028`, "\u2028", `\u2029`, "\u2029").Replace(out)
}

// Short returns the part of a UUID that is drawn at random, without dashes: enough to find a person in a list of subjects.
func Short(id string) string {
	s := strings.ReplaceAll(id, "-", "")
	return s[max(0, len(s)-16):]
}

func subjects(ids []string) string {
	if len(ids) == 0 {
		return ""
	}
	var b strings.Builder
	b.Grow(len(ids)*17 + 1)
	b.WriteByte(' ')
	for _, id := range ids {
		b.WriteString(Short(id))
		b.WriteByte(' ')
	}
	return b.String()
}
