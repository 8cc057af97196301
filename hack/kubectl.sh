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

# require_cluster ends the script unless an API server answers. A KUBECONFIG may name several files;
# kubectl passes over those that are not there.
require_cluster() {
	local named=${KUBECONFIG:-$HOME/.kube/config} file files said found=
	IFS=: read -ra files <<<"$named"
	for file in "${files[@]}"; do [[ ! -e $file ]] || found=1; done
	[[ -n $found ]] ||
		die "KUBECONFIG=$named: no such file. Start a plane with 'make plane-up', and unset KUBECONFIG or set it to a kubeconfig that is there."
	said=$(kubectl get --raw /version --request-timeout=10s 2>&1 >/dev/null) ||
		die "no API server answers at KUBECONFIG=$named: start it ('make plane-up' starts a local one), or unset KUBECONFIG or set it to another's. kubectl said:
$(tail -n 1 <<<"$said")"
}
