// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"time"

	"github.com/tenday/tenday/internal/demo"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/mail"
)

type demoCmd struct {
	Addr   string `default:"127.0.0.1:0" placeholder:"HOST:PORT" help:"cli.flag.demo_addr"`
	NoOpen bool   `help:"cli.flag.no_open"`
	At     string `placeholder:"2025-11-05T06:40" help:"cli.flag.demo_at"`
	Keep   string `placeholder:"PATH" help:"cli.flag.demo_keep"`
}

// Run builds the demo's campaign and serves it until it is told to stop. --db and its key mean nothing here.
func (d *demoCmd) Run(ctx context.Context, c *console) (err error) {
	ln, err := new(net.ListenConfig).Listen(ctx, "tcp", d.Addr)
	if err != nil {
		return &fault.Error{Code: fault.Conflict, Key: "cli.serve.cannot_listen", Args: map[string]any{"Addr": d.Addr}, Err: err}
	}
	defer ln.Close() //nolint:errcheck // the server closes it as well
	start := time.Now()
	c.note("cli.demo.building")
	show, err := demo.New(ctx, demo.Config{Log: c.log(), Version: programVersion(), At: d.At, Keep: d.Keep, Mail: mail.Console(c.err), Links: "http://" + ln.Addr().String()})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, show.Close(context.WithoutCancel(ctx))) }()

	srv := &http.Server{
		Handler: show, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 2 * time.Minute, WriteTimeout: 2 * time.Minute,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelWarn),
	}
	srv.RegisterOnShutdown(show.Stop)
	served := make(chan error, 1)
	go func() { served <- srv.Serve(ln) }()
	url := "http://" + ln.Addr().String()
	c.note("cli.demo.ready", "Now", c.tr.Moment(show.Now()), "Seconds", fmt.Sprintf("%.1f", time.Since(start).Seconds()))
	c.say("cli.demo.listening", "URL", url)
	if !d.NoOpen {
		browse(ctx, url)
	}
	select {
	case err := <-served:
		return fmt.Errorf("serve demo: %w", err)
	case <-ctx.Done():
	}
	patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
	defer cancel()
	if err := srv.Shutdown(patience); err != nil {
		return errors.Join(srv.Close(), fmt.Errorf("drain requests: %w", err))
	}
	c.note("cli.serve.stopped")
	return nil
}

// browse opens the page where there is a screen; the address has been printed in any case.
func browse(ctx context.Context, url string) {
	opener := []string{"xdg-open", url}
	switch runtime.GOOS {
	case "darwin":
		opener = []string{"open", url}
	case "windows":
		opener = []string{"rundll32", "url.dll,FileProtocolHandler", url}
	default:
		if os.Getenv("DISPLAY") == "" && os.Getenv("WAYLAND_DISPLAY") == "" {
			return
		}
	}
	cmd := exec.CommandContext(ctx, opener[0], opener[1:]...)
	if cmd.Start() == nil {
		go func() { _ = cmd.Wait() }() // it ends by itself, or with us
	}
}
