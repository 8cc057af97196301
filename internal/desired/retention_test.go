// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package desired_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/desired"
)

func deleted(in *desired.Inputs) { in.Tenant.DeletionTimestamp = &aTime }

func keptFor(retention time.Duration) change {
	return func(in *desired.Inputs) { in.Tenant.Spec.RetainFor = &metav1.Duration{Duration: retention} }
}

func annotated(key, value string) change {
	return func(in *desired.Inputs) {
		if in.Tenant.Annotations == nil {
			in.Tenant.Annotations = map[string]string{}
		}
		in.Tenant.Annotations[key] = value
	}
}

func createdBy(user string) change { return annotated(v1alpha1.AnnotationCreatedBy, user) }

func TestHowLongAPlaceIsKept(t *testing.T) {
	for _, test := range []struct {
		name string
		in   []change
		want time.Duration
	}{
		{"as long as the operator says", nil, 168 * time.Hour},
		{"as long as the tenant says", []change{keptFor(time.Hour)}, time.Hour},
		{"not at all where the tenant says so", []change{keptFor(0)}, 0},
		{"not at all where the annotation names the tenant", []change{keptFor(time.Hour), annotated(v1alpha1.AnnotationPurge, "cybercorp")}, 0},
		{"all the same where the annotation names another", []change{keptFor(time.Hour), annotated(v1alpha1.AnnotationPurge, "true")}, time.Hour},
	} {
		t.Run(test.name, func(t *testing.T) {
			in := customer(t, test.in...)
			if got := desired.Retention(in); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
			if until := desired.RetainedUntil(in); until != nil {
				t.Errorf("a tenant that is there is kept until %s", until)
			}
			deleted(&in)
			until := desired.RetainedUntil(in)
			switch {
			case test.want == 0 && until != nil:
				t.Errorf("kept until %s", until)
			case test.want > 0 && !until.Time.Equal(aTime.Add(test.want)):
				t.Errorf("kept until %s, want %s after %s", until, test.want, aTime)
			}
		})
	}
}

// record of the customer, deleted at aTime and kept for an hour.
func record(t *testing.T, changes ...change) *v1alpha1.RetainedTenant {
	t.Helper()
	in := customer(t, append([]change{keptFor(time.Hour), createdBy("jo@acme.example"), deleted}, changes...)...)
	made := desired.Record(in).Object.(*v1alpha1.RetainedTenant).DeepCopy()
	made.CreationTimestamp = aTime
	return made
}

func TestARecordRemembersWhatATenantWas(t *testing.T) {
	made := record(t, func(in *desired.Inputs) {
		in.Tenant.Labels = map[string]string{
			"tier":                             "gold",
			"app.kubernetes.io/instance":       "delivered-by-argo",
			"argocd.argoproj.io/instance":      "delivered-by-argo",
			"kustomize.toolkit.fluxcd.io/name": "delivered-by-flux",
			"meta.helm.sh/release":             "delivered-by-helm",
		}
		in.Tenant.Spec.RestoreFrom = &v1alpha1.RestoreReference{UID: "an earlier one"}
		in.Tenant.Spec.DisplayName = "CyberCorp"
	})
	want := v1alpha1.RetainedTenantSpec{
		Tenant: v1alpha1.TenantSpec{
			CustomerAccess: v1alpha1.CustomerAccessDisabled,
			DisplayName:    "CyberCorp",
			RetainFor:      &metav1.Duration{Duration: time.Hour},
		},
		Labels:     map[string]v1alpha1.LabelValue{"tier": "gold"},
		UID:        "uid-cybercorp",
		Namespace:  "acme-cybercorp",
		Creator:    "jo@acme.example",
		SuperAdmin: "jo@acme.example",
		Until:      metav1.NewTime(aTime.Add(time.Hour)),
	}
	if diff := cmp.Diff(want, made.Spec); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if made.Namespace != "acme" || made.Name != "cybercorp" {
		t.Errorf("lies in %s under %s", made.Namespace, made.Name)
	}
}

func TestARecordTellsWhichSecretsSyncsCopiedIntoThePlace(t *testing.T) {
	before := []v1alpha1.TenantSync{
		{Name: "alerts", State: v1alpha1.SyncSynced, Reached: true},
		{Name: "feeds", State: v1alpha1.SyncSynced, Reached: true, Categories: []v1alpha1.SyncCategory{v1alpha1.SyncUsers}, Secrets: []string{"a", "b"}},
	}
	made := record(t, func(in *desired.Inputs) { in.Tenant.Status.Syncs = before })
	if diff := cmp.Diff([]v1alpha1.RetainedSync{{Name: "feeds", Secrets: []string{"a", "b"}}}, made.Spec.Syncs); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	restored := v1alpha1.TenantSync{Name: "feeds", State: v1alpha1.SyncPending, Reason: v1alpha1.ReasonWaiting, Secrets: []string{"a", "b"}}
	later := v1alpha1.TenantSync{Name: "zeta", State: v1alpha1.SyncSynced}
	began := v1alpha1.TenantSync{Name: "feeds", State: v1alpha1.SyncSynced, Secrets: []string{"b", "c"}}
	for name, test := range map[string]struct{ entries, want []v1alpha1.TenantSync }{
		"of one that is new":            {nil, []v1alpha1.TenantSync{restored}},
		"of one that others reach":      {[]v1alpha1.TenantSync{later}, []v1alpha1.TenantSync{restored, later}},
		"after a restart in the middle": {[]v1alpha1.TenantSync{restored}, []v1alpha1.TenantSync{restored}},
		"of one that it reached since": {[]v1alpha1.TenantSync{began},
			[]v1alpha1.TenantSync{{Name: "feeds", State: v1alpha1.SyncSynced, Secrets: []string{"a", "b", "c"}}}},
	} {
		if diff := cmp.Diff(test.want, desired.RestoredSyncs(test.entries, made)); diff != "" {
			t.Errorf("the status %s (-want +got):\n%s", name, diff)
		}
	}
	if began.Secrets[0] != "b" || len(made.Spec.Syncs[0].Secrets) != 2 {
		t.Error("what was read is changed")
	}
}

func TestAFormerTenantIsClosedAndKeptUntilItsRecordsEnd(t *testing.T) {
	made := record(t)
	in := customer(t, func(in *desired.Inputs) { in.Tenant = desired.Former(made) })
	if !in.Closed() {
		t.Error("open")
	}
	if until := desired.RetainedUntil(in); !until.Time.Equal(made.Spec.Until.Time) {
		t.Errorf("kept until %s, want %s", until, made.Spec.Until)
	}
	if in.Tenant.UID != "uid-cybercorp" || desired.NamespaceName(in) != "acme-cybercorp" {
		t.Errorf("%s in %s", in.Tenant.UID, desired.NamespaceName(in))
	}
}

func TestWhatIsDue(t *testing.T) {
	end := aTime.Add(time.Hour)
	asked := func(action v1alpha1.RetainedAction) *v1alpha1.RetainedTenant {
		made := record(t)
		made.Spec.Action = action
		return made
	}
	for _, test := range []struct {
		name   string
		record *v1alpha1.RetainedTenant
		now    time.Time
		want   desired.Due
	}{
		{"nothing before the end", asked(""), end.Add(-time.Nanosecond), desired.DueNothing},
		{"a purge at the end", asked(""), end, desired.DuePurge},
		{"a purge when somebody asks", asked(v1alpha1.ActionPurge), aTime.Time, desired.DuePurge},
		{"a restoration when somebody asks", asked(v1alpha1.ActionRestore), aTime.Time, desired.DueRestore},
		{"a restoration after the end too", asked(v1alpha1.ActionRestore), end.Add(time.Hour), desired.DueRestore},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := desired.DueOf(test.record, test.now); got != test.want {
				t.Errorf("got %d, want %d", got, test.want)
			}
		})
	}
}

func TestWhoTakesAPlaceBack(t *testing.T) {
	kept := func(changes ...change) change {
		made := record(t, changes...)
		return func(in *desired.Inputs) {
			in.Tenant.UID, in.Tenant.Spec.RetainFor = "uid-new", made.Spec.Tenant.RetainFor
			in.Kept = &desired.Kept{
				UID: made.Spec.UID, Creator: made.Spec.Creator, SuperAdmin: made.Spec.SuperAdmin, Region: made.Spec.Tenant.Region, Record: made,
			}
		}
	}
	portal := func(active bool) change {
		return func(in *desired.Inputs) { in.Tenant.Spec.Portal = &v1alpha1.Portal{Active: &active} }
	}
	named := func(user string) change { return func(in *desired.Inputs) { in.Tenant.Spec.SuperAdmin = user } }
	from := func(uid string) change {
		return func(in *desired.Inputs) { in.Tenant.Spec.RestoreFrom = &v1alpha1.RestoreReference{UID: uid} }
	}
	unrecorded := func(in *desired.Inputs) { in.Kept.Record = nil }
	anonymous := func(in *desired.Inputs) { in.Kept.Creator = "" }
	limited := func(in *desired.Inputs) { in.Tenant.Spec.Limits = &v1alpha1.Limits{Agents: new(int32(9))} }
	for _, test := range []struct {
		name string
		in   []change
		// refused is a part of the message; empty if the place is taken back.
		refused string
		stalled bool
	}{
		{"its creator does", []change{kept(), createdBy("jo@acme.example")}, "", false},
		{"somebody else does not", []change{kept(), createdBy("thief@else.example")}, "spec.restoreFrom.uid to \"uid-cybercorp\"", true},
		{"who names it does", []change{kept(), createdBy("pat@acme.example"), from("uid-cybercorp")}, "", false},
		{"who names another does not", []change{kept(), createdBy("pat@acme.example"), from("uid-other")}, "spec.restoreFrom.uid", true},
		{"its creator does where its record is gone", []change{kept(), unrecorded, createdBy("jo@acme.example")}, "", false},
		{"who names it does where its record is gone", []change{kept(), unrecorded, createdBy("pat@acme.example"), from("uid-cybercorp")}, "", false},
		{"nobody does as the creator of what nobody is known to have created", []change{kept(), anonymous, createdBy("")}, "spec.restoreFrom.uid", true},
		{"nobody does while it is being purged", []change{kept(), createdBy("jo@acme.example"), func(in *desired.Inputs) {
			in.Kept.Record.Spec.Action = v1alpha1.ActionPurge
		}}, "is being purged", false},
		{"nobody does into another region", []change{withRegions("eu", "us"), kept(inRegion("eu")), createdBy("jo@acme.example"), inRegion("us")},
			"lies in region \"eu\"", true},
		{"nobody does into another region where its record is gone", []change{withRegions("eu", "us"), kept(inRegion("eu")), unrecorded, createdBy("jo@acme.example"), inRegion("us")},
			"lies in region \"eu\"", true},
		{"its creator does not with other limits", []change{kept(), createdBy("jo@acme.example"), limited}, "had other terms", true},
		{"its creator does not with a shorter retention", []change{kept(), createdBy("jo@acme.example"), func(in *desired.Inputs) {
			in.Tenant.Spec.RetainFor = &metav1.Duration{}
		}}, "had other terms", true},
		{"its creator does not with other labels", []change{kept(), createdBy("jo@acme.example"), func(in *desired.Inputs) {
			in.Tenant.Labels = map[string]string{"tier": "gold"}
		}}, "had other terms", true},
		{"its creator does not with the portal switched off", []change{kept(), createdBy("jo@acme.example"), portal(false)}, "had other terms", true},
		{"its creator does not with the portal switched on again", []change{kept(portal(false)), createdBy("jo@acme.example")}, "had other terms", true},
		{"its creator does where both say in other words that the portal is on", []change{kept(), createdBy("jo@acme.example"), portal(true)}, "", false},
		{"its creator does under another display name", []change{kept(), createdBy("jo@acme.example"), func(in *desired.Inputs) {
			in.Tenant.Spec.DisplayName = "Cyber"
		}}, "", false},
		{"who names it does with other limits", []change{kept(), createdBy("pat@acme.example"), from("uid-cybercorp"), limited}, "", false},
		{"who does names no other super admin where its record is gone", []change{kept(named("sam@acme.example")), unrecorded, createdBy("pat@acme.example"), from("uid-cybercorp"), named("pat@acme.example")},
			"spec.superAdmin", true},
		{"who does names no other super admin", []change{kept(named("sam@acme.example")), createdBy("pat@acme.example"), from("uid-cybercorp"), named("pat@acme.example")},
			"spec.superAdmin", true},
		{"who does may name the same super admin", []change{kept(named("sam@acme.example")), createdBy("pat@acme.example"), from("uid-cybercorp"), named("sam@acme.example")}, "", false},
		{"the super admin may name another", []change{kept(named("sam@acme.example")), createdBy("sam@acme.example"), from("uid-cybercorp"), named("pat@acme.example")}, "", false},
		{"the parent's super admin may name another", []change{kept(named("sam@acme.example")), createdBy("boss@acme.example"), from("uid-cybercorp"), named("pat@acme.example"),
			func(in *desired.Inputs) { in.Ancestors[0].Status.SuperAdmin = "boss@acme.example" }}, "", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			in := customer(t, test.in...)
			refusal := desired.Refuse(in)
			switch {
			case test.refused == "" && refusal != nil:
				t.Errorf("refused: %+v", *refusal)
			case test.refused != "" && (refusal == nil || refusal.Reason != v1alpha1.ReasonRetained || !strings.Contains(refusal.Message, test.refused) || refusal.Stalled != test.stalled):
				t.Errorf("got %+v, want one of %q, stalled: %v", refusal, test.refused, test.stalled)
			}
		})
	}
}

func TestARestoredTenantIsItsRecords(t *testing.T) {
	made := record(t, func(in *desired.Inputs) {
		in.Tenant.Labels = map[string]string{"tier": "gold"}
		in.Tenant.Spec.DisplayName = "CyberCorp"
	})
	restored := desired.Restored(made)
	want := &v1alpha1.Tenant{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: "acme", Name: "cybercorp",
			Labels:      map[string]string{"tier": "gold"},
			Annotations: map[string]string{v1alpha1.AnnotationCreatedBy: "jo@acme.example"},
		},
		Spec: made.Spec.Tenant,
	}
	want.Spec.RestoreFrom = &v1alpha1.RestoreReference{UID: "uid-cybercorp"}
	if diff := cmp.Diff(want, restored); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	restored.Spec.RestoreFrom.UID, restored.Labels["tier"] = "other", "other"
	if made.Spec.Tenant.RestoreFrom != nil || made.Spec.Labels["tier"] != "gold" {
		t.Error("the record was changed")
	}
}

func TestACreatorsNameThatIsTooLongIsKeptAsADigest(t *testing.T) {
	made := record(t, createdBy(strings.Repeat("j", 2000)))
	if len(made.Spec.Creator) > 128 || !strings.HasPrefix(made.Spec.Creator, "sha256:") {
		t.Errorf("kept as %q", made.Spec.Creator)
	}
}

func TestWhatIsDeletedUnderAKeptPartnerIsKeptNoLongerThanThat(t *testing.T) {
	in := customer(t, func(in *desired.Inputs) {
		in.Tenant.DeletionTimestamp = &aTime
		in.Tenant.Spec.RetainFor = &metav1.Duration{Duration: 8760 * time.Hour}
		in.Ancestors[0].DeletionTimestamp = &aTime
		in.Ancestors[0].Spec.RetainFor = &metav1.Duration{Duration: time.Hour}
	})
	if until := desired.RetainedUntil(in); !until.Time.Equal(aTime.Add(time.Hour)) {
		t.Errorf("kept until %s", until)
	}
}
