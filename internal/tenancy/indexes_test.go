// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package tenancy_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/desired"
	"github.com/tenantry/tenantry/internal/tenancy"
)

func TestClaimedFor(t *testing.T) {
	claim := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{
		Namespace: desired.ClaimNamespace, Name: host,
		Labels: map[string]string{v1alpha1.LabelParent: "acme", v1alpha1.LabelTenant: "a"},
	}}
	if diff := cmp.Diff([]string{"acme/a"}, tenancy.ClaimedFor(claim)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	claim.Namespace = "acme-a"
	if got := tenancy.ClaimedFor(claim); len(got) != 0 {
		t.Errorf("settings claim %v", got)
	}
}

func TestShardOf(t *testing.T) {
	shard := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{
		Namespace: "tenantry-directory-ab", Name: "ab12-0", Labels: map[string]string{v1alpha1.LabelDirectory: "true"},
	}}
	if diff := cmp.Diff([]string{"ab12"}, tenancy.ShardOf(shard)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	shard.Labels = nil
	if got := tenancy.ShardOf(shard); len(got) != 0 {
		t.Errorf("a ConfigMap without the label is a shard of %v", got)
	}
}
