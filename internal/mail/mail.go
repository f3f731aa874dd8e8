// SPDX-License-Identifier: Apache-2.0

package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"time"

	gomail "github.com/wneessen/go-mail"
)

// Message goes to one person.
type Message struct {
	To      string
	Subject string // neutral: it shows on the lock screen
	Text    string
	Files   []File // attached
}

// File goes with a message: a calendar's entry, never a picture or what asks a server for anything.
type File struct {
	Name, Type, Body string
}

// Sender hands a message over, or says why it could not. It is safe for concurrent use.
type Sender interface {
	Send(ctx context.Context, m Message) error
}

// SMTP is how to reach the union's mail server. A certificate is always asked for and checked; the one exception is a server
// on this machine's loopback.
type SMTP struct {
	Host             string
	Port             int
	From             string // address
	FromName         string // neutral
	Username         string // "" to send without signing in
	PasswordFile     string
	InsecureLoopback bool        // no TLS, and only to 127.0.0.1, ::1 or localhost
	TLS              *tls.Config // nil: the system's authorities
}

// patience is how long the server may take.
const patience = 30 * time.Second

// implicitTLS is the port on which TLS comes before the first word (RFC 8314); on others STARTTLS is demanded.
const implicitTLS = 465

// Open checks the settings and reads the password. It connects to nobody.
func (s SMTP) Open() (Sender, error) {
	options := []gomail.Option{gomail.WithPort(s.Port), gomail.WithTimeout(patience)}
	switch {
	case s.InsecureLoopback && !loopback(s.Host):
		return nil, fmt.Errorf("mail server %s is not on this machine: it must speak TLS", s.Host)
	case s.InsecureLoopback:
		options = append(options, gomail.WithTLSPolicy(gomail.NoTLS))
	case s.Port == implicitTLS:
		options = append(options, gomail.WithSSL())
	default:
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	}
	if s.TLS != nil {
		options = append(options, gomail.WithTLSConfig(s.TLS))
	}
	if s.Username != "" {
		password, err := os.ReadFile(s.PasswordFile)
		if err != nil {
			return nil, fmt.Errorf("read mail password: %w", err)
		}
		options = append(options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(s.Username),
			gomail.WithPassword(strings.TrimRight(string(password), "\r\n")))
	}
	if err := gomail.NewMsg().From(s.From); err != nil {
		return nil, fmt.Errorf("read sender's address: %w", err)
	}
	if _, err := gomail.NewClient(s.Host, options...); err != nil {
		return nil, fmt.Errorf("set up mail: %w", err)
	}
	return &relay{cfg: s, options: options}, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

type relay struct {
	cfg     SMTP
	options []gomail.Option
}

// Send opens a connection of its own: links are rare, and a client is not made for two callers at once.
func (s *relay) Send(ctx context.Context, m Message) error {
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	if err := errors.Join(msg.FromFormat(s.cfg.FromName, s.cfg.From), msg.To(m.To)); err != nil {
		return fmt.Errorf("address mail: %w", err)
	}
	msg.Subject(m.Subject)
	msg.SetDate()
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: no out-of-office replies
	msg.SetBodyString(gomail.TypeTextPlain, m.Text)
	for _, f := range m.Files {
		if err := msg.AttachReader(f.Name, strings.NewReader(f.Body), gomail.WithFileContentType(gomail.ContentType(f.Type))); err != nil {
			return fmt.Errorf("attach %s: %w", f.Name, err)
		}
	}
	client, err := gomail.NewClient(s.cfg.Host, s.options...)
	if err != nil {
		return fmt.Errorf("set up mail: %w", err)
	}
	if err := client.DialAndSendWithContext(ctx, msg); err != nil {
		// A server's refusal repeats the address, and this goes to a log.
		return errors.New("send mail: " + strings.ReplaceAll(err.Error(), m.To, "(address)"))
	}
	return nil
}

// Console returns a Sender that prints what would have been sent.
func Console(w io.Writer) Sender { return &console{w: w} }

type console struct {
	mu sync.Mutex
	w  io.Writer
}

func (c *console) Send(_ context.Context, m Message) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, err := fmt.Fprintf(c.w, "\n-- No mail server is set up. This was not sent, only printed. --\nTo: %s\nSubject: %s\n\n%s\n--\n",
		m.To, m.Subject, m.Text)
	if err != nil {
		return fmt.Errorf("print mail: %w", err)
	}
	return nil
}
