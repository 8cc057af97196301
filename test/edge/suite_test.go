// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

// Package edge proves that a tenant's host leads where its Tenant says, by requests from outside: a
// real ingress controller (Traefik) and cert-manager run as processes beside the built manager, each
// under a ServiceAccount of its own, with the roles that its documentation asks for, against the API
// server that KUBECONFIG names. Pods need not run there: what answers behind the hosts is in this process.
//
// What the manager needs must be installed there (`make install`), no other manager may run, and
// `make bin/edge` builds the edge. A spec's text bears the numbers of the features (docs/features.md)
// that it shows.
package edge

import (
	"context"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

// patience is how long the operator, the edge and Kubernetes' own controllers get for anything.
const patience = time.Minute

var (
	cluster *harness.Cluster
	// admin acts as the administrator of the cluster.
	admin client.WithWatch
	// home is a namespace that is nobody's place, where root tenants lie.
	home string
	// edge is the way in from outside.
	edge *ingress
	// pods is the network behind the edge.
	pods *podNetwork
	// manager is the running one; nil between the containers of specs.
	manager *harness.Manager
)

func TestEdge(t *testing.T) {
	RegisterFailHandler(Fail)
	SetDefaultEventuallyTimeout(patience)
	SetDefaultEventuallyPollingInterval(50 * time.Millisecond)
	EnforceDefaultTimeoutsWhenUsingContexts()
	RunSpecs(t, "Edge")
}

var _ = BeforeSuite(func(ctx SpecContext) {
	ctrl.SetLogger(GinkgoLogr)
	var err error
	cluster, err = harness.Connect(ctx)
	Expect(err).NotTo(HaveOccurred())
	admin = cluster.Client
	var remove func(context.Context) error
	home, remove, err = cluster.Namespace(ctx)
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(func(ctx SpecContext) { Expect(remove(ctx)).To(Succeed()) })
	pods = newPodNetwork()
	edge = startEdge(ctx)
})

// A process that has ended would have every spec wait for it in vain.
var _ = BeforeEach(func() {
	for _, process := range edge.processes {
		Expect(process.Exited).NotTo(BeClosed(), "%s ended by itself", process.Command.Path)
	}
	if manager != nil {
		Expect(manager.Exited()).NotTo(BeClosed(), "the manager ended by itself")
	}
})

var _ = ReportAfterEach(func(report SpecReport) {
	if report.Failed() && manager != nil {
		AddReportEntry("the manager's last lines", manager.Tail(10), ReportEntryVisibilityFailureOrVerbose)
	}
})

// operate runs the manager for the specs of a container, which must be Ordered. Its configuration is
// the one that ships, for the tests' edge and without retention, changed by configure.
func operate(configure func(*configv1alpha1.Configuration)) {
	BeforeAll(func(ctx SpecContext) {
		var err error
		manager, err = harness.StartManager(ctx, harness.ManagerOptions{
			Cluster: cluster,
			Configure: func(c *configv1alpha1.Configuration) {
				c.Edge.Ingress.ClassName = ingressClass
				c.RetainFor = &metav1.Duration{}
				configure(c)
			},
		})
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(stopManager)
		within(ctx, manager.Leading)
	})
}

// stopManager ends the manager when all tenants are gone that the specs have made.
func stopManager(ctx SpecContext) {
	GinkgoHelper()
	noneLeft(ctx)
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
