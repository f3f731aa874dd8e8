// SPDX-License-Identifier: Apache-2.0

// Tenday serves Tenday with rows.All people on a loopback port: the whole house, as `tenday serve` runs it, on SQLite. The people
// come in as an employer's list would, through upload, preview and apply, and the reader is a data lead who is signed in: every
// page is scoped and recorded in the audit before it is sent.
package main

import (
	"context"
	"encoding/csv"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/tenday/tenday/bench/rows"
	"github.com/tenday/tenday/internal/app"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/mail"
	"github.com/tenday/tenday/internal/roster"
)

func main() {
	port := flag.Int("port", 0, "port on 127.0.0.1; 0 takes a free one")
	n := flag.Int("people", 100_000, "how many people")
	flag.Parse()
	if err := serve(*port, *n); err != nil {
		log.Fatal(err)
	}
}

func serve(port, n int) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	dir, err := os.MkdirTemp("", "bench-tenday-")
	if err != nil {
		return fmt.Errorf("make data directory: %w", err)
	}
	defer os.RemoveAll(dir)
	d, err := db.Open(ctx, db.Config{DSN: filepath.Join(dir, "tenday.db")})
	if err != nil {
		return err
	}
	defer d.Close()
	if _, err := d.Migrate(ctx); err != nil {
		return err
	}
	house, err := app.New(ctx, app.Config{DB: d, Version: "bench", Mail: mail.Console(io.Discard)})
	if err != nil {
		return err
	}
	defer func() { _ = house.Close() }() // the process ends with it
	account, err := reader(ctx, d)
	if err != nil {
		return err
	}
	id, err := house.Auth.IdentityOf(ctx, account)
	if err != nil {
		return err
	}
	if err := fill(auth.As(ctx, id), house.Roster, dir, rows.All(n)); err != nil {
		return err
	}
	handler := house.Handler()
	cookie, err := signIn(ctx, house.Auth, account)
	if err != nil {
		return err
	}
	paths, err := addresses(handler, cookie)
	if err != nil {
		return err
	}

	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	srv := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second}
	done := make(chan error, 1)
	go func() { done <- srv.Serve(listener) }()
	ready := rows.Ready{Base: "http://" + listener.Addr().String(), Cookie: cookie.String(), Paths: paths}
	if err := ready.Print(); err != nil {
		return err
	}
	<-ctx.Done()
	_ = srv.Close()
	if err := <-done; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// reader makes the account that asks: a data lead of the unit.
func reader(ctx context.Context, d *db.DB) (string, error) {
	return db.InTx(ctx, d, func(tx *db.Tx) (string, error) {
		id, err := auth.AddAccount(ctx, tx, auth.Account{Display: "Bench", Email: "bench@post.example.org"})
		if err != nil {
			return "", err
		}
		_, err = auth.AddGrant(ctx, tx, auth.Grant{Account: id, Role: auth.DataLead, Scope: auth.Unit})
		return id, err
	})
}

// fill brings the people in as an employer's list.
func fill(ctx context.Context, store *roster.Store, dir string, people []rows.Person) error {
	employer, _, err := store.AddEmployer(ctx, roster.Employer{Name: "Example Health (fictional employer)", NumberWidth: 7}, roster.UnitInfo{})
	if err != nil {
		return err
	}
	regions := map[string]string{}
	for _, p := range people {
		regions[p.Worksite] = p.Region
	}
	var sites []roster.Worksite
	for i := range rows.Worksites {
		code := rows.Worksite(i)
		sites = append(sites, roster.Worksite{
			EmployerID: employer, Code: code, Name: "Clinic " + code, Town: "Town " + code,
			Zone: "America/Chicago", Region: regions[code], Kind: "clinic", Status: roster.Open,
		})
	}
	if err := store.AddWorksites(ctx, sites); err != nil {
		return err
	}
	name := filepath.Join(dir, "list.csv")
	if err := writeList(name, people); err != nil {
		return err
	}
	f, err := os.Open(name)
	if err != nil {
		return fmt.Errorf("open list: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("size of list: %w", err)
	}
	start := time.Now()
	list, err := store.Upload(ctx, roster.EmployerList, "list.csv", f, info.Size())
	if err != nil {
		return err
	}
	if err := store.SetAsOf(ctx, list, roster.DateOf(time.Now()), false); err != nil {
		return err
	}
	nothing := func(int, int) {}
	if err := store.Preview(ctx, list, nothing); err != nil {
		return err
	}
	previewed := time.Since(start)
	if err := store.Apply(ctx, list); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "tenday: %d rows previewed in %.1f s, applied in %.1f s\n", len(people), previewed.Seconds(),
		(time.Since(start) - previewed).Seconds())
	return nil
}

func writeList(name string, people []rows.Person) error {
	f, err := os.Create(name)
	if err != nil {
		return fmt.Errorf("write list: %w", err)
	}
	w := csv.NewWriter(f)
	_ = w.Write([]string{
		"Employee ID", "Last Name", "First Name", "Credential", "Job Title", "Location Code", "FTE", "Shift", "Hire Date",
		"Home Phone", "Work Email",
	})
	titles := map[string]string{"MD": "Physician", "DO": "Physician", "PA": "Physician Assistant", "NP": "Nurse Practitioner"}
	hired := time.Date(2025, time.May, 30, 0, 0, 0, 0, time.UTC)
	for i, p := range people {
		_ = w.Write([]string{
			fmt.Sprintf("%07d", i+1), p.Family, p.Given, p.Occupation, titles[p.Occupation], p.Worksite,
			strconv.FormatFloat(p.FTE, 'f', 2, 64), p.Shift, hired.AddDate(0, 0, -i%9000).Format("01/02/2006"), p.Phone, p.Email,
		})
	}
	w.Flush()
	return errors.Join(w.Error(), f.Close())
}

// signIn returns a session cookie of the account.
func signIn(ctx context.Context, store *auth.Store, account string) (*http.Cookie, error) {
	rec := httptest.NewRecorder()
	var err error
	store.Sessions(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		err = store.SignIn(r.Context(), account, "bench")
	})).ServeHTTP(rec, httptest.NewRequestWithContext(ctx, http.MethodPost, "/", http.NoBody))
	if err != nil {
		return nil, err
	}
	for _, c := range rec.Result().Cookies() {
		return &http.Cookie{Name: c.Name, Value: c.Value}, nil
	}
	return nil, errors.New("no session cookie")
}

// addresses are the pages of the mix. What is searched for is sealed by the server, so its own form is asked for the address.
func addresses(handler http.Handler, cookie *http.Cookie) ([]string, error) {
	var paths []string
	for _, q := range rows.Mix() {
		form := url.Values{"site": {q.Worksite}, "job": {q.Occupation}, "q": {q.Prefix}}
		r := httptest.NewRequest(http.MethodPost, "/people/find", strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.AddCookie(cookie)
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if w.Code != http.StatusSeeOther {
			return nil, fmt.Errorf("find people: status %d", w.Code)
		}
		paths = append(paths, w.Header().Get("Location"))
	}
	return paths, nil
}
