// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

// Package e2e proves the product as its users meet it: the built manager runs as a process of its
// own, under its own ServiceAccount, against the API server that KUBECONFIG names, and is spoken to
// through that alone. What the manager needs must be installed there (`make install`), and no other
// manager may run.
//
// A spec's text bears the numbers of the features (docs/features.md) that it shows: F02, F19.
package e2e

import (
	"context"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

const (
	// patience is how long the operator and Kubernetes' own controllers get for anything.
	patience = 3 * time.Minute
	// calm is how long nobody may write where nobody has anything to do.
	calm = 3 * time.Second
)

var (
	cluster *harness.Cluster
	// admin acts as the administrator of the cluster.
	admin client.WithWatch
	// home is a namespace that is nobody's place, where root tenants lie.
	home string
	// proxy stands between the manager and the API server, and counts.
	proxy *harness.Proxy
	// manager is the running one; nil while it is stopped.
	manager *harness.Manager
)

func TestE2E(t *testing.T) {
	RegisterFailHandler(Fail)
	SetDefaultEventuallyTimeout(patience)
	SetDefaultEventuallyPollingInterval(50 * time.Millisecond)
	EnforceDefaultTimeoutsWhenUsingContexts()
	RunSpecs(t, "End to end")
}

var _ = BeforeSuite(func(ctx SpecContext) {
	ctrl.SetLogger(GinkgoLogr)
	var err error
	cluster, err = harness.Connect(ctx)
	Expect(err).NotTo(HaveOccurred())
	admin = cluster.Client
	proxy, err = harness.NewProxy(cluster)
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(proxy.Close)
	makeWorld()
	startManager(ctx)

	var remove func(context.Context) error
	home, remove, err = cluster.Namespace(ctx)
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(func(ctx SpecContext) { Expect(remove(ctx)).To(Succeed()) })
})

var _ = AfterSuite(func(ctx SpecContext) {
	if manager == nil {
		return
	}
	noneGoing(ctx)
	stopManager(ctx)
})

// A manager that has ended would have every spec wait for it in vain.
var _ = BeforeEach(func() {
	if manager != nil {
		Expect(manager.Exited()).NotTo(BeClosed(), "the manager ended by itself")
	}
})

var _ = ReportAfterEach(func(report SpecReport) {
	if report.Failed() && manager != nil {
		AddReportEntry("the manager's last lines", manager.Tail(10), ReportEntryVisibilityFailureOrVerbose)
	}
})

// startManager returns when the manager holds the lease and works. It is told of the world, and of what
// is changed beside it.
func startManager(ctx SpecContext, changes ...func(*configv1alpha1.Configuration)) {
	GinkgoHelper()
	var err error
	manager, err = harness.StartManager(ctx, harness.ManagerOptions{Cluster: cluster, Via: proxy, Configure: func(configuration *configv1alpha1.Configuration) {
		configure(configuration)
		for _, change := range changes {
			change(configuration)
		}
	}})
	Expect(err).NotTo(HaveOccurred())
	within(ctx, manager.Leading)
}

// stopManager ends the manager as Kubernetes would, with a TERM: it must end with exit code 0.
func stopManager(ctx SpecContext) {
	GinkgoHelper()
	within(ctx, manager.Terminate)
	manager = nil
}

// within succeeds if what is asked does so in time.
func within(ctx SpecContext, do func(context.Context) error) {
	GinkgoHelper()
	bounded, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	Expect(do(bounded)).To(Succeed())
}
