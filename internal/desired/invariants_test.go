// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package desired_test

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
	"sigs.k8s.io/yaml"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/apply"
	"github.com/tenantry/tenantry/internal/desired"
)

// documented are the objects that a place may hold; other tools rely on the names.
var documented = []string{
	"ConfigMap tenantry",
	"ConfigMap brand",
	"Secret tenant-admin",
	"LimitRange tenantry",
	"NetworkPolicy tenantry",
	"Service portal",
	"ResourceQuota tenantry",
	"ResourceQuota suspended",
	"Ingress portal",
	"Certificate portal",
	"HTTPRoute portal",
	"ListenerSet portal",
	"TenantAccessGrant admin",
	"RoleBinding tenantry:admin",
	"RoleBinding tenantry:editor",
	"RoleBinding tenantry:owner",
}

// What holds of every place, whatever the tenant.
func TestEveryPlace(t *testing.T) {
	forEachScenario(t, func(t *testing.T, _ string, in desired.Inputs) {
		place := desired.For(in)
		for _, intent := range place.All() {
			for key, want := range desired.OwnerLabels(in.Tenant) {
				if got := intent.Object.GetLabels()[key]; got != want {
					t.Errorf("%s has label %s=%q, want %q", describe(t, intent), key, got, want)
				}
			}
			if len(intent.Object.GetOwnerReferences()) > 0 || len(intent.Object.GetFinalizers()) > 0 {
				t.Errorf("%s has ownerReferences or finalizers", describe(t, intent))
			}
		}
		for _, intent := range place.InNamespace() {
			if got, want := intent.Object.GetNamespace(), desired.NamespaceName(in); got != want {
				t.Errorf("%s lies in namespace %q, want %q", describe(t, intent), got, want)
			}
		}
		if got := place.Namespace.Object.GetAnnotations()["tenantry.io/tenant-uid"]; got != string(in.Tenant.UID) {
			t.Errorf("the namespace is of UID %q, want %q", got, in.Tenant.UID)
		}
	})
}

func TestEveryNameIsDocumented(t *testing.T) {
	var made []string
	forEachScenario(t, func(t *testing.T, _ string, in desired.Inputs) {
		for _, intent := range desired.For(in).InNamespace() {
			description := describe(t, intent)
			if !slices.Contains(documented, description) {
				t.Errorf("%s is not documented", description)
			}
			made = append(made, description)
		}
	})
	for _, description := range documented {
		if !slices.Contains(made, description) {
			t.Errorf("no scenario makes %s", description)
		}
	}
}

func TestTheRouteIsLastAndTheQuotasComeAfterWhatTheyCount(t *testing.T) {
	forEachScenario(t, func(t *testing.T, _ string, in desired.Inputs) {
		all := desired.For(in).All()
		if !slices.IsSortedFunc(all, func(a, b apply.Intent) int { return rank(a) - rank(b) }) {
			for _, intent := range all {
				t.Error(describe(t, intent))
			}
		}
	})
}

// rank is the place of an intent in the order in which a tenant is made.
func rank(intent apply.Intent) int {
	switch intent.Object.(type) {
	case *corev1.Namespace:
		return 0
	case *corev1.ResourceQuota:
		return 2
	case *rbacv1.RoleBinding, *v1alpha1.TenantAccessGrant:
		return 3
	case *networkingv1.Ingress, *gatewayv1.HTTPRoute, *gatewayv1.ListenerSet:
		return 4
	}
	if intent.Object.GetNamespace() == desired.ClaimNamespace {
		return -1
	}
	return 1
}

func TestTheRouteIsThereOnlyForWhoIsOpenAndHoldsTheHost(t *testing.T) {
	forEachScenario(t, func(t *testing.T, _ string, in desired.Inputs) {
		routed := len(desired.For(in).Entry) > 0
		if want := !in.Closed() && in.Host.Held && in.Tenant.PortalActive(); routed != want {
			t.Errorf("routed: %v, want %v", routed, want)
		}
	})
}

// The password is made by the engine, where there is none: no intent has one.
func TestNoIntentHasAPassword(t *testing.T) {
	forEachScenario(t, func(t *testing.T, _ string, in desired.Inputs) {
		for _, intent := range desired.For(in).All() {
			secret, ok := intent.Object.(*corev1.Secret)
			if !ok {
				if len(intent.Generate) > 0 {
					t.Errorf("%s has values that are made once", describe(t, intent))
				}
				continue
			}
			if diff := cmp.Diff([]string{"url", "username"}, sortedKeys(secret.Data)); diff != "" || len(secret.StringData) > 0 {
				t.Errorf("the Secret has (-want +got):\n%s%v", diff, secret.StringData)
			}
			if diff := cmp.Diff([]string{"password"}, sortedKeys(intent.Generate)); diff != "" {
				t.Errorf("made once (-want +got):\n%s", diff)
			}
		}
	})
}

func TestSettingsHoldOnlyWhatIsListed(t *testing.T) {
	listed := []string{"agents", "customerAccess", "disk", "displayName", "host", "name", "parent", "permissions", "plan", "region", "url"}
	forEachScenario(t, func(t *testing.T, _ string, in desired.Inputs) {
		settings := desired.For(in).Contents[0].Object.(*corev1.ConfigMap)
		for key, value := range settings.Data {
			if !slices.Contains(listed, key) {
				t.Errorf("the settings hold %q", key)
			}
			if in.Tenant.Spec.Admin != nil && strings.Contains(value, in.Tenant.Spec.Admin.Username) {
				t.Errorf("the settings name the administrator: %s=%q", key, value)
			}
		}
	})
}

func TestPasswordsAreLongAndNeverTheSame(t *testing.T) {
	generate := adminSecret(t).Generate["password"]
	seen := map[string]bool{}
	for range 1000 {
		password, err := generate()
		if err != nil {
			t.Fatal(err)
		}
		if seen[string(password)] {
			t.Fatal("a password came twice")
		}
		seen[string(password)] = true
		if bits := entropyAtMost(password); bits < 128 {
			t.Fatalf("a password of %d characters has at most %.0f bits", len(password), bits)
		}
	}
}

// entropyAtMost is what text of the alphabet of RFC 4648's base32 can hold.
func entropyAtMost(password []byte) float64 {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
	if len(bytes.Trim(password, alphabet)) > 0 {
		return 0
	}
	return float64(len(password)) * math.Log2(float64(len(alphabet)))
}

func adminSecret(t *testing.T) apply.Intent {
	t.Helper()
	for _, intent := range desired.For(customer(t)).Contents {
		if intent.Object.GetName() == desired.AdminSecretName {
			return intent
		}
	}
	t.Fatal("there is no Secret")
	return apply.Intent{}
}

// Two looks at one tenant are the same, and neither has a part of its Inputs.
func TestForIsPure(t *testing.T) {
	forEachScenario(t, func(t *testing.T, _ string, in desired.Inputs) {
		before := inputs(t, in)
		first := printed(t, desired.For(in).All())
		for _, intent := range desired.For(in).All() {
			spoil(intent.Object)
		}
		if diff := cmp.Diff(before, inputs(t, in)); diff != "" {
			t.Errorf("the Inputs changed (-before +after):\n%s", diff)
		}
		if diff := cmp.Diff(string(first), string(printed(t, desired.For(in).All()))); diff != "" {
			t.Errorf("the second look differs (-first +second):\n%s", diff)
		}
	})
}

// spoil writes to every map of an object that could be a configuration's.
func spoil(object client.Object) {
	object.GetLabels()["spoilt"] = "true"
	if annotations := object.GetAnnotations(); annotations != nil {
		annotations["spoilt"] = "true"
	}
	switch object := object.(type) {
	case *corev1.ResourceQuota:
		clear(object.Spec.Hard)
	case *corev1.LimitRange:
		for _, limit := range object.Spec.Limits {
			clear(limit.Default)
			clear(limit.DefaultRequest)
			clear(limit.Max)
		}
	case *corev1.Service:
		clear(object.Spec.Selector)
	case *networkingv1.NetworkPolicy:
		for _, rule := range object.Spec.Egress {
			for _, to := range rule.To {
				if to.PodSelector != nil {
					clear(to.PodSelector.MatchLabels)
				}
				if to.IPBlock != nil {
					clear(to.IPBlock.Except)
				}
			}
		}
	}
}

func inputs(t *testing.T, in desired.Inputs) string {
	t.Helper()
	text, err := yaml.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// describe is an intent's kind and name.
func describe(t *testing.T, intent apply.Intent) string {
	t.Helper()
	return fmt.Sprintf("%s %s", fields(t, intent)["kind"], intent.Object.GetName())
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
