// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package manager

import (
	"maps"
	"strings"

	certmanagerv1 "github.com/cert-manager/cert-manager/pkg/apis/certmanager/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/apply"
	"github.com/tenantry/tenantry/internal/desired"
	"github.com/tenantry/tenantry/internal/kinds"
)

// ours selects what the operator made.
var ours = labels.SelectorFromSet(labels.Set{v1alpha1.LabelManaged: "true"})

// CacheOptions says what the operator holds in memory: Tenants, the metadata of Namespaces, and of
// every other kind what the operator made itself. What is absent from these caches may exist all the
// same.
//
// Get and List of kinds that the operator only compares return the cached objects themselves: they
// must not be changed.
func CacheOptions(served kinds.Served) cache.Options {
	compared := cache.ByObject{Label: ours, UnsafeDisableDeepCopy: new(true), Transform: newSharing().transform}
	options := cache.Options{
		DefaultTransform: cache.TransformStripManagedFields(),
		ByObject: map[client.Object]cache.ByObject{
			&v1alpha1.Tenant{}:            {Transform: OwnAnnotations},
			&v1alpha1.RetainedTenant{}:    {Transform: OwnAnnotations},
			&corev1.Namespace{}:           {Transform: NamespaceMetadata},
			&corev1.ConfigMap{}:           compared,
			&corev1.LimitRange{}:          compared,
			&corev1.ResourceQuota{}:       compared,
			&corev1.Service{}:             compared,
			&networkingv1.Ingress{}:       compared,
			&networkingv1.NetworkPolicy{}: compared,
			&corev1.Secret{}: {
				Label: ours,
				// RBAC can narrow a list to one name only when the list itself asks for that name.
				Field:     fields.OneTermEqualSelector(metav1.ObjectNameField, desired.AdminSecretName),
				Transform: DigestSecret,
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
