// SPDX-License-Identifier: Apache-2.0

package mail

import (
	netmail "net/mail"
	"strings"

	"github.com/tenday/tenday/internal/fault"
)

// longest is what RFC 5321, 4.5.3.1.3 leaves for an address.
const longest = 254

// Personal returns the address in lower case. Errors, on the field "email": Invalid for what is no address, and for one under a
// domain of employers or a subdomain of one, since the employer can read what is sent there.
func Personal(s string, employers []string) (string, error) {
	s = strings.ToLower(strings.TrimSpace(s))
	a, err := netmail.ParseAddress(s)
	at := strings.LastIndexByte(s, '@')
	if err != nil || a.Address != s || len(s) > longest || at < 1 || !strings.Contains(s[at+1:], ".") {
		return "", fault.Field("email", "contact.email_form")
	}
	domain := strings.TrimSuffix(s[at+1:], ".")
	for _, e := range employers {
		e = strings.ToLower(strings.TrimPrefix(e, "@"))
		if e != "" && (domain == e || strings.HasSuffix(domain, "."+e)) {
			return "", fault.Field("email", "contact.work_email", "Domain", domain)
		}
	}
	return s, nil
}
