// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/apply"
)

// Labels of Pod Security admission (https://kubernetes.io/docs/concepts/security/pod-security-admission/).
const (
	podSecurityEnforce        = "pod-security.kubernetes.io/enforce"
	podSecurityEnforceVersion = "pod-security.kubernetes.io/enforce-version"
	podSecurityWarn           = "pod-security.kubernetes.io/warn"
)

// namespace is the tenant's place. Pods must meet the configured Pod Security Standard.
func namespace(in Inputs) apply.Intent {
	labels := OwnerLabels(in.Tenant)
	labels[podSecurityEnforce] = in.Config.Namespace.PodSecurity
	// The default, spelt out: an older version set by somebody else would allow more.
	labels[podSecurityEnforceVersion] = "latest"
	labels[podSecurityWarn] = in.Config.Namespace.PodSecurity
	if in.Tenant.Spec.Region != "" {
		labels[v1alpha1.LabelRegion] = in.Tenant.Spec.Region
	}
	return apply.Intent{
		Object: &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{
			Name:        NamespaceName(in),
			Labels:      labels,
			Annotations: map[string]string{v1alpha1.AnnotationTenantUID: string(in.Tenant.UID)},
		}},
		// The namespace controller's own finalizer; a managed namespace's other fields are metadata.
		ServerFields: [][]string{{"spec"}},
	}
}
