# The contract of every target: docs/reference/make.md. `make help` lists them.
SHELL := /usr/bin/env bash -o pipefail
.SHELLFLAGS := -ec
.DEFAULT_GOAL := help

PLANE ?= plane
BIN := $(CURDIR)/bin
export KUBECONFIG ?= $(BIN)/$(PLANE)/kubeconfig
export CGO_ENABLED ?= 0

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo v0.0.0)

.PHONY: help
help: ## Show the targets.
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z0-9-]+:.*## / {printf "  %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

##@ Build

.PHONY: build
build: ## Build bin/manager, bin/kubectl-tenant and bin/kubectl_complete-tenant.
	go build -o $(BIN)/ ./cmd/...

##@ Develop

CONTROLLER_GEN := $(BIN)/controller-gen
$(BIN)/controller-gen $(BIN)/kustomize $(BIN)/crd-ref-docs: hack/tools/go.mod hack/tools/go.sum
	cd hack/tools && go build -o $@ $(shell cd hack/tools && go list -f '{{.ImportPath}}' tool 2>/dev/null | grep -E '/(cmd/)?$(@F)(/v[0-9]+)?$$')
	@touch $@
