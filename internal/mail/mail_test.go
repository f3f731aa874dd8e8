// SPDX-License-Identifier: Apache-2.0

package mail

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"math/big"
	"net"
	netmail "net/mail"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"github.com/tenday/tenday/internal/fault"
)

// server is a mail server on loopback that keeps what it is given.
type server struct {
	port int
	mu   sync.Mutex
	got  []string
	tls  []bool
	user string
}

type session struct {
	s    *server
	conn *smtp.Conn
}

func (s *server) NewSession(c *smtp.Conn) (smtp.Session, error) { return &session{s, c}, nil }
func (x *session) AuthMechanisms() []string                     { return []string{sasl.Plain} }
func (x *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, username, password string) error {
		if password != "pa ss" {
			return errors.New("no such login")
		}
		x.s.mu.Lock()
		defer x.s.mu.Unlock()
		x.s.user = username
		return nil
	}), nil
}
func (x *session) Mail(string, *smtp.MailOptions) error { return nil }
func (x *session) Rcpt(string, *smtp.RcptOptions) error { return nil }
func (x *session) Reset()                               {}
func (x *session) Logout() error                        { return nil }
func (x *session) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	x.s.mu.Lock()
	defer x.s.mu.Unlock()
	_, secure := x.conn.TLSConnectionState()
	x.s.got, x.s.tls = append(x.s.got, string(b)), append(x.s.tls, secure)
	return err
}

// certificate makes a certificate for 127.0.0.1 and the pool that trusts it.
func certificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mail.example.org"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

func start(t *testing.T, cert *tls.Certificate) *server {
	t.Helper()
	s := &server{}
	srv := smtp.NewServer(s)
	srv.Domain, srv.AllowInsecureAuth = "localhost", cert == nil
	if cert != nil {
		srv.TLSConfig = &tls.Config{Certificates: []tls.Certificate{*cert}}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.port = l.Addr().(*net.TCPAddr).Port
	done := make(chan error, 1)
	go func() { done <- srv.Serve(l) }()
	t.Cleanup(func() {
		if err := srv.Close(); err != nil {
			t.Error(err)
		}
		if err := <-done; err != nil && !errors.Is(err, smtp.ErrServerClosed) {
			t.Error(err)
		}
	})
	return s
}

var link = Message{To: "kim@mail.example.org", Subject: "Your link", Text: "Here it is: http://localhost/x\n\nUntil 4:15 p.m. ¡Hola!"}

func TestALinkGoesByStartTLSWithTheNameAndPasswordOfTheFile(t *testing.T) {
	t.Parallel()

	cert, pool := certificate(t)
	s := start(t, &cert)
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte("pa ss\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	sender, err := SMTP{
		Host: "127.0.0.1", Port: s.port, From: "post@example.org", FromName: "Post", Username: "post",
		PasswordFile: file, TLS: &tls.Config{RootCAs: pool, ServerName: "127.0.0.1"},
	}.Open()
	if err != nil {
		t.Fatal(err)
	}
	if err := sender.Send(t.Context(), link); err != nil {
		t.Fatal(err)
	}
	if len(s.got) != 1 || !s.tls[0] || s.user != "post" {
		t.Fatalf("got %d mails, TLS %v, signed in as %q", len(s.got), s.tls, s.user)
	}
	m, err := netmail.ReadMessage(strings.NewReader(s.got[0]))
	if err != nil {
		t.Fatal(err)
	}
	for header, want := range map[string]string{
		"Subject": "Your link", "From": `"Post" <post@example.org>`,
		"To": "<kim@mail.example.org>", "Auto-Submitted": "auto-generated", "X-Mailer": "", "User-Agent": "",
	} {
		if got := m.Header.Get(header); got != want {
			t.Errorf("%s = %q, want %q", header, got, want)
		}
	}
	if body, _ := io.ReadAll(m.Body); !bytes.Contains(body, []byte("http://localhost/x")) {
		t.Errorf("body %q lacks the link", body)
	}
}

func TestNothingIsSentWithoutAProvenServer(t *testing.T) {
	t.Parallel()

	cert, _ := certificate(t)
	for name, cert := range map[string]*tls.Certificate{"no TLS": nil, "a certificate of nobody": &cert} {
		s := start(t, cert)
		sender, err := SMTP{Host: "127.0.0.1", Port: s.port, From: "post@example.org"}.Open()
		if err != nil {
			t.Fatal(err)
		}
		if err := sender.Send(t.Context(), link); err == nil || len(s.got) != 0 {
			t.Errorf("%s: error %v, %d mails; want an error and none", name, err, len(s.got))
		}
	}
}

func TestTLSIsLeftOutOnLoopbackAlone(t *testing.T) {
	t.Parallel()

	s := start(t, nil)
	sender, err := SMTP{Host: "127.0.0.1", Port: s.port, From: "post@example.org", InsecureLoopback: true}.Open()
	if err != nil {
		t.Fatal(err)
	}
	if err := sender.Send(t.Context(), link); err != nil || len(s.got) != 1 {
		t.Errorf("error %v, %d mails; want one", err, len(s.got))
	}
	for _, host := range []string{"mail.example.org", "192.0.2.1"} {
		if _, err := (SMTP{Host: host, Port: 25, From: "post@example.org", InsecureLoopback: true}).Open(); err == nil {
			t.Errorf("%s: taken without TLS", host)
		}
	}
}

func TestTheConsoleSaysThatItDoesNotSend(t *testing.T) {
	t.Parallel()

	var b bytes.Buffer
	if err := Console(&b).Send(t.Context(), link); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"not sent", link.To, link.Subject, link.Text} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q lacks %q", b.String(), want)
		}
	}
}

func TestPersonalAddresses(t *testing.T) {
	t.Parallel()

	employers := []string{"clinic.example.org", "@Health.Example"}
	for given, want := range map[string]string{
		" Kim@Mail.Example.org ":       "kim@mail.example.org",
		"kim@notclinic.example.org":    "kim@notclinic.example.org",
		"kim@clinic.example.org":       "contact.work_email",
		"kim@CLINIC.example.org.":      "contact.email_form",
		"kim@mail.clinic.example.org":  "contact.work_email",
		"kim@health.example":           "contact.work_email",
		"":                             "contact.email_form",
		"kim":                          "contact.email_form",
		"kim@localhost":                "contact.email_form",
		"Kim <kim@mail.example.org>":   "contact.email_form",
		"kim@mail.example.org\r\nBcc:": "contact.email_form",
		strings.Repeat("k", 250) + "@mail.example.org": "contact.email_form",
	} {
		got, err := Personal(given, employers)
		if e, ok := errors.AsType[*fault.Error](err); ok {
			got = e.Key
		}
		if got != want {
			t.Errorf("Personal(%q) = %q, want %q", given, got, want)
		}
	}
}
