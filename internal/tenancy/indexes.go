// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package tenancy

import (
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// IndexHosts finds the Tenants that hold a host, by their status.
const IndexHosts = "status.hosts"

// HostsOf are the hosts that a Tenant's status says it holds.
func HostsOf(object client.Object) []string {
	tenant := object.(*v1alpha1.Tenant)
	hosts := make([]string, 0, len(tenant.Status.Hosts))
	for _, host := range tenant.Status.Hosts {
		hosts = append(hosts, string(host))
	}
	return hosts
}
