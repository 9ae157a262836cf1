#!/usr/bin/env bash
# Runs a command against a fresh service with the demo data, on ports and a database of its own, and ends it afterwards:
#   zarf/proof/scripts/fresh.sh COMMAND [ARGUMENT...]
# The command finds the service at $SALES_URL. `make build` must have run.
set -euo pipefail

bin=$(cd "$(dirname "$0")/../../.." && pwd)/.data/bin
data=$(mktemp -d)
chmod 755 "$data" # Postgres runs as another user when this is root
dev=

stop() {
  if [[ $dev ]]; then
    kill "$dev" 2>/dev/null || true
    wait "$dev" 2>/dev/null || true
  fi
  rm -rf "$data"
}
trap stop EXIT

# Two ports that nobody uses; a moment passes until the service takes them, which is good enough here.
free_port() {
  local port
  while :; do
    port=$((20000 + RANDOM % 20000))
    (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port" && return; }
  done
}

SALES_WEB_API_HOST="127.0.0.1:$(free_port)"
SALES_WEB_DEBUG_HOST="127.0.0.1:$(free_port)"
export SALES_WEB_API_HOST SALES_WEB_DEBUG_HOST
SALES_DB_URL='' "$bin/sales-admin" dev --data "$data" >"$data.log" 2>&1 &
dev=$!
export SALES_URL="http://$SALES_WEB_API_HOST"

for _ in {1..600}; do
  curl --silent --fail --output /dev/null "$SALES_URL/v1/readiness" && break
  kill -0 "$dev" 2>/dev/null || break
  sleep 0.1
done
if ! curl --silent --fail --output /dev/null "$SALES_URL/v1/readiness"; then
  echo "fresh: the service does not come up:" >&2
  tail -n 20 "$data.log" >&2
  rm -f "$data.log"
  exit 1
fi
rm -f "$data.log"

"$@"
