#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Runs the linters and every test: on SQLite and on a private PostgreSQL, in this machine's time zone. Then the packages
# (not the repository's and the browser's tests) again under TZ=Asia/Kathmandu (UTC+5:45), short and on SQLite alone; those
# that start goroutines with the race detector, where there is a C compiler. Ends with what was skipped and one line of totals.
set -euo pipefail
cd "$(dirname "$0")/.."

report=$PWD/.cache/testreport
go -C tools build -o "$report" ./testreport

if [[ -z ${TENDAY_TEST_PG:-} ]]; then
  export TENDAY_PG_DIR=$PWD/.cache/pg-$$
  trap 'tools/postgres.sh stop' EXIT
  trap 'exit 130' INT TERM
  if dsn=$(tools/postgres.sh start); then
    export TENDAY_TEST_PG=$dsn
  fi
fi

# The properties draw the same cases each time: the same commit gets the same answer twice. tools/fuzz.sh draws new ones.
export RAPID_SEED=${RAPID_SEED:-1}

# name the run, run it, and remember a failure while the rest goes on
failed=0
run() {
  echo "== $*"
  "$@" || failed=1
}

{
  run make --no-print-directory lint
  run go test -json -timeout 45m ./...
  run go -C tools test -json ./testreport
  run go -C bench test -json ./load ./rows

  race=() plain=()
  for dir in $(go list -f '{{.Dir}}' ./... | grep -v -e "^$PWD\$" -e "^$PWD/browser"); do
    if grep -qE '\bgo func|\.Go\(|errgroup' "$dir"/*.go && command -v gcc >/dev/null; then
      race+=("${dir/#$PWD/.}")
    else
      plain+=("${dir/#$PWD/.}")
    fi
  done
  # -count=1: the cache of test results does not know of TZ
  kathmandu=(env --unset=TENDAY_TEST_PG TZ=Asia/Kathmandu go test -json -count=1 -short -timeout 45m)
  [[ ${#race[@]} = 0 ]] || run env CGO_ENABLED=1 "${kathmandu[@]}" -race "${race[@]}"
  [[ ${#plain[@]} = 0 ]] || run "${kathmandu[@]}" "${plain[@]}"
  exit "$failed"
} | "$report"
