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
require_cluster

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
exec env KUBECONFIG=/dev/fd/3 "$root/bin/manager" --config "${CONFIG:-$root/config/manager/config.yaml}"
