// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package replication_test

import (
	"strings"
	"testing"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/replication"
)

func TestACopyWaitsForTheTenantsHost(t *testing.T) {
	t.Parallel()
	sync, site := newSync(), newSite("initech")
	object := with(configMap("motd", map[string]any{"url": "https://$(TENANT_HOST)/"}), noted(v1alpha1.AnnotationSubstitute, "true"))
	selection := sourcesOf(sync, object)
	if actions := settle(t, site, sync, selection); verbs(actions) != "wait ConfigMap/motd" {
		t.Fatalf("%v", actions)
	}
	site.tenant.Status.Hosts = []v1alpha1.Host{"initech.example.com"}
	if actions := settle(t, site, sync, selection); len(actions) > 0 {
		t.Fatalf("%v", actions)
	}
	for _, copied := range site.objects {
		if url := copied.Object["data"].(map[string]any)["url"]; url != "https://initech.example.com/" {
			t.Error(url)
		}
	}
	site.tenant.Status.Hosts[0] = "new.example.com"
	if actions := replication.Actions(sync, site.place(sync, selection.Sources)); verbs(actions) != "update ConfigMap/motd" {
		t.Errorf("with another host: %v", actions)
	}
	// A host that is lost for a while takes nothing away.
	site.tenant.Status.Hosts = nil
	if actions := replication.Actions(sync, site.place(sync, selection.Sources)); verbs(actions) != "wait ConfigMap/motd" {
		t.Errorf("without a host: %v", actions)
	}
}

func TestAContentThatGrowsTooLargeIsRefusedForThatTenant(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("x", replication.MaxContent-200) + "$(TENANT_DISPLAY_NAME)"
	sync, site := newSync(), newSite("initech")
	selection := sourcesOf(sync, with(configMap("large", map[string]any{"text": text}), noted(v1alpha1.AnnotationSubstitute, "true")))
	site.tenant.Spec.DisplayName = v1alpha1.DisplayText(strings.Repeat("y", 201))
	if actions := settle(t, site, sync, selection); verbs(actions) != "refuse ConfigMap/large" {
		t.Errorf("%v", actions)
	}
	site.tenant.Spec.DisplayName = site.tenant.Spec.DisplayName[:200]
	if actions := settle(t, site, sync, selection); len(actions) > 0 || len(site.objects) != 1 {
		t.Errorf("%v", actions)
	}
}
