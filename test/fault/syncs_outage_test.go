// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package fault

import (
	"context"
	"errors"
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

var _ = Describe("Fault 3: the API server and etcd go and come back while a sync fans out", Label("fault-3", "full"), Ordered, func() {
	var plane *harness.Plane
	var there site
	var f family
	var all []client.ObjectKey
	var clean harness.Snapshot

	BeforeAll(func(ctx SpecContext) {
		plane, there = newPlane(ctx)
		leader := startLeader(ctx, there)
		f = newFamily(there)
		Eventually(publisher).WithContext(ctx).WithArguments(f).Should(Succeed())
		all = f.widen(ctx)
		Expect(f.sync(ctx, oneByOne)).To(Succeed())
		Eventually(f.carried).WithContext(ctx).WithArguments(formerText, formerText, all).Should(Succeed())
		Expect(harness.Quiet(ctx, leader.line, rest)).To(Succeed(), "a run without a fault")
		clean = f.snapshot(ctx)
		leader.Kill()
	})

	for _, outage := range outages() {
		It("copies what it should when, in the middle, "+outage.name, func(ctx SpecContext) {
			judged := verdicts{invariants: watchInvariants(ctx, there)}
			line := newLine(there)
			supervise(ctx, there, line, contested)
			middle := 0
			for _, text := range []string{newText, formerText} {
				Eventually(f.write).WithContext(ctx).WithArguments(f.partner.Name, motd, text).Should(Succeed())
				Eventually(f.begun).WithContext(ctx).WithArguments(text, all).Should(Succeed())
				if f.carried(ctx, text, formerText, all) != nil {
					middle++
				}
				bounded, cancel := context.WithTimeout(ctx, upPatience)
				Expect(outage.cause(bounded, plane)).To(Succeed())
				cancel()
				judged.add("while it fans out "+text, until(ctx, func(ctx context.Context) error { return f.carried(ctx, text, formerText, all) })...)
			}
			judged.add("in the end", f.differences(ctx, line, clean)...)
			Expect(middle).To(BeNumerically(">", 0), "it befell one in the middle")
			judged.close("fault 3, " + outage.name + " while a sync fans out")
		})
	}

	It("copies what it should once the history of all that it missed is gone", func(ctx SpecContext) {
		judged := verdicts{invariants: watchInvariants(ctx, there)}
		leader := startOperator(ctx, there, alone)
		Eventually(harness.Quiet).WithContext(ctx).WithArguments(leader.line, settle).Should(Succeed())
		last := &corev1.ConfigMapList{}
		Expect(there.Client.List(ctx, last, client.InNamespace(f.partner.Name))).To(Succeed())
		bounded, cancel := context.WithTimeout(ctx, 2*upPatience)
		defer cancel()

		// Its watches end, and it is told to wait before it goes on with each where that was.
		leader.line.Break(harness.Breakage{Seed: seed, Probability: 1, Faults: []harness.Fault{harness.TooMany}, Concerns: func(request harness.Request) bool {
			return request.Verb == "watch" || request.Verb == "list"
		}})
		Expect(plane.RestartComponent(bounded, harness.APIServer)).To(Succeed())
		for _, do := range []func(context.Context, family) error{rewrite, exclude, func(ctx context.Context, f family) error { return f.withdraw(ctx, terms) }} {
			Eventually(do).WithContext(ctx).WithArguments(f).Should(Succeed())
		}
		Expect(plane.RestartComponent(bounded, harness.APIServer)).To(Succeed())
		Eventually(there.outlived).WithContext(ctx).WithArguments(last.ResourceVersion).Should(Succeed())
		Expect(f.hold(ctx, motd, formerText, all...)).To(Succeed(), "it does not know yet")
		leader.line.Mend()

		others := all[1:]
		judged.add("what it missed", until(ctx, func(ctx context.Context) error {
			return first(f.hold(ctx, motd, "", f.child), f.fares(ctx, "", f.child), f.carried(ctx, newText, "", others))
		})...)
		judged.add("at rest", settles(ctx, leader.line)...)

		Expect(first(f.publish(ctx, terms), f.write(ctx, f.partner.Name, motd, formerText), f.resync(ctx, func(sync *v1alpha1.MasterTenantSync) { sync.Spec.Targets = nil }))).To(Succeed())
		judged.add("in the end", f.differences(ctx, leader.line, clean)...)
		judged.close("fault 3, the history of what a sync missed is gone")
	})
})

// oneByOne has a rollout go from one customer to the next.
func oneByOne(spec *v1alpha1.MasterTenantSyncSpec) {
	spec.Rollout = &v1alpha1.Rollout{MaxParallel: new(int32(1))}
}

// widen makes many more customers, and returns those that a sync reaches.
func (f family) widen(ctx context.Context) []client.ObjectKey {
	GinkgoHelper()
	all := f.receivers()
	for n := range many {
		customer := client.ObjectKey{Namespace: f.partner.Name, Name: fmt.Sprintf("many%02d", n)}
		Expect(f.Client.Create(ctx, customerTenant(customer))).To(Succeed())
		all = append(all, customer)
	}
	for _, customer := range all {
		Eventually(f.inPhase).WithContext(ctx).WithArguments(customer, v1alpha1.PhaseActive).Should(Succeed())
	}
	return all
}

// carried returns an error until customers have copies that say that, and the sync says so.
func (f family) carried(ctx context.Context, ofMotd, ofTerms string, customers []client.ObjectKey) error {
	return first(f.synced(ctx, v1alpha1.ReasonSynced), f.hold(ctx, motd, ofMotd, customers...), f.hold(ctx, terms, ofTerms, customers...),
		f.fares(ctx, v1alpha1.SyncSynced, customers...))
}

// begun returns an error until one of the customers has a copy that says that.
func (f family) begun(ctx context.Context, text string, customers []client.ObjectKey) error {
	var errs []error
	for _, customer := range customers {
		err := f.hold(ctx, motd, text, customer)
		if err == nil {
			return nil
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// outlived returns an error until nobody can go on with a watch of ConfigMaps where it was at a version.
func (s site) outlived(ctx context.Context, version string) error {
	changes, err := s.Client.Watch(ctx, &corev1.ConfigMapList{}, &client.ListOptions{Raw: &metav1.ListOptions{ResourceVersion: version}})
	if err == nil {
		defer changes.Stop()
		select {
		case change := <-changes.ResultChan():
			if change.Type != watch.Error {
				return fmt.Errorf("the history goes back to version %s", version)
			}
			err = apierrors.FromObject(change.Object)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if apierrors.IsResourceExpired(err) || apierrors.IsGone(err) {
		return nil
	}
	return err
}
