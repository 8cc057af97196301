// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package fault

import (
	"context"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/tenantry/tenantry/test/harness"
)

// operator is the manager that a spec runs, and the line to it.
type operator struct {
	*harness.Manager
	line *harness.Proxy
}

// startOperator starts a manager behind a proxy of its own. It is killed when the spec ends, and its
// log stays if that failed.
func startOperator(ctx context.Context) *operator {
	GinkgoHelper()
	line, err := harness.NewProxy(cluster)
	Expect(err).NotTo(HaveOccurred())
	manager, err := harness.StartManager(ctx, harness.ManagerOptions{Cluster: cluster, Via: line, Configure: harness.ShortLeases})
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(func() {
		manager.Kill()
		line.Close()
		if !CurrentSpecReport().Failed() {
			Expect(manager.Discard()).To(Succeed())
		}
	})
	return &operator{Manager: manager, line: line}
}

// startLeader starts an operator and waits until it works.
func startLeader(ctx context.Context) *operator {
	GinkgoHelper()
	started := startOperator(ctx)
	bounded, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	Expect(started.Leading(bounded)).To(Succeed())
	return started
}

// watchInvariants until the spec ends; what is then found fails the spec.
func watchInvariants(ctx context.Context) *harness.Invariants {
	GinkgoHelper()
	invariants, err := cluster.WatchInvariants(context.WithoutCancel(ctx))
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(func() {
		Expect(invariants.Stop()).To(BeEmpty(), "what must hold throughout")
	})
	return invariants
}
