// SPDX-License-Identifier: Apache-2.0

package booth_test

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/tenday/tenday/internal/vote/booth"
)

// engine runs functions of the modules somewhere: in Node or in Chromium.
type engine interface {
	// line sends one call as JSON and returns the answer; see testdata/bridge.js.
	line(t testing.TB, call string) string
}

// refusal is a Refusal or Reject of the modules.
type refusal struct {
	Code    string         `json:"code"`
	Field   string         `json:"field"`
	About   map[string]any `json:"about"`
	Record  int            `json:"record"`
	Height  int            `json:"height"`
	Message string         `json:"message"`
}

// octets is a Uint8Array there, big a BigInt.
type (
	octets []byte
	big    string
)

func (o octets) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]string{"$bytes": base64.StdEncoding.EncodeToString(o)})
}

func (b big) MarshalJSON() ([]byte, error) { return json.Marshal(map[string]string{"$big": string(b)}) }

func (b *big) UnmarshalJSON(data []byte) error {
	var v map[string]string
	err := json.Unmarshal(data, &v)
	*b = big(v["$big"])
	return err
}

// try calls a function of a module and returns what it refuses; any other error ends the test.
func try[T any](t testing.TB, e engine, module, name string, args ...any) (value T, no *refusal) {
	t.Helper()
	call, err := json.Marshal(map[string]any{"module": module, "name": name, "args": append([]any{}, args...)})
	if err != nil {
		t.Fatal(err)
	}
	var answer struct {
		Value json.RawMessage `json:"value"`
		Error *refusal        `json:"error"`
	}
	if err := json.Unmarshal([]byte(e.line(t, string(call))), &answer); err != nil {
		t.Fatal(err)
	}
	if answer.Error != nil {
		if answer.Error.Code == "" {
			t.Fatalf("%s %s: %s", module, name, answer.Error.Message)
		}
		return value, answer.Error
	}
	if err := json.Unmarshal(answer.Value, &value); err != nil {
		t.Fatalf("%s %s: %v in %.200s", module, name, err, answer.Value)
	}
	return value, nil
}

// call is try for what must succeed.
func call[T any](t testing.TB, e engine, module, name string, args ...any) T {
	t.Helper()
	value, no := try[T](t, e, module, name, args...)
	if no != nil {
		t.Fatalf("%s %s refuses: %+v", module, name, *no)
	}
	return value
}

// node is one process of Node.
type node struct {
	mu  sync.Mutex
	in  io.Writer
	out *bufio.Reader
}

func newNode(t testing.TB) engine {
	t.Helper()
	path, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is not installed: the booth's modules were NOT run in Node")
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "package.json"), []byte(`{"type":"module"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, from := range []string{"static", "testdata"} {
		if err := os.CopyFS(filepath.Join(dir, from), os.DirFS(from)); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(path, filepath.Join(dir, "testdata", "node.js"))
	cmd.Stderr = os.Stderr
	in, err1 := cmd.StdinPipe()
	out, err2 := cmd.StdoutPipe()
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	})
	return &node{in: in, out: bufio.NewReaderSize(out, 1<<20)}
}

func (n *node) line(t testing.TB, call string) string {
	t.Helper()
	n.mu.Lock()
	defer n.mu.Unlock()
	if _, err := io.WriteString(n.in, call+"\n"); err != nil {
		t.Fatal(err)
	}
	answer, err := n.out.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

// browsers returns a new Chromium, which ends with t.
func browsers(t testing.TB) *tab {
	t.Helper()
	if testing.Short() {
		t.Skip("a browser takes long")
	}
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("chromium is not installed: the booth was NOT run in a browser")
	}
	return newTab(t, path)
}

// chromium is a page that loads the bridge.
type chromium struct{ *tab }

func newChromium(t testing.TB) engine {
	t.Helper()
	p := browsers(t)
	mux := http.NewServeMux()
	mux.Handle("GET /static/", booth.Files())
	mux.HandleFunc("GET /testdata/bridge.js", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		body, _ := fs.ReadFile(os.DirFS("testdata"), "bridge.js")
		_, _ = w.Write(body)
	})
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, `<!doctype html><title>bridge</title>`)
	})
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	p.do(chromedp.Navigate(srv.URL + "/"))
	return chromium{p}
}

func (c chromium) line(t testing.TB, call string) string {
	t.Helper()
	text, _ := json.Marshal(call)
	return eval[string](c.tab, fmt.Sprintf(`import("/testdata/bridge.js").then(m => m.answer(%s))`, text))
}

// engines runs a test wherever the modules can run.
func engines(t *testing.T, test func(t *testing.T, e engine)) {
	t.Helper()
	t.Run("Node", func(t *testing.T) { t.Parallel(); test(t, newNode(t)) })
	t.Run("Chromium", func(t *testing.T) { t.Parallel(); test(t, newChromium(t)) })
}

// vector reads a file of belenios-tool's vectors.
func vector(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("../../../ballot/testdata/vectors", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func decode[T any](t testing.TB, b []byte) (v T) {
	t.Helper()
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// must returns a function that returns its first argument and ends the test if there is an error.
func must[T any](t testing.TB) func(T, error) T {
	t.Helper()
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func folded(text string) string { return strings.Join(strings.Fields(text), " ") }
