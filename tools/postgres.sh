#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# tools/postgres.sh start   starts a private PostgreSQL for tests and prints its DSN
# tools/postgres.sh stop    stops it and removes its data
#
# It has its own data directory (TENDAY_PG_DIR, by default .cache/pg here) and its own port on 127.0.0.1, and touches
# no other server. It trusts every local connection and does not sync to disk: for test data only.
set -euo pipefail
cd "$(dirname "$0")/.."

dir=${TENDAY_PG_DIR:-$PWD/.cache/pg}
[[ $dir = /* ]] || dir=$PWD/$dir

bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1 || true)
[[ -n $bin ]] || bin=$(pg_config --bindir 2>/dev/null || true)

# initdb refuses root; and the account postgres may not be able to reach a checkout in root's home.
as=()
if [[ $(id -u) = 0 ]]; then
  as=(runuser -u postgres --)
fi

start() {
  if [[ ! -x $bin/initdb ]]; then
    echo "tools/postgres.sh: no PostgreSQL server is installed (Debian: apt-get install postgresql-15)" >&2
    exit 3
  fi
  if [[ -f $dir/dsn ]] && "$bin/pg_isready" -q -d "$(cat "$dir/dsn")"; then
    cat "$dir/dsn"
    return
  fi
  stop
  mkdir -p "$dir"
  local data=$dir/data elsewhere=
  if [[ $(df --output=avail /dev/shm 2>/dev/null | tail -1) -gt 4000000 ]]; then # memory: the tests make hundreds of databases
    elsewhere=/dev/shm
  elif [[ ${#as[@]} -gt 0 ]] && ! "${as[@]}" test -x "$dir"; then
    elsewhere=/var/tmp
  fi
  if [[ -n $elsewhere ]]; then
    data=$(mktemp -d "$elsewhere/tenday-pg.XXXXXX")/data
    mkdir "$data"
    chmod 711 "$(dirname "$data")"
  fi
  if [[ ${#as[@]} -gt 0 ]]; then
    install -d -o postgres -m 700 "$data"
  fi
  echo "$data" >"$dir/where"
  "${as[@]}" "$bin/initdb" --pgdata "$data" --username postgres --auth trust --encoding UTF8 --locale C --no-sync \
    >"$dir/log" 2>&1 || { cat "$dir/log" >&2; exit 1; }
  printf '%s\n' "listen_addresses = '127.0.0.1'" "unix_socket_directories = ''" "max_connections = 200" \
    "fsync = off" "synchronous_commit = off" "full_page_writes = off" "wal_level = minimal" "max_wal_senders = 0" \
    "checkpoint_timeout = 1h" "max_wal_size = 4GB" >>"$data/postgresql.conf"

  local port
  for _ in 1 2 3 4 5 6 7 8; do # a port may be taken: try another
    port=$((20000 + RANDOM % 12000))
    if (cd / && "${as[@]}" "$bin/pg_ctl" start --wait --silent --pgdata "$data" --log "$data/log" \
      -o "-p $port") >>"$dir/log" 2>&1; then
      echo "postgres://postgres@127.0.0.1:$port/postgres?sslmode=disable" | tee "$dir/dsn"
      return
    fi
  done
  cat "$dir/log" "$data/log" >&2
  exit 1
}

stop() {
  local data
  if [[ -f $dir/where ]]; then
    data=$(cat "$dir/where")
    if [[ -f $data/postmaster.pid ]]; then
      (cd / && "${as[@]}" "$bin/pg_ctl" stop --silent --mode immediate --pgdata "$data") >&2 || true
    fi
    case $data in
    /dev/shm/tenday-pg.*/data | /var/tmp/tenday-pg.*/data) rm -rf "$(dirname "$data")" ;;
    esac
    rm -rf "$dir"
  fi
}

case ${1:-} in
start) start ;;
stop) stop ;;
*)
  sed -n '4,8s/^# \{0,1\}//p' "$0" >&2
  exit 2
  ;;
esac
