// SPDX-License-Identifier: Apache-2.0

package picket

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"slices"
)

// policy reads policy.json, then what set overrides.
func (r *reading) policy(set map[string]string) Policy {
	p := DefaultPolicy
	const name = "policy.json"
	raw, err := fs.ReadFile(r.fsys, name)
	if err == nil {
		r.read[name] = raw
		r.policyFile(&p, name, raw)
	} else if !errors.Is(err, fs.ErrNotExist) {
		r.fail(name, 0, "", "missing_file", "")
	}
	for _, key := range slices.Sorted(maps.Keys(set)) {
		if code := p.set(key, []byte(set[key])); code != "" {
			r.fail("--set", 0, key, code, set[key])
		}
	}
	return p
}

func (r *reading) policyFile(p *Policy, name string, raw []byte) {
	var keys map[string]json.RawMessage
	if err := json.Unmarshal(raw, &keys); err != nil {
		line := 1
		if bad, ok := errors.AsType[*json.SyntaxError](err); ok {
			line += bytes.Count(raw[:min(int(bad.Offset), len(raw))], []byte("\n"))
		}
		r.fail(name, line, "", "json_syntax", "")
		return
	}
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		if code := p.set(key, keys[key]); code != "" {
			line := 1 + bytes.Count(raw[:max(bytes.Index(raw, []byte(`"`+key+`"`)), 0)], []byte("\n"))
			value := key
			if code != "unknown_field" {
				value = string(keys[key])
			}
			r.fail(name, line, key, code, value)
		}
	}
}

// keys are what a policy consists of.
func (p *Policy) keys() (numbers map[string]*int, switches map[string]*bool) {
	return map[string]*int{
		"max_travel_min": &p.MaxTravelMin, "if_needed_min": &p.IfNeededMin, "home_bonus_min": &p.HomeBonusMin,
		"min_rest_min": &p.MinRestMin, "freeze_min": &p.FreezeMin,
	}, map[string]*bool{"place_everyone": &p.PlaceEveryone, "use_teams": &p.UseTeams}
}

// policies returns the names of all keys.
func policies() []string {
	numbers, switches := new(Policy).keys()
	return append(slices.Sorted(maps.Keys(numbers)), slices.Sorted(maps.Keys(switches))...)
}

// set changes one key and returns the code of what is wrong, if anything.
func (p *Policy) set(key string, value []byte) string {
	numbers, switches := p.keys()
	switch n, b := numbers[key], switches[key]; {
	case n != nil:
		was := *n
		if json.Unmarshal(value, n) != nil {
			return "bad_type"
		}
		if *n < 0 || *n > 10000 {
			*n = was
			return "out_of_range"
		}
	case b != nil:
		if json.Unmarshal(value, b) != nil {
			return "bad_type"
		}
	default:
		return "unknown_field"
	}
	return ""
}
