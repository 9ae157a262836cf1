#!/usr/bin/env bash
# Rings up a basket of two families at the demo market and shows every request and its answer.
# It needs the demo data of `make run`. SALES_URL names a service elsewhere.
set -euo pipefail

url=${SALES_URL:-http://127.0.0.1:3000}
url=${url%/}
account=cashier@example.com:garagesale
market_name='Elm Street Garage Sale'

fail() {
  echo "demo: $*" >&2
  exit 1
}

for tool in curl jq; do
  command -v "$tool" >/dev/null || fail "$tool is needed: install it with your package manager (apt-get install $tool, brew install $tool)"
done

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# call STATUS METHOD PATH [curl options] sends a request and fails unless the answer has that status.
# The answer is left in $tmp/body, its header in $tmp/header.
call() {
  local want=$1 method=$2 path=$3 got
  shift 3
  printf '\n> %s %s\n' "$method" "$url$path"
  got=$(curl --silent --show-error --max-time 30 --request "$method" "$@" \
    --dump-header "$tmp/header" --output "$tmp/body" --write-out '%{http_code}' "$url$path" 2>"$tmp/error") ||
    fail "no answer from $url ($(tail -n 1 "$tmp/error")); is \`make run\` running?"
  printf '< %s\n' "$got"
  [[ $got == "$want" ]] ||
    fail "$method $path answered $got instead of $want: $(jq -r '"\(.code): \(.detail)"' "$tmp/body" 2>/dev/null || head -c 300 "$tmp/body")"
}

# show prints the answer, or what a jq filter makes of it; pick prints one value of it and fails if it is not there.
show() { jq "${1:-.}" "$tmp/body"; }
pick() { jq --exit-status --raw-output "$1" "$tmp/body" || fail "the answer lacks $1"; }

# header NAME prints the value of a header of the answer.
header() {
  tr -d '\r' <"$tmp/header" | awk -F': *' -v name="$1" 'tolower($1) == tolower(name) { print $2 }'
}

echo "The cashier logs in."
call 200 POST /v1/auth/token --user "$account"
show '.accessToken |= .[:20] + "…" | if .refreshToken then .refreshToken |= .[:6] + "…" else . end'
auth="Authorization: Bearer $(pick .accessToken)"

printf '\nWhich market is it?\n'
call 200 GET "/v1/markets?status=OPEN&name=${market_name// /%20}" --header "$auth"
show
market=$(NAME=$market_name jq --raw-output '[.items[] | select(.name == env.NAME)][0].id // empty' "$tmp/body")
[[ $market ]] || fail "there is no open market «$market_name»; the demo data of \`make run\` has one"

printf '\nWhat is on the tables?\n'
call 200 GET "/v1/markets/$market/products?available=true&limit=100" --header "$auth"
jq --raw-output '["code", "name", "price", "quantity"], (.items[] | [.code, .name, .price, .quantity]) | @tsv' "$tmp/body" |
  awk -F'\t' '{ printf "%-8s %-32s %10s %10s\n", $1, $2, $3, $4 }'
# From each of two families the product that it has most of: two pieces of the first, one of the second.
for family in 1 2; do
  jq --compact-output --exit-status --arg prefix "$family-" \
    '[.items[] | select(.code | startswith($prefix))] | max_by(.quantity) // empty' "$tmp/body" >"$tmp/product$family" ||
    fail "family $family is sold out; \`make reset\` and \`make run\` lay the tables anew"
done

# A line names its product by id or by code. The buyer pays with the next banknote of 10.00.
request=$(jq --compact-output --null-input --slurpfile first "$tmp/product1" --slurpfile second "$tmp/product2" '
  $first[0] as $a | $second[0] as $b |
  ([2, $a.quantity] | min) as $pieces |
  ((($a.price * $pieces + $b.price) / 1000 | floor) * 1000 + 1000) as $paid |
  {
    lines: [{productID: $a.id, quantity: $pieces}, {code: $b.code, quantity: 1}],
    payment: {tender: "CASH", amount: $paid}
  }')
key=demo-$(date +%s)-$$-$RANDOM

ring_up() {
  call 201 POST "/v1/markets/$market/sales" --header "$auth" --header "Idempotency-Key: $key" \
    --header 'Content-Type: application/json' --data-binary "$request"
}

printf '\nA basket of two families, paid in cash, under the Idempotency-Key %s:\n' "$key"
jq . <<<"$request"
ring_up
show
cp "$tmp/body" "$tmp/sale"
sum=$(pick '[.lines[] | .quantity * .unitPrice] | add')
total=$(pick .total)
paid=$(jq .payment.amount <<<"$request")
change=$(pick .payment.change)
((total == sum)) || fail "the total is $total, but the lines add up to $sum"
((change == paid - total)) || fail "the change is $change, but $paid paid less $total is $((paid - total))"
echo "Paid $paid less $total is $change: the change is right."

printf '\nThe answer got lost on the way, so the till sends the same request with the same key again.\n'
ring_up
grep -i '^idempotency-replayed:' "$tmp/header" || true
[[ $(header Idempotency-Replayed) == true ]] || fail "the second answer lacks Idempotency-Replayed: true"
cmp -s "$tmp/sale" "$tmp/body" || fail "the second answer differs from the first"
number=$(pick .number)
echo "It is the same sale, number $number: nothing was sold twice."

printf '\nThe stock went down, once.\n'
for family in 1 2; do
  call 200 GET "/v1/products/$(jq --raw-output .id "$tmp/product$family")" --header "$auth"
  show
  before=$(jq .quantity "$tmp/product$family")
  sold=$(jq ".lines[$((family - 1))].quantity" <<<"$request")
  after=$(pick .quantity)
  ((after == before - sold)) || fail "the product had $before, sold $sold and now has $after"
  echo "$before − $sold = $after"
done

printf '\nAll is well.\n'
