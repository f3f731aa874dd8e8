// SPDX-License-Identifier: Apache-2.0

package ballot

import (
	"strconv"

	"github.com/tenday/tenday/ballot/canon"
	"github.com/tenday/tenday/ballot/group"
	"github.com/tenday/tenday/ballot/pki"
)

// Trustees hold the key of an election together: every item is needed to decrypt.
type Trustees []Trustee

// Trustee is an item of the list: exactly one of its fields is set.
type Trustee struct {
	Single   *pki.PublicKey
	Pedersen *pki.Threshold
}

// ReadCanon reads ["Single",key] or ["Pedersen",threshold].
func (t *Trustee) ReadCanon(r *canon.Reader) {
	n := 0
	r.Array(func(i int) {
		n++
		switch i {
		case 0:
			switch kind := r.Text(); {
			case r.Failed():
			case kind == "Single":
				t.Single = &pki.PublicKey{}
			case kind == "Pedersen":
				t.Pedersen = &pki.Threshold{}
			default:
				r.Fail(canon.Schema, "unknown kind of trustee")
			}
		case 1:
			if t.Single != nil {
				r.Value(t.Single)
			} else {
				r.Value(t.Pedersen)
			}
		default:
			r.Fail(canon.Schema, "too many items")
		}
	})
	if n < 2 {
		r.Fail(canon.Schema, "too few items")
	}
}

// AppendCanon writes what ReadCanon reads.
func (t Trustee) AppendCanon(b []byte) []byte {
	if t.Single != nil {
		return append(append(append(b, `["Single",`...), canon.Marshal(*t.Single)...), ']')
	}
	return append(append(append(b, `["Pedersen",`...), canon.Marshal(*t.Pedersen)...), ']')
}

// Marshal returns the list as archives hold it.
func (ts Trustees) Marshal() []byte { return canon.Marshal(ts) }

// ParseTrustees reads a list without verifying it; nested messages are read too.
func ParseTrustees(data []byte) (Trustees, error) {
	var ts Trustees
	if err := canon.Unmarshal(data, &ts); err != nil {
		return nil, err
	}
	for i, t := range ts {
		if t.Pedersen != nil {
			if err := t.Pedersen.CheckMessages(); err != nil {
				return nil, inItem(i, err)
			}
		}
	}
	return ts, nil
}

func inItem(i int, err *canon.Error) *canon.Error {
	return fail(err.Reason, "/"+strconv.Itoa(i)+"/1"+err.Field, err.Detail)
}

// members returns how many owner numbers the item takes.
func (t Trustee) members() int {
	if t.Single != nil {
		return 1
	}
	return len(t.Pedersen.VerificationKeys)
}

// needed returns how many of the item's members must decrypt.
func (t Trustee) needed() int {
	if t.Single != nil {
		return 1
	}
	return t.Pedersen.Threshold
}

// verify checks every item and returns the keys by owner, the first at index 0, and the election key that they make (section 10, C 2).
func (ts Trustees) verify() (keys []group.Element, whole group.Element, err error) {
	if len(ts) == 0 {
		return nil, whole, fail("trustees.empty", "", "no trustee")
	}
	whole = group.One()
	var distinct []group.Element
	for i, t := range ts {
		var members []group.Element
		var key group.Element
		var fault *canon.Error
		if t.Single != nil {
			key, fault = t.Single.Verify()
			members = []group.Element{key}
		} else {
			members, key, fault = t.Pedersen.Verify()
		}
		if fault != nil {
			return nil, whole, inItem(i, fault)
		}
		keys = append(keys, members...)
		if t.needed() == 1 {
			members = members[:1] // where one member is enough, all have the key of the whole
		}
		distinct = append(distinct, members...)
		whole = whole.Mul(key)
	}
	seen := make(map[group.Element]bool, len(distinct))
	for _, key := range distinct {
		if seen[key] {
			return nil, whole, fail("trustees.duplicate", "", "a key listed twice")
		}
		seen[key] = true
	}
	return keys, whole, nil
}
