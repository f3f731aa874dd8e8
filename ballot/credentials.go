// SPDX-License-Identifier: Apache-2.0

package ballot

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/tenday/tenday/ballot/bel"
	"github.com/tenday/tenday/ballot/canon"
	"github.com/tenday/tenday/ballot/group"
)

// Credentials is a public list: sorted by numeric value when we write it, in any order when we read it.
type Credentials []canon.Decimal

// Marshal returns the list as archives hold it. It sorts a copy.
func (c Credentials) Marshal() []byte {
	sorted := slices.Clone(c)
	slices.SortFunc(sorted, func(a, b canon.Decimal) int {
		return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
	})
	return canon.Marshal(sorted)
}

// ImportCredentials reads the list of belenios-tool (.pubcreds): entries "value,weight,identity" or the value alone. Identities are
// dropped: they have no place in a public file. A weight that is not empty is unsupported.weight.
func ImportCredentials(data []byte) (Credentials, error) {
	var entries []string
	list := Credentials{}
	if err := canon.Unmarshal([]byte(strings.TrimSpace(string(data))), &entries); err != nil {
		return nil, err
	}
	for i, entry := range entries {
		parts := strings.SplitN(entry, ",", 3)
		if len(parts) > 1 && parts[1] != "" {
			return nil, fail("unsupported.weight", "/"+strconv.Itoa(i), "a credential with a weight")
		}
		list = append(list, canon.Decimal(parts[0]))
	}
	return list, nil
}

// batchFrom is the number of credentials from which testing them together is cheaper than one by one.
const batchFrom = 200

// readCredentials checks the list in an archive (section 10, C 3) and calls add for each entry; add returns false for one that it
// has. The list of a large electorate is the longest record of all, so it is read in small pieces; open starts again from the front.
// Only a list that is not canonical is read whole, to say what is wrong with it.
func readCredentials(random io.Reader, open func() io.Reader, add func(bel.Hash) bool) error {
	n, batch := 0, group.NewBatch(random)
	inRange := true
	err := eachCredential(open(), func(text []byte) error {
		n++
		x, ok := group.ParseElement(string(text))
		inRange = inRange && ok
		if !inRange {
			return nil
		}
		return batch.Add(x)
	})
	if errors.Is(err, errNotList) {
		return whyNotList(open())
	}
	if err != nil {
		return err
	}
	if n == 0 {
		return fail("credentials.empty", "", "no credential")
	}
	members := n >= batchFrom && inRange && batch.AllMembers()
	i := -1
	return eachCredential(open(), func(text []byte) error {
		i++
		field := "/" + strconv.Itoa(i)
		if string(text) == "1" || !members && !isMember(text) {
			return fail("credentials.element", field, "the credential is 1 or not in the group")
		}
		if !add(bel.HashOf(text)) {
			return fail("credentials.duplicate", field, "a credential listed twice")
		}
		return nil
	})
}

func isMember(text []byte) bool {
	x, ok := group.ParseElement(string(text))
	return ok && x.IsMember()
}

var errNotList = errors.New("not a canonical list of decimal numbers of at most some thousand digits")

// eachCredential calls each for the entries of ["12","34",..] in canonical form; errNotList means any other form.
func eachCredential(r io.Reader, each func(text []byte) error) error {
	in := bufio.NewReader(r)
	for i := 0; ; i++ {
		head, err := in.ReadSlice('"')
		switch {
		case errors.Is(err, io.EOF) && (i == 0 && string(head) == "[]" || i > 0 && string(head) == "]"):
			return nil
		case err == nil && (i == 0 && string(head) == `["` || i > 0 && string(head) == `,"`):
		case err == nil || errors.Is(err, io.EOF) || errors.Is(err, bufio.ErrBufferFull):
			return errNotList
		default:
			return fmt.Errorf("read credentials: %w", err)
		}
		text, err := in.ReadSlice('"')
		if errors.Is(err, io.EOF) || errors.Is(err, bufio.ErrBufferFull) {
			return errNotList
		}
		if err != nil {
			return fmt.Errorf("read credentials: %w", err)
		}
		text = text[:len(text)-1]
		if len(text) == 0 || len(bytes.Trim(text, "0123456789")) > 0 || len(text) > 1 && text[0] == '0' {
			return errNotList
		}
		if err := each(text); err != nil {
			return err
		}
	}
}

// whyNotList returns the reason against a list that eachCredential did not read.
func whyNotList(r io.Reader) error {
	data, err := io.ReadAll(r)
	if err != nil {
		return fmt.Errorf("read credentials: %w", err)
	}
	if err := canon.CheckSyntax(data); err != nil {
		return err
	}
	if i := weighted(data); i >= 0 {
		return fail("unsupported.weight", "/"+strconv.Itoa(i), "a credential with a weight")
	}
	if err := canon.Read(data, func(r *canon.Reader) { r.Array(func(int) { r.Decimal() }) }); err != nil {
		return err
	}
	return fail("credentials.element", "", "a number of thousands of digits")
}

// weighted returns the index of the first string of a flat list that has a comma in it, -1 if none has.
func weighted(data []byte) int {
	inside, index := false, -1
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case c == '\\':
			i++
		case c == '"':
			inside = !inside
			if inside {
				index++
			}
		case c == ',' && inside:
			return index
		}
	}
	return -1
}
