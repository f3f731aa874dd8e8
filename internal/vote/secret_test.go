// SPDX-License-Identifier: Apache-2.0

package vote_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tenday/tenday/ballot"
	"github.com/tenday/tenday/ballot/group"
	"github.com/tenday/tenday/ballot/pki"
	"github.com/tenday/tenday/internal/app"
	"github.com/tenday/tenday/internal/app/apptest"
	"github.com/tenday/tenday/internal/db"
)

// TestMain serves a campaign instead of running tests when a test asks for a server in a process of its own.
func TestMain(m *testing.M) {
	if file := os.Getenv("TENDAY_VOTE_SERVER"); file != "" {
		if err := serveCampaign(file); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// serveCampaign serves the campaign in file until its standard input ends. It logs everything that can be logged.
func serveCampaign(file string) error {
	ctx := context.Background()
	millis, err := strconv.ParseInt(os.Getenv("TENDAY_VOTE_NOW"), 10, 64)
	if err != nil {
		return err
	}
	d, err := db.Open(ctx, db.Config{DSN: file, Clock: func() time.Time { return time.UnixMilli(millis) }})
	if err != nil {
		return err
	}
	log := slog.New(slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
	a, err := app.New(ctx, app.Config{DB: d, Version: "test", Log: log})
	if err != nil {
		return err
	}
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println("http://" + ln.Addr().String())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		_ = ln.Close()
	}()
	srv := &http.Server{Handler: a.Handler(), ReadHeaderTimeout: time.Minute}
	_ = srv.Serve(ln) // until the listener is closed
	return nil
}

// A server in a process of its own takes ballots and decryptions made of planted secrets. None of them is in what it logs, in any file of
// its folder, or anywhere in its memory; and no line of its log puts a time or an account beside a ballot, though the browser sends an
// officer's session along.
func TestNoSecretIsInLogsFilesOrMemoryOfTheServer(t *testing.T) {
	t.Parallel()

	if runtime.GOOS != "linux" {
		t.Skip("not Linux: the memory of a process was not searched")
	}
	h := apptest.New(t)
	e := opened(t, h, draft(h))
	cookie := h.Cookie("officer")
	trustee := h.Cookie(trustees[0])
	planted := e.private["0001"]
	raw := e.ballotOf("0001", 0, 1, 0)

	first := e.serve("open")
	receipt := first.post("/b/"+e.vote().UUID+"/cast", "application/json", raw, cookie)
	var r ballot.SignedReceipt
	if err := json.Unmarshal(receipt, &r); err != nil || r.Tracker == "" {
		t.Fatalf("not cast: %s", receipt)
	}
	first.get("/b/"+e.vote().UUID, cookie)
	first.get("/votes", cookie)
	first.holds(t, map[string][]byte{"the tracker": []byte(r.Tracker)}, true)
	secrets := map[string][]byte{
		"the credential":               []byte(planted.Reveal()),
		"the credential, run together": []byte(strings.ReplaceAll(planted.Reveal(), "-", "")),
	}
	s, err := planted.Derive(e.vote().UUID)
	check(t, err)
	forms(secrets, "the credential's secret", s)
	first.holds(t, secrets, false)
	log := first.stop()
	if bytes.Contains(log, []byte("/b/{uuid}")) || bytes.Contains(log, []byte("/cast")) {
		t.Errorf("the log has a line of the booth:\n%s", log)
	}
	if !bytes.Contains(log, []byte(`"GET /votes"`)) {
		t.Errorf("the log is not there:\n%s", log)
	}

	e.cast("0001", 0, 1, 0)
	e.close()
	second := e.serve("count")
	part, side := e.part(1)
	body, err := json.Marshal(map[string]any{"Owner": 1, "Decryption": string(part), "Side": string(side)})
	check(t, err)
	if got := second.post("/votes/"+e.id+"/trustee/part", "application/json", body, trustee); !bytes.Contains(got, []byte("accepted")) {
		t.Fatalf("not decrypted: %s", got)
	}
	keys := map[string][]byte{"a trustee's seed": e.seeds[0].Marshal()}
	x, err := pki.OpenDecryptionKey(e.seeds[0], []byte(e.dkeys[0]))
	check(t, err)
	forms(keys, "a trustee's part of the key", x)
	second.holds(t, map[string][]byte{"the decryption": part[:60]}, true)
	second.holds(t, keys, false)
	log = append(log, second.stop()...)

	all := maps.Clone(secrets)
	maps.Copy(all, keys)
	for what, secret := range all {
		if bytes.Contains(log, secret) {
			t.Errorf("%s is in the log", what)
		}
		for _, dir := range []string{first.dir, second.dir} {
			names, err := filepath.Glob(filepath.Join(dir, "*"))
			check(t, err)
			for _, name := range names {
				b, err := os.ReadFile(name)
				check(t, err)
				if bytes.Contains(b, secret) {
					t.Errorf("%s is in %s", what, filepath.Base(name))
				}
			}
		}
	}
}

// forms adds the shapes in which a number may lie in memory: decimal, big-endian, and in words as big integers keep them.
func forms(into map[string][]byte, what string, s group.Secret) {
	into[what+", decimal"] = s.AppendDecimal(nil)
	n, _ := new(big.Int).SetString(string(s.AppendDecimal(nil)), 10)
	bytes := n.FillBytes(make([]byte, 32))
	into[what+", big-endian"] = bytes
	little := slices.Clone(bytes)
	slices.Reverse(little)
	into[what+", in words"] = little
}

// part is what a trustee's device makes of the archive.
func (e *election) part(owner int) (part, side []byte) {
	e.t.Helper()
	a := &archiveFile{bytes.NewReader(e.archive())}
	box, err := ballot.Open(context.Background(), a, a.Size(), ballot.Options{})
	check(e.t, err)
	x, err := pki.OpenDecryptionKey(e.seeds[owner-1], []byte(e.dkeys[owner-1]))
	check(e.t, err)
	part, side, err = box.Decrypt(rand.Reader, owner, x)
	check(e.t, err)
	return part, side
}

// server is one in a process of its own, on a copy of the campaign.
type server struct {
	t   *testing.T
	cmd *exec.Cmd
	end io.Closer
	url string
	dir string
	log bytes.Buffer
}

func (e *election) serve(name string) *server {
	e.t.Helper()
	t := e.t.(*testing.T)
	s := &server{t: t, dir: filepath.Join(t.TempDir(), name)}
	check(t, os.Mkdir(s.dir, 0o700))
	names, err := filepath.Glob(e.DB.Path() + "*")
	check(t, err)
	for _, from := range names {
		if strings.HasSuffix(from, "-shm") { // an index of the other, made anew
			continue
		}
		b, err := os.ReadFile(from)
		check(t, err)
		check(t, os.WriteFile(filepath.Join(s.dir, filepath.Base(from)), b, 0o600))
	}
	s.cmd = exec.CommandContext(t.Context(), os.Args[0], "-test.run=^$")
	s.cmd.Env = append(os.Environ(), "TENDAY_VOTE_SERVER="+filepath.Join(s.dir, filepath.Base(e.DB.Path())),
		fmt.Sprintf("TENDAY_VOTE_NOW=%d", e.Clock.Now().UnixMilli()))
	s.cmd.Stderr = &s.log
	out, err := s.cmd.StdoutPipe()
	check(t, err)
	s.end, err = s.cmd.StdinPipe()
	check(t, err)
	check(t, s.cmd.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("%v: %s", err, s.log.Bytes())
	}
	s.url = strings.TrimSpace(line)
	return s
}

// stop ends the server and returns what it logged.
func (s *server) stop() []byte {
	s.t.Helper()
	check(s.t, s.end.Close())
	_ = s.cmd.Wait() // what it says is in the log
	return s.log.Bytes()
}

func (s *server) do(method, path, kind string, body []byte, cookie *http.Cookie) []byte {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, bytes.NewReader(body))
	check(s.t, err)
	req.AddCookie(cookie)
	req.Header.Set("Content-Type", kind)
	if kind != "" {
		req.Header.Set("Accept", kind)
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	check(s.t, err)
	defer res.Body.Close()
	if strings.HasPrefix(path, "/b/") && res.Header.Get("Set-Cookie") != "" {
		s.t.Errorf("%s sets a cookie", path)
	}
	b, err := io.ReadAll(res.Body)
	check(s.t, err)
	return b
}

func (s *server) post(path, kind string, body []byte, cookie *http.Cookie) []byte {
	s.t.Helper()
	return s.do(http.MethodPost, path, kind, body, cookie)
}

func (s *server) get(path string, cookie *http.Cookie) {
	s.t.Helper()
	b := s.do(http.MethodGet, path, "", nil, cookie)
	if strings.HasPrefix(path, "/b/") && bytes.Contains(b, []byte("The officer")) {
		s.t.Errorf("%s knows who looks", path)
	}
}

// holds searches the whole memory of the server.
func (s *server) holds(t *testing.T, what map[string][]byte, want bool) {
	t.Helper()
	at := fmt.Sprintf("/proc/%d/", s.cmd.Process.Pid)
	maps, err := os.ReadFile(at + "maps")
	if err != nil {
		t.Skipf("the memory of a child cannot be read here, so it was not searched: %v", err)
	}
	mem, err := os.Open(at + "mem")
	if err != nil {
		t.Skipf("the memory of a child cannot be read here, so it was not searched: %v", err)
	}
	defer mem.Close()
	found := map[string]bool{}
	size := 0
	for line := range strings.Lines(string(maps)) {
		var from, to int64
		var flags string
		if _, err := fmt.Sscanf(line, "%x-%x %s", &from, &to, &flags); err != nil || !strings.HasPrefix(flags, "rw") {
			continue
		}
		for ; from < to; from += 1 << 24 { // pieces overlap by more than any secret is long
			b := make([]byte, min(to-from, 1<<24+4096))
			n, _ := mem.ReadAt(b, from)
			size += n
			for name, secret := range what {
				found[name] = found[name] || bytes.Contains(b[:n], secret)
			}
		}
	}
	if size < 1<<20 {
		t.Skipf("only %d bytes of a child's memory can be read here, so it was not searched", size)
	}
	for name := range what {
		if found[name] != want {
			t.Errorf("%s is in %d MB of the server's memory: %v", name, size>>20, found[name])
		}
	}
}
