// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package fault

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

var _ = Describe("Fault 7: bad input of all that partners and customers say", Label("fault-7"), func() {
	It("survives whatever they say, serves all others, and leaves nothing behind", func(ctx SpecContext) {
		judged := verdicts{invariants: watchInvariants(ctx, here)}
		leader := startLeader(ctx, here)
		bystander, f := newFamily(here), newFamily(here)
		for _, family := range []family{bystander, f} {
			Eventually(inSync()).WithContext(ctx).WithArguments(family).Should(Succeed())
		}
		Expect(f.profile(ctx)).To(Succeed())
		Eventually(harness.Quiet).WithContext(ctx).WithArguments(leader.line, settle).Should(Succeed())
		clean := f.snapshot(ctx)

		inputs := newWishes(ctx, f)
		count := sampledInputs
		if full {
			count = fullInputs / 4 // each reaches all customers
		}
		for n := range count {
			judged.add(fmt.Sprintf("input %d of FAULT_SEED=%d", n+1, seed), inputs.say(ctx, n)...)
		}
		judged.add("each is judged", until(ctx, inputs.judged)...)
		judged.add("at rest", settles(ctx, leader.line)...)
		Expect(rewrite(ctx, bystander)).To(Succeed())
		judged.add("beside them", until(ctx, func(ctx context.Context) error { return bystander.allSynced(ctx, newText, formerText) })...)

		judged.add("when they are deleted", until(ctx, inputs.remove)...)
		Eventually(f.tidy).WithContext(ctx).Should(Succeed())
		judged.add("as if they had never been", append(f.differences(ctx, leader.line, clean), panics(ctx, leader)...)...)
		judged.close(fmt.Sprintf("fault 7, bad input of syncs, brands, plans, price lists, inventories and grants by FAULT_SEED=%d (%d accepted, %d refused)", seed, inputs.accepted, inputs.refused))
	})
})

// wishes makes and changes objects of kinds beside a family's customers that say anything.
type wishes struct {
	fuzz
	kinds []wishedKind
	// before are those that were there.
	before map[types.UID]bool
}

// wishedKind is what is said, and where.
type wishedKind struct {
	kind      schema.GroupVersionKind
	namespace string
	maker     *maker
	// needs is a field of the spec without which most are refused.
	needs string
	// judgedBy is the condition that says how one stands.
	judgedBy string
}

func newWishes(ctx context.Context, f family) *wishes {
	GinkgoHelper()
	kind := func(name, plural, namespace, needs, judgedBy string) wishedKind {
		return wishedKind{v1alpha1.GroupVersion.WithKind(name), namespace, newMaker(ctx, seed, plural+"."+v1alpha1.GroupVersion.Group), needs, judgedBy}
	}
	w := &wishes{
		fuzz: fuzz{site: f.site},
		kinds: []wishedKind{
			kind("MasterTenantSync", "mastertenantsyncs", f.partner.Name, "categories", v1alpha1.ConditionReady),
			kind("WhiteLabelProfile", "whitelabelprofiles", f.partner.Name, "companyName", v1alpha1.ConditionReady),
			kind("LicensePlan", "licenseplans", f.partner.Name, "model", v1alpha1.ConditionReady),
			kind("PriceList", "pricelists", f.partner.Name, "planRef", v1alpha1.ConditionReady),
			kind("AssetInventory", "assetinventories", f.place(), "assets", v1alpha1.ConditionReady),
			kind("TenantAccessGrant", "tenantaccessgrants", f.partner.Name, "subject", v1alpha1.ConditionActive),
		},
	}
	before, err := w.made(ctx)
	Expect(err).NotTo(HaveOccurred())
	w.before = map[types.UID]bool{}
	for _, object := range before {
		w.before[object.GetUID()] = true
	}
	return w
}

// say something to the API server: a new object of one kind after the other, and every other time another spec for it.
func (w *wishes) say(ctx context.Context, n int) []string {
	of := w.kinds[n%len(w.kinds)]
	wished := of.object()
	var found []string
	for range complaints {
		err := w.Client.Create(ctx, wished)
		found = append(found, w.heard(err)...)
		if !without(wished, err) {
			break
		}
	}
	if of.maker.random.IntN(2) == 0 || wished.GetUID() == "" {
		return found
	}
	patch := client.MergeFrom(wished.DeepCopy())
	wished.Object["spec"] = of.object().Object["spec"]
	return append(found, w.heard(w.Client.Patch(ctx, wished, patch))...)
}

// complaints are how often what the API server complains of is left out, and the rest said again.
const complaints = 4

// without leaves out of an object what the API server complains of, and says whether that is anything.
func without(wished *unstructured.Unstructured, err error) bool {
	var answer apierrors.APIStatus
	if !errors.As(err, &answer) || answer.Status().Details == nil {
		return false
	}
	before := wished.DeepCopy()
	for _, cause := range answer.Status().Details.Causes {
		field, _, _ := strings.Cut(cause.Field, "[")
		if path := strings.Split(field, "."); len(path) > 1 && path[0] == "spec" {
			unstructured.RemoveNestedField(wished.Object, path...)
		}
	}
	return !equality.Semantic.DeepEqual(before, wished)
}

// object that says anything; two of three only what its schema allows.
func (k wishedKind) object() *unstructured.Unstructured {
	odd := k.maker.random.IntN(3) == 0
	spec := k.maker.object(k.maker.spec, odd)
	if _, has := spec[k.needs]; !has {
		field := k.maker.spec.Properties[k.needs]
		spec[k.needs] = k.maker.value(&field, odd)
	}
	wished := &unstructured.Unstructured{Object: map[string]any{"spec": spec}}
	wished.SetGroupVersionKind(k.kind)
	wished.SetNamespace(k.namespace)
	wished.SetName(k.maker.name(odd))
	wished.SetAnnotations(map[string]string{v1alpha1.AnnotationDefault: pick(k.maker.random, []string{"true", "false", "", "1"})})
	return wished
}

// made are those that are there, beside what there was before.
func (w *wishes) made(ctx context.Context) ([]*unstructured.Unstructured, error) {
	var made []*unstructured.Unstructured
	for _, of := range w.kinds {
		list := &unstructured.UnstructuredList{}
		list.SetGroupVersionKind(of.kind.GroupVersion().WithKind(of.kind.Kind + "List"))
		if err := w.Client.List(ctx, list, client.InNamespace(of.namespace)); err != nil {
			return nil, err
		}
		for i := range list.Items {
			if !w.before[list.Items[i].GetUID()] {
				made = append(made, &list.Items[i])
			}
		}
	}
	return made, nil
}

// judged returns an error until each says how it stands.
func (w *wishes) judged(ctx context.Context) error {
	made, err := w.made(ctx)
	for _, object := range made {
		of := w.kinds[slices.IndexFunc(w.kinds, func(k wishedKind) bool { return k.kind == object.GroupVersionKind() })]
		var said struct {
			Status struct {
				ObservedGeneration int64              `json:"observedGeneration"`
				Conditions         []metav1.Condition `json:"conditions"`
			} `json:"status"`
		}
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, &said); err != nil {
			return err
		}
		if said.Status.ObservedGeneration != object.GetGeneration() || meta.FindStatusCondition(said.Status.Conditions, of.judgedBy) == nil {
			return fmt.Errorf("%s %s does not say how it stands: %+v", of.kind.Kind, object.GetName(), said.Status.Conditions)
		}
	}
	return err
}

// remove returns an error until all are gone.
func (w *wishes) remove(ctx context.Context) error {
	made, err := w.made(ctx)
	for _, object := range made {
		if object.GetDeletionTimestamp() == nil {
			err = errors.Join(err, client.IgnoreNotFound(w.Client.Delete(ctx, object)))
		}
	}
	if len(made) > 0 {
		return errors.Join(err, fmt.Errorf("%d of them are still there", len(made)))
	}
	return err
}

// tidy takes away what syncs left to customers for good, as they were told to, and has the family's own sync look again: no watch tells
// of what was the tenants' own.
func (f family) tidy(ctx context.Context) error {
	for _, customer := range f.receivers() {
		for _, name := range []string{motd, terms} {
			left := &corev1.ConfigMap{}
			err := f.Client.Get(ctx, client.ObjectKey{Namespace: placeOf(customer), Name: name}, left)
			if _, copied := left.Labels[v1alpha1.LabelSyncedBy]; err == nil && !copied {
				err = f.Client.Delete(ctx, left)
			}
			if client.IgnoreNotFound(err) != nil {
				return err
			}
		}
	}
	for _, suspended := range []bool{true, false} {
		if err := f.resync(ctx, func(sync *v1alpha1.MasterTenantSync) { sync.Spec.Suspend = suspended }); err != nil {
			return err
		}
	}
	return nil
}
