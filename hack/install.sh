#!/usr/bin/env bash
# Copyright The Tenantry Authors.
# SPDX-License-Identifier: Apache-2.0

# Installs what a manager needs (config/install) in the cluster that KUBECONFIG names, and returns
# when the API serves the kinds, a dry run shows that the policies act, and quotas count seats (up to
# half a minute the first time). Running it again changes nothing that is right already.
#
#   KUBECTL  the kubectl to use; default: bin/kubectl if it is there, else the one in PATH
#   TIMEOUT  seconds to wait for the kinds, and again for each policy and the quotas; default: 60
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=hack/kubectl.sh
source "$root/hack/kubectl.sh"
timeout=${TIMEOUT:-60}

# refused POLICY ARGUMENT... succeeds when a dry run of kubectl ARGUMENT... with the manifest on
# stdin is refused by POLICY. Its output is kept for the message of a time-out.
refused() {
	local policy=$1
	shift
	last=$(kubectl "$@" --dry-run=server -f - 2>&1) && return 1
	[[ $last == *"ValidatingAdmissionPolicy '$policy'"* ]]
}

# A document that begins with a brace is JSON to kubectl before 1.33.
manifest() { # KIND NAME LABELS
	local api=v1
	[[ $1 == Tenant ]] && api=tenantry.io/v1alpha1
	printf 'apiVersion: %s\nkind: %s\nmetadata: {name: %s, labels: {%s}}\n' "$api" "$1" "$2" "${3:-}"
}

# Policies are written in one go and taken up together, so those that need an object to act on
# (status, finalizers, managed namespaces) act when these do.
namespace_metadata_acts() {
	refused tenantry-namespace-metadata create < <(manifest Namespace tenantry-probe 'tenantry.io/managed: "true"')
}
owned_objects_acts() {
	refused tenantry-owned-objects create -n default < <(manifest ConfigMap tenantry-probe 'tenantry.io/managed: "true"')
}
root_names_acts() {
	refused tenantry-root-names create -n default < <(manifest Tenant tenantry-probe)
}
reserved_metadata_acts() {
	refused tenantry-reserved-metadata create -n default < <(manifest Tenant probe 'tenantry.io/tenant: probe')
}
stamps_act() {
	last=$(kubectl create -n default --dry-run=server -o json -f - 2>&1 < <(manifest Tenant probe)) || return 1
	[[ $last == *'"tenantry.io/created-by"'* && $last == *'"tenantry.io/cleanup"'* ]]
}

# Kubernetes looks for new kinds to count every 30 s, and leaves a quota that names one before that
# unenforced until it changes or five minutes are over: the first tenants would wait for it.
seats_count() {
	seats=$((${seats:-0} + 1))
	last=$(kubectl apply --server-side -f - 2>&1 <<-QUOTA
		apiVersion: v1
		kind: ResourceQuota
		metadata: {name: tenantry-probe, namespace: tenantry-system}
		spec: {hard: {count/tenantaccessgrants.tenantry.io: "$seats"}}
	QUOTA
	) || return 1
	last=$(kubectl get resourcequota tenantry-probe -n tenantry-system -o 'jsonpath={.status}')
	[[ $last == *'"used":{"count/'* ]]
}

# The Gateway API's kinds (standard channel) come from its module. A cluster that has them keeps its own.
install_gateway_api() {
	kubectl get crd httproutes.gateway.networking.k8s.io >/dev/null 2>&1 && return
	local module
	module=$(cd "$root/hack/tools" && go mod download sigs.k8s.io/gateway-api && go list -m -f '{{.Dir}}' sigs.k8s.io/gateway-api) ||
		die "the module of the Gateway API could not be had: see above, or install its CRDs yourself (https://gateway-api.sigs.k8s.io) and run this again."
	kubectl apply --server-side --field-manager=tenantry-install -f "$module/config/crd/standard" >/dev/null ||
		die "the cluster refused the kinds of the Gateway API: see above."
}

await() { # WHAT FUNCTION
	local deadline=$((SECONDS + timeout)) last=
	until "$2"; do
		((SECONDS < deadline)) || die "$1 did not act within $timeout s. The last dry run said:
$last
See 'kubectl get validatingadmissionpolicies,mutatingadmissionpolicies', and run this again (TIMEOUT=... waits longer)."
		sleep 0.5
	done
}

require_cluster
echo "Installing Tenantry in $(server) ..."
install_gateway_api
kubectl apply --server-side --force-conflicts --field-manager=tenantry-install -k "$root/config/install" >/dev/null ||
	die "the cluster refused the manifests above. Installing needs the rights of a cluster administrator, and Kubernetes 1.36 or later."

echo "Waiting until the kinds are served, the policies act and quotas count seats: up to half a minute the first time ..."
mapfile -t crds < <(kubectl get crd -o name | grep '\.tenantry\.io$')
kubectl wait --for=condition=Established --timeout="${timeout}s" "${crds[@]}" >/dev/null ||
	die "the kinds were not Established within $timeout s: see 'kubectl get crd -o yaml', .status.conditions."

await "policy tenantry-namespace-metadata" namespace_metadata_acts
await "policy tenantry-owned-objects" owned_objects_acts
await "policy tenantry-root-names" root_names_acts
await "policy tenantry-reserved-metadata" reserved_metadata_acts
await "policies tenantry-created-by and tenantry-finalizer" stamps_act
trap 'kubectl delete resourcequota tenantry-probe -n tenantry-system --ignore-not-found >/dev/null' EXIT
await "the counting of seats by quotas (kube-controller-manager)" seats_count
echo "Installed. Kinds served: ${#crds[@]}; the policies act, and seats are counted."
