#!/usr/bin/env bash
# Builds the programs that `make observe` runs, from Go modules at fixed versions, into the folder given. What is there
# already stays; Prometheus is taken from this machine if it has it. None of them is a dependency of the service.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
bin=${1:?the folder for the programs}
mkdir -p "$bin"
bin=$(cd "$bin" && pwd)
work=$bin/.build
export GOWORK=off GOFLAGS=${OBSERVE_GOFLAGS:-} CGO_ENABLED=0

# A module with replace lines cannot be installed, but it builds where it lies.
moddir() { go mod download -json "$1" | sed -n 's/^\t"Dir": "\(.*\)",*$/\1/p'; }

missing() { [[ ! -x $bin/$1 ]]; }
say() { echo "building $1; this takes minutes, once" >&2; }

if missing collector; then
  say "the OpenTelemetry Collector"
  mkdir -p "$work/collector"
  (
    cd "$work/collector"
    go mod init example.invalid/collector
    # shellcheck disable=SC2046 # a word each
    go get $(sed -n 's/^  - gomod: \(.*\) \(v.*\)/\1@\2/p' "$here/collector-builder.yaml") go.opentelemetry.io/collector/{otelcol,service/telemetry/otelconftelemetry}@v0.158.0
    cd ..
    go run go.opentelemetry.io/collector/cmd/builder@v0.158.0 --skip-get-modules --skip-compilation --config "$here/collector-builder.yaml"
    cd collector
    go build -mod=mod -trimpath -ldflags '-s -w' -o "$bin/collector" .
  )
fi

if missing tempo; then
  say "Tempo 2.9.0"
  dir=$(moddir github.com/grafana/tempo@v1.5.1-0.20251008140505-607c7fb69662)
  (cd "$dir" && go build -mod=readonly -trimpath -ldflags '-s -w' -o "$bin/tempo" ./cmd/tempo)
fi

if missing loki; then
  say "Loki 3.7.8"
  dir=$(moddir github.com/grafana/loki/v3@v3.7.8)
  mkdir -p "$work/loki"
  cp "$dir/go.mod" "$dir/go.sum" "$work/loki/"
  chmod u+w "$work/loki/"*
  go mod edit -dropreplace=github.com/grafana/loki/pkg/push "$work/loki/go.mod"
  (cd "$dir" && go build -modfile="$work/loki/go.mod" -mod=mod -trimpath -ldflags '-s -w' -o "$bin/loki" ./cmd/loki)
fi

if (missing prometheus || missing promtool) && command -v prometheus promtool >/dev/null; then
  ln -sf "$(command -v prometheus)" "$(command -v promtool)" "$bin/" # Debian's, for one, are new enough
fi
if missing prometheus || missing promtool; then
  say "Prometheus"
  dir=$(moddir github.com/prometheus/prometheus@v0.305.0)
  (cd "$dir" && go build -mod=readonly -trimpath -ldflags '-s -w' -o "$bin/" ./cmd/prometheus ./cmd/promtool)
fi
rm -rf "$work"
