// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package fault

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

// Inputs of a sampled and of a full run.
const (
	sampledInputs = 40
	fullInputs    = 400
)

// idleRequests is how many requests a minute a tenant may cost that is at rest, whatever it asks for.
const idleRequests = 1

var _ = Describe("Fault 7: bad input", Label("fault-7"), func() {
	It("survives whatever a Tenant says, and serves all others", func(ctx SpecContext) {
		judged := verdicts{invariants: watchInvariants(ctx, here)}
		leader := startLeader(ctx, here)
		bystander, parent := newFamily(here), newFamily(here)
		Eventually(active).WithContext(ctx).WithArguments(bystander).Should(Succeed())
		Eventually(active).WithContext(ctx).WithArguments(parent).Should(Succeed())
		Expect(harness.Quiet(ctx, leader.line, settle)).To(Succeed())
		clean := bystander.snapshot(ctx)
		roots, remove, err := here.Namespace(ctx)
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(func(ctx SpecContext) { Expect(remove(ctx)).To(Succeed()) })

		inputs := fuzz{site: here, maker: newMaker(ctx, seed, tenantsKind), namespaces: []string{roots, parent.partner.Name}, own: parent.child}
		count := sampledInputs
		if full {
			count = fullInputs
		}
		for n := range count {
			judged.add(fmt.Sprintf("input %d of FAULT_SEED=%d", n+1, seed), inputs.say(ctx)...)
		}
		judged.add("every Tenant is judged", until(ctx, inputs.judged)...)
		judged.add("at rest", inputs.restless(ctx, leader)...)
		judged.add("beside them", bystander.differences(ctx, leader.line, clean)...)
		newcomer := newFamily(here)
		Expect(newcomer.createPartner(ctx)).To(Succeed())
		judged.add("who comes after them", until(ctx, func(ctx context.Context) error {
			return newcomer.inPhase(ctx, newcomer.partner, v1alpha1.PhaseActive)
		})...)
		judged.add("when they are deleted", until(ctx, inputs.remove)...)
		judged.add("no panic", panics(ctx, leader)...)
		judged.close(fmt.Sprintf("fault 7, bad input by FAULT_SEED=%d (%d accepted, %d refused)", seed, inputs.accepted, inputs.refused))
	})
})

// fuzz makes and changes Tenants that say anything.
type fuzz struct {
	site
	maker      *maker
	namespaces []string
	// own is a Tenant in one of the namespaces that is not to be removed.
	own      client.ObjectKey
	accepted int
	refused  int
}

// say something to the API server: a new Tenant, and now and then another spec for it. What it
// answers with must be a yes, or a no that blames the input.
func (f *fuzz) say(ctx context.Context) []string {
	namespace := f.namespaces[f.maker.random.IntN(len(f.namespaces))]
	tenant := f.maker.tenant(namespace)
	found := f.heard(f.Client.Create(ctx, tenant))
	if f.maker.random.IntN(2) == 0 || tenant.GetUID() == "" {
		return found
	}
	again := f.maker.tenant(namespace)
	patch := client.MergeFrom(tenant.DeepCopy())
	tenant.Object["spec"] = again.Object["spec"]
	return append(found, f.heard(f.Client.Patch(ctx, tenant, patch))...)
}

// heard is what is wrong with an answer.
func (f *fuzz) heard(err error) []string {
	var answer apierrors.APIStatus
	switch {
	case err == nil:
		f.accepted++
	case errors.As(err, &answer) && answer.Status().Code >= 400 && answer.Status().Code < 500:
		f.refused++
		fmt.Fprintln(GinkgoWriter, err)
	default:
		return []string{"the API server says: " + err.Error()}
	}
	return nil
}

// tenants that were accepted and are there.
func (f *fuzz) tenants(ctx context.Context) ([]v1alpha1.Tenant, error) {
	var all []v1alpha1.Tenant
	for _, namespace := range f.namespaces {
		list := &v1alpha1.TenantList{}
		if err := f.Client.List(ctx, list, client.InNamespace(namespace)); err != nil {
			return nil, err
		}
		all = append(all, list.Items...)
	}
	return all, nil
}

// judged returns an error until every Tenant says how it stands.
func (f *fuzz) judged(ctx context.Context) error {
	all, err := f.tenants(ctx)
	for _, tenant := range all {
		if tenant.Status.ObservedGeneration != tenant.Generation || readyMessage(tenant.Status.Conditions) == "" {
			return fmt.Errorf("tenant %s/%s does not say how it stands: %v", tenant.Namespace, tenant.Name, tenant.Status.Conditions)
		}
	}
	return err
}

// restless says what the operator does when all are judged: it writes nothing, and asks little.
func (f *fuzz) restless(ctx context.Context, leader *operator) []string {
	GinkgoHelper()
	bounded, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for harness.Quiet(ctx, leader.line, rest) != nil && bounded.Err() == nil {
		continue
	}
	leader.line.Forget()
	span := rest
	if full {
		span = time.Minute
	}
	var found []string
	if err := harness.Quiet(ctx, leader.line, span); err != nil {
		found = append(found, err.Error())
	}
	all, err := f.tenants(ctx)
	Expect(err).NotTo(HaveOccurred())
	asked := 0
	for _, request := range leader.line.Requests() {
		if !request.Lease() && request.Verb != "watch" {
			asked++
		}
	}
	if limit := idleRequests * (1 + float64(len(all))*span.Minutes()); float64(asked) > limit {
		found = append(found, fmt.Sprintf("%d requests in %s of rest with %d tenants: %v", asked, span, len(all), leader.line.Requests()))
	}
	return found
}

// remove returns an error until all Tenants are gone, with all that is kept of them.
func (f *fuzz) remove(ctx context.Context) error {
	all, err := f.tenants(ctx)
	if err != nil {
		return err
	}
	left := 0
	for _, tenant := range all {
		if client.ObjectKeyFromObject(&tenant) == f.own {
			continue
		}
		left++
		if err := f.purge(ctx, client.ObjectKeyFromObject(&tenant)); err != nil {
			return err
		}
	}
	for _, namespace := range f.namespaces {
		records := &v1alpha1.RetainedTenantList{}
		if err := f.Client.List(ctx, records, client.InNamespace(namespace)); err != nil {
			return err
		}
		for _, record := range records.Items {
			left++
			if err := f.wish(ctx, client.ObjectKeyFromObject(&record), v1alpha1.ActionPurge); err != nil {
				return err
			}
		}
	}
	if left > 0 {
		return fmt.Errorf("%d Tenants and records are still there", left)
	}
	return nil
}

// panics that the manager recovered from.
func panics(ctx context.Context, leader *operator) []string {
	GinkgoHelper()
	metrics, err := leader.Metrics(ctx)
	Expect(err).NotTo(HaveOccurred())
	if count := metrics.Sum("controller_runtime_reconcile_panics_total"); count > 0 {
		return []string{fmt.Sprintf("the manager panicked %v times; its log is %s", count, leader.LogFile)}
	}
	return nil
}

// tenant that says anything; two of three only what its schema allows.
func (m *maker) tenant(namespace string) *unstructured.Unstructured {
	odd := m.random.IntN(3) == 0
	tenant := &unstructured.Unstructured{Object: map[string]any{"spec": m.value(m.spec, odd)}}
	tenant.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind("Tenant"))
	tenant.SetNamespace(namespace)
	tenant.SetName(m.name(odd))
	tenant.SetLabels(map[string]string{"tier": "gold"})
	tenant.SetAnnotations(map[string]string{"example.com/note": pick(m.random, texts()), v1alpha1.AnnotationPurge: tenant.GetName()})
	if m.now(odd) {
		tenant.SetLabels(map[string]string{pick(m.random, texts()): pick(m.random, texts())})
	}
	return tenant
}

func pick[T any](random *rand.Rand, from []T) T { return from[random.IntN(len(from))] }
