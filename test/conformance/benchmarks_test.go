// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"slices"

	. "github.com/onsi/ginkgo/v2"
)

// benchmark is one check of the multi-tenancy benchmarks.
type benchmark struct {
	// id is theirs, which two of them share; title is theirs too.
	id, title string
	// by is what in Tenantry satisfies it, in Markdown.
	by string
	// check makes the attempts as somebody of the tenant.
	check func(SpecContext, *person)
}

// planned is the id of a check that they named and gave no id and no test.
const planned = "planned"

// benchmarks are the checks that the benchmarks' own tool, kubectl-mtb, makes of the API server.
var benchmarks = []benchmark{
	{"MTB-PL1-CC-CPI-1", "Block access to cluster resources", "people are bound in the place by RoleBindings alone, and its ClusterRoles name no cluster-scoped resource", blockClusterResources},
	{"MTB-PL1-BC-CPI-2", "Block Multitenant Resources", "policy `tenantry-owned-objects`; the roles hold no right on quotas and limits", blockMultitenantResources},
	{"MTB-PL1-BC-CPI-3", "Block add capabilities", "Pod Security Standard `restricted` on every place, kept by `tenantry-managed-namespaces`", blockAddCapabilities},
	{"MTB-PL1-BC-CPI-4", "Require run as non-root user", "Pod Security Standard `restricted`, and policy `tenantry-pod-users` where it lets root pass", requireNonRoot},
	{"MTB-PL1-BC-CPI-5", "Block privileged containers", "Pod Security Standard `restricted`", blockPrivileged},
	{"MTB-PL1-BC-CPI-6", "Block privilege escalation", "Pod Security Standard `restricted`", blockPrivilegeEscalation},
	{"MTB-PL1-CC-FNS-1", "Configure namespace resource quotas", "ResourceQuota `tenantry`, in force before anybody is let in", configureResourceQuotas},
	{"MTB-PL1-CC-FNS-2", "Configure namespace object limits", "the same ResourceQuota", configureObjectLimits},
	{"MTB-PL1-BC-HI-1", "Block use of host path volumes", "Pod Security Standard `restricted`", blockHostPath},
	{"MTB-PL1-BC-HI-1", "Block use of NodePort services", "policy `tenantry-services`, and a quota of none", blockNodePorts},
	{"MTB-PL1-BC-HI-3", "Block use of host networking and ports", "Pod Security Standard `restricted`", blockHostNetwork},
	{"MTB-PL1-BC-HI-4", "Block use of host PID", "Pod Security Standard `restricted`", blockHostPID},
	{"MTB-PL1-BC-HI-5", "Block use of host IPC", "Pod Security Standard `restricted`", blockHostIPC},
	{"MTB-PL1-CC-DI-1", "Require always imagePullPolicy", "policies `tenantry-image-pull`: what is not `Always` becomes it, and `Never` is refused", requireAlwaysPull},
	{"MTB-PL1-CC-TI-1", "Block modification of resource quotas", "the roles hold no right to write quotas; policies `tenantry-owned-objects` and `tenantry-quota-status`", blockQuotaChanges},
	{"MTB-PL1-CC-TI-2", "Block access to other tenant resources", "a namespace for every tenant, and RoleBindings in it alone", blockOtherTenants},
	{"MTB-PL2-CC-TI-1", "Block role privilege escalation", "policies `tenantry-role-bindings`, `tenantry-roles` and `tenantry-grants`; the roles hold neither `bind` nor `escalate`", blockRoleEscalation},
	{"MTB-PL2-BC-OPS-3", "Create Role Bindings", "Owner and Admin write Roles, and RoleBindings to ServiceAccounts of the place", createRoleBindings},
	{"MTB-PL2-BC-OPS-4", "Create Network Policies", "Owner and Admin write NetworkPolicies among the place's own pods", createNetworkPolicies},
}

// more are checks that the benchmarks drafted or planned, and that need no network and no node.
var more = []benchmark{
	{"MTB-PL1-BC-NI-1", "Default deny network connections across tenants", "NetworkPolicy `tenantry`, and policy `tenantry-network-policies`: nobody can add to what it lets through", denyOtherTenantsConnections},
	{planned, "Require PVC reclaim policy delete", "policy `tenantry-storage-classes`", requireReclaimDelete},
	{planned, "Block use of existing PVs", "policy `tenantry-volume-claims`", blockExistingVolumes},
	{planned, "Require PersistentVolumeClaim for storage", "Pod Security Standard `restricted`", requireClaims},
	{planned, "Require CAP_DROP_ALL", "Pod Security Standard `restricted`", requireDropAll},
}

var _ = Describe("The multi-tenancy benchmarks", func() {
	for _, b := range slices.Concat(benchmarks, more) {
		for _, role := range roles {
			It(b.name()+", as the tenant's "+string(role), func(ctx SpecContext) { b.check(ctx, people[role]) })
		}
	}
})

func (b benchmark) name() string { return b.id + " " + b.title }
