// SPDX-License-Identifier: Apache-2.0

package offline

import (
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/json"
	"html/template"
	"net/http"
	"slices"
	"strings"

	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/i18n"
	"github.com/tenday/tenday/internal/web"
)

// Text holds the package's sentences.
//
//go:embed text/*.json
var Text embed.FS

// Start is the page that the app on a phone opens with, Shell the same without anybody on it, which the phone keeps, and Away the
// neutral page of Quick leave. The room of the captains serves them; sw.js names them, too.
const (
	Start = "/my"
	Shell = "/my/shell"
	Away  = "/my/away"
)

// LineShell is the page of a picket line's day without anybody on it. The room of the lines serves it.
const LineShell = "/lines/shell"

// worker is the service worker's file.
const worker = "offline/sw.js"

type handler struct {
	*Store
	server *web.Server
	files  []string
}

// Register puts the package's routes on s.
func Register(s *web.Server, store *Store) error {
	h := handler{store, s, files(s)}
	return s.Add(nil,
		web.Route{Pattern: "POST /sync", Access: web.SignedIn, Handler: h.sync},
		web.Route{Pattern: "POST /sync/refused/{event}", Access: web.SignedIn, Handler: h.seen},
		web.Route{Pattern: "GET /sync/files", Access: web.Public, Handler: h.list},
		web.Route{Pattern: "GET /app.webmanifest", Access: web.Public, Handler: h.manifest})
}

// library reads members' codes where the browser does not.
var library = []string{"vendor/qr/decode.js", "vendor/qr/index.js"}

// files are what a phone keeps beside the pages. Modules name one another without their hash, so some stand twice.
func files(s *web.Server) []string {
	all := []string{
		s.Asset("app.css"), s.Asset("icons.svg"), s.Asset("favicon.svg"), s.Asset("offline/phone.js"), s.Asset("offline/lineaway.js"), "/static/opener.js",
	}
	for _, name := range s.Assets("offline") {
		if strings.HasSuffix(name, ".js") && name != worker {
			all = append(all, "/static/"+name)
		}
	}
	for _, name := range library {
		all = append(all, "/static/"+name)
	}
	return all
}

// Worker returns the address of the service worker, which changes whenever a file that it keeps does, so that a browser takes the
// new ones in.
func Worker(s *web.Server) string {
	sum := sha256.New()
	for _, name := range slices.Concat(s.Assets("offline"), library, []string{"app.css", "icons.svg", "favicon.svg", "opener.js"}) {
		sum.Write([]byte(s.Asset(name)))
	}
	return "/static/" + worker + "?v=" + base64.RawURLEncoding.EncodeToString(sum.Sum(nil)[:9])
}

// Setup is what the scripts of a page that opens without a signal need, and nobody's: it stands in the empty page, too.
type Setup struct {
	Key    string            `json:"key"` // that entries are sealed to
	Zone   string            `json:"zone"`
	Locale string            `json:"locale"`
	Worker string            `json:"worker"` // address of the service worker
	Words  map[string]string `json:"words"`
}

// NewSetup has the PIN's words. key is what Store.Key returns.
func NewSetup(r *http.Request, s *web.Server, key string) Setup {
	tr := web.Text(r)
	words := map[string]string{}
	for word := range strings.FieldsSeq("title why choose choose_why again wrong.one wrong.other differ digits") {
		words["pin."+word] = tr.T("offline.pin." + word)
	}
	return Setup{Key: key, Zone: web.Now(r).Location().String(), Locale: tr.Locale, Worker: Worker(s), Words: words}
}

// PinKeys are the digits of the PIN's own keypad: big, for gloves.
func (Setup) PinKeys() []string { return strings.Fields("1 2 3 4 5 6 7 8 9") }

// JSON is the page's block of data.
func (s Setup) JSON() (template.JS, error) { return web.Block(s) }

// answer is an Answer and whose session it was.
type answer struct {
	Answer
	Who string `json:"who"`
}

// sync serves POST /sync.
func (h handler) sync(w http.ResponseWriter, r *http.Request) error {
	var b Batch
	if err := json.NewDecoder(r.Body).Decode(&b); err != nil {
		return &fault.Error{Code: fault.Invalid, Key: "offline.batch_form", Err: err}
	}
	a, err := h.Sync(r.Context(), b)
	if err != nil {
		return err
	}
	Speak(web.Text(r), a.Refused)
	return web.JSON(w, http.StatusOK, answer{a, auth.By(r.Context()).Account})
}

// Speak fills in the sentences of refusals.
func Speak(tr *i18n.Translator, all []Refusal) {
	for i := range all {
		all[i].Text = tr.M(all[i].Key, all[i].Args)
	}
}

// seen serves POST /sync/refused/{event}.
func (h handler) seen(w http.ResponseWriter, r *http.Request) error {
	if err := h.Seen(r.Context(), r.PathValue("event")); err != nil {
		return err
	}
	return web.Done(w, r, Start, nil)
}

// list serves GET /sync/files: what the service worker keeps.
func (h handler) list(w http.ResponseWriter, _ *http.Request) error {
	return web.JSON(w, http.StatusOK, h.files)
}

// manifest serves GET /app.webmanifest. Name and icon tell nobody what it is for.
func (h handler) manifest(w http.ResponseWriter, r *http.Request) error {
	type icon struct {
		Src   string `json:"src"`
		Sizes string `json:"sizes"`
		Type  string `json:"type"`
	}
	b, err := json.Marshal(map[string]any{
		"name": "Tenday", "short_name": "Tenday", "start_url": Start, "scope": "/", "display": "standalone", "lang": web.Text(r).Locale,
		"background_color": "#f7f5f0", "theme_color": "#f7f5f0",
		"icons": []icon{
			{h.server.Asset("favicon.svg"), "any", "image/svg+xml"},
			{h.server.Asset("offline/icon-192.png"), "192x192", "image/png"},
			{h.server.Asset("offline/icon-512.png"), "512x512", "image/png"},
		},
	})
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/manifest+json")
	_, _ = w.Write(b) // whoever asked has gone: nothing to answer
	return nil
}
