// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"context"
	"errors"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/desired"
	"github.com/tenantry/tenantry/internal/replicas"
	"github.com/tenantry/tenantry/internal/replication"
)

// copying is a customer's place, as the syncs of the partner above it are brought there.
type copying struct {
	stores *replicas.Stores
	tenant *v1alpha1.Tenant
	sync   *v1alpha1.MasterTenantSync
	// master is the partner's namespace.
	master string
}

func newCopying(ctx SpecContext) *copying {
	GinkgoHelper()
	operator := newOperator(ctx)
	parent := partner(ctx)
	c := &copying{master: parent.Status.Namespace, tenant: tenantIn(ctx, parent.Status.Namespace, "cybercorp")}
	shared.settle(ctx, c.tenant)
	c.sync = &v1alpha1.MasterTenantSync{ObjectMeta: metav1.ObjectMeta{Namespace: c.master, Name: "baseline"}}
	c.sync.Spec.Categories = []v1alpha1.SyncCategory{v1alpha1.SyncContent}
	var err error
	c.stores, err = replicas.New(operator.manager, replication.NewRules(&newConfiguration().Sync))
	Expect(err).NotTo(HaveOccurred())
	running, stop := context.WithCancel(context.Background())
	ended := make(chan error, 2)
	go func() { ended <- c.stores.Marked.Start(running) }()
	go func() { ended <- c.stores.Copies.Start(running) }()
	DeferCleanup(func() {
		stop()
		Expect(errors.Join(<-ended, <-ended)).To(Succeed())
	})
	Expect(c.stores.Marked.WaitForCacheSync(ctx) && c.stores.Copies.WaitForCacheSync(ctx)).To(BeTrue())
	return c
}

// object of the tenant's place.
func (c *copying) object(name string) *corev1.ConfigMap {
	return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: c.tenant.Status.Namespace, Name: name}, Data: map[string]string{"text": "own"}}
}

// actions are what is to be done by what the caches hold now.
func (c *copying) actions(ctx SpecContext) []replication.Action {
	GinkgoHelper()
	marked, err := c.stores.MarkedIn(ctx, c.master, nil, time.Time{})
	Expect(err).NotTo(HaveOccurred())
	held, err := c.stores.CopiesIn(ctx, c.tenant.Status.Namespace)
	Expect(err).NotTo(HaveOccurred())
	place := replication.Place{Labels: desired.OwnerLabels(c.tenant), Held: held, Foreign: map[replication.Key]string{}}
	for _, source := range c.stores.Rules.Select(&c.sync.Spec, marked).Sources {
		wanted := replication.Wanted(source, c.sync, c.tenant, c.tenant.Status.Namespace, place.Labels)
		there, err := c.stores.Look(ctx, wanted.Key, c.tenant.Status.Namespace)
		Expect(err).NotTo(HaveOccurred())
		if there != nil && !there.IsCopy() {
			place.Foreign[wanted.Key] = there.Fingerprint()
		}
		place.Wanted = append(place.Wanted, wanted)
	}
	return replication.Actions(c.sync, place)
}

// next waits until one thing is to be done, and that is it.
func (c *copying) next(ctx SpecContext, verb replication.Verb) replication.Action {
	GinkgoHelper()
	var actions []replication.Action
	Eventually(func() []replication.Action { actions = c.actions(ctx); return actions }).WithContext(ctx).Should(HaveExactElements(HaveField("Verb", verb)))
	return actions[0]
}

func (c *copying) do(ctx SpecContext, action replication.Action) error {
	return c.stores.Do(ctx, c.tenant.Status.Namespace, action)
}

// text of an object in the tenant's place.
func (c *copying) text(ctx SpecContext, name string) string {
	GinkgoHelper()
	object := c.object(name)
	Expect(cluster.Client.Get(ctx, client.ObjectKeyFromObject(object), object)).To(Succeed())
	return object.Data["text"]
}

func (c *copying) mark(ctx SpecContext, name, text string) *corev1.ConfigMap {
	GinkgoHelper()
	source := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: c.master, Name: name, Labels: map[string]string{v1alpha1.LabelSync: "content"}}, Data: map[string]string{"text": text}}
	Expect(cluster.Client.Create(ctx, source)).To(Succeed())
	return source
}

var _ = Describe("A copy", func() {
	It("is written only in the version that was looked at", func(ctx SpecContext) {
		c := newCopying(ctx)
		source := c.mark(ctx, "alerts", "one")
		Expect(c.do(ctx, c.next(ctx, replication.Create))).To(Succeed())
		Eventually(c.actions).WithArguments(ctx).WithContext(ctx).Should(BeEmpty())
		Expect(c.text(ctx, "alerts")).To(Equal("one"))

		By("changing it behind the back of who decided")
		Expect(cluster.Client.Patch(ctx, source, merge(`{"data":{"text":"two"}}`))).To(Succeed())
		late := c.next(ctx, replication.Update)
		Expect(cluster.Client.Patch(ctx, c.object("alerts"), merge(`{"data":{"text":"other"}}`))).To(Succeed())
		Expect(apierrors.IsConflict(c.do(ctx, late))).To(BeTrue())
		Expect(c.text(ctx, "alerts")).To(Equal("other"))
		Eventually(func() error { return c.do(ctx, c.next(ctx, replication.Update)) }).WithContext(ctx).Should(Succeed())
		Expect(c.text(ctx, "alerts")).To(Equal("two"))

		By("having it wanted no more")
		Eventually(c.actions).WithArguments(ctx).WithContext(ctx).Should(BeEmpty())
		Expect(cluster.Client.Delete(ctx, source)).To(Succeed())
		late = c.next(ctx, replication.Delete)
		Expect(cluster.Client.Patch(ctx, c.object("alerts"), merge(`{"data":{"text":"other"}}`))).To(Succeed())
		Expect(apierrors.IsConflict(c.do(ctx, late))).To(BeTrue())
		Expect(c.text(ctx, "alerts")).To(Equal("other"))
		Eventually(func() error { return c.do(ctx, c.next(ctx, replication.Delete)) }).WithContext(ctx).Should(Succeed())
		gone(ctx, c.object("alerts"))
	})

	It("is made of what was decided on, or not at all", func(ctx SpecContext) {
		c := newCopying(ctx)
		source := c.mark(ctx, "alerts", "one")
		create := c.next(ctx, replication.Create)
		Expect(cluster.Client.Patch(ctx, source, merge(`{"data":{"text":"two"}}`))).To(Succeed())
		Expect(c.do(ctx, create)).To(MatchError(replicas.ErrGone))
		Eventually(func() error { return c.do(ctx, c.next(ctx, replication.Create)) }).WithContext(ctx).Should(Succeed())
		Expect(c.text(ctx, "alerts")).To(Equal("two"))

		By("deciding on what another sync's tenants were written already, which is at hand")
		Expect(cluster.Client.Delete(ctx, c.object("alerts"))).To(Succeed())
		again := c.next(ctx, replication.Create)
		Expect(cluster.Client.Delete(ctx, source)).To(Succeed())
		Expect(c.do(ctx, again)).To(Succeed())
		Expect(c.text(ctx, "alerts")).To(Equal("two"))

		By("making another of the name")
		Eventually(func() error { return c.do(ctx, c.next(ctx, replication.Delete)) }).WithContext(ctx).Should(Succeed())
		source = c.mark(ctx, "alerts", "three")
		create = c.next(ctx, replication.Create)
		Expect(cluster.Client.Delete(ctx, source)).To(Succeed())
		Expect(c.do(ctx, create)).To(MatchError(replicas.ErrGone))
		c.mark(ctx, "alerts", "three")
		Expect(c.do(ctx, create)).To(MatchError(replicas.ErrGone), "it is another object")
	})

	It("is found by its sync, and not by another of that name", func(ctx SpecContext) {
		c := newCopying(ctx)
		c.mark(ctx, "alerts", "one")
		Expect(c.do(ctx, c.next(ctx, replication.Create))).To(Succeed())
		Eventually(c.stores.CopiesOf).WithArguments(ctx, client.ObjectKeyFromObject(c.sync)).WithContext(ctx).Should(ConsistOf(HaveField("Key.Name", "alerts")))
		for _, other := range []client.ObjectKey{{Namespace: c.master, Name: "other"}, {Namespace: "other", Name: c.sync.Name}} {
			Expect(c.stores.CopiesOf(ctx, other)).To(BeEmpty())
		}
	})

	It("keeps what others noted on it, of which the operator's memory holds nothing", func(ctx SpecContext) {
		c := newCopying(ctx)
		source := c.mark(ctx, "alerts", "one")
		Expect(c.do(ctx, c.next(ctx, replication.Create))).To(Succeed())
		Expect(cluster.Client.Patch(ctx, c.object("alerts"), merge(`{"metadata":{"annotations":{"controller.example/seen":"yes"}}}`))).To(Succeed())
		Eventually(func(g Gomega) {
			held, err := c.stores.CopiesIn(ctx, c.tenant.Status.Namespace)
			g.Expect(err).NotTo(HaveOccurred())
			live := c.object("alerts")
			g.Expect(cluster.Client.Get(ctx, client.ObjectKeyFromObject(live), live)).To(Succeed())
			g.Expect(held).To(ConsistOf(And(HaveField("ResourceVersion", live.ResourceVersion), HaveField("Annotations", Not(HaveKey("controller.example/seen"))))))
		}).WithContext(ctx).Should(Succeed())
		Expect(cluster.Client.Patch(ctx, source, merge(`{"data":{"text":"two"}}`))).To(Succeed())
		Expect(c.do(ctx, c.next(ctx, replication.Update))).To(Succeed())
		written := c.object("alerts")
		Expect(cluster.Client.Get(ctx, client.ObjectKeyFromObject(written), written)).To(Succeed())
		Expect(written).To(And(HaveField("Data", HaveKeyWithValue("text", "two")), HaveField("Annotations", HaveKeyWithValue("controller.example/seen", "yes"))))
	})

	It("leaves alone what is the tenant's own, or takes it over and gives it back", func(ctx SpecContext) {
		c := newCopying(ctx)
		c.mark(ctx, "alerts", "the master's")
		create := c.next(ctx, replication.Create)
		own := c.object("alerts")
		Expect(cluster.Client.Create(ctx, own)).To(Succeed())
		Expect(c.do(ctx, create)).To(MatchError(replicas.ErrOwn))
		Expect(c.do(ctx, c.next(ctx, replication.Keep))).NotTo(Succeed(), "it writes nothing")
		Expect(c.text(ctx, "alerts")).To(Equal("own"))

		By("having a controller keep it")
		c.sync.Spec.Conflict = v1alpha1.ConflictOverwrite
		keeper := c.object("keeper")
		Expect(cluster.Client.Create(ctx, keeper)).To(Succeed())
		owned := `{"metadata":{"ownerReferences":[{"apiVersion":"v1","kind":"ConfigMap","name":"keeper","uid":"` + string(keeper.UID) + `","controller":true}]}}`
		Expect(asKubernetes().Patch(ctx, c.object("alerts"), merge(owned))).To(Succeed())
		Expect(c.do(ctx, c.next(ctx, replication.TakeOver))).To(MatchError(replicas.ErrOwn))
		Expect(c.text(ctx, "alerts")).To(Equal("own"))

		By("having the tenant's own syncs carry it")
		Expect(asKubernetes().Patch(ctx, c.object("alerts"), merge(`{"metadata":{"ownerReferences":null,"labels":{"tenantry.io/sync":"content"}}}`))).To(Succeed())
		Expect(c.do(ctx, c.next(ctx, replication.TakeOver))).To(MatchError(replicas.ErrOwn))
		Expect(c.text(ctx, "alerts")).To(Equal("own"))

		By("having nobody keep it")
		Expect(asKubernetes().Patch(ctx, c.object("alerts"), merge(`{"metadata":{"labels":null}}`))).To(Succeed())
		Expect(c.do(ctx, c.next(ctx, replication.TakeOver))).To(Succeed())
		Expect(c.text(ctx, "alerts")).To(Equal("the master's"))
		Expect(cluster.Client.Delete(ctx, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: c.master, Name: "alerts"}})).To(Succeed())
		Expect(c.do(ctx, c.next(ctx, replication.Release))).To(Succeed())
		given := c.object("alerts")
		Expect(cluster.Client.Get(ctx, client.ObjectKeyFromObject(given), given)).To(Succeed())
		Expect(given).To(And(HaveField("UID", own.UID), HaveField("Labels", BeEmpty()), HaveField("Annotations", BeEmpty())))
	})

	It("is decided on anew where what it was to be written over is gone, which is no failure", func(ctx SpecContext) {
		c := newCopying(ctx)
		source := c.mark(ctx, "alerts", "one")
		Expect(c.do(ctx, c.next(ctx, replication.Create))).To(Succeed())
		Eventually(c.actions).WithArguments(ctx).WithContext(ctx).Should(BeEmpty())
		Expect(cluster.Client.Patch(ctx, source, merge(`{"data":{"text":"two"}}`))).To(Succeed())
		update := c.next(ctx, replication.Update)
		Expect(cluster.Client.Delete(ctx, c.object("alerts"))).To(Succeed())
		Expect(c.do(ctx, update)).To(MatchError(replicas.ErrGone))
		Expect(c.do(ctx, c.next(ctx, replication.Create))).To(Succeed())

		By("having one of the tenant's own go that it was to take over")
		Eventually(c.actions).WithArguments(ctx).WithContext(ctx).Should(BeEmpty())
		c.sync.Spec.Conflict = v1alpha1.ConflictOverwrite
		own := c.object("more")
		Expect(cluster.Client.Create(ctx, own)).To(Succeed())
		c.mark(ctx, "more", "the master's")
		takeOver := c.next(ctx, replication.TakeOver)
		Expect(cluster.Client.Delete(ctx, own)).To(Succeed())
		Expect(c.do(ctx, takeOver)).To(MatchError(replicas.ErrGone))
	})

	It("takes the place of nothing of the tenant's own that can't be changed, and is never deleted once it has", func(ctx SpecContext) {
		c := newCopying(ctx)
		c.sync.Spec.Conflict = v1alpha1.ConflictOverwrite
		source := c.mark(ctx, "alerts", "the master's")
		own := c.object("alerts")
		own.Immutable = new(true)
		Expect(cluster.Client.Create(ctx, own)).To(Succeed())
		Expect(c.do(ctx, c.next(ctx, replication.TakeOver))).To(MatchError(replicas.ErrFixed))
		Expect(c.text(ctx, "alerts")).To(Equal("own"))

		By("taking over one that the master makes immutable")
		Expect(cluster.Client.Delete(ctx, own)).To(Succeed())
		Expect(cluster.Client.Create(ctx, c.object("alerts"))).To(Succeed())
		Expect(cluster.Client.Patch(ctx, source, merge(`{"immutable":true}`))).To(Succeed())
		Eventually(func(g Gomega) {
			for _, action := range c.actions(ctx) {
				g.Expect(c.do(ctx, action)).To(Succeed())
			}
			taken := c.object("alerts")
			g.Expect(cluster.Client.Get(ctx, client.ObjectKeyFromObject(taken), taken)).To(Succeed())
			g.Expect(taken).To(And(HaveField("Immutable", HaveValue(BeTrue())), HaveField("Annotations", HaveKey(v1alpha1.AnnotationTakenOver))))
		}).WithContext(ctx).Should(Succeed())
		Expect(cluster.Client.Delete(ctx, source)).To(Succeed())
		c.next(ctx, replication.Release)
		c.mark(ctx, "alerts", "another")
		Expect(c.next(ctx, replication.Refuse).Note).To(ContainSubstring("tenant's own"))
	})

	It("is none without all of its labels: what bears some is the tenant's own", func(ctx SpecContext) {
		c := newCopying(ctx)
		c.mark(ctx, "alerts", "the master's")
		create := c.next(ctx, replication.Create)
		half := c.object("alerts")
		half.Labels = map[string]string{v1alpha1.LabelSyncedBy: c.sync.Name}
		Expect(asKubernetes().Create(ctx, half)).To(Succeed())
		Expect(c.do(ctx, create)).To(MatchError(replicas.ErrOwn))
		Expect(c.text(ctx, "alerts")).To(Equal("own"))
	})
})
