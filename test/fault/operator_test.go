// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package fault

import (
	"context"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

// operator is the manager that a spec runs, and the line to it.
type operator struct {
	*harness.Manager
	line *harness.Proxy
}

// startOperator starts a manager behind a proxy of its own, with short leases and further changes of
// its configuration. It is killed when the spec ends, and its log stays if that failed.
func startOperator(ctx context.Context, at site, configure ...func(*configv1alpha1.Configuration)) *operator {
	GinkgoHelper()
	line := newLine(at)
	manager, err := harness.StartManager(ctx, harness.ManagerOptions{
		Cluster: at.Cluster,
		Via:     line,
		Configure: func(configuration *configv1alpha1.Configuration) {
			for _, change := range append(configure, harness.ShortLeases) {
				change(configuration)
			}
		},
	})
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(func() { bury(manager) })
	return &operator{Manager: manager, line: line}
}

// startLeader starts an operator and waits until it works.
func startLeader(ctx context.Context, at site, configure ...func(*configv1alpha1.Configuration)) *operator {
	GinkgoHelper()
	started := startOperator(ctx, at, configure...)
	bounded, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	Expect(started.Leading(bounded)).To(Succeed())
	return started
}

// supervise runs managers on a line until the spec ends: when one ends, the next is started, as
// Kubernetes does with a pod's containers.
func supervise(ctx context.Context, at site, line *harness.Proxy) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			manager, err := harness.StartManager(ctx, harness.ManagerOptions{Cluster: at.Cluster, Via: line, Configure: harness.ShortLeases})
			if err != nil { // without an API server there is no token
				waitFor(ctx, time.After(backOff))
				continue
			}
			waitFor(ctx, manager.Exited())
			bury(manager)
		}
	}()
	DeferCleanup(func() {
		cancel()
		<-done
	})
}

// backOff between two attempts to start a manager.
const backOff = 200 * time.Millisecond

// waitFor something, or the end of the context.
func waitFor[T any](ctx context.Context, something <-chan T) {
	select {
	case <-ctx.Done():
	case <-something:
	}
}

// newLine is a proxy that is closed when the spec ends.
func newLine(at site) *harness.Proxy {
	GinkgoHelper()
	line, err := harness.NewProxy(at.Cluster)
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(line.Close)
	return line
}

// bury a manager: its log stays if the spec failed.
func bury(manager *harness.Manager) {
	manager.Kill()
	if !CurrentSpecReport().Failed() {
		Expect(manager.Discard()).To(Succeed())
	}
}

// watchInvariants until the spec ends; what is then found fails the spec.
func watchInvariants(ctx context.Context, at site) *harness.Invariants {
	GinkgoHelper()
	invariants, err := at.WatchInvariants(context.WithoutCancel(ctx))
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(func() {
		Expect(invariants.Stop()).To(BeEmpty(), "what must hold throughout")
	})
	return invariants
}
