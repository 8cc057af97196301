// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"errors"
	"strings"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

func TestWhatADeletionTakesIsSaid(t *testing.T) {
	full := holdings{namespace: "acme-cybercorp", tenants: counted{count: 2}, workloads: counted{count: 41}, volumes: counted{count: 6}, users: counted{count: 1}, storage: resource.MustParse("120Gi")}
	var out strings.Builder
	for _, test := range []struct {
		holdings holdings
		change   func(*v1alpha1.Tenant)
		purge    bool
	}{
		{holdings: full},
		{holdings: full, change: func(t *v1alpha1.Tenant) { t.Spec.RetainFor = &metav1.Duration{Duration: 122*time.Hour + 2*time.Minute} }},
		{holdings: holdings{namespace: "acme-cybercorp"}, change: func(t *v1alpha1.Tenant) { t.Spec.RetainFor = &metav1.Duration{} }},
		{holdings: holdings{namespace: "acme-cybercorp"}, change: func(t *v1alpha1.Tenant) { t.Annotations = map[string]string{v1alpha1.AnnotationPurge: "cybercorp"} }},
		{holdings: holdings{}, purge: true},
	} {
		tenant := &v1alpha1.Tenant{ObjectMeta: metav1.ObjectMeta{Name: "cybercorp"}}
		if test.change != nil {
			test.change(tenant)
		}
		out.WriteString(taken("tenant acme/cybercorp (cluster eu-1)", tenant, test.purge, noon) + "\n  " + test.holdings.String() + "\n")
	}
	golden(t, "delete-takes", out.String())
}

func TestKeptUntilIsATimeForPeople(t *testing.T) {
	local := time.Local
	t.Cleanup(func() { time.Local = local })
	time.Local = time.UTC
	for until, want := range map[string]string{"2026-11-28T14:02:11Z": "2026-11-28 14:02", "soon": "soon"} {
		kept := some(t)[0].DeepCopy()
		kept.Object["spec"] = map[string]any{"until": until}
		if got := keptUntil(kept); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestWhatCantBeCountedIsNotNone(t *testing.T) {
	hidden := apierrors.NewForbidden(schema.GroupResource{Resource: "pods"}, "", errors.New("no"))
	for want, counted := range map[string]counted{
		"": {}, "1 workload": {count: 1}, "2 workloads": {count: 2}, "workloads: not yours to see": {why: hidden},
		"workloads: could not be counted": {why: errors.New("later")}, "1 workload, others not yours to see": {count: 1, why: hidden},
	} {
		if got := counted.say("workload", ""); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
