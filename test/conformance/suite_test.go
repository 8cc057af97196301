// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

// Package conformance holds Tenantry to the Kubernetes multi-tenancy benchmarks
// (kubernetes-sigs/multi-tenancy, benchmarks), read strictly: every attempt is really made, by a
// tenant's own Owner and by its own Admin whom grants let in through the built manager; it has one
// offence only, and its legal twin is accepted.
//
// The manager runs as a process of its own against the API server that KUBECONFIG names, where
// Tenantry must be installed (`make install`) and no other manager may run.
package conformance

import (
	"context"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/client-go/dynamic"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

// patience is how long the operator and Kubernetes' own controllers get for anything.
const patience = time.Minute

var (
	cluster *harness.Cluster
	// admin acts as the administrator of the cluster.
	admin client.WithWatch
	// world has the tenants of the suite.
	world tenants
	// people of the tenant that is looked at, and of its sibling, by role.
	people, strangers = map[v1alpha1.Role]*person{}, map[v1alpha1.Role]*person{}
)

// person is somebody whom a grant lets into a tenant's place.
type person struct {
	name string
	// place is the tenant's namespace.
	place string
	client.WithWatch
	// requests are made by the name of a resource, of whatever kind.
	requests dynamic.Interface
}

func TestConformance(t *testing.T) {
	RegisterFailHandler(Fail)
	SetDefaultEventuallyTimeout(patience)
	SetDefaultEventuallyPollingInterval(50 * time.Millisecond)
	EnforceDefaultTimeoutsWhenUsingContexts()
	RunSpecs(t, "Multi-tenancy benchmarks")
}

var _ = BeforeSuite(func(ctx SpecContext) {
	ctrl.SetLogger(GinkgoLogr)
	var err error
	cluster, err = harness.Connect(ctx)
	Expect(err).NotTo(HaveOccurred())
	admin = cluster.Client
	manager, err := harness.StartManager(ctx, harness.ManagerOptions{Cluster: cluster})
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(func(ctx SpecContext) { within(ctx, manager.Terminate) })
	within(ctx, manager.Leading)

	home, remove, err := cluster.Namespace(ctx)
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(func(ctx SpecContext) { Expect(remove(ctx)).To(Succeed()) })
	world = makeTenants(ctx, home)
	for _, role := range roles {
		people[role] = letIn(ctx, world.tenant, role)
		strangers[role] = letIn(ctx, world.sibling, role)
	}
})

// within succeeds if what is asked does so in time.
func within(ctx SpecContext, do func(context.Context) error) {
	GinkgoHelper()
	bounded, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	Expect(do(bounded)).To(Succeed())
}
