// SPDX-License-Identifier: Apache-2.0

package booth_test

import (
	"encoding/json"
	"html/template"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"sync"
	"testing"

	"github.com/tenday/tenday/ballot"
	"github.com/tenday/tenday/ballot/canon"
	"github.com/tenday/tenday/ballot/group"
	"github.com/tenday/tenday/ballot/pki"
	"github.com/tenday/tenday/ballot/zkp"
	"github.com/tenday/tenday/internal/vote/booth"
)

// office serves the trustees' and observers' pages of an election.
type office struct {
	*httptest.Server
	t    testing.TB
	kind string

	mu                         sync.Mutex
	certs, polynomials, output [][]byte
	inputs, dkeys              [][]byte
	trustees                   ballot.Trustees
	keys                       []canon.Decimal
	el                         *election
	archive                    []byte // in place of the election's
	decrypt                    bool
	head                       string
	checked                    []int
	wire                       []string
}

func newOffice(t testing.TB, kind string, n int) *office {
	t.Helper()
	o := &office{t: t, kind: kind, certs: make([][]byte, n), polynomials: make([][]byte, n), output: make([][]byte, n)}
	pages := template.Must(template.ParseGlob("testdata/*.html"))
	show := func(name, entry string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			o.mu.Lock()
			defer o.mu.Unlock()
			w.Header().Set("Content-Security-Policy", policy)
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			if err := pages.ExecuteTemplate(w, name, map[string]any{
				"Tags": booth.Tags("/modules", entry), "Me": r.PathValue("me"), "Archive": o.el != nil, "Decrypt": o.decrypt, "Head": o.head,
			}); err != nil {
				t.Error(err)
			}
		}
	}
	mux := http.NewServeMux()
	mux.Handle("GET /modules/", booth.Files())
	mux.HandleFunc("GET /icon.svg", func(w http.ResponseWriter, r *http.Request) { w.Header().Set("Content-Type", "image/svg+xml") })
	mux.HandleFunc("GET /trustee/{me}", show("trustee.html", "trustee.js"))
	mux.HandleFunc("GET /observe/", show("observer.html", "observer.js"))
	mux.HandleFunc("GET /archive", func(w http.ResponseWriter, r *http.Request) {
		o.mu.Lock()
		defer o.mu.Unlock()
		if o.archive != nil {
			_, _ = w.Write(o.archive)
		} else {
			_, _ = w.Write(o.el.file.b)
		}
	})
	mux.HandleFunc("/trustee/{me}/{what}", func(w http.ResponseWriter, r *http.Request) {
		o.mu.Lock()
		defer o.mu.Unlock()
		me, err := strconv.Atoi(r.PathValue("me"))
		if err != nil {
			http.NotFound(w, r)
			return
		}
		var sent struct {
			Due, Message, Decryption, Side, Challenge string
			Owner                                     int
			Proof                                     zkp.WireProof
		}
		if r.Method == http.MethodPost {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				t.Error(err)
			}
			o.wire = append(o.wire, string(body))
			if err := json.Unmarshal(body, &sent); err != nil {
				t.Error(err)
			}
		}
		switch r.PathValue("what") {
		case "ceremony":
			if r.Method == http.MethodPost {
				o.take(me, sent.Due, []byte(sent.Message))
			}
			_ = json.NewEncoder(w).Encode(o.state(me))
		case "check":
			public, _ := group.ParseElement(string(o.keys[me-1]))
			if sent.Challenge == "fresh-challenge-"+strconv.Itoa(me) && booth.VerifyCheck(sent.Challenge, public, sent.Proof) {
				o.checked = append(o.checked, me)
				return
			}
			w.WriteHeader(http.StatusUnprocessableEntity)
		case "decryption":
			if err := o.el.box.AppendDecryption(sent.Owner, []byte(sent.Decryption)); err != nil {
				w.WriteHeader(http.StatusUnprocessableEntity)
				_ = json.NewEncoder(w).Encode(map[string]string{"text": err.Error()})
			}
		}
	})
	o.Server = httptest.NewServer(mux)
	t.Cleanup(o.Close)
	return o
}

func complete(files [][]byte) bool {
	return !slices.ContainsFunc(files, func(f []byte) bool { return f == nil })
}

// take is the server's part of the ceremony.
func (o *office) take(me int, due string, message []byte) {
	var err error
	switch due {
	case "key":
		o.certs[me-1] = message
		if complete(o.certs) {
			for _, c := range o.certs {
				var k pki.PublicKey
				if err := canon.Unmarshal(c, &k); err != nil {
					o.t.Error(err)
				}
				o.trustees = append(o.trustees, ballot.Trustee{Single: &k})
				o.keys = append(o.keys, k.PublicKey)
			}
		}
	case "cert":
		o.certs[me-1] = message
	case "polynomial":
		o.polynomials[me-1] = message
		if complete(o.polynomials) {
			o.inputs, err = pki.VerifierInputs(o.certs, o.polynomials)
		}
	case "output":
		o.output[me-1] = message
		if complete(o.output) {
			var key *pki.Threshold
			key, o.dkeys, err = pki.Finish(o.certs, o.polynomials, o.output)
			if err == nil {
				o.trustees = ballot.Trustees{{Pedersen: key}}
				for _, k := range key.VerificationKeys {
					o.keys = append(o.keys, k.PublicKey)
				}
			}
		}
	}
	if err != nil {
		o.t.Errorf("after %s of %d: %v", due, me, err)
	}
}

func (o *office) state(me int) map[string]any {
	s := map[string]any{
		"kind": o.kind, "label": "Strike vote", "name": "Trustee " + strconv.Itoa(me), "me": me, "n": len(o.certs), "threshold": 2, "due": "wait",
	}
	switch {
	case o.trustees != nil:
		s["due"], s["challenge"], s["public_key"] = "done", "fresh-challenge-"+strconv.Itoa(me), string(o.certs[me-1])
		if o.kind == "threshold" {
			s["certs"], s["dkey"] = texts(o.certs), string(o.dkeys[me-1])
			s["public_key"] = string(canon.Marshal(o.trustees[0].Pedersen.VerificationKeys[me-1]))
		}
	case o.certs[me-1] == nil:
		s["due"] = map[string]string{"single": "key", "threshold": "cert"}[o.kind]
	case o.kind == "single" || !complete(o.certs):
	case o.polynomials[me-1] == nil:
		s["due"], s["certs"] = "polynomial", texts(o.certs)
	case complete(o.polynomials) && o.output[me-1] == nil:
		s["due"], s["certs"], s["input"] = "output", texts(o.certs), string(o.inputs[me-1])
	}
	return s
}
