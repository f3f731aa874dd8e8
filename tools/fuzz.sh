#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# tools/fuzz.sh 1m   runs every property test on ten times as many new cases, and every fuzz test for that long, one after the
# other
set -euo pipefail
cd "$(dirname "$0")/.."

properties=$(go list -f '{{.ImportPath}} {{.TestImports}} {{.XTestImports}}' ./... | grep -F pgregory.net/rapid | cut -d' ' -f1)
# shellcheck disable=SC2086  # a list of packages
RAPID_SEED=0 RAPID_CHECKS=1000 go test -count=1 -short -timeout 1h $properties

for package in $(go list ./...); do
  for name in $(go test -list '^Fuzz' "$package" | grep '^Fuzz' || true); do
    echo "== $name in $package"
    go test -run '^$' -fuzz "^$name\$" -fuzztime "${1:-1m}" "$package"
  done
done
