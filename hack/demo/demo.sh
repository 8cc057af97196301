#!/usr/bin/env bash
# Copyright The Tenantry Authors.
# SPDX-License-Identifier: Apache-2.0

# The tour: from nothing to tenants, and what is refused, repaired, suspended and taken back. It brings up a plane
# of its own in bin/demo and leaves nothing behind.
#
#   KEEP=1       leaves plane and manager running, and says how to use and stop them
#   NO_COLOR=1   prints no colours, as does an output that is no terminal
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
((BASH_VERSINFO[0] >= 5)) || {
	echo "error: the demo needs bash 5 or later; this is $BASH_VERSION." >&2
	exit 1
}
# shellcheck source=hack/demo/screen.sh
source hack/demo/screen.sh
# shellcheck source=hack/demo/stage.sh
source hack/demo/stage.sh

a_cluster() {
	heading "A Kubernetes of its own"
	say "No container and no cluster is needed: Kubernetes is built from its Go modules, once (about 10" \
		"minutes on two cores), and kept. Then etcd, API server and controller manager start on this machine."
	echo
	build
	plane_up
}

the_operator() {
	heading "Tenantry: kinds, policies, and an operator with few rights"
	offer_kinds
	run "make install"
	start_manager
	say "The operator runs ('make run', log in $log) as its own ServiceAccount." \
		"It needs no webhook, and may not list the cluster's Secrets:"
	echo
	refused "kubectl auth can-i list secrets -A --as system:serviceaccount:tenantry-system:tenantry-manager"
}

# watch_customers prints the customers as they change, until all three are made.
watch_customers() {
	local line watch left=" cybercorp hooli initech "
	show "kubectl get tenants -n acme --watch"
	exec 4< <(exec kubectl get tenants -n acme --watch --request-timeout=60s 2>&1)
	watch=$!
	while [[ $left != " " ]]; do
		IFS= read -r line <&4 || die "the customers were not ready within 60 s:$left"
		printf '   %s\n' "$line"
		[[ $line =~ \ (Active|Suspended)\  ]] && left=${left/ ${line%% *} / }
	done
	kill "$watch"
	exec 4<&-
	echo
}

tenants() {
	heading "A partner and its customers"
	say "A partner is a Tenant that may have children. It lies in a plain namespace:"
	echo
	run "kubectl apply -k config/samples/partner"
	run "kubectl wait --for=condition=Ready tenant/acme -n platform --timeout=60s"
	say "It got namespace acme. A Tenant in there is a customer of acme's: a full one, a small one, and one" \
		"that is suspended."
	echo
	run "kubectl apply -k config/samples/customers"
	watch_customers
	run "kubectl wait --for=condition=Ready tenants --all -n acme --timeout=60s"
	run "kubectl get tenants -A"
}

a_place() {
	heading "What a tenant gets"
	run "kubectl get namespaces -l tenantry.io/managed -L tenantry.io/parent,pod-security.kubernetes.io/enforce"
	run "kubectl get configmap,secret,service,ingress,networkpolicy,limitrange,resourcequota -n acme-cybercorp -l tenantry.io/managed -o name"
	say "The quota has its seats and disk, and closes what reaches around the route:"
	echo
	run "kubectl describe quota tenantry -n acme-cybercorp"
	say "And this is what an application in there reads:"
	echo
	run "kubectl get configmap tenantry -n acme-cybercorp -o go-template='{{range \$key, \$value := .data}}{{\$key}}: {{\$value}}{{\"\\n\"}}{{end}}'"
}

people() {
	heading "The right people, and only they"
	say "Where a grant lies says whom it lets in. In the partner's place: Pat, who is staff and owns every" \
		"customer, and Sam, a technician, who enters one of them for eight hours. In the customer's: Kim."
	echo
	run "kubectl apply -k config/samples/people"
	run "kubectl wait --for=condition=Active tenantaccessgrants --all -n acme --timeout=30s"
	run "kubectl wait --for=condition=Active tenantaccessgrants --all -n acme-cybercorp --timeout=30s"
	run "kubectl get tenantaccessgrants -A"
	run "kubectl auth can-i delete secrets -n acme-initech --as pat@acme.example"
	run "kubectl auth can-i create pods -n acme-cybercorp --as sam@acme.example"
	refused "kubectl auth can-i create pods -n acme-initech --as sam@acme.example"
	say "Temporary access can't make itself permanent, and nobody gives a role above their own:"
	echo
	refused "kubectl patch tenantaccessgrant night-shift -n acme --as sam@acme.example --type=merge -p '{\"spec\":{\"duration\":null}}'"
	refused "kubectl patch tenantaccessgrant pat -n acme --as pat@acme.example --type=merge -p '{\"spec\":{\"role\":\"Owner\"}}'"
	say "Pat leaves, and has lost every customer, a write for each:"
	echo
	run "kubectl delete tenantaccessgrant pat -n acme"
	run "while kubectl auth can-i --quiet delete secrets -n acme-initech --as pat@acme.example; do :; done"
	refused "kubectl auth can-i delete secrets -n acme-initech --as pat@acme.example"
}

sales() {
	heading "What is sold, and never twice"
	say "A plan gives its tenants limits and features. Of this one three seats were bought in all: Duff takes" \
		"two, and Wonka asks for two as well:"
	echo
	run "kubectl apply -f hack/demo/plan.yaml"
	run "kubectl wait --for=condition=Ready tenant/duff -n acme --timeout=30s"
	run "kubectl wait --for=jsonpath='{.status.phase}'=Pending tenant/wonka -n acme --timeout=30s"
	run "kubectl get tenant wonka -n acme -o jsonpath='{.status.conditions[?(@.type==\"Ready\")].message}{\"\\n\"}'"
	say "Acme buys one more, and Wonka, who waits longest, is served:"
	echo
	run "kubectl patch licenseplan starter -n acme --type=merge -p '{\"spec\":{\"capacity\":{\"agents\":4}}}'"
	run "kubectl wait --for=condition=Ready tenant/wonka -n acme --timeout=30s"
	run "kubectl wait --for=jsonpath='{.status.allocated.agents}'=4 licenseplan/starter -n acme --timeout=30s"
	run "kubectl get licenseplans,tenants -n acme"
	refused "kubectl delete licenseplan starter -n acme"
}

refusals() {
	heading "Refused, with the operator stopped"
	say "Rules are quotas, schemas and admission policies: the API server knows them by itself. So that" \
		"nobody thinks it was the operator, it is stopped now."
	stop_manager
	echo
	say "Two seats, and three people:"
	echo
	refused "kubectl apply -f hack/demo/seats.yaml"
	say "A tenant's namespace, by the administrator of the cluster:"
	echo
	refused "kubectl delete namespace acme-cybercorp"
	refused "kubectl label namespace acme-cybercorp pod-security.kubernetes.io/enforce=privileged --overwrite"
	say "A value that makes no sense:"
	echo
	refused "kubectl patch tenant initech -n acme --type=merge -p '{\"spec\":{\"domain\":{\"subdomain\":\"In Tech\"}}}'"
	start_manager
	good "The operator runs again."
}

conflict() {
	heading "What can't be, and why"
	say "Umbrella asks for the host that cybercorp has. That is no error of the YAML, so a condition says it:"
	echo
	run "kubectl apply -f hack/demo/umbrella.yaml"
	run "kubectl wait --for=jsonpath='{.status.phase}'=Pending tenant/umbrella -n acme --timeout=30s"
	run "kubectl get tenant umbrella -n acme -o jsonpath='{.status.conditions[?(@.type==\"Ready\")].message}{\"\\n\"}'"
	say "Do as it says, and the tenant is made:"
	echo
	run "kubectl patch tenant umbrella -n acme --type=merge -p '{\"spec\":{\"domain\":{\"subdomain\":\"umbrella\"}}}'"
	run "kubectl wait --for=condition=Ready tenant/umbrella -n acme --timeout=30s"
}

# time_repair COMMAND VALUE shows and runs a command that breaks the NetworkPolicy, and says how long
# after the change its VALUE, a JSONPath, was again what it had been.
time_repair() {
	local before now changed
	exec 4< <(exec kubectl get networkpolicy tenantry -n acme-cybercorp --watch --request-timeout=30s -o "jsonpath=$2{'\n'}")
	local watch=$!
	IFS= read -r before <&4
	run "$1"
	until IFS= read -r now <&4 && [[ $now != "$before" ]]; do :; done
	changed=$EPOCHREALTIME
	until IFS= read -r now <&4 && [[ $now == "$before" ]]; do :; done
	now=$EPOCHREALTIME
	kill "$watch"
	exec 4<&-
	good "Repaired after $(((${now/[.,]/} - ${changed/[.,]/}) / 1000)) ms."
}

repairs() {
	heading "Repaired"
	say "An administrator may change what the operator made. It does not last: here the tenant's pods are" \
		"opened to the whole cluster."
	echo
	time_repair "kubectl patch networkpolicy tenantry -n acme-cybercorp --type=json -p '[{\"op\":\"add\",\"path\":\"/spec/ingress/-\",\"value\":{}}]'" '{.spec.ingress}'
	say "And here nearly everything is deleted at once:"
	echo
	run "kubectl delete ingress,service,networkpolicy,limitrange,resourcequota,configmap -n acme-cybercorp -l tenantry.io/managed"
	run "kubectl wait --for=create ingress/portal service/portal networkpolicy/tenantry resourcequota/tenantry configmap/tenantry -n acme-cybercorp --timeout=30s"
	run "kubectl wait --for=condition=Ready tenant/cybercorp -n acme --timeout=30s"
	run "kubectl events -n acme --for tenant/cybercorp"
}

one_for_all() {
	heading "One brand and one configuration for all"
	say "Customers that say nothing else bear acme's brand, and two of them get what acme marks in its own place," \
		"with their names filled in:"
	echo
	run "kubectl apply -k config/samples/brands -o name && kubectl apply -f hack/demo/sync.yaml"
	run "kubectl wait --for=create configmap/brand configmap/welcome -n acme-cybercorp --timeout=30s"
	run "kubectl wait --for=create configmap/brand configmap/welcome -n acme-initech --timeout=30s"
	run "kubectl get tenants cybercorp initech -n acme -o custom-columns=NAME:.metadata.name,BRAND:.status.whiteLabelProfile,SYNCS:.status.syncs[*].state"
	run "kubectl get configmap welcome -n acme-initech -o jsonpath='{.data.text}{\"\\n\"}'"
	say "A copy that somebody changes is as the master again:"
	echo
	run "kubectl patch configmap welcome -n acme-cybercorp --type=merge -p '{\"data\":{\"text\":\"Go away\"}}'"
	run "kubectl wait --for=jsonpath='{.data.text}'='Welcome to CyberCorp Ltd' configmap/welcome -n acme-cybercorp --timeout=30s"
	run "kubectl get mastertenantsyncs -n acme"
	say "The customer's own people have no say in it, and a brand that is worn is not deleted:"
	echo
	refused "kubectl patch configmap welcome -n acme-cybercorp --as kim@cybercorp.example --type=merge -p '{\"data\":{\"text\":\"Go away\"}}'"
	run "until kubectl get whitelabelprofile acme-brand -n acme -o jsonpath='{.status.tenants}' | grep -q '[1-9]'; do :; done"
	refused "kubectl delete whitelabelprofile acme-brand -n acme"
}

suspension() {
	heading "Suspended and resumed"
	run "kubectl patch tenant cybercorp -n acme --type=merge -p '{\"spec\":{\"suspend\":true}}'"
	run "kubectl wait --for=jsonpath='{.status.phase}'=Suspended tenant/cybercorp -n acme --timeout=30s"
	say "The route is gone, and a second quota lets nothing run. The rest stays, data above all:"
	echo
	run "kubectl get ingress,resourcequota -n acme-cybercorp -o name"
	run "kubectl patch tenant cybercorp -n acme --type=merge -p '{\"spec\":{\"suspend\":null}}'"
	run "kubectl wait --for=jsonpath='{.status.phase}'=Active tenant/cybercorp -n acme --timeout=30s"
	run "kubectl get ingress,resourcequota -n acme-cybercorp -o name"
}

mistake() {
	heading "Deleted by mistake"
	say "Initech's administrator has a password:"
	echo
	run "kubectl get secret tenant-admin -n acme-initech -o jsonpath='{.data.password}{\"\\n\"}' | sha256sum"
	say "Somebody deletes the tenant. Its place is closed, and kept for a week:"
	echo
	run "kubectl delete tenant initech -n acme"
	run "kubectl get retainedtenants -n acme"
	say "Whoever had made it makes it again, and has the same place, with the same password:"
	echo
	run "kubectl apply -f config/samples/customers/initech.yaml"
	run "kubectl wait --for=condition=Ready tenant/initech -n acme --timeout=30s"
	run "kubectl get secret tenant-admin -n acme-initech -o jsonpath='{.data.password}{\"\\n\"}' | sha256sum"
	say "For good it goes when somebody says so who may, with all its data:"
	echo
	run "kubectl annotate tenant umbrella -n acme tenantry.io/purge=umbrella"
	run "kubectl delete tenant umbrella -n acme"
	run "kubectl get namespace acme-umbrella --ignore-not-found"
}

farewell() {
	heading "Yours"
	if [[ ${KEEP:-} == 1 ]]; then
		say "Cluster and operator run on. To use them:" \
			"" \
			"  export KUBECONFIG=\$PWD/$plane/kubeconfig PATH=\$PWD/bin:\$PATH" \
			"  kubectl get tenants -A" \
			"" \
			"To stop them:" \
			"" \
			"  kill \$(cat $pidfile); make plane-clean PLANE=demo"
		return
	fi
	say "All of it is stopped and removed now. To go on:" \
		"" \
		"  KEEP=1 make demo                 the same, left running" \
		"  make plane-up install run        a cluster of your own, the operator in the foreground" \
		"  README.md                        the tour by hand, and where to read on"
}

a_cluster
the_operator
tenants
a_place
people
sales
refusals
conflict
repairs
one_for_all
suspension
mistake
farewell
printf '\n   %sDone in %s.%s\n' "$dim" "$(elapsed)" "$plain"
