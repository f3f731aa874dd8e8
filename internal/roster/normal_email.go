// SPDX-License-Identifier: Apache-2.0

package roster

import (
	"net/mail"
	"strings"
)

// ReadEmail reads one e-mail address in lower case. If it stands under one of domains, or under a subdomain of one, the
// problem is WorkEmail, and the address is returned beside it: the employer can read what is sent there.
func ReadEmail(s string, domains []string) (string, Note, Problem) {
	s = clean(s)
	if blank(s) {
		return "", "", ""
	}
	if a, err := mail.ParseAddress(s); err == nil && strings.HasSuffix(s, ">") {
		s = a.Address // "Kate Nguyen <kate@example.org>"
	}
	s = strings.TrimRight(strings.TrimPrefix(clean(strings.ToLower(s)), "mailto:"), " .,;")
	var note Note
	if t := clean(strings.ReplaceAll(s, " ", "")); t != s && strings.Count(t, "@") == 1 && nearSign(s) {
		s, note = t, SpaceRemoved
	}
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s {
		return "", "", EmailForm
	}
	domain := s[strings.LastIndexByte(s, '@')+1:]
	if !strings.Contains(domain, ".") {
		return "", "", EmailForm
	}
	if under(domain, domains) {
		return s, note, WorkEmail
	}
	return s, note, ""
}

// nearSign reports whether every space of s stands beside its at sign or a dot: elsewhere it parts two things.
func nearSign(s string) bool {
	t := strings.NewReplacer(" @", "@", "@ ", "@", " .", ".", ". ", ".").Replace(s)
	return !strings.Contains(t, " ")
}

// under reports whether domain is one of parents or a subdomain of one.
func under(domain string, parents []string) bool {
	for _, p := range parents {
		p = strings.ToLower(strings.TrimPrefix(p, "@"))
		if p != "" && (domain == p || strings.HasSuffix(domain, "."+p)) {
			return true
		}
	}
	return false
}
