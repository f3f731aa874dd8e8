// SPDX-License-Identifier: Apache-2.0

// Ask measures one server that is already running:
//
//	go -C bench run ./ask -base http://127.0.0.1:8090 -cookie 'session=…' -time 5s '/people' '/people?site=0113'
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"time"

	"github.com/tenday/tenday/bench/load"
)

func main() {
	var j load.Job
	flag.StringVar(&j.Base, "base", "", "the server's address on this machine")
	flag.StringVar(&j.Cookie, "cookie", "", "the Cookie header to send")
	flag.DurationVar(&j.Duration, "time", 5*time.Second, "how long to ask")
	flag.DurationVar(&j.Warmup, "warmup", time.Second, "how long to ask before")
	flag.IntVar(&j.Connections, "c", 16, "how many connections")
	flag.Parse()
	j.Paths = flag.Args()
	if err := ask(j); err != nil {
		log.Fatal(err)
	}
}

func ask(j load.Job) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	r, err := load.Run(ctx, j)
	if err != nil {
		return err
	}
	fmt.Println(r)
	return json.NewEncoder(os.Stdout).Encode(r)
}
