// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"context"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/controller"
	"github.com/tenantry/tenantry/internal/desired"
	"github.com/tenantry/tenantry/internal/manager"
	"github.com/tenantry/tenantry/test/harness"
)

// operator is all of the manager but its queue: its caches, its client with its rights, and its
// reconciler, which works when a spec says so.
type operator struct {
	*controller.TenantReconciler
	recorder *recorder
	manager  ctrl.Manager
	// woken takes the tenants that another's change lets go on.
	woken chan event.GenericEvent
}

// newOperator starts an operator with the configuration that ships, changed by configure. One that
// is started later than another is what a restart makes of it.
func newOperator(ctx SpecContext, configure ...func(*configv1alpha1.Configuration)) *operator {
	GinkgoHelper()
	configuration := newConfiguration()
	for _, change := range configure {
		change(configuration)
	}
	restConfig := rest.CopyConfig(cluster.Config)
	restConfig.Impersonate = rest.ImpersonationConfig{
		UserName: "system:serviceaccount:" + harness.ManagerNamespace + ":" + harness.ManagerAccount,
		Groups:   []string{"system:serviceaccounts", "system:serviceaccounts:" + harness.ManagerNamespace},
	}
	requests := &recorder{}
	restConfig.Wrap(requests.wrap)
	mgr, err := manager.New(restConfig, configuration, GinkgoLogr)
	Expect(err).NotTo(HaveOccurred())
	Expect(controller.AddIndexes(ctx, mgr.GetFieldIndexer())).To(Succeed())

	running, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- mgr.GetCache().Start(running) }()
	DeferCleanup(func() {
		stop()
		Expect(<-ended).To(Succeed())
	})
	Expect(mgr.GetCache().WaitForCacheSync(ctx)).To(BeTrue())

	reconciler, err := controller.NewTenantReconciler(mgr, configuration)
	Expect(err).NotTo(HaveOccurred())
	o := &operator{
		TenantReconciler: reconciler,
		recorder:         requests,
		manager:          mgr,
		woken:            make(chan event.GenericEvent, 1024),
	}
	o.Wake = o.woken
	return o
}

// look reconciles a Tenant once, on a view of the world that is not older than the spec's, and
// brings the given Tenant up to date.
func (o *operator) look(ctx SpecContext, tenant *v1alpha1.Tenant) error {
	GinkgoHelper()
	_, err := o.reconcile(ctx, tenant)
	return err
}

func (o *operator) reconcile(ctx SpecContext, tenant *v1alpha1.Tenant) (reconcile.Result, error) {
	GinkgoHelper()
	o.catchUp(ctx, tenant)
	result, err := o.Reconcile(ctx, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(tenant)})
	Expect(client.IgnoreNotFound(admin.Get(ctx, client.ObjectKeyFromObject(tenant), tenant))).To(Succeed())
	return result, err
}

// settle reconciles a Tenant until there is nothing left to do soon: its place is complete, the quotas in
// it are enforced, and what it asks for no more is given up.
func (o *operator) settle(ctx SpecContext, tenant *v1alpha1.Tenant) {
	GinkgoHelper()
	Eventually(func(g Gomega) {
		result, err := o.reconcile(ctx, tenant)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(result.RequeueAfter).To(Or(BeZero(), BeNumerically(">", 10*time.Second)))
		g.Expect(tenant.Status.Conditions).To(ContainElement(HaveField("Type", v1alpha1.ConditionReady)))
		g.Expect(tenant.Status.Conditions).NotTo(ContainElement(HaveField("Type", v1alpha1.ConditionReconciling)))
	}).WithContext(ctx).Should(Succeed())
}

// catchUp waits until the operator's cache has of each object what the API server has.
func (o *operator) catchUp(ctx SpecContext, objects ...client.Object) {
	GinkgoHelper()
	for _, object := range objects {
		key := client.ObjectKeyFromObject(object)
		live := object.DeepCopyObject().(client.Object)
		cached := object.DeepCopyObject().(client.Object)
		Eventually(func(g Gomega) {
			atServer := admin.Get(ctx, key, live)
			inCache := o.Client.Get(ctx, key, cached)
			g.Expect(apierrors.IsNotFound(inCache)).To(Equal(apierrors.IsNotFound(atServer)), "there or not")
			if atServer == nil {
				g.Expect(cached.GetResourceVersion()).To(Equal(live.GetResourceVersion()))
			}
		}).WithContext(ctx).Should(Succeed())
	}
}

// load is the load of a Reconcile alone.
func (o *operator) load(ctx SpecContext, tenant *v1alpha1.Tenant) desired.Inputs {
	GinkgoHelper()
	o.catchUp(ctx, tenant)
	in, err := o.Loader.Load(ctx, tenant)
	Expect(err).NotTo(HaveOccurred())
	return in
}
