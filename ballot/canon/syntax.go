// SPDX-License-Identifier: Apache-2.0

package canon

import (
	"bytes"
	"encoding/json"
	"strconv"
	"unicode/utf8"
)

// CheckSyntax reports json.syntax unless data is one JSON value in UTF-8 without lone surrogates.
func CheckSyntax(data []byte) error {
	switch {
	case !utf8.Valid(data):
		return &Error{Syntax, "", "not UTF-8"}
	case !json.Valid(data):
		return &Error{Syntax, "", "not JSON"}
	case bytes.Contains(data, []byte(`\u`)) && loneSurrogate(data):
		return &Error{Syntax, "", "half of a surrogate pair"}
	}
	return nil
}

// loneSurrogate looks through valid JSON, where backslashes occur in strings only.
func loneSurrogate(data []byte) bool {
	for i := 0; i < len(data); i++ {
		if data[i] != '\\' {
			continue
		}
		i++
		if data[i] != 'u' {
			continue
		}
		u := hex4(data[i+1:])
		i += 4
		switch {
		case u >= 0xdc00 && u <= 0xdfff:
			return true
		case u >= 0xd800 && u <= 0xdbff:
			if len(data) < i+7 || data[i+1] != '\\' || data[i+2] != 'u' {
				return true
			}
			if low := hex4(data[i+3:]); low < 0xdc00 || low > 0xdfff {
				return true
			}
			i += 6
		}
	}
	return false
}

func hex4(b []byte) uint64 {
	u, err := strconv.ParseUint(string(b[:4]), 16, 16)
	if err != nil {
		return 0
	}
	return u
}
