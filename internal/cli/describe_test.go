// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// pageOf what testdata holds of a tenant.
func pageOf(t *testing.T, name string) tenantPage {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name+".yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var world struct {
		Tenant   *v1alpha1.Tenant
		Own      []*v1alpha1.TenantAccessGrant
		Partners []*v1alpha1.TenantAccessGrant
		Bindings []rbacv1.RoleBinding
		Events   []corev1.Event
		Hidden   bool
	}
	if err := yaml.UnmarshalStrict(data, &world); err != nil {
		t.Fatal(err)
	}
	return tenantPage{
		tenant: world.Tenant, cluster: "eu-1", now: noon, events: world.Events, look: look{headings: true},
		people: people{own: world.Own, partners: world.Partners, bindings: world.Bindings, hidden: world.Hidden},
	}
}

func TestATenantIsDescribed(t *testing.T) {
	local := time.Local
	t.Cleanup(func() { time.Local = local })
	time.Local = time.UTC
	for _, name := range []string{"describe-full", "describe-bare", "describe-partner"} {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			if err := pageOf(t, name).print(&out); err != nil {
				t.Fatal(err)
			}
			golden(t, name, out.String())
		})
	}
}

func TestAnEventHappenedWhenItDidLast(t *testing.T) {
	first, last := metav1.NewTime(noon), metav1.NewTime(noon.Add(time.Hour))
	for name, event := range map[string]corev1.Event{
		"of a series": {EventTime: metav1.MicroTime(first), Series: &corev1.EventSeries{LastObservedTime: metav1.MicroTime(last)}},
		"as of old":   {FirstTimestamp: first, LastTimestamp: last},
		"once":        {EventTime: metav1.MicroTime(last)},
	} {
		if got := happened(event); !got.Equal(last.Time) {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestAnEventMovesNoCursor(t *testing.T) {
	var out strings.Builder
	page := tenantPage{now: noon, look: look{headings: true}, events: []corev1.Event{{Type: "Normal\x1b[2J", Reason: "Made\x1b[1A", Message: "all\x1b]0;is well"}}}
	if err := page.happenings(&out); err != nil || out.Len() == 0 || strings.Contains(out.String(), "\x1b") {
		t.Errorf("%q, %v", &out, err)
	}
}
