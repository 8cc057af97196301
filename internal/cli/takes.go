// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// minute is how times are shown to people, who live in one time zone.
const minute = "2006-01-02 15:04"

var (
	grants  = v1alpha1.GroupVersion.WithResource("tenantaccessgrants")
	volumes = schema.GroupVersionResource{Version: "v1", Resource: "persistentvolumeclaims"}
	// workloads are what runs, where nothing else makes it.
	workloads = []schema.GroupVersionResource{
		{Group: "apps", Version: "v1", Resource: "deployments"}, {Group: "apps", Version: "v1", Resource: "statefulsets"},
		{Group: "apps", Version: "v1", Resource: "daemonsets"}, {Group: "apps", Version: "v1", Resource: "replicasets"},
		{Group: "batch", Version: "v1", Resource: "cronjobs"}, {Group: "batch", Version: "v1", Resource: "jobs"},
		{Version: "v1", Resource: "pods"},
	}
)

// holdings are what is in a tenant's place, as far as the caller may see it.
type holdings struct {
	namespace                          string
	tenants, workloads, volumes, users int
	storage                            resource.Quantity
}

// String says what is there, in one line.
func (h holdings) String() string {
	if h.namespace == "" {
		return "nothing was made for it yet"
	}
	parts := []string{"namespace " + h.namespace}
	for _, part := range []struct {
		count      int
		name, more string
	}{
		{h.tenants, "tenant", ", closed with it"}, {h.workloads, "workload", ""}, {h.volumes, "volume", " (" + h.storage.String() + ")"}, {h.users, "user", ""},
	} {
		if part.count == 0 {
			continue
		}
		text := fmt.Sprintf("%d %s", part.count, part.name)
		if part.count > 1 {
			text += "s"
		}
		parts = append(parts, text+part.more)
	}
	return strings.Join(parts, " · ")
}

// holdingsOf a place. What the caller may not list is not counted.
func (c cluster) holdingsOf(ctx context.Context, namespace string) holdings {
	h := holdings{namespace: namespace}
	if namespace == "" {
		return h
	}
	count := func(resources ...schema.GroupVersionResource) (found []*unstructured.Unstructured) {
		for _, resource := range resources {
			some, err := c.listed(ctx, resource, namespace, "")
			if err != nil {
				continue
			}
			for _, object := range some {
				if metav1.GetControllerOf(object) == nil {
					found = append(found, object)
				}
			}
		}
		return found
	}
	h.tenants, h.workloads, h.users = len(count(tenants)), len(count(workloads...)), len(count(grants))
	for _, claim := range count(volumes) {
		h.volumes++
		asked, _, _ := unstructured.NestedString(claim.Object, "spec", "resources", "requests", "storage")
		if storage, err := resource.ParseQuantity(asked); err == nil {
			h.storage.Add(storage)
		}
	}
	return h
}

// taken says what the deletion of a Tenant takes away, and until when its data is kept. The operator's configuration, which says so where
// the Tenant does not, is not the caller's to read.
func taken(target string, tenant *v1alpha1.Tenant, purge bool, now time.Time) string {
	data := "keeps its data as long as the operator is set to: a week, where that says nothing else"
	switch retain := tenant.Spec.RetainFor; {
	case purge || tenant.Annotations[v1alpha1.AnnotationPurge] == tenant.Name || retain != nil && retain.Duration == 0:
		data = "deletes all its data, for good"
	case retain != nil:
		data = "keeps its data until " + now.Add(retain.Duration).Format(minute)
	}
	return fmt.Sprintf("This takes away all access to %s and %s:", target, data)
}
