# The local Kubernetes plane, see hack/localplane/README.md. Included by the Makefile at the root;
# all paths are relative to that.

# Name of the plane; its state, logs and kubeconfig are in bin/$(PLANE).
PLANE ?= plane
# Further flags of `localplane up`, e.g. --scheduler --set kube-controller-manager.kube-api-qps=1000
PLANE_FLAGS ?=

LOCALPLANE := bin/localplane

$(LOCALPLANE): $(wildcard hack/localplane/*.go hack/localplane/kubernetes/*.go) hack/localplane/go.mod hack/localplane/go.sum
	@CGO_ENABLED=0 go build -C hack/localplane -o ../../$@ .

##@ A local Kubernetes

.PHONY: plane-up plane-down plane-clean plane-status

plane-up: $(LOCALPLANE) ## Bring up a local Kubernetes control plane: PLANE=name, PLANE_FLAGS=...
	@$(LOCALPLANE) up --dir bin/$(PLANE) --bin bin $(PLANE_FLAGS)

plane-down: $(LOCALPLANE) ## Stop the local plane; its state stays.
	@$(LOCALPLANE) down --dir bin/$(PLANE)

plane-clean: $(LOCALPLANE) ## Stop the local plane and remove its state.
	@$(LOCALPLANE) clean --dir bin/$(PLANE)

plane-status: $(LOCALPLANE) ## Show the local plane's processes.
	@$(LOCALPLANE) status --dir bin/$(PLANE)
