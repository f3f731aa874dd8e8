#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# tools/fuzz.sh 1m   runs every fuzz test for that long, one after the other
set -euo pipefail
cd "$(dirname "$0")/.."

for package in $(go list ./...); do
  for name in $(go test -list '^Fuzz' "$package" | grep '^Fuzz' || true); do
    echo "== $name in $package"
    go test -run '^$' -fuzz "^$name\$" -fuzztime "${1:-1m}" "$package"
  done
done
