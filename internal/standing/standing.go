// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

// Package standing decides what is said about a tenant: its phase and conditions, from what was
// loaded and what became of it. It is pure.
package standing

import (
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/desired"
	"github.com/tenantry/tenantry/internal/domain"
	"github.com/tenantry/tenantry/internal/scan"
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
	// Unbound are the ClusterRoles of permissions that the operator may not bind.
	Unbound []string
	// NotBound says that the API server refused to bind somebody.
	NotBound bool
	// NoSeat says that there is no seat for the first administrator.
	NoSeat bool
	// Remaining says what keeps the namespace of a tenant that is purged; empty if nothing is known to.
	Remaining string
	// Again is how long until there is more to do that nothing else tells of; 0 if there is not.
	Again time.Duration
	// Quota as the API server enforces it; nil where it was not looked at.
	Quota *corev1.ResourceQuota
}

// Complete says that everything was done, to the end.
func (s Seen) Complete() bool {
	return s.HasPlace && s.Refusal == nil && s.Problem == nil && s.Waiting == ""
}

// Settled says that a tenant was complete when it was last looked at, and that what its place is made of
// has not changed since: its spec aside, that is whether it is closed, its hosts, its super admin and what its
// plan gives it.
func Settled(in desired.Inputs) bool {
	was := in.Tenant.Status
	secure := meta.FindStatusCondition(was.Conditions, v1alpha1.ConditionDomainSecure)
	return in.Tenant.IsReady() &&
		in.Closed() == (was.Phase == v1alpha1.PhaseSuspended) &&
		slices.Equal(hosts(in), was.Hosts) &&
		desired.SuperAdmin(in) == was.SuperAdmin &&
		in.License.PlanName() == was.Plan && was.Effective != nil && equality.Semantic.DeepEqual(desired.Effective(in), *was.Effective) &&
		(secure != nil && secure.Reason == v1alpha1.ReasonDomainSecure) == (desired.SecureHost(in) != "")
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
	usage(&after, in, seen.Quota, now)
	licensed(&after, in, seen, now)
	parts := []metav1.Condition{accessReady(in, seen), licenseReady(in, seen, after, now), domainSecure(in, seen), whiteLabel(in)}
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
	after.Portal = portal(in, now)
	branded(&after, in)
	place(&after, in, seen)
	return after
}

// place says where the tenant is, and stays as it was where that is not known.
func place(after *v1alpha1.TenantStatus, in desired.Inputs, seen Seen) {
	switch {
	case seen.Problem != nil && seen.Problem.Reason == v1alpha1.ReasonNamespaceConflict:
		after.Namespace, after.URL = "", ""
	case seen.Refusal != nil:
		if after.Hosts = keptHosts(in); len(after.Hosts) < len(in.Tenant.Status.Hosts) {
			after.URL = ""
		}
	case seen.HasPlace:
		after.Namespace = desired.NamespaceName(in)
		after.Hosts, after.URL = hosts(in), ""
		if in.Host.Held {
			after.URL = desired.URL(in)
		}
	}
}

// keptHosts are those of a refused tenant without what it lost with its partner's domain.
func keptHosts(in desired.Inputs) []v1alpha1.Host {
	return slices.DeleteFunc(slices.Clone(in.Tenant.Status.Hosts), func(host v1alpha1.Host) bool {
		custom := in.Custom != nil && host == in.Tenant.Spec.Domain.Custom.Host
		return !custom && desired.Orphaned(in, string(host))
	})
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

// usage says what is in use. A partner's seats the quota does not count, in whose place delegations lie too.
func usage(after *v1alpha1.TenantStatus, in desired.Inputs, quota *corev1.ResourceQuota, now metav1.Time) {
	used := ptr.Deref(after.Usage, v1alpha1.Usage{})
	used.Assets = in.Assets
	scanned(after, &used, in.Scans, now)
	if quota != nil {
		quotaUse(after, &used, quota)
	}
	if in.Tenant.Spec.Partner != nil {
		used.Agents = in.Seats
	}
	after.Usage = nil
	if used != (v1alpha1.Usage{}) {
		after.Usage = &used
	}
}

// scanned is what the ledger of scans counts, and when a scan finished last, to the minute. While nothing is counted there,
// it stays as it was.
func scanned(after *v1alpha1.TenantStatus, used *v1alpha1.Usage, ledger *scan.Ledger, now metav1.Time) {
	if ledger == nil || ledger.LastFinished.IsZero() {
		return
	}
	*used = ledger.Usage(*used, now.Time)
	last := metav1.NewTime(ledger.LastFinished.Truncate(time.Minute))
	later := after.LastScan == nil || after.LastScan.Before(&last)
	if later || after.LastScan.Equal(&last) && ledger.LastReport != "" { // a manager of before has written a ledger without it
		after.LastScan, after.LastReport = &last, ledger.LastReport
	}
	if after.LastActivity == nil || after.LastActivity.Before(&last) {
		after.LastActivity = &last
	}
}

// quotaUse is what the quota counts.
func quotaUse(after *v1alpha1.TenantStatus, used *v1alpha1.Usage, quota *corev1.ResourceQuota) {
	after.Agents, after.Disk = "", ""
	usedDisk, diskCounted := counted(quota, corev1.ResourceRequestsStorage)
	usedAgents, agentsCounted := counted(quota, desired.ResourceAgents)
	if diskCounted {
		after.Disk = usedDisk.String() + "/" + quantity(quota.Spec.Hard, corev1.ResourceRequestsStorage)
	}
	if agentsCounted {
		after.Agents = usedAgents.String() + "/" + quantity(quota.Spec.Hard, desired.ResourceAgents)
	}
	used.Agents, used.Disk = usedAgents.Value(), diskUse(usedDisk)
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
		going, refused, failed, provisioning, seeding, suspended, unresolved, hostless, exhausted, degraded,
	} {
		if found := judge(in, seen, parts); found != nil {
			return *found
		}
	}
	return verdict{phase: v1alpha1.PhaseActive, ready: true, reason: v1alpha1.ReasonReady,
		message: fmt.Sprintf("the tenant's place is complete in namespace %q", desired.NamespaceName(in))}
}
