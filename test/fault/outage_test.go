// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package fault

import (
	"context"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/tenantry/tenantry/test/harness"
)

// upPatience is how long a plane may take to come up.
const upPatience = 3 * time.Minute

var _ = Describe("Fault 3: the API server and etcd go and come back", Label("fault-3", "full"), Ordered, func() {
	var plane *harness.Plane
	var there site
	var clean harness.Snapshot

	BeforeAll(func(ctx SpecContext) {
		plane, there = newPlane(ctx)
		clean = cleanLife(ctx, there)
	})

	for _, outage := range outages() {
		It("gets everything right when, in the middle of each step, "+outage.name, func(ctx SpecContext) {
			judged := verdicts{invariants: watchInvariants(ctx, there)}
			line := newLine(there)
			supervise(ctx, there, line, harness.ShortLeases)
			families := newFamilies(there, 3)
			live(ctx, families, func() {
				bounded, cancel := context.WithTimeout(ctx, upPatience)
				defer cancel()
				Expect(outage.cause(bounded, plane)).To(Succeed())
			})
			judged.addAll(ctx, families, line, clean)
			judged.close("fault 3, " + outage.name + " in the middle of each step")
		})
	}
})

// outage is what befalls a plane.
type outage struct {
	name  string
	cause func(context.Context, *harness.Plane) error
}

func outages() []outage {
	return []outage{
		{"the API server is restarted", func(ctx context.Context, plane *harness.Plane) error {
			return plane.RestartComponent(ctx, harness.APIServer)
		}},
		{"the API server is killed", func(ctx context.Context, plane *harness.Plane) error {
			return first(plane.KillComponent(ctx, harness.APIServer), plane.StartComponent(ctx, harness.APIServer))
		}},
		{"etcd is killed", func(ctx context.Context, plane *harness.Plane) error {
			return first(plane.KillComponent(ctx, harness.Etcd), plane.StartComponent(ctx, harness.Etcd))
		}},
		{"both are killed", func(ctx context.Context, plane *harness.Plane) error {
			return first(
				plane.KillComponent(ctx, harness.APIServer), plane.KillComponent(ctx, harness.Etcd),
				plane.StartComponent(ctx, harness.Etcd), plane.StartComponent(ctx, harness.APIServer))
		}},
	}
}

// newPlane is a plane of one's own, which goes when the container ends. Its API server forgets old
// versions every few seconds, so that a watch that was cut off can't go on where it was.
func newPlane(ctx context.Context) (*harness.Plane, site) {
	GinkgoHelper()
	bounded, cancel := context.WithTimeout(ctx, upPatience)
	defer cancel()
	plane, err := harness.StartPlane(bounded, harness.Plane{
		Name: "fault-" + strings.ToLower(harness.UniqueName("")),
		Set:  append(harness.FastControllers(), harness.APIServer+".etcd-compaction-interval=5s"),
	})
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(func(ctx SpecContext) { Expect(plane.Clean(ctx)).To(Succeed()) })
	Expect(plane.Install(bounded)).To(Succeed())
	cluster, err := plane.Connect(bounded)
	Expect(err).NotTo(HaveOccurred())
	namespace, _, err := cluster.Namespace(bounded)
	Expect(err).NotTo(HaveOccurred())
	return plane, site{Cluster: cluster, roots: namespace}
}
