#!/usr/bin/env bash
# Which of the long proofs passed here, and does that still count?
#   proofs.sh              a table: when each last passed, and whether what it covers has changed since
#   proofs.sh begin NAME   notes what the proof covers, as it lies in the work tree now
#   proofs.sh passed NAME  turns that note into the stamp .data/proofs/NAME; what changed meanwhile counts as changed
# A stamp is a line with the time and the commit, then the hash and the path of every file that is covered.
set -euo pipefail
export LC_ALL=C

# What a service or program of ours is built from; the same with its tests.
tested=(go.mod go.sum vendor/modules.txt api app business foundation)
built=("${tested[@]}" ':!api/*_test.go' ':!app/*_test.go' ':!business/*_test.go' ':!foundation/*_test.go')

names=(prove prove-crash prove-api security observe browse bench cluster-test)

# cover sets paths to what the proof covers.
cover() {
  case $1 in
    prove) paths=("${built[@]}" zarf/proof/prove) ;;
    prove-crash) paths=("${built[@]}" zarf/proof/prove zarf/docs/operations.md) ;;
    prove-api | security) paths=("${tested[@]}") ;;
    observe) paths=("${built[@]}" zarf/proof/observe zarf/deploy/{grafana,loki,otel,prometheus,tempo}) ;;
    browse) paths=("${built[@]}" zarf/proof/npm zarf/proof/scripts/fresh.sh) ;;
    bench) paths=("${built[@]}" zarf/proof/bench) ;;
    cluster-test) paths=("${built[@]}" .dockerignore zarf/deploy zarf/proof/cluster) ;;
    *) echo "proofs: there is no proof $1" >&2 && exit 2 ;;
  esac
}

# files prints the hash and the path of every file that the proof covers: of the work tree, committed or not.
files() {
  local file list=()
  cover "$1"
  while IFS= read -r file; do
    [[ ! -f $file ]] || list+=("$file")
  done < <(git ls-files --cached --others --exclude-standard -- "${paths[@]}" | sort -u)
  ((${#list[@]} == 0)) || paste -d ' ' <(printf '%s\n' "${list[@]}" | git hash-object --stdin-paths) <(printf '%s\n' "${list[@]}")
}

# changed prints the paths whose files differ from the stamp's.
changed() { { tail -n +2 "$stamps/$1" && files "$1"; } | sort | uniq -u | cut -d ' ' -f 2- | sort -u; }

if ! root=$(git rev-parse --show-toplevel 2>/dev/null); then
  echo "proofs: this is no git repository, so no stamp is kept" >&2
  exit 0
fi
cd "$root"
stamps=.data/proofs

case ${1:-table} in
  table)
    for name in "${names[@]}"; do
      what="never passed here"
      if [[ -f $stamps/$name ]]; then
        since=$(changed "$name" | awk 'NR == 1 { first = $0 } END {
          if (NR == 0) print "covered paths unchanged"
          else print "changed since: " first (NR > 1 ? " and " NR - 1 " more" : "") }')
        what="passed $(head -n 1 "$stamps/$name")  $since"
      fi
      printf '%-12s  %s\n' "$name" "$what"
    done
    ;;
  begin)
    mkdir -p "$stamps"
    {
      git describe --always --dirty --exclude '*'
      files "$2"
    } >"$stamps/.$2"
    ;;
  passed)
    sed "1s/^/$(date '+%Y-%m-%d %H:%M') on /" "$stamps/.$2" >"$stamps/.$2.new"
    mv "$stamps/.$2.new" "$stamps/$2"
    rm "$stamps/.$2"
    ;;
  *) echo "proofs: use: proofs.sh [begin NAME | passed NAME]" >&2 && exit 2 ;;
esac
