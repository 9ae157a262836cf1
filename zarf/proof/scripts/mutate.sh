#!/usr/bin/env bash
# Does a test notice when an operator of the code is another one? Asked with gremlins, for each package that is named:
#   mutate.sh GREMLINS PACKAGE...    such as ./business/types/...
# .data/mutate/ gets a report and what the failed tests said. It fails when a mutant that no test noticed is not listed, with
# the line as it stands in the code, in zarf/docs/mutation.md. Give it nothing else to do meanwhile: a test that fails
# because the machine is busy counts as one that noticed.
set -euo pipefail
cd "$(dirname "$0")/../../.."
gremlins=$1
page=zarf/docs/mutation.md
root=$PWD
out=$root/.data/mutate
mkdir -p "$out"
export GOFLAGS="-trimpath ${GOFLAGS:-}" # what is tested lies elsewhere, and shares the build cache all the same

# above prints where, beside at home, a package is tested.
above() {
  case $1 in
    business/domain/sessionbus) echo ./app/domain/authapp ;;
    business/domain/userbus) echo ./app/domain/userapp ./app/domain/authapp ;;
    business/domain/*) name=${1##*/} && echo "./app/domain/${name%bus}app" ;;
    business/sdk/attempts | business/sdk/passhash) echo ./app/domain/authapp ;;
    business/sdk/audit) echo ./app/domain/auditapp ;;
    business/sdk/errs) echo ./app/sdk/rest ;;
    business/sdk/idempotency) echo ./app/sdk/rest ./app/domain/saleapp ;;
    business/sdk/query) echo ./business/domain/productbus ./app/domain/placeapp ;;
    business/sdk/quota) echo ./business/domain/familybus ./business/domain/productbus ;;
    business/sdk/sqldb) echo ./business/domain/placebus ./business/domain/salebus ;;
    business/types/geo) echo ./business/domain/placebus ./app/domain/placeapp ;;
    business/types/role) echo ./app/sdk/auth ;;
    business | app/sdk/*) echo ./app/domain/placeapp ./app/mux ;;
  esac
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin" "$work/code"
git ls-files -z --cached --others --exclude-standard | tar --null --ignore-failed-read -cT - | tar -xC "$work/code"

# gremlins calls `go test PACKAGE` for each mutant. This one goes on with the tests above, as long as none fails, tells a mutant
# that does not compile, and stops a test that hangs by a limit that does not count what is built. gremlins leaves out what is
# not covered, which to it are cases and declarations too: it is told that all is.
cat >"$work/bin/go" <<'EOS'
#!/usr/bin/env bash
[[ $1 == test ]] || exec "$MUTATE_GO" "$@"
quick=(-vet=off -ldflags=-s)
if [[ $* == *-coverprofile* ]]; then
  start=$SECONDS
  "$MUTATE_GO" test "${quick[@]}" -count=1 $MUTATE_TESTS || exit
  echo "$((10 + 5 * (SECONDS - start)))s" >"$MUTATE_REPORT.limit"
  {
    echo 'mode: set'
    find "$MUTATE_UNIT" -name '*.go' -printf "$("$MUTATE_GO" list -m)/%p:1.1,99999.1 1 1\n"
  } >"${@: -2:1}"
  exit
fi
cd "$("$MUTATE_GO" env GOMOD | xargs dirname)" || exit
for package in $MUTATE_TESTS; do
  said=$("$MUTATE_GO" "${@:1:$#-1}" "${quick[@]}" -timeout "$(<"$MUTATE_REPORT.limit")" "$package" 2>&1) && continue
  echo "$said" >>"$MUTATE_REPORT.txt"
  [[ $said != *'[build failed]'* ]] || exit 2
  exit 1
done
EOS
chmod +x "$work/bin/go"

# A domain and its store are tested together.
units=$(go list -f '{{.Dir}}' "${@:2}" | sed "s|^$root/||; s|\(/[a-z]*bus\)/[a-z]*db$|\1|" | grep -vx business/dbtest | uniq)
for unit in $units; do
  echo "== $unit"
  files=(--exclude-files /)
  [[ $unit != business/domain/* ]] || files=()
  report=$out/${unit//\//-}
  rm -f "$report".*
  MUTATE_TESTS="./$unit/... $(above "$unit")"
  MUTATE_GO=$(command -v go)
  export MUTATE_TESTS MUTATE_GO MUTATE_UNIT=$unit MUTATE_REPORT=$report
  cd "$work/code"
  : >"$report.txt"
  PATH=$work/bin:$PATH "$gremlins" unleash "./$unit" --workers 1 --timeout-coefficient 100 \
    --invert-assignments --invert-bitwise --invert-bwassign --invert-logical --invert-loopctrl --remove-self-assignments \
    "${files[@]}" --output "$report.json"
  cd "$root"
done

printf '\n%-32s %8s %8s %8s %10s\n' package mutants killed lived 'by time'
for unit in $units; do
  report=$out/${unit//\//-}.json
  [[ ! -f $report ]] || jq -r --arg unit "$unit" '[.files[].mutations[].status] | map(select(. != "NOT VIABLE")) |
    [$unit, length, (("KILLED", "LIVED") as $s | map(select(. == $s)) | length)] | @tsv' "$report" |
    sed "s/\$/\t$(grep -c '^panic: test timed out' "${report%json}txt" || true)/"
done | awk -F '\t' '{ printf "%-32s %8d %8d %8d %10d\n", $1, $2, $3, $4, $5; all += $2; noticed += $3 }
  END { printf "%d of %d noticed, %.1f %%\n", noticed, all, all ? 100 * noticed / all : 100 }'

unlisted=0
while IFS=$'\t' read -r path line what; do
  code=$(sed -n "${line}s/^[[:space:]]*//p" "$path")
  sed 's/\\|/|/g' "$page" | grep -F "\`$path\`" | grep -qF -- "\`$code\`" && continue
  echo "not noticed, not listed: $path:$line $what: $code"
  unlisted=1
done < <(for unit in $units; do
  report=$out/${unit//\//-}.json
  [[ ! -f $report ]] || jq -r --arg unit "$unit" '.files[] | .file_name as $file | .mutations[] |
    select(.status == "LIVED") | [$unit + "/" + $file, .line, "\(.column) \(.type)"] | @tsv' "$report"
done)
exit $unlisted
