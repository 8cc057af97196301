#!/usr/bin/env bash
# Copyright The Tenantry Authors.
# SPDX-License-Identifier: Apache-2.0

# Builds the programs of a real edge from their Go modules, unless the cache has them, and makes the
# link that is its argument, a path below the working directory, lead to the directory with them:
#
#   traefik         the ingress controller, with all of its flags
#   cert-manager    cert-manager's controllers (certmanager/main.go)
#   crds/           cert-manager's kinds
#
# The cache outlives the repository, as that of hack/localplane does.
set -euo pipefail

link=$PWD/$1
cd "$(dirname "${BASH_SOURCE[0]}")"

version() { awk -v module="$1" '$1 == module {print $2; exit}' go.mod; }
traefik=$(version github.com/traefik/traefik/v3)
certmanager=$(version github.com/cert-manager/cert-manager)

mapfile -t sources < <(find . -type f ! -name '*.md' | LC_ALL=C sort)
digest=$({ printf '%s\n' "${sources[@]}" && cat "${sources[@]}"; } | git hash-object --stdin | cut -c1-12)
cache=${TENANTRY_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/tenantry}/edge
built=$cache/$traefik-$certmanager-$(go env GOHOSTOS)-$(go env GOHOSTARCH)-$digest

# In a directory of its own, which becomes the result in one step: builds at the same time don't clash.
build() {
	local work
	mkdir -p "$cache"
	work=$(mktemp -d "$cache/build-XXXXXX")
	# shellcheck disable=SC2064 # as it is now
	trap "rm -rf '$work'" EXIT
	echo "building Traefik $traefik and cert-manager $certmanager from their Go modules: once, about 8 minutes on two cores"
	export CGO_ENABLED=0 GOWORK=off GOOS='' GOARCH=''
	# The flags that decide what is compiled (CGO_ENABLED, no -trimpath) are those of this project's
	# other builds: Go's cache serves them all.
	go build -buildvcs=false -ldflags '-s -w' -o "$work/cert-manager" ./certmanager
	go build -buildvcs=false -ldflags "-s -w -X github.com/traefik/traefik/v3/pkg/version.Version=$traefik" \
		-o "$work/traefik" github.com/traefik/traefik/v3/cmd/traefik
	install -d -m 755 "$work/crds"
	install -m 644 "$(go list -m -f '{{.Dir}}' github.com/cert-manager/cert-manager)"/deploy/crds/*.yaml "$work/crds"
	chmod 755 "$work"
	[[ -d $built ]] || mv "$work" "$built"
}

[[ -d $built ]] || build
touch "$built" # or make takes what was built before this checkout for stale
mkdir -p "$(dirname "$link")"
ln -sfn "$built" "$link"
