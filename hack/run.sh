#!/usr/bin/env bash
# Copyright The Tenantry Authors.
# SPDX-License-Identifier: Apache-2.0

# Runs the built manager in the foreground against the cluster that KUBECONFIG names, as its own
# ServiceAccount and with nothing but its rights. The process becomes the manager: a TERM or an
# interrupt makes it release its lease and end.
#
#   CONFIG   its configuration; default: config/manager/config.yaml
#   KUBECTL  the kubectl to use; default: bin/kubectl if it is there, else the one in PATH
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=hack/kubectl.sh
source "$root/hack/kubectl.sh"
config=${CONFIG:-$root/config/manager/config.yaml}

# address_of FIELD is that of the configuration, else its default, which the shipped file shows.
address_of() {
	local file address
	for file in "$config" "$root/config/manager/config.yaml"; do
		address=$(kubectl annotate --local -f "$file" read= -o "jsonpath={.$1}" 2>/dev/null) || address=
		[[ -z $address ]] || break
	done
	echo "$address"
}

# The manager's own error would name the address, and not the field that it is from.
require_free_ports() {
	local field address host
	for field in metrics.bindAddress health.bindAddress pprof.bindAddress; do
		address=$(address_of "$field")
		[[ $address == *:* ]] || continue
		host=${address%:*}
		host=${host#[} host=${host%]}
		(: <"/dev/tcp/${host:-127.0.0.1}/${address##*:}") 2>/dev/null || continue
		die "$address is taken, perhaps by another manager: it is the $field of $config.
Write a configuration with other addresses (\"0\" for none) and run this with CONFIG=<file>."
	done
}

require_cluster
require_free_ports

kubeconfig=$(mktemp)
chmod 600 "$kubeconfig"
kubectl config view --minify --flatten --raw >"$kubeconfig"
token=$(kubectl create token tenantry-manager --namespace tenantry-system --duration 24h) ||
	die "the manager's ServiceAccount is not there: run 'make install' first."
kubectl --kubeconfig "$kubeconfig" config unset users >/dev/null
kubectl --kubeconfig "$kubeconfig" config set-credentials tenantry-manager --token "$token" >/dev/null
kubectl --kubeconfig "$kubeconfig" config set-context --current --user tenantry-manager >/dev/null

# The manager reads its kubeconfig at start; an open descriptor lets the file go without a trace.
exec 3<"$kubeconfig"
rm "$kubeconfig"
exec env KUBECONFIG=/dev/fd/3 "$root/bin/manager" --config "$config"
