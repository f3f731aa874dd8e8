// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/tenday/tenday/internal/app"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/mail"
)

const defaultAddr = "127.0.0.1:8743"

// drain is how long requests that are under way may take once the server is told to stop.
const drain = 10 * time.Second

type serveCmd struct {
	Addr         string `default:"127.0.0.1:8743" env:"TENDAY_ADDR" placeholder:"HOST:PORT" help:"cli.flag.addr"`
	BaseURL      string `name:"base-url" env:"TENDAY_BASE_URL" placeholder:"https://…" help:"cli.flag.base_url"`
	TLSCert      string `env:"TENDAY_TLS_CERT" placeholder:"PATH" help:"cli.flag.tls_cert"`
	TLSKey       string `env:"TENDAY_TLS_KEY" placeholder:"PATH" help:"cli.flag.tls_key"`
	TrustProxy   bool   `env:"TENDAY_TRUST_PROXY" help:"cli.flag.trust_proxy"`
	InsecureHTTP bool   `name:"insecure-http" help:"cli.flag.insecure_http"`
	MetricsAddr  string `env:"TENDAY_METRICS_ADDR" placeholder:"HOST:PORT" help:"cli.flag.metrics_addr"`
	smtpFlags
}

// smtpFlags name the mail server.
type smtpFlags struct {
	SMTPHost         string `name:"smtp-host" env:"TENDAY_SMTP_HOST" placeholder:"HOST" help:"cli.flag.smtp_host"`
	SMTPPort         int    `name:"smtp-port" env:"TENDAY_SMTP_PORT" default:"587" help:"cli.flag.smtp_port"`
	SMTPFrom         string `name:"smtp-from" env:"TENDAY_SMTP_FROM" placeholder:"ADDRESS" help:"cli.flag.smtp_from"`
	SMTPUser         string `name:"smtp-user" env:"TENDAY_SMTP_USER" placeholder:"NAME" help:"cli.flag.smtp_user"`
	SMTPPasswordFile string `name:"smtp-password-file" env:"TENDAY_SMTP_PASSWORD_FILE" placeholder:"PATH" help:"cli.flag.smtp_password_file"`
	SMTPPlain        bool   `name:"smtp-plain" help:"cli.flag.smtp_plain"`
}

// Run serves the campaign until it is told to stop.
func (s *serveCmd) Run(ctx context.Context, c *console) (err error) {
	if err := s.checkAddr(); err != nil {
		return err
	}
	sender, err := s.sender(c)
	if err != nil {
		return err
	}
	d, err := c.openAny(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	if _, err := d.Migrate(ctx); err != nil {
		return err
	}
	if err := s.settle(ctx, d); err != nil {
		return err
	}
	log := c.log()
	house, err := app.New(ctx, app.Config{
		DB: d, Log: log, Version: programVersion(), Secure: strings.HasPrefix(s.BaseURL, "https://"),
		BaseURL: s.BaseURL, Links: "http://" + s.Addr, Proxied: s.TrustProxy, Mail: sender,
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, house.Close()) }()
	if err := house.Start(ctx, log); err != nil {
		return err
	}
	return s.listen(ctx, c, house)
}

// checkAddr refuses to carry people's names over a network in the clear.
func (s *serveCmd) checkAddr() error {
	host, _, err := net.SplitHostPort(s.Addr)
	if err != nil {
		return fault.New(fault.Invalid, "cli.serve.addr_form", "Addr", s.Addr)
	}
	if (s.TLSCert == "") != (s.TLSKey == "") {
		return fault.New(fault.Invalid, "cli.serve.half_tls")
	}
	if s.TLSCert != "" {
		if _, err := tls.LoadX509KeyPair(s.TLSCert, s.TLSKey); err != nil {
			return &fault.Error{Code: fault.Invalid, Key: "cli.serve.tls", Args: map[string]any{"What": err.Error()}, Err: err}
		}
	}
	if s.MetricsAddr != "" {
		if mhost, _, err := net.SplitHostPort(s.MetricsAddr); err != nil || !loopback(mhost) {
			return fault.New(fault.Invalid, "cli.serve.metrics_addr", "Addr", s.MetricsAddr)
		}
	}
	if loopback(host) {
		return nil
	}
	if s.TLSCert == "" && !s.TrustProxy && !s.InsecureHTTP {
		return fault.New(fault.Invalid, "cli.serve.needs_https", "Addr", s.Addr)
	}
	if s.SMTPHost == "" {
		return fault.New(fault.Invalid, "cli.serve.needs_mail")
	}
	return nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// settle finds the campaign's address: the flag's, else that of the database, which then must be one to sign in at.
func (s *serveCmd) settle(ctx context.Context, d *db.DB) (err error) {
	if s.BaseURL == "" {
		s.BaseURL, err = db.InRead(ctx, d, func(tx *db.Tx) (string, error) { return db.Setting(ctx, tx, baseURL) })
		if err != nil {
			return err
		}
	}
	encrypted := s.TLSCert != "" || s.TrustProxy
	if s.BaseURL == "" {
		if encrypted || s.InsecureHTTP {
			return fault.New(fault.Invalid, "cli.serve.needs_base_url")
		}
		return nil
	}
	if s.BaseURL, err = origin(s.BaseURL); err != nil {
		return err
	}
	if encrypted && !strings.HasPrefix(s.BaseURL, "https://") {
		return fault.New(fault.Invalid, "cli.serve.base_url_https", "URL", s.BaseURL)
	}
	return nil
}

// sender is the mail server's, or, on this machine alone, one that prints the links.
func (s *smtpFlags) sender(c *console) (mail.Sender, error) {
	if s.SMTPHost == "" {
		return mail.Console(c.err), nil
	}
	if s.SMTPFrom == "" {
		return nil, fault.New(fault.Invalid, "cli.flag_missing", "Flag", "--smtp-from")
	}
	if s.SMTPUser != "" && s.SMTPPasswordFile == "" {
		return nil, fault.New(fault.Invalid, "cli.flag_missing", "Flag", "--smtp-password-file")
	}
	sender, err := mail.SMTP{
		Host: s.SMTPHost, Port: s.SMTPPort, From: s.SMTPFrom, FromName: "Tenday", Username: s.SMTPUser,
		PasswordFile: s.SMTPPasswordFile, InsecureLoopback: s.SMTPPlain,
	}.Open()
	if err != nil {
		return nil, &fault.Error{Code: fault.Invalid, Key: "cli.serve.mail", Args: map[string]any{"What": err.Error()}, Err: err}
	}
	return sender, nil
}

func (c *console) log() *slog.Logger {
	o := &slog.HandlerOptions{}
	if c.Quiet {
		o.Level = slog.LevelWarn
	}
	if c.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(c.err, o))
	}
	return slog.New(slog.NewTextHandler(c.err, o))
}

func (s *serveCmd) listen(ctx context.Context, c *console, house *app.App) error {
	ln, err := new(net.ListenConfig).Listen(ctx, "tcp", s.Addr)
	if err != nil {
		return &fault.Error{Code: fault.Conflict, Key: "cli.serve.cannot_listen", Args: map[string]any{"Addr": s.Addr}, Err: err}
	}
	group, ctx := errgroup.WithContext(ctx)
	start := func(h http.Handler, ln net.Listener, encrypted bool) {
		srv := &http.Server{
			Handler: h, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 2 * time.Minute, WriteTimeout: 2 * time.Minute,
			IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
			ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelWarn), // addresses of callers
		}
		srv.RegisterOnShutdown(house.Server.Stop)
		group.Go(func() error {
			serve := func() error { return srv.Serve(ln) }
			if encrypted {
				serve = func() error { return srv.ServeTLS(ln, s.TLSCert, s.TLSKey) }
			}
			if err := serve(); !errors.Is(err, http.ErrServerClosed) {
				return fmt.Errorf("serve: %w", err)
			}
			return nil
		})
		group.Go(func() error {
			<-ctx.Done()
			patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
			defer cancel()
			if err := srv.Shutdown(patience); err != nil {
				return errors.Join(srv.Close(), fmt.Errorf("drain requests: %w", err))
			}
			return nil
		})
	}
	scheme := "http"
	if s.TLSCert != "" {
		scheme = "https"
	}
	if s.MetricsAddr != "" {
		mln, err := new(net.ListenConfig).Listen(ctx, "tcp", s.MetricsAddr)
		if err != nil {
			_ = ln.Close()
			return &fault.Error{Code: fault.Conflict, Key: "cli.serve.cannot_listen", Args: map[string]any{"Addr": s.MetricsAddr}, Err: err}
		}
		start(house.Server.Metrics(), mln, false)
	}
	start(house.Handler(), ln, s.TLSCert != "")
	if s.SMTPHost == "" {
		c.note("cli.serve.no_mail")
	}
	c.say("cli.serve.listening", "URL", scheme+"://"+ln.Addr().String())
	err = group.Wait()
	c.note("cli.serve.stopped")
	return err
}
