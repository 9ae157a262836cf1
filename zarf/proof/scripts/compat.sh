#!/usr/bin/env bash
# While a release is rolled out, the pods of the previous one still run, on the new schema. So: does the code of the previous
# release pass its own HTTP tests on the migrations of this work tree? RELEASE names another release than the last tag.
set -euo pipefail
cd "$(dirname "$0")/../../.."

migrations=business/sdk/migrate/sql
# The last release before this commit; a commit that is a release itself is compared with the one before.
release=${RELEASE:-$(git describe --tags --abbrev=0 --match 'v[0-9]*' --exclude "$(git tag --points-at HEAD | head -n 1)" HEAD 2>/dev/null || true)}
if [[ -z $release ]]; then
  if [[ -n $(git rev-parse --is-shallow-repository | grep true || true) ]]; then
    echo "compat: this clone is shallow and has no tags; fetch them first (git fetch --tags --unshallow)" >&2
    exit 1
  fi
  echo "compat: no release yet, so nothing runs on an older schema"
  exit 0
fi

old=$(mktemp -d)
trap 'rm -rf "$old"' EXIT
git archive "$release" | tar -x -C "$old"

# A migration that was released never changes, or databases differ by when they were made.
for file in "$old/$migrations"/*.sql; do
  cmp -s "$file" "$migrations/${file##*/}" || {
    echo "compat: $migrations/${file##*/} is not what $release has: a released migration never changes" >&2
    exit 1
  }
done
cp "$migrations"/*.sql "$old/$migrations/"
new=$(($(find "$migrations" -name '*.sql' | wc -l) - $(git ls-tree --name-only "$release" "$migrations/" | wc -l)))
echo "compat: the code of $release, on a schema with $new more migrations"
cd "$old"
go test "${@:-./app/...}"
