#!/usr/bin/env bash
# Copyright The Tenantry Authors.
# SPDX-License-Identifier: Apache-2.0

# Removes Tenantry from the cluster that KUBECONFIG names. It refuses while Tenants exist: delete
# them first, with the manager running, and their places go with them.
#
#   FORCE=1  removes kinds and policies all the same. The Tenants are forgotten; their namespaces and
#            all data stay, unguarded, until somebody deletes them
#   KUBECTL  the kubectl to use; default: bin/kubectl if it is there, else the one in PATH
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=hack/kubectl.sh
source "$root/hack/kubectl.sh"

# The server's own kinds, whatever this checkout's are.
crds() { kubectl get crd -o name | grep '\.tenantry\.io$' || true; }

# Those whose place is kept are tenants still: without their records nobody purges the places.
tenants() {
	local kind
	for kind in tenants retainedtenants; do
		[[ -n $(kubectl get crd "$kind.tenantry.io" --ignore-not-found -o name) ]] || continue
		kubectl get "$kind.tenantry.io" -A -o "jsonpath={range .items[*]}$kind/{.metadata.namespace}/{.metadata.name}{\"\\n\"}{end}"
	done
}

# without_ours FINALIZERS is the patch that takes our finalizer out of a JSON list, as long as it is
# that very list. What others put there is theirs to release.
without_ours() {
	local rest=$1
	rest=${rest//'"tenantry.io/cleanup"'/}
	rest=${rest//,,/,}
	rest=${rest/'[,'/'['}
	rest=${rest/',]'/']'}
	printf '[{"op":"test","path":"/metadata/finalizers","value":%s},{"op":"replace","path":"/metadata/finalizers","value":%s}]' "$1" "$rest"
}

# Objects with our finalizer would hold their kind back for ever, with no operator to release them, and Jobs of scans the
# namespaces that they run in.
release() {
	local crd
	for crd in $(crds); do
		release_kind "${crd#*/}"
	done
	release_kind jobs.batch -l tenantry.io/managed=true,tenantry.io/schedule-uid
}

# release_kind KIND OPTION... What is gone in the meantime, a kind or an object, is no error.
release_kind() {
	local kind=$1 namespace name finalizers
	kubectl get "$@" -A -o 'jsonpath={range .items[?(@.metadata.finalizers)]}{.metadata.namespace} {.metadata.name} {.metadata.finalizers}{"\n"}{end}' 2>/dev/null |
		while read -r namespace name finalizers; do
			kubectl patch "$kind" -n "$namespace" "$name" --type=json -p "$(without_ours "$finalizers")" >/dev/null 2>&1 || true
		done || true
}

# A manager in the cluster goes with its Deployment. Another, such as that of 'make run', loses its
# rights while it works, and ends with errors.
mention_manager() {
	local holder
	[[ -z $(kubectl get deployment tenantry-manager -n tenantry-system --ignore-not-found -o name) ]] || return 0
	holder=$(kubectl get lease tenantry-manager -n tenantry-system --ignore-not-found -o 'jsonpath={.spec.holderIdentity}')
	[[ -z $holder ]] || echo "A manager holds the lease: $holder. If it still runs ('make run'), better end it first, with Ctrl-C: it loses its rights, and fails."
}

# What install brought of the Gateway API may be in use by others by now.
mention_gateway_api() {
	[[ -n $(kubectl get crd httproutes.gateway.networking.k8s.io --ignore-not-found -o name) ]] || return 0
	echo "The kinds of the Gateway API and their policy stay, as others may use them; docs/how-to/uninstall.md removes them."
}

# tally counts what tenants printed.
tally() {
	local all kept
	all=$(wc -l <<<"$1")
	kept=$(grep -c '^retainedtenants/' <<<"$1" || true)
	echo "$(counted $((all - kept)) Tenant) and $(counted "$kept" "kept place")"
}

# counted NUMBER NOUN
counted() {
	local plural=s
	[[ $1 != 1 ]] || plural=
	echo "$1 $2$plural"
}

remove() { kubectl delete --ignore-not-found --wait=false "$@" >/dev/null; }

require_cluster
left=$(tenants)
if [[ -n $left && ${FORCE:-} != 1 ]]; then
	die "Still there: $(tally "$left"), among them $(head -n 3 <<<"$left" | paste -sd' ').
Delete them with the manager running ('kubectl delete tenants -A --all'), and purge the places that are kept then:
'kubectl get retainedtenants -A' lists them, 'kubectl patch retainedtenant -n NAMESPACE NAME --type=merge -p '{\"spec\":{\"action\":\"Purge\"}}'' purges one.
Or run this with FORCE=1: kinds and policies go, and the tenants' namespaces stay with all their data, unguarded."
fi

echo "Removing Tenantry from $(server) ..."
mention_manager
# First the operator and its rights, so that no manager takes what follows for deleted tenants.
remove deployment -n tenantry-system tenantry-manager
remove clusterrolebinding tenantry-manager
remove -k "$root/config/policy"
release # takes as long as there are Tenants; what the policies restore meanwhile is released below
deadline=$((SECONDS + 60))
while mapfile -t kinds < <(crds) && ((${#kinds[@]} > 0)); do
	((SECONDS < deadline)) || die "these kinds are still there after 60 s: ${kinds[*]}. 'kubectl get crd -o yaml' says why; run this again."
	remove "${kinds[@]}"
	release
	sleep 1
done
# Nobody is told of tenants any more. A policy acts for a moment after it is gone.
until last=$(remove namespaces -l tenantry.io/directory=true 2>&1); do
	((SECONDS < deadline)) || die "the namespaces that told people which tenants they may enter can't be deleted: $last"
	sleep 1
done
remove -k "$root/config/install"
kubectl wait --for=delete namespace/tenantry-system namespace/tenantry-hosts --timeout=60s >/dev/null

echo "Removed."
mention_gateway_api
if [[ -n $left ]]; then
	echo "The namespaces of the former tenants stay, with all their data and without a guard:"
	echo "  kubectl get namespaces -l tenantry.io/managed=true"
	echo "Once Tenantry is installed again, its policies refuse to delete them. Those that nobody needs, delete now:"
	echo "  kubectl delete namespaces -l tenantry.io/managed=true"
fi
