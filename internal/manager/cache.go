// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package manager

import (
	"maps"
	"strings"
	"time"

	certmanagerv1 "github.com/cert-manager/cert-manager/pkg/apis/certmanager/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/selection"
	toolscache "k8s.io/client-go/tools/cache"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/apply"
	"github.com/tenantry/tenantry/internal/desired"
	"github.com/tenantry/tenantry/internal/kinds"
)

// ours selects what the operator made, but for the copies of syncs, which have a cache of their own, and for the targets of
// scans, which are large and which nobody compares.
var ours = labels.SelectorFromSet(labels.Set{v1alpha1.LabelManaged: "true"}).
	Add(requirement(v1alpha1.LabelSyncedBy, selection.DoesNotExist), requirement(v1alpha1.LabelSchedule, selection.DoesNotExist))

// runs selects the Jobs of scans.
var runs = labels.SelectorFromSet(labels.Set{v1alpha1.LabelManaged: "true"}).Add(requirement(v1alpha1.LabelSchedule, selection.Exists))

// ofPermissions selects the ClusterRoles that are bound while a tenant has a permission.
var ofPermissions = labels.NewSelector().Add(requirement(v1alpha1.LabelPermission, selection.Exists))

func requirement(key string, operator selection.Operator) labels.Requirement {
	asked, err := labels.NewRequirement(key, operator, nil)
	if err != nil {
		panic(err)
	}
	return *asked
}

// CacheOptions says what the operator holds in memory: our own kinds that are served, the metadata of Namespaces, and of
// every other kind what the operator made itself. What is absent from these caches may exist all the
// same.
//
// Get and List of kinds that the operator only compares return the cached objects themselves: they
// must not be changed.
func CacheOptions(served kinds.Served) cache.Options {
	shared := newSharing()
	compared := cache.ByObject{
		Label:                 ours,
		UnsafeDisableDeepCopy: new(true),
		Transform:             shared.after(cache.TransformStripManagedFields()),
	}
	options := cache.Options{
		DefaultTransform: cache.TransformStripManagedFields(),
		NewInformer:      newInformer,
		ByObject: map[client.Object]cache.ByObject{
			&v1alpha1.Tenant{}:            {Transform: shared.after(OwnAnnotations)},
			&v1alpha1.RetainedTenant{}:    {Transform: shared.after(OwnAnnotations)},
			&corev1.Namespace{}:           {Transform: shared.after(NamespaceMetadata)},
			&corev1.ConfigMap{}:           compared,
			&corev1.LimitRange{}:          compared,
			&corev1.ResourceQuota{}:       compared,
			&corev1.Service{}:             compared,
			&networkingv1.Ingress{}:       compared,
			&networkingv1.NetworkPolicy{}: compared,
			&rbacv1.RoleBinding{}:         compared,
			&rbacv1.ClusterRole{}:         {Label: ofPermissions, Transform: WithoutRules},
			&rbacv1.Role{}:                compared,
			&v1alpha1.TenantAccessGrant{}: {Transform: shared.after(OwnAnnotations)},
			&v1alpha1.LicensePlan{}:       {Transform: shared.after(OwnAnnotations)},
			&v1alpha1.MasterTenantSync{}:  {Transform: shared.after(OwnAnnotations)},
			&v1alpha1.PriceList{}:         {Transform: shared.after(OwnAnnotations)},
			&v1alpha1.WhiteLabelProfile{}: {Transform: shared.after(OwnAnnotations)},
			&v1alpha1.AssetInventory{}:    {Transform: shared.after(WithoutAssets)},
			&v1alpha1.ScanSchedule{}:      {Transform: shared.after(OwnAnnotations)},
			&batchv1.Job{}:                {Label: runs, UnsafeDisableDeepCopy: new(true), Transform: shared.after(WithoutTemplate)},
			&corev1.Secret{}: {
				Label: ours,
				// RBAC can narrow a list to one name only when the list itself asks for that name.
				Field:     fields.OneTermEqualSelector(metav1.ObjectNameField, desired.AdminSecretName),
				Transform: shared.after(DigestSecret),
			},
		},
	}
	if served.Gateway {
		options.ByObject[&gatewayv1.HTTPRoute{}] = compared
		options.ByObject[&gatewayv1.ListenerSet{}] = compared
	}
	if served.Certificates {
		options.ByObject[&certmanagerv1.Certificate{}] = compared
	}
	return options
}

// newInformer makes one that finds objects by namespace, but for those of which a place holds one, or one of each
// name that is known: a set for each place and kind would be a sixth of a tenant's memory. To list such a kind in a
// namespace is an error, unless by an index of its own.
func newInformer(source toolscache.ListerWatcher, object runtime.Object, resync time.Duration, indexers toolscache.Indexers) toolscache.SharedIndexInformer {
	switch object.(type) {
	case *corev1.ConfigMap, *corev1.LimitRange, *corev1.ResourceQuota, *corev1.Secret, *corev1.Service, *networkingv1.Ingress,
		*networkingv1.NetworkPolicy, *gatewayv1.HTTPRoute, *gatewayv1.ListenerSet, *certmanagerv1.Certificate:
		delete(indexers, toolscache.NamespaceIndex)
	}
	return toolscache.NewSharedIndexInformer(source, object, resync, indexers)
}

// digested marks a Secret whose values are digests. A transform sees an object of the first list
// twice, and the API server never sends a kind inside a typed object, so nobody can forge the mark.
const digested = "SecretDigest"

// DigestSecret is the transform of the cache of Secrets: it replaces each value by its SHA-256, so
// that none stays in memory, and drops managedFields. Doing it again changes nothing.
func DigestSecret(object any) (any, error) {
	secret, ok := object.(*corev1.Secret)
	if !ok || secret.Kind == digested {
		return object, nil
	}
	apply.DigestSecret(secret)
	secret.ManagedFields = nil
	secret.TypeMeta = metav1.TypeMeta{Kind: digested}
	return secret, nil
}

// NamespaceMetadata is the transform of the cache of Namespaces, of which a cluster may have many that
// are nobody's place: it keeps what tells whose a namespace is, what the operator compares, and whether
// it is going. What others write there may be large, and is not kept.
func NamespaceMetadata(object any) (any, error) {
	namespace, ok := object.(*corev1.Namespace)
	if !ok {
		return object, nil
	}
	maps.DeleteFunc(namespace.Annotations, func(key, _ string) bool { return !strings.HasPrefix(key, v1alpha1.Prefix) })
	maps.DeleteFunc(namespace.Labels, func(key, _ string) bool {
		return !strings.HasPrefix(key, v1alpha1.Prefix) && !strings.HasPrefix(key, desired.PodSecurityPrefix)
	})
	namespace.ObjectMeta = metav1.ObjectMeta{
		Name:              namespace.Name,
		UID:               namespace.UID,
		ResourceVersion:   namespace.ResourceVersion,
		CreationTimestamp: namespace.CreationTimestamp,
		DeletionTimestamp: namespace.DeletionTimestamp,
		Labels:            namespace.Labels,
		Annotations:       namespace.Annotations,
	}
	namespace.Spec, namespace.Status = corev1.NamespaceSpec{}, corev1.NamespaceStatus{}
	return namespace, nil
}

// WithoutRules is the transform of the cache of ClusterRoles, of which the operator reads the metadata.
func WithoutRules(object any) (any, error) {
	if role, ok := object.(*rbacv1.ClusterRole); ok {
		role.Rules, role.AggregationRule = nil, nil
	}
	return OwnAnnotations(object)
}

// WithoutAssets is the transform of the cache of AssetInventories, of which the operator holds what was
// counted. What they list is a hundred kilobytes in many of them, and a megabyte in the largest.
func WithoutAssets(object any) (any, error) {
	if inventory, ok := object.(*v1alpha1.AssetInventory); ok {
		inventory.Spec.Assets = nil
	}
	return OwnAnnotations(object)
}

// WithoutTemplate is the transform of the cache of Jobs, of which the operator reads how they fare.
func WithoutTemplate(object any) (any, error) {
	if job, ok := object.(*batchv1.Job); ok {
		job.Spec = batchv1.JobSpec{Suspend: job.Spec.Suspend}
	}
	return OwnAnnotations(object)
}

// OwnAnnotations is the transform of the cache of Tenants and their records: of annotations it keeps
// Tenantry's. Others' may be large: kubectl keeps the whole object in one.
func OwnAnnotations(object any) (any, error) {
	accessor, err := meta.Accessor(object)
	if err != nil {
		return object, nil //nolint:nilerr // the tombstone of an object is none
	}
	accessor.SetManagedFields(nil)
	annotations := accessor.GetAnnotations()
	maps.DeleteFunc(annotations, func(key, _ string) bool { return !strings.HasPrefix(key, v1alpha1.Prefix) })
	accessor.SetAnnotations(annotations)
	return object, nil
}
