// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

// Package standing decides what is said about a tenant: its phase and conditions, from what was
// loaded and what became of it. It is pure.
package standing

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/desired"
	"github.com/tenantry/tenantry/internal/domain"
	"github.com/tenantry/tenantry/internal/status"
)

// Seen is what became of a tenant when it was last worked on.
type Seen struct {
	// Refusal is why nothing was made.
	Refusal *desired.Refusal
	// Problem is what went wrong when it was made.
	Problem *Problem
	// Waiting says what the work waits for; empty if it is complete.
	Waiting string
	// HasPlace says that the tenant's namespace exists and is its own.
	HasPlace bool
	// Uncertified says why no certificate can be asked for; empty if there is nothing against it.
	Uncertified string
	// Remaining says what keeps the namespace of a tenant that is purged; empty if nothing is known to.
	Remaining string
	// Quota as the API server enforces it; nil where it was not looked at.
	Quota *corev1.ResourceQuota
}

// Complete says that everything was done, to the end.
func (s Seen) Complete() bool {
	return s.HasPlace && s.Refusal == nil && s.Problem == nil && s.Waiting == ""
}

// verdict is what the Ready condition and the phase say.
type verdict struct {
	phase   v1alpha1.TenantPhase
	ready   bool
	stalled bool
	working bool
	reason  string
	message string
}

// Of is the status of a tenant. Now is the time of a change of a condition.
func Of(in desired.Inputs, seen Seen, now metav1.Time) v1alpha1.TenantStatus {
	tenant := in.Tenant
	after := *tenant.Status.DeepCopy()
	parts := []metav1.Condition{access(), license(in, seen), domainSecure(in, seen), whiteLabel(in)}
	judged := judge(in, seen, parts)

	conditions := append([]metav1.Condition{
		status.Condition(v1alpha1.ConditionReady, judged.ready, judged.reason, judged.message),
	}, parts...)
	if judged.working {
		conditions = append(conditions, status.Condition(v1alpha1.ConditionReconciling, true, judged.reason, judged.message))
	}
	if judged.stalled {
		conditions = append(conditions, status.Condition(v1alpha1.ConditionStalled, true, judged.reason, judged.message))
	}
	after.Conditions = status.Conditions(tenant.Status.Conditions, conditions, tenant.Generation, now)
	after.ObservedGeneration = tenant.Generation
	after.Phase = judged.phase
	after.SuperAdmin = desired.SuperAdmin(in)
	after.DomainChallenge = challenge(in)
	place(&after, in, seen)
	usage(&after, seen.Quota)
	return after
}

// place says where the tenant is, and stays as it was where that is not known.
func place(after *v1alpha1.TenantStatus, in desired.Inputs, seen Seen) {
	switch {
	case seen.Problem != nil && seen.Problem.Reason == v1alpha1.ReasonNamespaceConflict:
		after.Namespace, after.URL = "", ""
	case seen.HasPlace && seen.Refusal == nil:
		after.Namespace = desired.NamespaceName(in)
		after.Hosts, after.URL = hosts(in), ""
		if in.Host.Held {
			after.URL = desired.URL(in)
		}
	}
}

// hosts that the tenant holds, the subdomain's first.
func hosts(in desired.Inputs) []v1alpha1.Host {
	var held []v1alpha1.Host
	for _, host := range desired.Hosts(in) {
		held = append(held, v1alpha1.Host(host))
	}
	return held
}

// challenge is what proves the tenant's own domains; empty where it wants none.
func challenge(in desired.Inputs) string {
	if in.PlaceUID == "" || len(desired.Domains(in.Tenant)) == 0 || in.Config.Domains.Proof != configv1alpha1.ProofTXT {
		return ""
	}
	return domain.Challenge(string(in.PlaceUID))
}

// usage says what the quota counts, and stays as it was where that is not known.
func usage(after *v1alpha1.TenantStatus, quota *corev1.ResourceQuota) {
	if quota == nil {
		return
	}
	after.Usage, after.Agents, after.Disk = nil, "", ""
	usedDisk, diskCounted := counted(quota, corev1.ResourceRequestsStorage)
	usedAgents, agentsCounted := counted(quota, desired.ResourceAgents)
	if diskCounted {
		after.Disk = usedDisk.String() + "/" + quantity(quota.Spec.Hard, corev1.ResourceRequestsStorage)
	}
	if agentsCounted {
		after.Agents = usedAgents.String() + "/" + quantity(quota.Spec.Hard, desired.ResourceAgents)
	}
	if !usedDisk.IsZero() || !usedAgents.IsZero() {
		after.Usage = &v1alpha1.Usage{Agents: usedAgents.Value(), Disk: diskUse(usedDisk)}
	}
}

// counted is how much is used of a resource; false where the quota does not limit it, or Kubernetes
// has not counted it yet. The status may still have what is limited no more.
func counted(quota *corev1.ResourceQuota, name corev1.ResourceName) (resource.Quantity, bool) {
	if _, limited := quota.Spec.Hard[name]; !limited {
		return resource.Quantity{}, false
	}
	used, ok := quota.Status.Used[name]
	return used, ok
}

func diskUse(used resource.Quantity) *resource.Quantity {
	if used.IsZero() {
		return nil
	}
	return &used
}

func quantity(list corev1.ResourceList, name corev1.ResourceName) string {
	value := list[name]
	return value.String()
}

// judge asks the judges in order; the first that has something to say is heard.
func judge(in desired.Inputs, seen Seen, parts []metav1.Condition) verdict {
	for _, judge := range []func(desired.Inputs, Seen, []metav1.Condition) *verdict{
		going, refused, failed, provisioning, suspended, unresolved, hostless, degraded,
	} {
		if found := judge(in, seen, parts); found != nil {
			return *found
		}
	}
	return verdict{phase: v1alpha1.PhaseActive, ready: true, reason: v1alpha1.ReasonReady,
		message: fmt.Sprintf("the tenant's place is complete in namespace %q", desired.NamespaceName(in))}
}
