// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package fault

import (
	"context"
	"sync/atomic"
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
	// ending says that the manager may end.
	ending atomic.Bool
}

// Kill the manager, and wait until it is dead.
func (o *operator) Kill() {
	ends()
	o.ending.Store(true)
	o.Manager.Kill()
}

// Pause the manager: it works no more.
func (o *operator) Pause() error {
	ends()
	return o.Manager.Pause()
}

// watch fails the spec when the manager ends by itself: nothing comes of waiting then.
func (o *operator) watch() {
	defer GinkgoRecover()
	<-o.Exited()
	if !o.ending.Load() {
		Fail("the manager ended by itself; its last lines:\n" + o.Tail(10))
	}
}

// startLeader starts a manager behind a proxy of its own and waits until it works. No other may be
// alive: what it left of its lease is dropped.
func startLeader(ctx context.Context, at site) *operator {
	GinkgoHelper()
	Expect(at.DropLease(ctx)).To(Succeed())
	return startOperator(ctx, at, nil)
}

// startOperator starts a manager behind a proxy of its own, with a changed configuration, and waits
// until it works. It is killed when the spec ends, and its log stays if that failed.
func startOperator(ctx context.Context, at site, configure func(*configv1alpha1.Configuration)) *operator {
	GinkgoHelper()
	line := newLine(at)
	manager, err := harness.StartManager(ctx, harness.ManagerOptions{Cluster: at.Cluster, Via: line, Configure: configure})
	Expect(err).NotTo(HaveOccurred())
	started := &operator{Manager: manager, line: line}
	DeferCleanup(func() {
		started.ending.Store(true)
		bury(manager)
	})
	go started.watch()
	bounded, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	Expect(manager.Leading(bounded)).To(Succeed())
	begins()
	return started
}

// supervise runs managers with a changed configuration on a line until the spec ends: when one ends, the next is
// started, as Kubernetes does with a pod's containers.
func supervise(ctx context.Context, at site, line *harness.Proxy, configure func(*configv1alpha1.Configuration)) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			manager, err := harness.StartManager(ctx, harness.ManagerOptions{Cluster: at.Cluster, Via: line, Configure: configure})
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
