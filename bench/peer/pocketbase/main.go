// SPDX-License-Identifier: Apache-2.0

// Pocketbase serves PocketBase with a collection of rows.All people on a loopback port, with its default settings and a
// public list rule, and otherwise as fast as we could make it for the mix: an index for each kind of page, ANALYZE
// (without it the planner takes a wrong one), and a range where `name ~ 'Ber%'` would read all rows.
package main

import (
	"flag"
	"fmt"
	"log"
	"net"
	"net/url"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	_ "github.com/pocketbase/pocketbase/migrations" // its own tables

	"github.com/tenday/tenday/bench/rows"
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
	dir, err := os.MkdirTemp("", "bench-pocketbase-")
	if err != nil {
		return fmt.Errorf("make data directory: %w", err)
	}
	defer os.RemoveAll(dir)

	app := core.NewBaseApp(core.BaseAppConfig{DataDir: dir})
	if err := app.Bootstrap(); err != nil {
		return fmt.Errorf("start PocketBase: %w", err)
	}
	if err := app.RunAllMigrations(); err != nil {
		return fmt.Errorf("migrate PocketBase: %w", err)
	}
	if err := fill(app, rows.All(n)); err != nil {
		return err
	}

	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		e.Listener, e.InstallerFunc = listener, nil
		return e.Next()
	})
	served := make(chan error, 1)
	go func() { served <- apis.Serve(app, apis.ServeConfig{HttpAddr: listener.Addr().String()}) }()

	ready := rows.Ready{Base: "http://" + listener.Addr().String()}
	for _, q := range rows.Mix() {
		ready.Paths = append(ready.Paths, address(q))
	}
	if err := ready.Print(); err != nil {
		return err
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM)
	select {
	case err := <-served:
		return err
	case <-stop:
		return app.ResetBootstrapState()
	}
}

// fill creates the collection and writes people to it in one transaction.
func fill(app core.App, people []rows.Person) error {
	c := core.NewBaseCollection("members")
	public := ""
	c.ListRule = &public
	for name := range strings.FieldsSeq("name family given worksite region occupation shift unit_status phone") {
		c.Fields.Add(&core.TextField{Name: name})
	}
	c.Fields.Add(&core.NumberField{Name: "fte"}, &core.EmailField{Name: "email"})
	c.AddIndex("members_site", false, "worksite, unit_status, name", "")
	c.AddIndex("members_occupation", false, "worksite, occupation, name", "")
	c.AddIndex("members_name", false, "name", "")
	if err := app.Save(c); err != nil {
		return fmt.Errorf("create collection: %w", err)
	}
	err := app.RunInTransaction(func(tx core.App) error {
		for i, p := range people {
			_, err := tx.NonconcurrentDB().Insert("members", dbx.Params{
				"id": fmt.Sprintf("p%014d", i), "name": p.Name, "family": p.Family, "given": p.Given, "worksite": p.Worksite,
				"region": p.Region, "occupation": p.Occupation, "shift": p.Shift, "fte": p.FTE, "unit_status": p.UnitStatus,
				"phone": p.Phone, "email": p.Email,
			}).Execute()
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("write people: %w", err)
	}
	if _, err := app.NonconcurrentDB().NewQuery("ANALYZE").Execute(); err != nil {
		return fmt.Errorf("analyze: %w", err)
	}
	return nil
}

// address is q as PocketBase's list request: 30 a page and the total, which are its defaults.
func address(q rows.Query) string {
	var filter []string
	if q.Worksite != "" {
		filter = append(filter, fmt.Sprintf("worksite = '%s'", q.Worksite))
	}
	if q.Occupation != "" {
		filter = append(filter, fmt.Sprintf("occupation = '%s'", q.Occupation))
	}
	if p := q.Prefix; p != "" {
		next := p[:len(p)-1] + string(p[len(p)-1]+1)
		filter = append(filter, fmt.Sprintf("name >= '%s' && name < '%s'", p, next))
	}
	v := url.Values{"sort": {"name"}}
	if filter != nil {
		v.Set("filter", strings.Join(filter, " && "))
	}
	return "/api/collections/members/records?" + v.Encode()
}
