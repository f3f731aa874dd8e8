#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Makes vote.bel.gz anew: the strike vote of the demo, held offline with `tenday ballot` by 600 made-up voters and three made-up
# trustees. Keys and credentials are drawn, used and thrown away here. Run it in this folder, with `tenday` in the PATH; it takes
# a minute or two. The counts are made up: sources print "more than 90 percent" (F049) and June 2025 (F050), and nothing else.
set -e
dir=$(mktemp -d)
trap 'chmod -R u+w "$dir"; rm -r "$dir"' EXIT
k="tenday ballot trustee dkg"
for i in 1 2 3; do $k --step 1 --out "$dir/keys" >/dev/null; done
cat "$dir"/keys/*.cert >"$dir/certs"
for key in "$dir"/keys/*.key; do $k --step 3 --threshold 2 --certs "$dir/certs" --key "$key"; done >"$dir/polynomials"
$k --step 4 --certs "$dir/certs" --polynomials "$dir/polynomials" --out "$dir/keys" >/dev/null
n=0
for key in "$dir"/keys/*.key; do
  n=$((n + 1))
  $k --step 5 --certs "$dir/certs" --key "$key" --name "Trustee $n (made up)" <"${key%.key}.vinput"
done >"$dir/outputs"
mkdir "$dir/e"
$k --step 6 --certs "$dir/certs" --polynomials "$dir/polynomials" --out "$dir/keys" <"$dir/outputs" >"$dir/e/threshold.json"
tenday ballot setup --dir "$dir/e" >/dev/null 2>&1 || true # the identifier comes first
uuid=$(cat "$dir/e/uuid")
{ echo id; seq -w 1 600; } >"$dir/roster.csv"
tenday ballot credentials --uuid "$uuid" --roster "$dir/roster.csv" --out "$dir/c"
cp "$dir/c/public_creds.json" "$dir/e/"
tenday ballot setup --dir "$dir/e" --template vote.json
a=$dir/e/$uuid.bel
n=0
while read -r id secret; do
  n=$((n + 1))
  case $((n % 10)) in 3) [ $n -lt 590 ] && continue ;; esac # 59 stay away
  choice='[[0,1,0]]'
  case $((n % 20)) in 7) choice='[[0,0,1]]' ;; esac # 30 say no
  case $((n % 120)) in 11) choice='[[1,0,0]]' ;; esac # 5 stay blank
  echo "$choice" >"$dir/choice"
  echo "$secret" | tenday ballot cast --archive "$a" --credential - --choices "$dir/choice" --out "$dir/b" --force >/dev/null
  cat "$dir/b"
done <"$dir/c/private_creds" >"$dir/ballots"
tenday ballot cast --archive "$a" --append "$dir/ballots" >/dev/null
tenday ballot close --archive "$a" >/dev/null
tenday ballot tally --archive "$a" >/dev/null
n=0
for key in "$dir"/keys/*.key; do
  n=$((n + 1))
  [ $n = 2 ] && continue # any two of three
  tenday ballot decrypt --archive "$a" --owner $n --key "$key" --dkey "${key%.key}.dkey" --out "$dir/part$n"
  tenday ballot decrypt --archive "$a" --append "$dir/part$n" >/dev/null
done
tenday ballot result --archive "$a"
gzip -9 -n -c "$a" >vote.bel.gz
tenday ballot verify "$a" --format json >vote.report.json
