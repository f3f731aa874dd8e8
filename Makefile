# SPDX-License-Identifier: Apache-2.0

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
MODULE  := github.com/tenday/tenday
GOBUILD := CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X $(MODULE)/internal/cli.version=$(VERSION)"
TOOL    := go tool -modfile=tools/go.mod
RELEASE := linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64

.DEFAULT_GOAL := help

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: ## Build the demo campaign and open it
	go run ./cmd/tenday demo

.PHONY: build
build: ## Build ./tenday, one static binary
	$(GOBUILD) -o tenday ./cmd/tenday

.PHONY: test
test: ## Install what the tests need, run all of them, list what was skipped
	tools/setup.sh
	tools/test.sh

.PHONY: test-short
test-short: ## Run the quick tests with what is here
	go test -short ./...

.PHONY: cover
cover: ## Run the tests and show the coverage by function
	@mkdir -p .cache
	go test -coverpkg=./... -coverprofile=.cache/cover.out ./...
	go tool cover -func=.cache/cover.out

.PHONY: fuzz
fuzz: ## Run every property on new cases, then fuzz every reader, FUZZTIME each (1m)
	tools/fuzz.sh $(or $(FUZZTIME),1m)

.PHONY: bench
bench: ## Measure Tenday beside its peers, on this machine
	go -C bench run ./people

.PHONY: vet
vet: ## Run go vet
	go vet ./...

.PHONY: lint
lint: ## Run the linters
	$(TOOL) golangci-lint run
	cd bench && go tool -modfile=../tools/go.mod golangci-lint run
	cd tools && go tool golangci-lint run

.PHONY: fmt
fmt: ## Format the code
	$(TOOL) golangci-lint fmt
	cd bench && go tool -modfile=../tools/go.mod golangci-lint fmt
	cd tools && go tool golangci-lint fmt

.PHONY: release
release: ## Build dist/ for every platform
	@mkdir -p dist
	@for p in $(RELEASE); do \
		out=dist/tenday-$${p%/*}-$${p#*/}; [ $${p%/*} = windows ] && out=$$out.exe; \
		echo "$$out"; GOOS=$${p%/*} GOARCH=$${p#*/} $(GOBUILD) -o "$$out" ./cmd/tenday || exit 1; \
	done
	@cd dist && sha256sum tenday-* > SHA256SUMS

.PHONY: clean
clean: ## Remove what was built, and caches of this checkout
	tools/postgres.sh stop
	rm -rf .cache dist tenday
