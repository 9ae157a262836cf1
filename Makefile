# `make` lists what can be done. Everything that a target makes lies in .data/, which git ignores.

FUZZTIME  ?= 30s
TESTFLAGS ?=

LINT_VERSION := v2.15.0
VULN_VERSION := v1.8.0

CODE  := api app business foundation zarf
LINT  := .data/tools/golangci-lint-$(LINT_VERSION)/golangci-lint
# What `sales` and `sales-admin` call their build; read only by the targets that use it.
BUILD  = $(shell git describe --always --dirty --abbrev=12 2>/dev/null || echo unknown)
# The packages that have benchmarks.
BENCH  = $(addprefix ./,$(sort $(dir $(shell grep -rl --include='*_test.go' '^func Benchmark' $(CODE)))))

.DEFAULT_GOAL := help

.PHONY: help
help:
	@awk 'BEGIN { FS = ":.*## " } \
		/^##@ / { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

##@ Run

.PHONY: run
run: build ## Start everything: Postgres, migrations, demo data, the service (^C ends it)
	@exec .data/bin/sales-admin dev

.PHONY: demo
demo: ## Ring up a basket with curl and show every answer (needs `make run` and jq)
	@zarf/scripts/demo.sh

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
bench: ## Run the benchmarks
	$(if $(BENCH),go test -run '^$$' -bench . -benchmem $(BENCH),@echo 'there are no benchmarks')

.PHONY: prove
prove: ## Prove that no cent and no piece is lost: 100,000 random operations, concurrent histories (about 15 minutes)
	go test ./zarf/prove -count=1 -timeout 2h -v -operations 100000 -history 20000

.PHONY: prove-crash
prove-crash: ## The same while the service and Postgres are killed and answers are lost; prints a table
	go test ./zarf/prove -count=1 -timeout 2h -v -run 'TestCrash|TestBackup' -parallel 1 -crash

.PHONY: security
security: ## Measure that the time of a login does not tell whether there is such an account
	go test -tags security -run '^TestTiming$$' -count=1 -v ./app/domain/authapp

.PHONY: observe
observe: build ## See what the service does in the real Collector, Tempo, Loki, Prometheus
	@zarf/observe/build.sh .data/tools/observe
	@cd zarf/observe && go run .

.PHONY: fuzz
fuzz: ## Run each fuzz target for a while (FUZZTIME=30s)
	@grep -rEo --include='*_test.go' '^func Fuzz[A-Za-z0-9_]*' $(CODE) | while IFS=: read -r file func; do \
		echo "== $${func#func } in $${file%/*}"; \
		go test "./$${file%/*}" -run '^$$' -fuzz "^$${func#func }\$$" -fuzztime $(FUZZTIME) </dev/null || exit 1; \
	done

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
