// SPDX-License-Identifier: Apache-2.0

// Command tenday runs a contract campaign; `tenday --help` says how.
package main

import (
	"os"

	"github.com/tenday/tenday/internal/cli"
)

func main() { os.Exit(cli.Main(os.Args[1:])) }
