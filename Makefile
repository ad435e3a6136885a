# What one runs here: make demo, make test. Everything else is a part of them.

GO       ?= go
VERSION  ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS  := -s -w -X main.version=$(VERSION)
TOOL     := $(GO) tool -modfile=.ci/tools/go.mod
PLATFORMS := linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64

.PHONY: demo test setup build check vet race fuzz bench bench-vtl dist clean

demo: setup ## the lab's scenarios against the lab's API
	$(GO) run ./cmd/rehearse demo

test: setup check ## everything that gates a change; the race detector's run is the slow part
	$(GO) test ./...
	$(GO) test -race -short ./harness/... ./openapi/... ./reports/...

setup: ## says what is missing, and installs it where it may
	@.ci/setup

build: ## bin/rehearse, one static binary
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o bin/rehearse ./cmd/rehearse

check: vet ## gofmt, vet on three systems, staticcheck
	@test -z "$$(gofmt -l .)" || { gofmt -l .; echo 'run: gofmt -w .'; exit 1; }
	$(TOOL) staticcheck ./...

vet: ## nothing outside the process runner is Linux-only
	$(GO) vet ./...
	GOOS=windows $(GO) vet ./...
	GOOS=darwin $(GO) vet ./...

FUZZTIME ?= 60s
fuzz: ## every fuzz target for FUZZTIME
	@.ci/fuzz $(FUZZTIME)

bench: ## the budgets of the engine, with a bare server beside it
	$(GO) test ./harness/gateway -run '^$$' -bench . -benchmem

bench-vtl: ## our template engine and Velocity 1.7 on a warm JVM, side by side
	@.ci/bench-vtl

dist: ## release archives with checksums
	@rm -rf dist && mkdir -p dist
	@for p in $(PLATFORMS); do \
		os=$${p%/*}; arch=$${p#*/}; ext=; [ $$os = windows ] && ext=.exe; \
		echo "rehearse-$$os-$$arch"; \
		CGO_ENABLED=0 GOOS=$$os GOARCH=$$arch $(GO) build -trimpath -ldflags '$(LDFLAGS)' \
			-o dist/rehearse-$$os-$$arch$$ext ./cmd/rehearse || exit 1; \
	done
	@cd dist && sha256sum rehearse-* > SHA256SUMS && cat SHA256SUMS

clean:
	rm -rf bin dist
