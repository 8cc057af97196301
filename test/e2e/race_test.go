// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// sampling is how often it is looked who has a host.
const sampling = 100 * time.Millisecond

var _ = Describe("A host that fifty tenants of two partners prove at once, with certificates (F26)", func() {
	It("has one owner at any time, and the next one only when that lets go", func(ctx SpecContext) {
		host := newHost()
		parents := []*v1alpha1.Tenant{partner(ctx), partner(ctx)}
		racers := newRacers(ctx, parents, host)
		invariants, err := cluster.WatchInvariants(context.WithoutCancel(ctx))
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(func() { Expect(invariants.Stop()).To(BeEmpty(), "judged on every single change") })
		watched := watchOwners(ctx, host, parents)

		By("proving it for all of them in one moment")
		challenges := make([]string, len(racers))
		for i, racer := range racers {
			challenges[i] = racer.Status.DomainChallenge
		}
		dnsServer.Set("_tenantry."+host, challenges...)
		DeferCleanup(func() { dnsServer.Remove("_tenantry." + host) })
		holder := watched.settled(ctx, "")
		for _, racer := range racers {
			if racer.Status.Namespace == holder {
				await(ctx, racer, secure)
				continue
			}
			await(ctx, racer, insecure(v1alpha1.ReasonHostConflict))
		}

		By("letting the holder go")
		first := racers[slices.IndexFunc(racers, func(racer *v1alpha1.Tenant) bool { return racer.Status.Namespace == holder })]
		change(ctx, first, func(t *v1alpha1.Tenant) { t.Spec.Domain = nil }, beReady())
		next := watched.settled(ctx, holder)
		Expect(claimOf(ctx, host).Data).To(HaveKeyWithValue("namespace", next))
		Expect(watched.stop()).To(HaveExactElements(holder, next))
	})
})

// newRacers are fifty tenants of some partners that ask for a host and have a certificate for it.
func newRacers(ctx SpecContext, parents []*v1alpha1.Tenant, host string) []*v1alpha1.Tenant {
	GinkgoHelper()
	data, err := authority.TLS(time.Now().Add(-time.Hour), time.Now().Add(12*time.Hour), host)
	Expect(err).NotTo(HaveOccurred())
	racers := make([]*v1alpha1.Tenant, 50)
	var starting sync.WaitGroup
	for i := range racers {
		starting.Go(func() {
			defer GinkgoRecover()
			racers[i] = newTenant(ctx, parents[i%len(parents)].Status.Namespace, fmt.Sprintf("racer%d", i), customHost(host))
		})
	}
	starting.Wait()
	for _, racer := range racers {
		await(ctx, racer, And(insecure(v1alpha1.ReasonNotProven), HaveField("Status.DomainChallenge", Not(BeEmpty()))))
		deposit(ctx, racer, data)
	}
	return racers
}

// owners is who had a host, looked at ten times a second.
type owners struct {
	host    string
	parents []*v1alpha1.Tenant
	cancel  context.CancelFunc
	done    chan struct{}

	mu sync.Mutex // guards what follows
	// seen are the places that had it, one after the other.
	seen []string
	// samples is how often it was looked, and since how many the last one has it.
	samples, since int
	wrong          []string
}

// watchOwners begins to look.
func watchOwners(ctx SpecContext, host string, parents []*v1alpha1.Tenant) *owners {
	watching, cancel := context.WithCancel(ctx)
	o := &owners{host: host, parents: parents, cancel: cancel, done: make(chan struct{})}
	go func() {
		defer close(o.done)
		tick := time.NewTicker(sampling)
		defer tick.Stop()
		for {
			select {
			case <-watching.Done():
				return
			case <-tick.C:
				o.sample(watching)
			}
		}
	}()
	DeferCleanup(func() { o.stop() })
	return o
}

// sample looks which places the host leads into, and which tenants say that it is theirs.
func (o *owners) sample(ctx context.Context) {
	routed, errRouted := o.routed(ctx)
	told, errTold := o.told(ctx)
	if ctx.Err() != nil {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.samples++
	if errRouted != nil || errTold != nil {
		o.wrong = append(o.wrong, fmt.Sprintf("looking who has host %s: %v, %v", o.host, errRouted, errTold))
		return
	}
	if len(routed) > 1 || len(told) > 1 {
		o.wrong = append(o.wrong, fmt.Sprintf("host %s leads into places %v, and tenants %v say that it is theirs", o.host, routed, told))
	}
	if len(routed) == 1 && (len(o.seen) == 0 || o.seen[len(o.seen)-1] != routed[0]) {
		o.seen, o.since = append(o.seen, routed[0]), o.samples
	}
}

func (o *owners) routed(ctx context.Context) ([]string, error) {
	var places []string
	ingresses := &networkingv1.IngressList{}
	if err := admin.List(ctx, ingresses); err != nil {
		return nil, err
	}
	for _, ingress := range ingresses.Items {
		if slices.ContainsFunc(ingress.Spec.Rules, func(rule networkingv1.IngressRule) bool { return rule.Host == o.host }) {
			places = append(places, ingress.Namespace)
		}
	}
	return places, nil
}

// told are the tenants that ask for the host, and say that it is theirs.
func (o *owners) told(ctx context.Context) ([]string, error) {
	var told []string
	for _, parent := range o.parents {
		tenants := &v1alpha1.TenantList{}
		if err := admin.List(ctx, tenants, client.InNamespace(parent.Status.Namespace)); err != nil {
			return nil, err
		}
		for i := range tenants.Items {
			tenant := &tenants.Items[i]
			present := tenant.Status.ObservedGeneration == tenant.Generation
			if present && tenant.Spec.Domain != nil && condition(tenant, v1alpha1.ConditionDomainSecure).Status == metav1.ConditionTrue {
				told = append(told, tenant.Name)
			}
		}
	}
	return told, nil
}

// settled waits until a place beside the former one had the host for three seconds on end, by samples,
// and returns it.
func (o *owners) settled(ctx SpecContext, former string) string {
	GinkgoHelper()
	var last string
	Eventually(func() int {
		o.mu.Lock()
		defer o.mu.Unlock()
		if len(o.seen) == 0 || o.seen[len(o.seen)-1] == former {
			return 0
		}
		last = o.seen[len(o.seen)-1]
		return o.samples - o.since
	}).WithContext(ctx).Should(BeNumerically(">=", int(3*time.Second/sampling)))
	return last
}

// stop looking, and return the places that had the host, in turn. What was wrong meanwhile fails the spec.
func (o *owners) stop() []string {
	GinkgoHelper()
	o.cancel()
	<-o.done
	Expect(o.wrong).To(BeEmpty())
	return o.seen
}
