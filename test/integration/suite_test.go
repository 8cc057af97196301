// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

// Package integration proves the reconcilers, one Reconcile at a time, on the API server that
// KUBECONFIG names. What the manager needs must be installed there (`make install`), and the manager
// must not run: here nothing happens but what a spec asks for.
package integration

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/internal/config"
	"github.com/tenantry/tenantry/test/harness"
)

// patience is how long Kubernetes' own controllers and the caches get to do their work.
const patience = 3 * time.Minute

var (
	cluster *harness.Cluster
	// admin acts as the administrator of the cluster.
	admin client.WithWatch
	// home is a namespace that is nobody's place, where root tenants lie.
	home string
	// shared is an operator that most specs drive. What it keeps in memory is theirs together.
	shared *operator
)

func TestIntegration(t *testing.T) {
	RegisterFailHandler(Fail)
	SetDefaultEventuallyTimeout(patience)
	SetDefaultEventuallyPollingInterval(20 * time.Millisecond)
	EnforceDefaultTimeoutsWhenUsingContexts()
	RunSpecs(t, "Integration")
}

var _ = BeforeSuite(func(ctx SpecContext) {
	ctrl.SetLogger(GinkgoLogr)
	var err error
	cluster, err = harness.Connect(ctx)
	Expect(err).NotTo(HaveOccurred())
	admin = cluster.Client
	Eventually(noManager).WithContext(ctx).Should(Succeed(), "the manager must not run beside this suite: stop it")
	shared = newOperator(ctx)

	var remove func(context.Context) error
	home, remove, err = cluster.Namespace(ctx)
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(func(ctx SpecContext) { Expect(remove(ctx)).To(Succeed()) })
})

// A suite that comes after this one is not to wait for what this one left to Kubernetes.
var _ = AfterSuite(func(ctx SpecContext) {
	Eventually(func(g Gomega) {
		namespaces := &corev1.NamespaceList{}
		g.Expect(admin.List(ctx, namespaces)).To(Succeed())
		g.Expect(namespaces.Items).NotTo(ContainElement(HaveField("DeletionTimestamp", Not(BeNil()))))
	}).WithContext(ctx).WithTimeout(10 * time.Minute).WithPolling(time.Second).Should(Succeed())
})

// noManager says that nobody holds the manager's lease.
func noManager(ctx SpecContext) error {
	lease := &coordinationv1.Lease{}
	err := admin.Get(ctx, client.ObjectKey{Namespace: harness.ManagerNamespace, Name: harness.ManagerLease}, lease)
	if err != nil {
		return client.IgnoreNotFound(err)
	}
	holder, lasts := ptr.Deref(lease.Spec.HolderIdentity, ""), ptr.Deref(lease.Spec.LeaseDurationSeconds, 0)
	if holder != "" && lease.Spec.RenewTime != nil && time.Since(lease.Spec.RenewTime.Time) < time.Duration(lasts)*time.Second {
		return fmt.Errorf("manager %s holds the lease", holder)
	}
	return nil
}

// newConfiguration is the one that ships.
func newConfiguration() *configv1alpha1.Configuration {
	GinkgoHelper()
	root, err := harness.Root()
	Expect(err).NotTo(HaveOccurred())
	configuration, err := config.Load(filepath.Join(root, "config", "manager", "config.yaml"))
	Expect(err).NotTo(HaveOccurred())
	configuration.LeaderElection.Enabled = new(false)
	configuration.RetainFor = &metav1.Duration{} // what a test deletes is to go, unless its spec says otherwise
	configuration.Metrics.BindAddress = configv1alpha1.AddressOff
	configuration.Health.BindAddress = configv1alpha1.AddressOff
	return configuration
}
