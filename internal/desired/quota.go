// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/apply"
)

const (
	// ResourceAgents counts seats: the API server itself refuses a grant too many.
	ResourceAgents corev1.ResourceName = "count/tenantaccessgrants.tenantry.io"
	// resourceJobs counts Jobs.
	resourceJobs corev1.ResourceName = "count/jobs.batch"
	// storageClassSuffix ends the name of a storage class's share of the disk.
	storageClassSuffix = ".storageclass.storage.k8s.io/requests.storage"
)

// quota caps what the tenant may use.
func quota(in Inputs) *apply.Intent {
	limits := Limits(in)
	hard := servedList(in.Config.Quota)
	hard[corev1.ResourceRequestsStorage] = *limits.Disk
	// A partner's place holds delegations too, which are no seats: there the operator counts.
	if in.Tenant.Spec.Partner == nil {
		hard[ResourceAgents] = *resource.NewQuantity(int64(*limits.Agents), resource.DecimalSI)
	}
	for _, class := range foreignClasses(in) {
		hard[corev1.ResourceName(class+storageClassSuffix)] = resource.Quantity{}
	}
	intent := &apply.Intent{Object: &corev1.ResourceQuota{
		ObjectMeta: objectMeta(in, QuotaName),
		Spec:       corev1.ResourceQuotaSpec{Hard: hard},
	}}
	if share := in.License.Share; share != nil && share.Serial > 0 {
		// A manager that has read older books would give back what was taken away since, and given to another.
		intent.Object.SetAnnotations(map[string]string{v1alpha1.AnnotationShare: strconv.FormatInt(share.Serial, 10)})
		intent.Fence = v1alpha1.AnnotationShare
	}
	return intent
}

// foreignClasses are the storage classes that regions have and the tenant's region has not. A
// region that is no longer configured has none.
func foreignClasses(in Inputs) []string {
	if in.Tenant.Spec.Region == "" {
		return nil
	}
	own := in.Config.Regions[in.Tenant.Spec.Region]
	var foreign []string
	for _, region := range in.Config.Regions {
		for _, class := range region.StorageClasses {
			if !slices.Contains(own.StorageClasses, class) {
				foreign = append(foreign, class)
			}
		}
	}
	return foreign
}

// suspendedQuota stops work in a closed tenant: no pod and no Job gets in.
func suspendedQuota(in Inputs) *apply.Intent {
	if !in.Closed() {
		return nil
	}
	return &apply.Intent{Object: &corev1.ResourceQuota{
		ObjectMeta: objectMeta(in, SuspendedName),
		Spec: corev1.ResourceQuotaSpec{Hard: corev1.ResourceList{
			corev1.ResourcePods: resource.Quantity{},
			resourceJobs:        resource.Quantity{},
		}},
	}}
}

// Enforced says whether the API server and the quota controller have taken the quota up: until
// then everything is admitted.
func Enforced(intent apply.Intent, live *corev1.ResourceQuota) bool {
	for name, want := range intent.Object.(*corev1.ResourceQuota).Spec.Hard {
		hard, ok := live.Status.Hard[name]
		if !ok || hard.Cmp(want) != 0 {
			return false
		}
		if _, counted := live.Status.Used[name]; !counted {
			return false
		}
	}
	return true
}
