// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	"fmt"
	"testing"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

func TestSyncMayCopy(t *testing.T) {
	for name, sync := range map[string]Sync{
		"nothing":                         {Kinds: []SyncKind{}},
		"ConfigMaps alone":                {Kinds: []SyncKind{{"v1", "ConfigMap"}}},
		"a kind from elsewhere":           {Kinds: []SyncKind{{"example.com/v1beta2", "Rule"}}},
		"several kinds of one group":      {Kinds: []SyncKind{{"example.com/v1", "Rule"}, {"example.com/v1", "RuleSet"}}},
		"a kind of the same name":         {Kinds: []SyncKind{{"example.com/v1", "ConfigMap"}, {"v1", "ConfigMap"}}},
		"metadata of a tool that reloads": {Annotations: []string{"reloader.example.com/match"}, Labels: []string{"team", "example.com/tier"}},
	} {
		t.Run(name, func(t *testing.T) {
			c := defaulted()
			c.Sync = sync
			if errs := Validate(c); len(errs) > 0 {
				t.Error(errs.ToAggregate())
			}
		})
	}
}

func TestSyncMustNotCopy(t *testing.T) {
	kind := func(apiVersion, kind string) func(*Configuration) {
		return func(c *Configuration) { c.Sync.Kinds = []SyncKind{{apiVersion, kind}} }
	}
	label := func(key string) func(*Configuration) { return func(c *Configuration) { c.Sync.Labels = []string{key} } }
	note := func(key string) func(*Configuration) {
		return func(c *Configuration) { c.Sync.Annotations = []string{key} }
	}
	checkRefusals(t, []refusal{
		{"a version alone that is none", kind("latest/", "ConfigMap"), "sync.kinds[0].apiVersion", "must be a group and a version"},
		{"no version", kind("", "ConfigMap"), "sync.kinds[0].apiVersion", "must be a group and a version"},
		{"a group in capitals", kind("Example.com/v1", "Rule"), "sync.kinds[0].apiVersion", "lower case"},
		{"a kind by its plural", kind("v1", "configmaps"), "sync.kinds[0].kind", "must be the name of a kind"},
		{"a kind without a name", kind("v1", ""), "sync.kinds[0].kind", "must be the name of a kind"},
		{"a kind twice in two versions", func(c *Configuration) {
			c.Sync.Kinds = []SyncKind{{"example.com/v1", "Rule"}, {"example.com/v2", "Rule"}}
		}, "sync.kinds[1]", "Duplicate value"},
		{"more kinds than anybody needs", func(c *Configuration) {
			for i := range 33 {
				c.Sync.Kinds = append(c.Sync.Kinds[:i:i], SyncKind{"example.com/v1", fmt.Sprintf("Rule%d", i)})
			}
		}, "sync.kinds", "must have at most 32 items"},
		{"our own labels", label("tenantry.io/managed"), "sync.labels[0]", "tells a tool what belongs to it"},
		{"labels below our own prefix", label("sync.tenantry.io/x"), "sync.labels[0]", "tells a tool what belongs to it"},
		{"Argo CD's tracking", note("argocd.argoproj.io/tracking-id"), "sync.annotations[0]", "tells a tool what belongs to it"},
		{"Argo CD's older tracking", label("app.kubernetes.io/instance"), "sync.labels[0]", "tells a tool what belongs to it"},
		{"Helm's ownership", note("meta.helm.sh/release-name"), "sync.annotations[0]", "tells a tool what belongs to it"},
		{"Helm's chart", label("helm.sh/chart"), "sync.labels[0]", "tells a tool what belongs to it"},
		{"who manages it", label("app.kubernetes.io/managed-by"), "sync.labels[0]", "tells a tool what belongs to it"},
		{"Flux's ownership", label("kustomize.toolkit.fluxcd.io/name"), "sync.labels[0]", "tells a tool what belongs to it"},
		{"kubectl's memory", note("kubectl.kubernetes.io/last-applied-configuration"), "sync.annotations[0]", "tells a tool what belongs to it"},
		{"kubectl's sets", label("applyset.kubernetes.io/part-of"), "sync.labels[0]", "tells a tool what belongs to it"},
		{"a key that is none", note("a b"), "sync.annotations[0]", "name part"},
	})
}

func TestKindsThatAreNeverCopied(t *testing.T) {
	for _, kind := range []schema.GroupKind{
		{Kind: "Pod"}, {Kind: "Service"}, {Kind: "ServiceAccount"}, {Kind: "Endpoints"}, {Kind: "PersistentVolumeClaim"},
		{Kind: "ResourceQuota"}, {Kind: "LimitRange"}, {Kind: "Event"}, {Kind: "Namespace"}, {Kind: "ReplicationController"},
		{Kind: "secret"}, {Kind: "CONFIGMAP"},
		{Group: "apps", Kind: "Deployment"}, {Group: "batch", Kind: "CronJob"}, {Group: "autoscaling", Kind: "HorizontalPodAutoscaler"},
		{Group: "policy", Kind: "PodDisruptionBudget"}, {Group: "extensions", Kind: "Ingress"},
		{Group: "rbac.authorization.k8s.io", Kind: "RoleBinding"}, {Group: "RBAC.authorization.k8s.io", Kind: "Role"},
		{Group: "networking.k8s.io", Kind: "NetworkPolicy"}, {Group: "gateway.networking.k8s.io", Kind: "HTTPRoute"},
		{Group: "discovery.k8s.io", Kind: "EndpointSlice"}, {Group: "coordination.k8s.io", Kind: "Lease"}, {Group: "events.k8s.io", Kind: "Event"},
		{Group: "admissionregistration.k8s.io", Kind: "ValidatingAdmissionPolicy"}, {Group: "apiextensions.k8s.io", Kind: "CustomResourceDefinition"},
		{Group: "tenantry.io", Kind: "Tenant"}, {Group: "config.tenantry.io", Kind: "Configuration"},
		{Group: "cert-manager.io", Kind: "Certificate"}, {Group: "acme.cert-manager.io", Kind: "Order"},
		{Group: "route.openshift.io", Kind: "Route"}, {Group: "networking.istio.io", Kind: "VirtualService"}, {Group: "cilium.io", Kind: "CiliumNetworkPolicy"},
		{Group: "argoproj.io", Kind: "Application"}, {Group: "kustomize.toolkit.fluxcd.io", Kind: "Kustomization"},
	} {
		c := defaulted()
		version := "v1"
		if kind.Group != "" {
			version = kind.Group + "/v1"
		}
		c.Sync.Kinds = []SyncKind{{version, kind.Kind}}
		if NeverCopied(kind) == "" || len(Validate(c)) == 0 {
			t.Errorf("%s could be copied", kind)
		}
	}
}

func TestAGroupThatOnlyEndsLikeAForbiddenOneMayBeCopied(t *testing.T) {
	for _, group := range []string{"nottenantry.io", "myk8s.io", "example.com", "istio.io.example.com"} {
		if why := NeverCopied(schema.GroupKind{Group: group, Kind: "Rule"}); why != "" {
			t.Errorf("%s: %s", group, why)
		}
	}
}
