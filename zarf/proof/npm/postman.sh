#!/usr/bin/env bash
# Runs the scenario of the Postman collection against the service at $SALES_URL.
set -euo pipefail
cd "$(dirname "$0")"
npx newman run ../../postman/garagesale.postman_collection.json --folder Scenario \
  --environment ../../postman/local.postman_environment.json --env-var "baseUrl=$SALES_URL" --reporters cli --color off --bail
