#!/usr/bin/env bash
# Copyright The Tenantry Authors.
# SPDX-License-Identifier: Apache-2.0

# What install.sh and uninstall.sh share. To be sourced, with $root set.

die() {
	echo "error: $*" >&2
	exit 1
}

if [[ -z ${KUBECTL:-} ]]; then
	KUBECTL=$root/bin/kubectl
	[[ -x $KUBECTL ]] || KUBECTL=$(type -P kubectl) ||
		die "no kubectl: run 'make plane-up', which builds one, or install it (https://kubernetes.io/docs/tasks/tools/)."
fi

kubectl() { "$KUBECTL" "$@"; }

server() { kubectl config view --minify -o 'jsonpath={.clusters[0].cluster.server}'; }

require_cluster() {
	local said
	said=$(kubectl version --request-timeout=10s 2>&1) ||
		die "no API server answers at KUBECONFIG=${KUBECONFIG:-~/.kube/config}: start one with 'make plane-up', or set KUBECONFIG. kubectl said:
$said"
}
