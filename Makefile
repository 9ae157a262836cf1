# `make` lists what can be done. Everything that a target makes lies in .data/, which git ignores.

FUZZTIME  ?= 30s
TESTFLAGS ?=
BENCHFLAGS ?=
PAGES_ROWS ?= 1000000

LINT_VERSION  := v2.15.0
VULN_VERSION  := v1.8.0
SCORE_VERSION := v1.20.0

# How images are built and brought to the nodes, and which cluster is meant: any of them may be another program.
IMAGE_BUILD ?= docker build
IMAGE_LOAD  ?= kind load docker-image --name garagesale
KUBECTL     ?= kubectl
HELM        ?= helm
KIND        ?= kind
COMPOSE     ?= docker compose -f zarf/deploy/compose/docker-compose.yaml
# The last is for tests only.
IMAGES      := sales metrics sales-admin sales-load

CODE  := api app business foundation zarf
LINT  := .data/tools/golangci-lint-$(LINT_VERSION)/golangci-lint
# What `sales` and `sales-admin` call their build; read only by the targets that use it.
BUILD  = $(shell git describe --always --dirty --abbrev=12 2>/dev/null || echo unknown)

.DEFAULT_GOAL := help

.PHONY: help
help:
	@awk 'BEGIN { FS = ":.*## " } \
		/^##@ / { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

##@ Run

.PHONY: run
run: build ## Start everything: Postgres, migrations, demo data, the service (^C ends it)
	@exec .data/bin/sales-admin dev

.PHONY: demo
demo: ## Ring up a basket with curl and show every answer (needs `make run` and jq)
	@zarf/proof/scripts/demo.sh

.PHONY: reset
reset: ## Forget the local database and signing keys (stop `make run` first)
	@for file in $$(find .data/db -name postmaster.pid 2>/dev/null); do \
		pid=$$(head -n 1 "$$file"); \
		if kill -0 "$$pid" 2>/dev/null; then \
			echo "reset: Postgres is running as process $$pid; stop \`make run\` first" >&2; exit 1; \
		fi; \
	done
	rm -rf .data/db .data/keys

##@ Write

.PHONY: test
test: ## Run every test (TESTFLAGS=-race for the race detector)
	go test $(TESTFLAGS) ./...

.PHONY: cover
cover: ## Measure what the tests cover; the details are in .data/cover.html
	@mkdir -p .data
	go test -coverpkg=./... -coverprofile=.data/cover.out ./...
	@go tool cover -html=.data/cover.out -o .data/cover.html
	@go tool cover -func=.data/cover.out | tail -n 1

.PHONY: bench
bench: ## Measure the service against its controls; the results are in .data/bench (below 10 minutes; BENCHFLAGS=-only=get)
	go run ./zarf/proof/bench $(BENCHFLAGS)

.PHONY: bench-growth
bench-growth: ## The same by size of the data, connections and processors: what grows? (BENCHFLAGS=-sizes=10000,100000 is quicker)
	go run ./zarf/proof/bench growth -rounds 3 $(BENCHFLAGS)

.PHONY: bench-overload
bench-overload: ## Three times the highest rate, a slow database, connections cut: what stays up, and when is all well again?
	go run ./zarf/proof/bench overload $(BENCHFLAGS)

.PHONY: soak
soak: ## Half of the highest rate for long: memory, goroutines, connections, file handles stay flat (BENCHFLAGS=-soak=8h)
	go run ./zarf/proof/bench soak $(BENCHFLAGS)

zarf/proof/npm/node_modules: zarf/proof/npm/package-lock.json
	cd zarf/proof/npm && npm ci --no-audit --no-fund --ignore-scripts
	@touch $@

.PHONY: redocly
redocly: zarf/proof/npm/node_modules ## Lint the OpenAPI document (needs npm)
	cd zarf/proof/npm && npx redocly lint ../../docs/openapi.yaml

.PHONY: postman
postman: build zarf/proof/npm/node_modules ## Make the Postman collection anew and run its scenario (needs npm)
	node zarf/proof/npm/postman.mjs
	zarf/proof/scripts/fresh.sh zarf/proof/npm/postman.sh

.PHONY: browse
browse: build zarf/proof/npm/node_modules ## Try /docs and print labels in Chromium; pictures in .data/browse (needs npm, chromium)
	zarf/proof/scripts/fresh.sh node zarf/proof/npm/browse.mjs .data/browse

.PHONY: prove-api
prove-api: ## Send 20,000 requests made from the OpenAPI document, and 1,000 sales through kills and losses
	PROVE_API=20000 go test ./app/mux -count=1 -v -timeout 30m -run '^TestProveAPI$$'
	SALES_RUNG=1000 go test ./api/clients/go -count=1 -v -timeout 30m -run '^TestSalesSurvive$$'

.PHONY: pages
pages: ## Measure page 10,000 of a market with PAGES_ROWS=1000000 products beside page 1
	PAGES_ROWS=$(PAGES_ROWS) go test ./app/mux -count=1 -v -timeout 30m -run '^TestDeepPage$$'

.PHONY: prove
prove: ## Prove that no cent and no piece is lost: 100,000 random operations, concurrent histories (about 15 minutes)
	go test ./zarf/proof/prove -count=1 -timeout 2h -v -operations 100000 -history 20000

.PHONY: prove-crash
prove-crash: ## The same while the service and Postgres are killed and answers are lost; prints a table
	go test ./zarf/proof/prove -count=1 -timeout 2h -v -run 'TestCrash|TestBackup' -parallel 1 -crash

.PHONY: security
security: ## Measure that the time of a login does not tell whether there is such an account
	go test -tags security -run '^TestTiming$$' -count=1 -v ./app/domain/authapp

.PHONY: observe
observe: build ## See what the service does in the real Collector, Tempo, Loki, Prometheus
	@zarf/proof/observe/build.sh .data/tools/observe
	@cd zarf/proof/observe && go run .

.PHONY: fuzz
fuzz: ## Run each fuzz target for a while (FUZZTIME=30s)
	@grep -rEo --include='*_test.go' '^func Fuzz[A-Za-z0-9_]*' $(CODE) | while IFS=: read -r file func; do \
		echo "== $${func#func } in $${file%/*}"; \
		go test "./$${file%/*}" -run '^$$' -fuzz "^$${func#func }\$$" -fuzztime $(FUZZTIME) </dev/null || exit 1; \
	done

.PHONY: docs
docs: ## Make anew what is made from the code: examples, OpenAPI document, reference of errors
	go test ./app/mux -count=1 -run '^TestExamples$$' -update
	go test ./app/mux -count=1 -run '^Test(DocumentCurrent|ErrorReference)$$' -update

.PHONY: fmt
fmt: ## Format the code
	gofmt -s -w $(CODE)

.PHONY: lint
lint: $(LINT) ## Check the code with go vet and golangci-lint
	go vet ./...
	$(LINT) run

$(LINT):
	@echo 'installing golangci-lint $(LINT_VERSION), about a minute'
	@GOBIN=$(CURDIR)/$(@D) go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION)

.PHONY: vuln
vuln: ## Look for known vulnerabilities (needs the network)
	go run golang.org/x/vuln/cmd/govulncheck@$(VULN_VERSION) ./...

.PHONY: vendor
vendor: ## Bring go.mod, go.sum and vendor/ in line with the code
	go mod tidy
	go mod vendor

##@ Ship

.PHONY: build
build: ## Build the programs into .data/bin, with the revision in them
	CGO_ENABLED=0 go build -trimpath -ldflags '-X main.build=$(BUILD)' -o .data/bin/ ./api/...

.PHONY: clean
clean: ## Remove built programs, tools and coverage; the database stays
	rm -rf .data/bin .data/tools .data/cover.out .data/cover.html

.PHONY: images
images: ## Build the images, as garagesale/…:dev
	@set -e; for target in $(IMAGES); do \
		$(IMAGE_BUILD) -t garagesale/$$target:dev -f zarf/deploy/docker/Dockerfile \
			--target $$target --build-arg REVISION=$(BUILD) .; \
	done

.PHONY: kind-up
kind-up: ## Start a local Kubernetes with kind
	$(KIND) create cluster --config zarf/deploy/kind/kind.yaml

.PHONY: kind-load
kind-load: images ## Bring the images to its nodes
	@set -e; for image in $(IMAGES); do $(IMAGE_LOAD) garagesale/$$image:dev; done

.PHONY: kind-apply
kind-apply: build ## Apply the dev overlay and wait for it: the service at http://127.0.0.1:3000
	$(KUBECTL) apply -f zarf/deploy/k8s/dev/sales/namespace.yaml
	@$(KUBECTL) -n sales get secret sales-keys >/dev/null 2>&1 || { \
		set -e; keys=$$(mktemp -d); SALES_AUTH_KEYS=$$keys .data/bin/sales-admin genkey; \
		$(KUBECTL) -n sales create secret generic sales-keys --from-file=$$keys; rm -rf "$$keys"; }
	$(KUBECTL) apply -k zarf/deploy/k8s/dev
	$(KUBECTL) -n sales rollout status statefulset/postgres deployment/sales --timeout=300s

.PHONY: kind-logs
kind-logs: ## Follow the logs of the service
	$(KUBECTL) -n sales logs -f -l app.kubernetes.io/name=sales --all-containers --max-log-requests=20 --tail=20

.PHONY: kind-down
kind-down: ## Remove the local Kubernetes
	$(KIND) delete cluster --name garagesale

.PHONY: compose-up
compose-up: ## Start everything with Docker Compose: API on port 3000, Grafana on 3001
	$(COMPOSE) up --build --detach

.PHONY: compose-down
compose-down: ## Stop it; the data stays (add -v by hand to forget it)
	$(COMPOSE) down

.PHONY: manifests
manifests: ## Check the manifests: the chart equals the production overlay, everything is valid (minutes the first time)
	cd zarf/proof/tools && go test -count=1 ./...
	@# Pull policy: tags never move, and a pod must start without the registry.
	cd zarf/proof/tools && go tool kustomize build ../../deploy/k8s/prod | \
		go run github.com/zegl/kube-score/cmd/kube-score@$(SCORE_VERSION) score --kubernetes-version v1.34 \
			--ignore-test container-image-pull-policy -

.PHONY: cluster-test
cluster-test: ## Show on the cluster of the current kubeconfig what the manifests promise (changes it; TESTFLAGS=-run=…)
	IMAGE_BUILD='$(IMAGE_BUILD)' IMAGE_LOAD='$(IMAGE_LOAD)' KUBECTL='$(KUBECTL)' HELM='$(HELM)' \
		go test -tags cluster -count=1 -v -timeout 90m $(TESTFLAGS) ./zarf/proof/cluster

.PHONY: compat
compat: ## The previous release's code passes its tests on the newest schema (from the second release on)
	@zarf/proof/scripts/compat.sh
