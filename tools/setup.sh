#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Installs what the tests need and this machine lacks: on Debian and Ubuntu from the distribution, with apt-get (as root
# or by sudo); elsewhere it says what is missing and goes on, and the tests that need it say that they were skipped.
# The product itself needs Go and nothing else.
set -euo pipefail
cd "$(dirname "$0")/.."

has() { command -v "$1" >/dev/null; }

packages=()
want() { # want <package> <what for> <command that says it is there>...
  if ! "${@:3}" >/dev/null 2>&1; then
    echo "setup: missing $1 ($2)"
    packages+=("$1")
  fi
}
want git "the clean-tree check" has git
want postgresql "the suite on PostgreSQL" bash -c 'compgen -G "/usr/lib/postgresql/*/bin/initdb" || command -v initdb'
want chromium "journeys in a browser" bash -c 'command -v chromium || command -v chromium-browser || command -v google-chrome'
want fonts-liberation "the same letters in every browser" bash -c 'compgen -G "/usr/share/fonts/truetype/liberation*"'
want age "opening a backup without Tenday" has age
want poppler-utils "reading the letters' PDF" has pdftotext
want python3-icalendar "calendars read by an independent reader" /usr/bin/python3 -c "import icalendar"
want belenios-tool "the other opinion on our ballots" has belenios-tool
want nodejs "checking the types of our JavaScript" has node
want npm "checking the types of our JavaScript" has npm

if [[ ${#packages[@]} -gt 0 ]]; then
  as_root=()
  if [[ $(id -u) != 0 ]]; then
    as_root=(sudo)
  fi
  if ! has apt-get; then
    echo "setup: no apt-get here: please install yourself what is missing; tests that need it will be skipped"
  elif [[ ${#as_root[@]} -gt 0 ]] && ! has sudo; then
    echo "setup: neither root nor sudo: please have installed what is missing; tests that need it will be skipped"
  else
    if [[ " ${packages[*]} " = *" postgresql "* && ! -e /etc/postgresql-common ]]; then
      # The tests start a server of their own: Debian's package need not start another at boot.
      "${as_root[@]}" mkdir -p /etc/postgresql-common/createcluster.d
      echo "create_main_cluster = false" |
        "${as_root[@]}" tee /etc/postgresql-common/createcluster.d/tenday-tests.conf >/dev/null
    fi
    echo "setup: apt-get install ${packages[*]}"
    "${as_root[@]}" apt-get update -q=2
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q=2 -o Dpkg::Use-Pty=0 --no-install-recommends "${packages[@]}" \
      >/dev/null ||
      echo "setup: apt-get failed: tests that need ${packages[*]} will be skipped"
  fi
fi

# TypeScript's checker, and the axe-core that browser/testdata/axe.min.js must equal.
if has npm && ! cmp -s tools/js/package-lock.json tools/js/node_modules/.installed-lock; then
  echo "setup: npm ci in tools/js"
  if npm --prefix tools/js ci --silent; then
    cp tools/js/package-lock.json tools/js/node_modules/.installed-lock
  else
    echo "setup: npm ci failed: the JavaScript type check will be skipped"
  fi
fi
