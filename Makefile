# `make help` lists the targets. All that talk to a cluster honour KUBECONFIG (default: the local
# plane's); demo, test and bench bring up and stop planes of their own.
SHELL := /usr/bin/env bash -o pipefail
.SHELLFLAGS := -ec
.DEFAULT_GOAL := help

export CGO_ENABLED ?= 0
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo v0.0.0-dev)
# Told by Git and not by Go's own stamp, which GOFLAGS=-buildvcs=false turns off on many a machine.
COMMIT = $(shell git describe --always --abbrev=40 --exclude='*' --dirty 2>/dev/null)
DATE = $(shell TZ=UTC0 git log -1 --format=%cd --date=format-local:%Y-%m-%dT%H:%M:%SZ 2>/dev/null)
VERSION_PACKAGE := github.com/tenantry/tenantry/internal/version
LDFLAGS = -X $(VERSION_PACKAGE).Version=$(VERSION) -X $(VERSION_PACKAGE).Commit=$(COMMIT) -X $(VERSION_PACKAGE).Date=$(DATE)
BIN := bin
KUBECTL = $(if $(wildcard $(BIN)/kubectl),$(BIN)/kubectl,kubectl)

include hack/localplane/plane.mk
include hack/edge/edge.mk
include hack/nodes/nodes.mk

# An exported KUBECONFIG decides which cluster is meant, so a plane that is named beside it must be that one.
USE_KUBECONFIG := install uninstall run deploy undeploy test-api test-integration test-e2e test-conformance test-fault test-edge
PLANE_NAMED := $(filter plane-up,$(MAKECMDGOALS))$(filter-out file,$(origin PLANE))
real = $(or $(realpath $(1)),$(abspath $(1)))
ifeq ($(origin KUBECONFIG),environment)
ifneq ($(and $(PLANE_NAMED),$(filter $(USE_KUBECONFIG),$(MAKECMDGOALS))),)
ifneq ($(call real,$(KUBECONFIG)),$(call real,bin/$(PLANE)/kubeconfig))
$(error KUBECONFIG=$(KUBECONFIG) is exported and is not that of plane "$(PLANE)": for the plane, `unset KUBECONFIG`; for the other cluster, leave out plane-up and PLANE)
endif
endif
endif
export KUBECONFIG ?= $(CURDIR)/bin/$(PLANE)/kubeconfig

.PHONY: help
help: ## Show the targets.
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z0-9-]+:.*## / {printf "  %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

##@ Use

.PHONY: demo
demo: ## The tour: from nothing to tenants, refusals and repair. KEEP=1 leaves it running.
	@hack/demo/demo.sh

.PHONY: build
build: ## Build bin/manager, bin/kubectl-tenant and bin/kubectl_complete-tenant.
	@go build -ldflags '$(LDFLAGS)' -o $(BIN)/ ./cmd/...

##@ A cluster

.PHONY: install
install: ## Install the kinds, policies and roles; returns when they act.
	@hack/install.sh

.PHONY: uninstall
uninstall: ## Remove them again. Refuses while Tenants exist, unless FORCE=1.
	@hack/uninstall.sh

.PHONY: run
run: build ## Run the manager here, as its own ServiceAccount, until it is interrupted.
	@exec hack/run.sh

##@ A cluster with images

IMG ?= ghcr.io/tenantry/tenantry:$(VERSION)

.PHONY: dist
dist: dist/install.yaml ## Write dist/install.yaml for IMG.
.PHONY: dist/install.yaml
dist/install.yaml:
	@mkdir -p dist
	@go run ./cmd/kubectl-tenant install --image '$(IMG)' > $@

.PHONY: deploy
deploy: dist/install.yaml ## Install Tenantry with its manager, from IMG, in the cluster of KUBECONFIG.
	@$(KUBECTL) apply --server-side --force-conflicts --field-manager=tenantry-install -f dist/install.yaml

.PHONY: undeploy
undeploy: ## Remove the manager; the kinds, tenants and policies stay (see uninstall).
	@$(KUBECTL) delete -n tenantry-system deployment tenantry-manager --ignore-not-found

.PHONY: kind-up
kind-up: ## For people with Docker: the same on kind, with the image built from this tree.
	@hack/kind-up.sh '$(IMG)'

##@ Test

.PHONY: test
test: build $(LOCALPLANE) $(KWOK) ## All that a change must pass, on a plane of its own.
	@hack/test.sh test-unit test-api test-integration test-e2e test-conformance test-fault

.PHONY: test-full
test-full: build $(LOCALPLANE) $(KWOK) $(EDGE) ## The same with every crash point, network faults, thousands of tenants and a real edge.
	@FAULT_FULL=1 SCALE_TENANTS=5000 hack/test.sh test-unit test-api test-integration test-e2e test-conformance test-fault test-edge

# Suites that share a cluster run one after the other. -v, since go test hides what a suite that passes has printed.
GO_TEST := go test -count=1 -p 1 -v
# How often a spec may be tried. A second attempt is told at the end of its suite, and is a defect to be mended.
ATTEMPTS ?= 1
RETRIED = -ginkgo.flake-attempts=$(ATTEMPTS)

.PHONY: test-unit
test-unit: ## Pure tests, with the race detector.
	CGO_ENABLED=1 go test -race ./api/... ./internal/... ./cmd/... ./docs/... ./test/harness/... ./test/bench/...
	cd hack/localplane && go test .
	cd config/argocd && go test .

.PHONY: test-api
test-api: ## Admission on a real API server, with the manager not running.
	$(GO_TEST) -timeout 20m ./test/api/... $(RETRIED)

.PHONY: test-integration
test-integration: ## One Reconcile at a time, on a real API server.
	$(GO_TEST) -timeout 25m ./test/integration/... $(RETRIED)

.PHONY: test-e2e
test-e2e: build $(KWOK) ## The built manager as its own ServiceAccount. SCALE_TENANTS=5000 lists that many.
	$(GO_TEST) -timeout 40m ./test/e2e/... $(RETRIED)

.PHONY: test-conformance
test-conformance: build ## The Kubernetes multi-tenancy benchmarks, as a tenant's Owner and Admin.
	$(GO_TEST) -timeout 10m ./test/conformance

.PHONY: test-fault
test-fault: build $(KWOK) ## Crashes and other faults: a sample by FAULT_SEED, or all with FAULT_FULL=1.
	$(GO_TEST) -timeout $(if $(FAULT_FULL),240m,45m) ./test/fault/... $(RETRIED)

.PHONY: test-edge
test-edge: build $(EDGE) ## Requests from outside, by a real ingress controller and cert-manager.
	$(GO_TEST) -timeout 15m ./test/edge/...

N ?= 1000
.PHONY: bench
bench: build $(LOCALPLANE) ## Speed and memory as ratios to a floor: JSON lines on stdout. N=1000, ONLY=promotion,fan-out
	@go run ./test/bench -n $(N) -only '$(ONLY)'

.PHONY: bench-scale
bench-scale: N := $(if $(filter command line,$(origin N)),$(N),10000)
bench-scale: build $(LOCALPLANE) ## What a tenant costs among a tenth of N tenants and among all. N=10000
	@go run ./test/bench -scale -n $(N)

##@ Develop

.PHONY: generate
generate: $(BIN)/controller-gen $(BIN)/crd-ref-docs ## Generate CRDs, deep copies, apply configurations, references.
	@$(BIN)/controller-gen object:headerFile=hack/boilerplate.go.txt paths=./api/...
	@$(BIN)/controller-gen crd applyconfiguration:headerFile=hack/boilerplate.go.txt paths=./api/v1alpha1/... output:crd:artifacts:config=config/crd/bases
	@hack/docs.sh

.PHONY: fmt
fmt: $(BIN)/golangci-lint ## Format the Go code.
	@$(BIN)/golangci-lint fmt

.PHONY: lint
lint: $(BIN)/golangci-lint ## Lint, with the import rules of the layout.
	@$(BIN)/golangci-lint run

.PHONY: verify
verify: ## Fail on stale generated files, untidy modules and unformatted code.
	@hack/verify.sh

CONTROLLER_GEN := sigs.k8s.io/controller-tools/cmd/controller-gen
GOLANGCI_LINT := github.com/golangci/golangci-lint/v2/cmd/golangci-lint
KUSTOMIZE := sigs.k8s.io/kustomize/kustomize/v5
CRD_REF_DOCS := github.com/elastic/crd-ref-docs

$(BIN)/controller-gen: TOOL = $(CONTROLLER_GEN)
$(BIN)/golangci-lint: TOOL = $(GOLANGCI_LINT)
$(BIN)/kustomize: TOOL = $(KUSTOMIZE)
$(BIN)/crd-ref-docs: TOOL = $(CRD_REF_DOCS)
$(BIN)/controller-gen $(BIN)/golangci-lint $(BIN)/kustomize $(BIN)/crd-ref-docs: hack/tools/go.mod hack/tools/go.sum
	@go build -C hack/tools -o ../../$@ $(TOOL)
