// SPDX-License-Identifier: Apache-2.0

package notice

import (
	"strconv"
	"strings"
)

// Disclaimer stands on every report, plan, event, page and export.
const Disclaimer = "Computed dates with their authority. Not legal advice; not a substitute for counsel. Contested points are " +
	"marked AT RISK. Check the cited text and have counsel confirm before you serve a notice or act."

var recipientWords = map[string]string{
	"institution": "the institution", "fmcs": "FMCS", "state_agency": "the state mediation agency", "other_party": "the other party",
	"employer": "the employer", "bms": "the Bureau of Mediation Services", "minister": "the Minister of Labour",
	"tribunal": "the Tribunal", "parties": "the parties",
}

var noticeWords = map[string]string{
	"ten_day": "ten-day notice", "reopener": "first notice (to end or change the contract)", "dispute": "dispute notice",
	"strike_notice": "strike notice", "mediation_request": "mediation request", "petition": "petition", "demand": "demand",
	"no_board": "no-board report", "ballot_notice": "ballot notice", "sample_paper": "sample ballot paper",
	"essential_services_list": "essential services agreement or list",
}

var proofWords = map[string]string{
	"receipt": "signed receipt", "portal_confirmation": "portal confirmation", "certified_card": "certified-mail card",
	"courier_signature": "courier's signature", "email_reply": "reply by e-mail", "fax_report": "fax report", "witness": "witness",
	"found_by_tribunal": "found by a tribunal", "none": "no proof on file",
}

// effectWords say who is hurt and how.
var effectWords = map[string]string{
	"union_ulp":               "the union commits an unfair labor practice",
	"strikers_lose_status":    "strikers lose their protection as employees and can be discharged",
	"status_contested":        "whether those who take part keep their protection is contested",
	"employer_ulp":            "the employer commits an unfair labor practice",
	"contract_breach":         "the contract is broken: damages, discipline, an injunction",
	"individuals_unprotected": "those who take part may be unprotected and can be disciplined",
	"court_order":             "a court can order the act to stop",
	"discipline_possible":     "those who take part can be disciplined",
	"union_penalty":           "the union can be penalized, up to its status as representative",
	"loss_of_immunity":        "the union loses its immunity and can be sued",
	"injunction":              "a court can forbid the act at short notice",
	"offence":                 "taking part or calling for it is an offence",
	"nobody_yet":              "nobody yet: a gap in the file",
}

func itoa(i int) string { return strconv.Itoa(i) }

// list writes a, b and c.
func list(words []string) string {
	switch len(words) {
	case 0:
		return ""
	case 1:
		return words[0]
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return itoa(n) + " " + many
}

func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
