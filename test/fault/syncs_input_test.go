// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package fault

import (
	"context"
	"fmt"
	"maps"
	"strings"

	"github.com/google/go-cmp/cmp"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/desired"
	"github.com/tenantry/tenantry/test/harness"
)

// keptNames are those that no copy has: of what the operator, Kubernetes, its distributions and tools make in every place.
var keptNames = []string{
	desired.SettingsName, desired.BrandName, desired.AdminSecretName, desired.IssuedSecretName, desired.PortalName,
	"kube-root-ca.crt", "openshift-service-ca.crt", "istio-ca-root-cert", "tenantry-x", "tenantry.x", "sh.helm.release.v1.app.v1",
}

// plainObject is one of the master's that nobody marked.
const plainObject = "plain"

var _ = Describe("Fault 7: syncs that ask for what is not so, and for what is not to be had", Label("fault-7"), func() {
	It("says what is wrong with each, carries none of it, and all else", func(ctx SpecContext) {
		judged := verdicts{invariants: watchInvariants(ctx, here)}
		leader := startLeader(ctx, here)
		f := newFamily(here)
		Eventually(inSync()).WithContext(ctx).WithArguments(f).Should(Succeed())
		Expect(f.change(ctx, f.siblings()[0], func(tenant *v1alpha1.Tenant) { tenant.Spec.CustomerAccess = v1alpha1.CustomerAccessFullAccess })).To(Succeed())
		Eventually(f.inPhase).WithContext(ctx).WithArguments(f.siblings()[0], v1alpha1.PhaseActive).Should(Succeed())
		Eventually(harness.Quiet).WithContext(ctx).WithArguments(leader.line, settle).Should(Succeed())
		before := f.inPlaces(ctx)

		Expect(f.Client.Create(ctx, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: f.partner.Name, Name: plainObject}})).To(Succeed())
		odd := oddSyncs()
		for _, name := range keptNames {
			for _, kind := range []string{"ConfigMap", "Secret"} {
				planted := "planted"
				if err := f.plant(ctx, kind, name); err != nil {
					planted = "refused"
				}
				odd = append(odd, oddSync{
					name: fmt.Sprintf("kept-%d", len(odd)), what: planted + " " + kind + " " + name,
					spec:   v1alpha1.MasterTenantSyncSpec{Resources: []v1alpha1.SyncResource{{APIVersion: "v1", Kind: kind, Names: []v1alpha1.ObjectName{v1alpha1.ObjectName(name)}}}},
					reason: v1alpha1.ReasonSourceRefused, says: kind + "/" + name + ": ",
				})
			}
		}
		for _, sync := range odd {
			Expect(f.Client.Create(ctx, sync.object(f))).To(Succeed(), sync.name)
		}
		for _, sync := range odd {
			judged.add(sync.what, until(ctx, func(ctx context.Context) error { return sync.judged(ctx, f) })...)
		}
		Expect(rewrite(ctx, f)).To(Succeed())
		judged.add("beside them", until(ctx, func(ctx context.Context) error { return f.allSynced(ctx, newText, formerText) })...)
		Expect(f.write(ctx, f.partner.Name, motd, formerText)).To(Succeed())
		judged.add("beside them, again", until(ctx, func(ctx context.Context) error { return f.allSynced(ctx, formerText, formerText) })...)
		judged.add("at rest", append(settles(ctx, leader.line), panics(ctx, leader)...)...)
		var differs []string
		if diff := cmp.Diff(before, f.inPlaces(ctx)); diff != "" {
			differs = append(differs, "the customers have what they had not:\n"+diff)
		}
		judged.add("what customers have", differs...)
		for _, sync := range odd {
			Expect(f.Client.Delete(ctx, sync.object(f))).To(Succeed())
		}
		judged.add("when they are deleted", until(ctx, f.onlyBaseline)...)
		judged.close("fault 7, syncs that ask for what is not to be had")
	})
})

// oddSync is a sync that is told why it carries nothing.
type oddSync struct {
	name, what   string
	spec         v1alpha1.MasterTenantSyncSpec
	reason, says string
}

func oddSyncs() []oddSync {
	picking := func(apiVersion, kind string, name v1alpha1.ObjectName) v1alpha1.MasterTenantSyncSpec {
		return v1alpha1.MasterTenantSyncSpec{Resources: []v1alpha1.SyncResource{{APIVersion: apiVersion, Kind: kind, Names: []v1alpha1.ObjectName{name}}}}
	}
	carrying := func(change func(*v1alpha1.MasterTenantSyncSpec)) v1alpha1.MasterTenantSyncSpec {
		spec := v1alpha1.MasterTenantSyncSpec{Categories: []v1alpha1.SyncCategory{v1alpha1.SyncEmailNotifications}}
		change(&spec)
		return spec
	}
	master := func(name v1alpha1.TenantName) func(*v1alpha1.MasterTenantSyncSpec) {
		return func(spec *v1alpha1.MasterTenantSyncSpec) { spec.MasterRef = &v1alpha1.TenantReference{Name: name} }
	}
	return []oddSync{
		{"nobodys", "a master that is not there", carrying(master("nobody")), v1alpha1.ReasonNoMaster, `there is no Tenant "nobody"`},
		{"open", "a master whose own people get in", carrying(master("initech")), v1alpha1.ReasonNoMaster, "lets its own people in"},
		{"nothing", "an object that is not there", picking("v1", "ConfigMap", "nothing"), v1alpha1.ReasonSourceRefused, "ConfigMap/nothing: it is not in the master's place"},
		{"longest", "an object of the longest name that is not there", picking("v1", "Secret", v1alpha1.ObjectName(strings.Repeat("n", 253))), v1alpha1.ReasonSourceRefused, "nnn: it is not in"},
		{"unmarked", "an object that nobody marked", picking("v1", "ConfigMap", plainObject), v1alpha1.ReasonSourceRefused, "ConfigMap/plain: it is not in the master's place, or not marked"},
		{"unknown", "a kind that is not allowed", picking("example.com/v1", "Widget", "one"), v1alpha1.ReasonSourceRefused, "Widget of example.com/v1: the operator's configuration does not allow"},
		{"former", "a kind in another version", picking("v1beta1", "ConfigMap", "one"), v1alpha1.ReasonSourceRefused, "set apiVersion to v1"},
		{"aimless", "a target that is not there", carrying(func(spec *v1alpha1.MasterTenantSyncSpec) {
			spec.Targets = &v1alpha1.SyncTargets{Names: []v1alpha1.TenantName{"nobody"}}
		}), v1alpha1.ReasonNoTargets, "picks no tenant"},
		{"headless", "a canary that is not there", carrying(func(spec *v1alpha1.MasterTenantSyncSpec) {
			spec.Rollout = &v1alpha1.Rollout{Canary: &v1alpha1.Canary{Names: []v1alpha1.TenantName{"nobody"}}}
		}), v1alpha1.ReasonNoCanary, "picks none of the targets"},
	}
}

func (o oddSync) object(f family) *v1alpha1.MasterTenantSync {
	return &v1alpha1.MasterTenantSync{ObjectMeta: metav1.ObjectMeta{Namespace: f.partner.Name, Name: o.name}, Spec: o.spec}
}

// judged returns an error until the sync says what is wrong with it.
func (o oddSync) judged(ctx context.Context, f family) error {
	sync := o.object(f)
	if err := f.Client.Get(ctx, client.ObjectKeyFromObject(sync), sync); err != nil {
		return err
	}
	ready := meta.FindStatusCondition(sync.Status.Conditions, v1alpha1.ConditionReady)
	if ready == nil || ready.ObservedGeneration != sync.Generation || ready.Reason != o.reason || !strings.Contains(ready.Message, o.says) {
		return fmt.Errorf("%s: the sync says %+v, and is to say %s: %q", o.what, ready, o.reason, o.says)
	}
	return nil
}

// plant marks an object of the master's, and makes it if it is not there. An error is the API server's refusal.
func (f family) plant(ctx context.Context, kind, name string) error {
	object := &unstructured.Unstructured{}
	object.SetAPIVersion("v1")
	object.SetKind(kind)
	object.SetNamespace(f.partner.Name)
	object.SetName(name)
	object.SetLabels(map[string]string{v1alpha1.LabelSync: v1alpha1.MarkResource})
	err := f.Client.Create(ctx, object.DeepCopy())
	if !apierrors.IsAlreadyExists(err) {
		return err
	}
	return f.Client.Patch(ctx, object, client.RawPatch(types.MergePatchType, []byte(`{"metadata":{"labels":{"tenantry.io/sync":"resource"}}}`)))
}

// inPlaces is what customers have.
func (f family) inPlaces(ctx context.Context) map[string]string {
	GinkgoHelper()
	objects := f.snapshot(ctx).Objects
	maps.DeleteFunc(objects, func(key, _ string) bool { return !strings.Contains(key, " p"+anyToken+"-") })
	return objects
}

// onlyBaseline returns an error until customers know of no sync but the family's own, which is the only one.
func (f family) onlyBaseline(ctx context.Context) error {
	all := &v1alpha1.MasterTenantSyncList{}
	if err := f.Client.List(ctx, all, client.InNamespace(f.partner.Name)); err != nil {
		return err
	}
	if len(all.Items) != 1 {
		return fmt.Errorf("%d syncs are still there", len(all.Items))
	}
	for _, customer := range f.receivers() {
		tenant := &v1alpha1.Tenant{}
		if err := f.Client.Get(ctx, customer, tenant); err != nil {
			return err
		}
		if len(tenant.Status.Syncs) != 1 {
			return fmt.Errorf("customer %s knows of %+v", customer, tenant.Status.Syncs)
		}
	}
	return f.synced(ctx, v1alpha1.ReasonSynced)
}
