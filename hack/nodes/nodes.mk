# The program of fake nodes, see hack/nodes/README.md. Included by the Makefile at the root; all paths
# are relative to that.

KWOK := bin/kwok

$(KWOK): hack/nodes/go.mod hack/nodes/go.sum
	@CGO_ENABLED=0 go build -C hack/nodes -ldflags '-s -w' -o ../../$@ sigs.k8s.io/kwok/cmd/kwok
