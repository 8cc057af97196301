// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/apply"
)

// Labels of Pod Security admission (https://kubernetes.io/docs/concepts/security/pod-security-admission/).
const (
	// PodSecurityPrefix begins them all.
	PodSecurityPrefix         = "pod-security.kubernetes.io/"
	podSecurityEnforce        = PodSecurityPrefix + "enforce"
	podSecurityEnforceVersion = PodSecurityPrefix + "enforce-version"
	podSecurityWarn           = PodSecurityPrefix + "warn"
)

// namespace is the tenant's place. Pods must meet the configured Pod Security Standard.
func namespace(in Inputs) apply.Intent {
	marks := OwnerLabels(in.Tenant)
	marks[podSecurityEnforce] = in.Config.Namespace.PodSecurity
	// The default, spelt out: an older version set by somebody else would allow more.
	marks[podSecurityEnforceVersion] = "latest"
	marks[podSecurityWarn] = in.Config.Namespace.PodSecurity
	if in.Tenant.Spec.Partner != nil {
		marks[v1alpha1.LabelPartner] = "true"
	}
	if in.Tenant.Spec.Region != "" {
		marks[v1alpha1.LabelRegion] = in.Tenant.Spec.Region
	}
	return apply.Intent{
		Object: &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{
			Name:        NamespaceName(in),
			Labels:      marks,
			Annotations: namespaceAnnotations(in),
		}},
		// The namespace controller's own finalizer; a managed namespace's other fields are metadata.
		ServerFields: [][]string{{"spec"}},
	}
}

// namespaceAnnotations say whose the place is, even where the Tenant is gone, and what admission
// policies hold its objects to.
func namespaceAnnotations(in Inputs) map[string]string {
	annotations := map[string]string{v1alpha1.AnnotationTenantUID: string(in.Tenant.UID)}
	for key, value := range map[string]string{
		v1alpha1.AnnotationCreatedBy:        creator(in.Tenant),
		v1alpha1.AnnotationSuperAdmin:       SuperAdmin(in),
		v1alpha1.AnnotationFormerSuperAdmin: in.FormerSuperAdmin,
		v1alpha1.AnnotationHosts:            strings.Join(Hosts(in), ","),
		v1alpha1.AnnotationNodeSelector:     nodeSelector(in),
		v1alpha1.AnnotationTrial:            in.License.Trials.String(),
	} {
		if value != "" {
			annotations[key] = value
		}
	}
	if until := RetainedUntil(in); until != nil {
		annotations[v1alpha1.AnnotationRetainedUntil] = until.UTC().Format(time.RFC3339)
	}
	return annotations
}

// nodeSelector of the tenant's region, as label=value between commas, in order.
func nodeSelector(in Inputs) string {
	return labels.Set(in.Config.Regions[in.Tenant.Spec.Region].NodeSelector).String()
}
