// SPDX-License-Identifier: Apache-2.0

package notice

// lists are the values that the facts and packs may use, by the name that an "of" tag gives after its @.
var lists = map[string]string{
	"action":       "strike|picket|refusal|handbill|banner|rally|lockout",
	"announced":    "strike|picket|refusal",
	"country":      "US|GB|CA",
	"circuit":      "1|2|3|4|5|6|7|8|9|10|11|DC",
	"confidence":   "high|medium|low",
	"counts":       "strike|picket|refusal|lockout|none|contested",
	"delivered":    "received|sent|planned|not_given|unknown",
	"extension":    "signed_by_both|email_exchange|oral|union_only|employer_only|unknown",
	"inquiry":      "board_of_inquiry|fact_finding",
	"kind":         "health_system|hospital|convalescent_hospital|hmo|clinic|urgent_care|nursing_home|extended_care|dialysis|mental_health|home_health|other_care|office|non_health|unknown",
	"method":       "in_person|certified_mail|courier|mail|fax|email|portal|phone|other",
	"notice":       "ten_day|reopener|dispute|strike_notice|mediation_request|petition|demand|no_board|ballot_notice|sample_paper|essential_services_list",
	"proof":        "receipt|portal_confirmation|certified_card|courier_signature|email_reply|fax_report|witness|found_by_tribunal|none",
	"recipient":    "institution|fmcs|state_agency|other_party|employer|bms|minister|tribunal|parties",
	"start_scope":  "same_instant|same_wall_clock",
	"verdict":      "na|lawful|at_risk|unknown|unlawful",
	"reading":      "civil|wall|elapsed|clear|last_day_omitted|month_end",
	"unit":         "day|working_day|month",
	"weight":       "statute|regulation|supreme_court|court|board|agency|guidance|secondary|house",
	"match":        "start_late|start_early|sites|site_kind|action_kind|sponsor|use|initiator",
	"rule":         "interval|order|match|content|recipients|bar",
	"event":        "notice|action.start|contract.expires|ballot.opens|ballot.closes|right_to_strike_on|notice.previous_named_start",
	"effect":       "union_ulp|strikers_lose_status|status_contested|employer_ulp|contract_breach|individuals_unprotected|court_order|discipline_possible|union_penalty|loss_of_immunity|injunction|offence|nobody_yet",
	"hurt":         "strike|picket|refusal|lockout|any",
	"effective_by": "as_of|notice.ten_day|notice.strike_notice|notice.dispute|notice.reopener|notice.petition|ballot.opens",
}
