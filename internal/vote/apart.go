// SPDX-License-Identifier: Apache-2.0

package vote

import (
	"net/http"
	"strings"
)

// withoutSession are the addresses where nobody is known: the booth, its modules, and what their pages load. There a session would put
// an account and a time beside a ballot.
var withoutSession = []string{"/b/", "/booth/", "/static/"}

// Apart takes the session away from requests to the booth before next can see it, whatever a browser sends. What stays of the cookies is
// the language that was chosen on the device.
func Apart(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, prefix := range withoutSession {
			if strings.HasPrefix(r.URL.Path, prefix) {
				locale, err := r.Cookie("locale")
				r = r.Clone(r.Context())
				r.Header.Del("Cookie")
				r.Header.Del("Authorization")
				if err == nil {
					r.AddCookie(&http.Cookie{Name: "locale", Value: locale.Value})
				}
				break
			}
		}
		next.ServeHTTP(w, r)
	})
}
