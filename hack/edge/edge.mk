# The programs of a real edge, see hack/edge/README.md. Included by the Makefile at the root; all paths
# are relative to that.

EDGE := bin/edge

$(EDGE): $(wildcard hack/edge/*.sh hack/edge/go.* hack/edge/*/*.go hack/edge/*/go.mod hack/edge/*/*/*.go hack/edge/*/*/*/*.go)
	@hack/edge/build.sh $@
