// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package harness

import (
	"encoding/base64"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/tenancy"
)

// normalise drops from an object what differs from run to run, and keeps that it was there.
func normalise(object *unstructured.Unstructured) {
	observed(object)
	for _, field := range []string{"uid", "resourceVersion", "generation", "creationTimestamp", "managedFields", "selfLink"} {
		unstructured.RemoveNestedField(object.Object, "metadata", field)
	}
	mark(object, "<time>", "metadata", "deletionTimestamp")
	mark(object, "<uid>", "metadata", "annotations", v1alpha1.AnnotationTenantUID)
	mark(object, "<time>", "metadata", "annotations", v1alpha1.AnnotationRetainedUntil)
	conditions, found, _ := unstructured.NestedSlice(object.Object, "status", "conditions")
	if found {
		for _, condition := range conditions {
			delete(condition.(map[string]any), "lastTransitionTime")
		}
		_ = unstructured.SetNestedSlice(object.Object, conditions, "status", "conditions")
	}
	switch object.GetKind() {
	case "MasterTenantSync":
		planned(object)
	case "ConfigMap":
		carried(object)
	case "Tenant":
		mark(object, "<uid>", "spec", "restoreFrom", "uid")
		unrevised(object)
		mark(object, "<time>", "status", "portal", "offSince")
		mark(object, "<time>", "status", "portal", "toldAt")
	case "RetainedTenant":
		until, _, _ := unstructured.NestedString(object.Object, "spec", "until")
		mark(object, "<uid>", "spec", "uid")
		mark(object, "<time>", "spec", "until")
		unsaid(object, until, "<time>")
	case "TenantAccessGrant":
		until, _, _ := unstructured.NestedString(object.Object, "status", "expiresAt")
		mark(object, "<time>", "spec", "expiresAt")
		mark(object, "<time>", "status", "expiresAt")
		mark(object, "<time>", "status", "activeSince")
		if until != "" {
			unsaid(object, until, "<time>")
		}
	case "Secret":
		mark(object, "<made once>", "data", "password")
		reveal(object)
	case "ResourceQuota":
		counted(object)
	case "Service":
		mark(object, "<address>", "spec", "clusterIP")
		unstructured.RemoveNestedField(object.Object, "spec", "clusterIPs")
	}
	owners := object.GetOwnerReferences()
	for i := range owners {
		owners[i].UID = ""
	}
	if len(owners) > 0 {
		object.SetOwnerReferences(owners)
	}
}

// observed replaces the generations that a status speaks of by whether it is the present one.
func observed(object *unstructured.Unstructured) {
	age := func(of map[string]any) {
		generation, found, _ := unstructured.NestedInt64(of, "observedGeneration")
		if found {
			of["observedGeneration"] = map[bool]string{true: "<present>", false: fmt.Sprintf("<behind: %d>", generation)}[generation == object.GetGeneration()]
		}
	}
	status, _ := object.Object["status"].(map[string]any)
	age(status)
	conditions, _ := status["conditions"].([]any)
	for _, condition := range conditions {
		age(condition.(map[string]any))
	}
}

// unsaid replaces a text in the messages of an object's conditions.
func unsaid(object *unstructured.Unstructured, text, with string) {
	conditions, _, _ := unstructured.NestedSlice(object.Object, "status", "conditions")
	for _, condition := range conditions {
		of := condition.(map[string]any)
		of["message"] = strings.ReplaceAll(of["message"].(string), text, with)
	}
	if len(conditions) > 0 {
		_ = unstructured.SetNestedSlice(object.Object, conditions, "status", "conditions")
	}
}

// planned drops the hash of a plan, which tells tenants by their UIDs, and of a sync revisions and times.
func planned(object *unstructured.Unstructured) {
	for _, path := range [][]string{{"spec", "approvedPlan"}, {"status", "plan", "hash"}, {"status", "approved", "hash"}} {
		mark(object, "<hash>", path...)
	}
	for _, field := range []string{"waveSince", "haltedAt", "lastCompleted"} {
		mark(object, "<time>", "status", field)
	}
	unstructured.RemoveNestedField(object.Object, "status", "attempt") // two changes may be seen as one
	mark(object, "<revision>", "status", "revision")
	mark(object, "<revision>", "status", "approved", "revision")
	mark(object, "<time>", "status", "approved", "pinnedAt")
	mark(object, "<time>", "status", "approved", "completedAt")
}

// carried drops from a copy the version in the master's place, which the name of that is part of, and what an approved plan
// allows, by UIDs.
func carried(object *unstructured.Unstructured) {
	if object.GetNamespace() == tenancy.SyncsNamespace {
		object.Object["data"], object.Object["binaryData"] = "<pins>", "<pins>"
	}
	if _, content, copied := strings.Cut(object.GetAnnotations()[v1alpha1.AnnotationSyncedDigest], "."); copied {
		mark(object, "<version>."+content, "metadata", "annotations", v1alpha1.AnnotationSyncedDigest)
	}
}

// unrevised drops from a Tenant the revisions at which syncs failed.
func unrevised(object *unstructured.Unstructured) {
	syncs, found, _ := unstructured.NestedSlice(object.Object, "status", "syncs")
	for _, entry := range syncs {
		if of := entry.(map[string]any); of["revision"] != nil {
			of["revision"] = "<revision>"
		}
	}
	if found {
		_ = unstructured.SetNestedSlice(object.Object, syncs, "status", "syncs")
	}
}

// counted keeps what a quota counts and drops how much: Kubernetes' quota controller counts on a
// cache, and may take minutes to count what was made just before the quota.
func counted(object *unstructured.Unstructured) {
	used, _, _ := unstructured.NestedMap(object.Object, "status", "used")
	for name := range used {
		_ = unstructured.SetNestedField(object.Object, "<counted>", "status", "used", name)
	}
}

// reveal decodes the values of a Secret.
func reveal(object *unstructured.Unstructured) {
	data, _ := object.Object["data"].(map[string]any)
	for key, value := range data {
		if text, err := base64.StdEncoding.DecodeString(value.(string)); err == nil {
			data[key] = string(text)
		}
	}
}

// mark replaces a field, if it is there and not empty.
func mark(object *unstructured.Unstructured, with string, path ...string) {
	value, found, err := unstructured.NestedString(object.Object, path...)
	if err == nil && found && value != "" {
		_ = unstructured.SetNestedField(object.Object, with, path...)
	}
}
