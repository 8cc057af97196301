// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

// Package fault proves that the operator survives what befalls it: after every fault the cluster is
// as if there had been none, the operator comes to rest, and at no moment in between did anything
// happen that must not. It needs the cluster that KUBECONFIG names, with everything installed and no
// other manager running, and bin/manager.
//
//	FAULT_SAMPLE=n  crash points tried per operation (default 2), drawn by FAULT_SEED
//	FAULT_SEED=n    the seed of all draws; printed, and random if not given
//	FAULT_FULL=1    every crash point, and the faults that are not in the sample
package fault

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"k8s.io/klog/v2"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/tenantry/tenantry/test/harness"
)

const (
	// patience is how long the operator may take to get where it should; leases of two seconds and
	// back-off included.
	patience = 90 * time.Second
	// rest is how long nothing may be written once it is there.
	rest = 5 * time.Second
	// settle is how long nothing is written before a fault is made: longer than the second in which the
	// operator gathers what changes in a directory.
	settle = 1500 * time.Millisecond

	defaultSample = 2
)

var (
	// full run, or a sample. Specs labelled full are part of the full run only.
	full = os.Getenv("FAULT_FULL") != ""

	// here is the cluster that KUBECONFIG names.
	here   site
	seed   uint64
	sample int
)

func TestFault(t *testing.T) {
	RegisterFailHandler(Fail)
	suite, reporter := GinkgoConfiguration()
	if !full && suite.LabelFilter == "" {
		suite.LabelFilter = "!full"
	}
	RunSpecs(t, "Fault", suite, reporter)
}

var _ = BeforeSuite(func(ctx SpecContext) {
	sample = int(number("FAULT_SAMPLE", defaultSample))
	seed = number("FAULT_SEED", rand.Uint64N(1_000_000))
	fmt.Fprintf(os.Stderr, "FAULT_SEED=%d FAULT_SAMPLE=%d full=%t\n", seed, sample, full)

	log.SetLogger(GinkgoLogr)
	klog.SetLogger(GinkgoLogr)
	cluster, err := harness.Connect(ctx)
	Expect(err).NotTo(HaveOccurred())
	EnforceDefaultTimeoutsWhenUsingContexts()
	SetDefaultEventuallyTimeout(patience)
	SetDefaultEventuallyPollingInterval(100 * time.Millisecond)
	here = newSite(ctx, cluster)
})

var _ = AfterSuite(func(ctx SpecContext) {
	if len(families) == 0 {
		return
	}
	startLeader(ctx, here)
	Eventually(removeFamilies).WithContext(ctx).WithTimeout(10 * time.Minute).Should(Succeed())
})

// number is the value of an environment variable.
func number(name string, otherwise uint64) uint64 {
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	value, err := strconv.ParseUint(text, 10, 64)
	Expect(err).NotTo(HaveOccurred(), name+" must be a number")
	return value
}
