# `make` lists what is done often, `make more` the rest. Everything that a target makes lies in .data/, which git ignores.

TESTFLAGS  ?=
BENCHFLAGS ?=

LINT_VERSION  := v2.15.0
SCORE_VERSION := v1.20.0

# How images are built and brought to the nodes, and which cluster is meant: any of them may be another program.
IMAGE_BUILD ?= docker build
IMAGE_LOAD  ?= kind load docker-image --name garagesale
KUBECTL     ?= kubectl
HELM        ?= helm
# The last is for tests only.
IMAGES      := sales metrics sales-admin sales-load

CODE  := api app business foundation zarf
LINT  := .data/tools/golangci-lint-$(LINT_VERSION)/golangci-lint
# What `sales` and `sales-admin` call their build; read only by the targets that use it.
BUILD  = $(shell git describe --always --dirty --abbrev=12 2>/dev/null || echo unknown)

# A proof notes what it covers when it begins, and at its end that it passed; part of one leaves no stamp.
BEGIN  = @zarf/proof/scripts/proofs.sh begin $@
PASSED = @zarf/proof/scripts/proofs.sh passed $@

.DEFAULT_GOAL := help

list = awk 'BEGIN { FS = ":.*\#\# " } \
	/^\#\#@ / { printf "\n%s\n", substr($$0, 5) } \
	/^[a-z-]+:.*\#\# / { printf "  make %-14s %s\n", $$1, $$2 }'

.PHONY: help
help:
	@$(list) $(firstword $(MAKEFILE_LIST))

##@ Every day

.PHONY: run
run: build ## Start everything: Postgres, NATS, migrations, demo data, the service (^C ends it)
	@exec .data/bin/sales-admin dev

.PHONY: demo
demo: ## Ring up a basket with curl and show every answer (needs `make run` and jq)
	@zarf/proof/scripts/demo.sh

.PHONY: reset
reset: ## Forget the local database, streams and signing keys (stop `make run` first)
	@for file in $$(find .data/db -name postmaster.pid 2>/dev/null); do \
		pid=$$(head -n 1 "$$file"); \
		if kill -0 "$$pid" 2>/dev/null; then \
			echo "reset: Postgres is running as process $$pid; stop \`make run\` first" >&2; exit 1; \
		fi; \
	done
	rm -rf .data/db .data/keys .data/nats

.PHONY: test
test: ## Run every test (TESTFLAGS=-race for the race detector)
	@# Without what only debuggers read, the programs link in two thirds of the time.
	go test -ldflags='-s -w' $(TESTFLAGS) ./...

.PHONY: lint
lint: $(LINT) ## Check the code with go vet and golangci-lint
	go vet ./...
	$(LINT) run

$(LINT):
	@echo 'installing golangci-lint $(LINT_VERSION), about a minute'
	@GOBIN=$(CURDIR)/$(@D) go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION)

.PHONY: docs
docs: ## Make anew what is made from the code: examples, OpenAPI and AsyncAPI documents, reference of errors, page of mails
	go test ./app/domain/... -count=1 -run '^TestDomain$$/^examples$$' -update
	go test ./app/mux -count=1 -run '^Test(DocumentCurrent|ErrorReference)$$' -update
	go test ./business/sdk/mailing -count=1 -run '^TestDocs$$' -update

.PHONY: more
more: ## List the rarer targets: coverage, fuzzing, Postman, long measurements, kind, Docker Compose
	@$(list) $(filter-out $(firstword $(MAKEFILE_LIST)),$(MAKEFILE_LIST))

##@ Prove and measure

.PHONY: proofs
proofs: ## List the long proofs: when each last passed here, and whether what it covers has changed since
	@zarf/proof/scripts/proofs.sh

.PHONY: prove
prove: ## Prove that no cent and no piece is lost: 100,000 random operations, concurrent histories (about 15 minutes)
	$(BEGIN)
	go test ./zarf/proof/prove -count=1 -timeout 2h -v -operations 100000 -history 20000
	$(PASSED)

.PHONY: prove-crash
prove-crash: ## The same while the service and Postgres are killed and answers are lost; prints a table
	$(BEGIN)
	go test ./zarf/proof/prove -count=1 -timeout 2h -v -run 'TestCrash|TestBackup' -parallel 1 -crash
	$(PASSED)

.PHONY: prove-api
prove-api: ## Send 20,000 requests made from the OpenAPI document, and 1,000 sales through kills and losses
	$(BEGIN)
	PROVE_API=20000 go test ./app/mux -count=1 -v -timeout 30m -run '^TestProveAPI$$'
	SALES_RUNG=1000 go test ./api/clients/go -count=1 -v -timeout 30m -run '^TestSalesSurvive$$'
	$(PASSED)

.PHONY: security
security: ## Measure that a login's time does not tell of accounts, and that 2,000 slow sockets stop no till
	$(BEGIN)
	PROVE_SLOW=2000 go test ./api/services/sales -count=1 -v -run '^TestProgram$$/^Slow$$'
	go test -tags security -run '^Test(Reset)?Timing$$' -count=1 -v ./app/domain/authapp
	$(PASSED)

.PHONY: observe
observe: build ## See what the service does in the real Collector, Tempo, Loki, Prometheus
	$(BEGIN)
	@zarf/proof/observe/build.sh .data/tools/observe
	@cd zarf/proof/observe && go run .
	$(PASSED)

.PHONY: browse
browse: build zarf/proof/npm/node_modules ## Try /docs and print labels in Chromium; pictures in .data/browse (needs npm, chromium)
	$(BEGIN)
	zarf/proof/scripts/fresh.sh node zarf/proof/npm/browse.mjs .data/browse
	$(PASSED)

.PHONY: bench
bench: ## Measure the service against its controls; the results are in .data/bench (below 10 minutes; BENCHFLAGS=-only=get)
	$(BEGIN)
	go run ./zarf/proof/bench $(BENCHFLAGS)
	$(if $(BENCHFLAGS),,$(PASSED))

##@ Ship

.PHONY: build
build: ## Build the programs into .data/bin, with the revision in them
	CGO_ENABLED=0 go build -trimpath -ldflags '-X main.build=$(BUILD)' -o .data/bin/ ./api/...

.PHONY: images
images: ## Build the images, as garagesale/…:dev
	@set -e; for target in $(IMAGES); do \
		$(IMAGE_BUILD) -t garagesale/$$target:dev -f zarf/deploy/docker/Dockerfile \
			--target $$target --build-arg REVISION=$(BUILD) .; \
	done

.PHONY: manifests
manifests: ## Check the manifests: the chart equals the production overlay, everything is valid (minutes the first time)
	cd zarf/proof/tools && go test -count=1 ./...
	@# Pull policy: tags never move, and a pod must start without the registry.
	cd zarf/proof/tools && go tool kustomize build ../../deploy/k8s/prod | \
		go run github.com/zegl/kube-score/cmd/kube-score@$(SCORE_VERSION) score --kubernetes-version v1.34 \
			--ignore-test container-image-pull-policy -

.PHONY: cluster-test
cluster-test: ## Show on the cluster of the current kubeconfig what the manifests promise (changes it; TESTFLAGS=-run=…)
	$(BEGIN)
	IMAGE_BUILD='$(IMAGE_BUILD)' IMAGE_LOAD='$(IMAGE_LOAD)' KUBECTL='$(KUBECTL)' HELM='$(HELM)' \
		go test -tags cluster -count=1 -v -timeout 90m $(TESTFLAGS) ./zarf/proof/cluster
	$(if $(TESTFLAGS),,$(PASSED))

include zarf/proof/Makefile zarf/deploy/Makefile
