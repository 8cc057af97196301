// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package manager

import (
	"crypto/sha256"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	toolscache "k8s.io/client-go/tools/cache"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/kinds"
)

// everything that a cluster may serve.
var everything = kinds.Served{Gateway: true, Certificates: true}

func TestDigestSecretKeepsNoValue(t *testing.T) {
	secret := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Name: "tenant-admin", ResourceVersion: "7", ManagedFields: []metav1.ManagedFieldsEntry{{Manager: "tenantry"}}},
		Data:       map[string][]byte{"password": []byte("secret")},
	}
	transform(t, DigestSecret, secret)
	sum := sha256.Sum256([]byte("secret"))
	if diff := cmp.Diff(map[string][]byte{"password": sum[:]}, secret.Data); diff != "" {
		t.Errorf("data (-want +got):\n%s", diff)
	}
	if secret.ManagedFields != nil {
		t.Error("managedFields are still there")
	}
	if secret.ResourceVersion != "7" {
		t.Error("the resource version is gone")
	}
}

func TestWithoutAssetsKeepsWhatWasCounted(t *testing.T) {
	inventory := &v1alpha1.AssetInventory{
		ObjectMeta: metav1.ObjectMeta{Generation: 7, ManagedFields: []metav1.ManagedFieldsEntry{{Manager: "kim"}}, Annotations: map[string]string{"a": "large"}},
		Spec:       v1alpha1.AssetInventorySpec{Assets: []v1alpha1.Asset{{Type: v1alpha1.AssetDomain, Value: "a.example"}}},
		Status:     v1alpha1.AssetInventoryStatus{ObservedGeneration: 7, Counted: new(int32(1))},
	}
	transform(t, WithoutAssets, inventory)
	if inventory.Spec.Assets != nil || inventory.ManagedFields != nil || len(inventory.Annotations) != 0 {
		t.Errorf("it keeps what nobody reads: %+v", inventory)
	}
	if inventory.Generation != 7 || inventory.Status.ObservedGeneration != 7 || ptr.Deref(inventory.Status.Counted, 0) != 1 {
		t.Errorf("it lost what is read: %+v", inventory)
	}
}

func TestTransformsChangeNothingTheSecondTime(t *testing.T) {
	secret := &corev1.Secret{Data: map[string][]byte{"password": []byte("secret")}}
	transform(t, DigestSecret, secret)
	once := secret.DeepCopy()
	transform(t, DigestSecret, secret)
	if diff := cmp.Diff(once, secret); diff != "" {
		t.Errorf("Secret:\n%s", diff)
	}

	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "acme", Labels: map[string]string{"a": "b"}}}
	transform(t, NamespaceMetadata, namespace)
	before := namespace.DeepCopy()
	transform(t, NamespaceMetadata, namespace)
	if diff := cmp.Diff(before, namespace); diff != "" {
		t.Errorf("Namespace:\n%s", diff)
	}
}

func TestTransformsPassTombstonesOn(t *testing.T) {
	tombstone := toolscache.DeletedFinalStateUnknown{Key: "acme/tenant-admin"}
	for name, f := range map[string]toolscache.TransformFunc{"DigestSecret": DigestSecret, "NamespaceMetadata": NamespaceMetadata, "OwnAnnotations": OwnAnnotations, "WithoutRules": WithoutRules} {
		if got, err := f(tombstone); err != nil || got != any(tombstone) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

func TestNamespaceMetadataKeepsWhoseItIsAndWhetherItGoes(t *testing.T) {
	now := metav1.NewTime(time.Unix(1, 0))
	kept := metav1.ObjectMeta{
		Name:              "acme",
		UID:               "uid",
		ResourceVersion:   "7",
		CreationTimestamp: now,
		DeletionTimestamp: &now,
		Labels:            map[string]string{"tenantry.io/managed": "true", "pod-security.kubernetes.io/enforce": "restricted"},
		Annotations:       map[string]string{"tenantry.io/tenant-uid": "uid"},
	}
	namespace := &corev1.Namespace{ObjectMeta: *kept.DeepCopy()}
	namespace.Annotations["openshift.io/sa.scc.mcs"] = "s0:c26,c5"
	namespace.Labels["team"] = strings.Repeat("a", 63)
	namespace.OwnerReferences = []metav1.OwnerReference{{Name: "thief"}}
	namespace.Finalizers = []string{"example.com/hold"}
	namespace.ManagedFields = []metav1.ManagedFieldsEntry{{Manager: "tenantry"}}
	namespace.Spec.Finalizers = []corev1.FinalizerName{"kubernetes"}
	namespace.Status.Phase = corev1.NamespaceTerminating

	transform(t, NamespaceMetadata, namespace)
	if diff := cmp.Diff(&corev1.Namespace{ObjectMeta: kept}, namespace); diff != "" {
		t.Errorf("namespace (-want +got):\n%s", diff)
	}
}

func TestOfATenantsAnnotationsOnlyTenantrysAreKept(t *testing.T) {
	tenant := &v1alpha1.Tenant{ObjectMeta: metav1.ObjectMeta{Annotations: map[string]string{
		"tenantry.io/created-by":                           "jo@acme.example",
		"kubectl.kubernetes.io/last-applied-configuration": "{}",
	}}}
	transform(t, OwnAnnotations, tenant)
	if diff := cmp.Diff(map[string]string{"tenantry.io/created-by": "jo@acme.example"}, tenant.Annotations); diff != "" {
		t.Errorf("annotations (-want +got):\n%s", diff)
	}
}

func TestCachesHoldOnlyWhatIsOurs(t *testing.T) {
	unfiltered := map[string]bool{"Tenant.tenantry.io": true, "TenantAccessGrant.tenantry.io": true, "RetainedTenant.tenantry.io": true,
		"AssetInventory.tenantry.io": true, "LicensePlan.tenantry.io": true, "PriceList.tenantry.io": true, "MasterTenantSync.tenantry.io": true, "WhiteLabelProfile.tenantry.io": true, "ScanSchedule.tenantry.io": true, "Namespace": true}
	var cached []string
	for object, options := range CacheOptions(everything).ByObject {
		kind := kindOf(t, object)
		cached = append(cached, kind)
		if unfiltered[kind] {
			if options.Label != nil || ptr.Deref(options.UnsafeDisableDeepCopy, false) {
				t.Errorf("%s: %+v", kind, options)
			}
			continue
		}
		selected := "tenantry.io/managed=true,!tenantry.io/schedule-uid,!tenantry.io/synced-by"
		switch kind {
		case "ClusterRole.rbac.authorization.k8s.io":
			selected = "tenantry.io/permission"
		case "Job.batch":
			selected = "tenantry.io/managed=true,tenantry.io/schedule-uid"
		}
		if options.Label == nil || options.Label.String() != selected {
			t.Errorf("%s is selected by %v", kind, options.Label)
		}
	}
	slices.Sort(cached)
	want := []string{"AssetInventory.tenantry.io", "Certificate.cert-manager.io", "ClusterRole.rbac.authorization.k8s.io", "ConfigMap", "HTTPRoute.gateway.networking.k8s.io", "Ingress.networking.k8s.io", "Job.batch",
		"LicensePlan.tenantry.io", "LimitRange", "ListenerSet.gateway.networking.k8s.io", "MasterTenantSync.tenantry.io", "Namespace", "NetworkPolicy.networking.k8s.io", "PriceList.tenantry.io", "ResourceQuota",
		"RetainedTenant.tenantry.io", "Role.rbac.authorization.k8s.io", "RoleBinding.rbac.authorization.k8s.io", "ScanSchedule.tenantry.io", "Secret", "Service", "Tenant.tenantry.io", "TenantAccessGrant.tenantry.io", "WhiteLabelProfile.tenantry.io"}
	if diff := cmp.Diff(want, cached); diff != "" {
		t.Errorf("kinds (-want +got):\n%s", diff)
	}
}

func TestSecretsAreSelectedByNameAndCopied(t *testing.T) {
	for object, options := range CacheOptions(everything).ByObject {
		if _, ok := object.(*corev1.Secret); !ok {
			continue
		}
		if got := options.Field.String(); got != "metadata.name=tenant-admin" {
			t.Errorf("field selector is %q: RBAC would refuse the list", got)
		}
		if ptr.Deref(options.UnsafeDisableDeepCopy, false) {
			t.Error("a reader could change the mark of a digest")
		}
	}
}

func kindOf(t *testing.T, object runtime.Object) string {
	t.Helper()
	kinds, _, err := kinds.NewScheme().ObjectKinds(object)
	if err != nil {
		t.Fatal(err)
	}
	return kinds[0].GroupKind().String()
}

func transform(t *testing.T, f toolscache.TransformFunc, object any) {
	t.Helper()
	got, err := f(object)
	if err != nil {
		t.Fatal(err)
	}
	if got != object {
		t.Fatalf("the transform made a new %T", got)
	}
}

func TestOnlyWhatIsListedByNamespaceIsFoundByIt(t *testing.T) {
	for _, c := range []struct {
		of     client.Object
		listed bool
	}{
		{&corev1.ConfigMap{}, false},
		{&corev1.Secret{}, false},
		{&rbacv1.RoleBinding{}, true},
		{&v1alpha1.Tenant{}, true},
		{&v1alpha1.TenantAccessGrant{}, true},
		{&v1alpha1.MasterTenantSync{}, true},
	} {
		informer := newInformer(&toolscache.ListWatch{}, c.of, 0, toolscache.Indexers{toolscache.NamespaceIndex: toolscache.MetaNamespaceIndexFunc})
		if _, listed := informer.GetIndexer().GetIndexers()[toolscache.NamespaceIndex]; listed != c.listed {
			t.Errorf("%T is found by its namespace: %t, want %t", c.of, listed, c.listed)
		}
	}
}
