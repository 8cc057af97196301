// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
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
	tenants, workloads, volumes, users counted
	storage                            resource.Quantity
}

// counted is how many of something there are, as far as the caller may see all of it.
type counted struct {
	count int
	// why some or all were not counted; nil if all were.
	why error
}

// say how many there are; empty for none.
func (c counted) say(name, more string) string {
	hidden := "could not be counted"
	if apierrors.IsForbidden(c.why) {
		hidden = "not yours to see"
	}
	text := fmt.Sprintf("%d %s", c.count, name)
	if c.count != 1 {
		text += "s"
	}
	switch {
	case c.why == nil && c.count == 0:
		return ""
	case c.why == nil:
		return text + more
	case c.count == 0:
		return name + "s: " + hidden
	default:
		return text + more + ", others " + hidden
	}
}

// String says what is there, in one line.
func (h holdings) String() string {
	if h.namespace == "" {
		return "nothing was made for it yet"
	}
	parts := []string{"namespace " + h.namespace}
	for _, part := range []struct {
		counted    counted
		name, more string
	}{
		{h.tenants, "tenant", ", closed with it"}, {h.workloads, "workload", ""}, {h.volumes, "volume", " (" + h.storage.String() + ")"}, {h.users, "user", ""},
	} {
		if text := part.counted.say(part.name, part.more); text != "" {
			parts = append(parts, text)
		}
	}
	return strings.Join(parts, " · ")
}

// holdingsOf a place. What can't be counted is said to be so: it is not none.
func (c cluster) holdingsOf(ctx context.Context, namespace string) holdings {
	h := holdings{namespace: namespace}
	if namespace == "" {
		return h
	}
	count := func(resources ...schema.GroupVersionResource) (counted counted, found []*unstructured.Unstructured) {
		for _, resource := range resources {
			some, err := c.listed(ctx, resource, namespace, "")
			if err != nil {
				counted.why = err
				continue
			}
			for _, object := range some {
				if metav1.GetControllerOf(object) == nil {
					found = append(found, object)
				}
			}
		}
		counted.count = len(found)
		return counted, found
	}
	h.tenants, _ = count(tenants)
	h.workloads, _ = count(workloads...)
	h.users, _ = count(grants)
	var claims []*unstructured.Unstructured
	h.volumes, claims = count(volumes)
	for _, claim := range claims {
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
