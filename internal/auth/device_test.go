// SPDX-License-Identifier: Apache-2.0

package auth

import "testing"

func TestDevicesAreNamedSoThatTheirOwnerKnowsThem(t *testing.T) {
	t.Parallel()

	for agent, want := range map[string]string{
		"Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0 Mobile Safari/537.36":                       "Chrome · Android",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1": "Safari · iPhone",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/141.0 Mobile/15E148 Safari/604.1":  "Chrome · iPhone",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0 Safari/537.36 Edg/141.0":                   "Edge · Windows",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:145.0) Gecko/20100101 Firefox/145.0":                                                    "Firefox · Mac",
		"curl/8.5.0": "?",
		"":           "?",
	} {
		if got := deviceLabel(agent); got != want {
			t.Errorf("deviceLabel(%q) = %q, want %q", agent, got, want)
		}
	}
}
