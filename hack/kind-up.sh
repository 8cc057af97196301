#!/usr/bin/env bash
# Copyright The Tenantry Authors.
# SPDX-License-Identifier: Apache-2.0

# For people with Docker: a cluster on kind (https://kind.sigs.k8s.io), with the image of this tree
# and Tenantry installed from dist/install.yaml. Usage: hack/kind-up.sh IMAGE
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
image=${1:?usage: hack/kind-up.sh IMAGE}
cluster=${KIND_CLUSTER:-tenantry}
kind() { go run sigs.k8s.io/kind@v0.32.0 "$@"; }

docker info >/dev/null 2>&1 ||
	{ echo "error: no Docker engine answers; without one, 'make plane-up install run' gives a cluster too." >&2; exit 1; }

kind get clusters | grep -qx "$cluster" || kind create cluster --name "$cluster" --wait 2m
docker build --build-arg VERSION="${image##*:}" --tag "$image" .
kind load docker-image "$image" --name "$cluster"
kind get kubeconfig --name "$cluster" >"bin/$cluster.kubeconfig"
export KUBECONFIG=$PWD/bin/$cluster.kubeconfig
make --no-print-directory deploy IMG="$image"
"${KUBECTL:-kubectl}" --namespace tenantry-system rollout status deployment tenantry-manager --timeout 2m
echo "Tenantry runs. Go on with: export KUBECONFIG=$KUBECONFIG"
