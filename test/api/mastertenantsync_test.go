// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	"strings"

	. "github.com/onsi/ginkgo/v2"
)

var masterSync = manifest{kind: "MasterTenantSync", spec: "categories: [Content]"}

// hash is one of a plan.
const hash = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

var _ = Describe("A MasterTenantSync", func() {
	DescribeTable("may have", masterSync.accepts,
		Entry("a category and nothing else", "{}"),
		Entry("the longest name", "{metadata: {name: "+long(63)+"}}"),
		Entry("everything at once", spec(`
			masterRef: {name: golden}, targets: {selector: {matchLabels: {tier: gold}}, exclude: {names: [initech]}},
			categories: [EmailNotifications, Users, Content, WhiteLabel, FalsePositiveSuppression],
			resources: [{apiVersion: v1, kind: ConfigMap, selector: {matchLabels: {team: soc}}}],
			trigger: Manual, run: "2026-11-21T10:00", mode: Plan, approvedPlan: `+hash+`, conflict: Overwrite, onDrift: Report, onLeave: Keep, prune: false,
			rollout: {canary: {selector: {matchLabels: {canary: "yes"}}, soak: 10m}, maxParallel: 50, stopAfterFailures: 3, resume: "1"}, suspend: true`)),
		Entry("resources and no category", spec("categories: null, resources: [{apiVersion: v1, kind: ConfigMap, names: [motd]}]")),
		Entry("Secrets by name", spec("resources: [{apiVersion: v1, kind: Secret, names: [smtp, feed.key]}]")),
		Entry("resources of kinds that only look like Kubernetes'", spec("resources: [{apiVersion: mk8s.io/v1, kind: Rule, names: [a]}, {apiVersion: nottenantry.io/v1, kind: Rule, names: [a]}]")),
		Entry("resources of a kind from elsewhere", spec("resources: [{apiVersion: example.com/v1beta2, kind: Rule, selector: {}}]")),
		Entry("targets by name", spec("masterRef: {name: golden}, targets: {names: [cybercorp, initech]}")),
		Entry("all targets but some", spec("targets: {exclude: {selector: {matchLabels: {tier: trial}}}}")),
		Entry("content for new tenants only", spec("trigger: OnCreate")),
		Entry("a canary by name", spec("rollout: {canary: {names: [initech], soak: 168h}}")),
		Entry("a canary by name among targets by name", spec("targets: {names: [cybercorp, initech]}, rollout: {canary: {names: [initech]}}")),
		Entry("as many of both as there may be", spec("targets: {names: ["+times(1000, long(20)+"%d")+"]}, rollout: {canary: {names: ["+times(100, long(20)+"%d")+"]}}")),
	)

	DescribeTable("must not have", masterSync.refuses,
		Entry("a name too long to be a label", "{metadata: {name: "+long(64)+"}}", "metadata", "name must have at most 63 characters"),
		Entry("nothing to copy", spec("categories: null"), "spec.categories", "there is nothing to copy"),
		Entry("no category among categories", spec("categories: []"), "spec.categories", "at least 1 items"),
		Entry("no resource among resources", spec("resources: []"), "spec.resources", "at least 1 items"),
		Entry("a category that does not exist", spec("categories: [Invoices]"), "spec.categories[0]", `supported values: "EmailNotifications", "Users", "Content", "WhiteLabel", "FalsePositiveSuppression"`),
		Entry("a category twice", spec("categories: [Users, Users]"), "spec.categories[1]", "Duplicate value"),
		Entry("its master among its targets", spec("masterRef: {name: golden}, targets: {names: [cybercorp, golden]}"), "spec.targets.names", "must not name the master"),
		Entry("targets by both names and a selector", spec("targets: {names: [cybercorp], selector: {}}"), "spec.targets", "set at most one of names and selector"),
		Entry("an exception of neither names nor a selector", spec("targets: {exclude: {}}"), "spec.targets.exclude", "set exactly one of names and selector"),
		Entry("too many targets by name", spec("targets: {names: ["+times(1001, "c%d")+"]}"), "spec.targets.names", "must have at most 1000 items"),
		Entry("a trigger that does not exist", spec("trigger: Sometimes"), "spec.trigger", `supported values: "Continuous", "OnCreate", "Manual"`),
		Entry("a mode that does not exist", spec("mode: Guess"), "spec.mode", `supported values: "Apply", "Plan"`),
		Entry("a conflict's end that does not exist", spec("conflict: Fight"), "spec.conflict", `supported values: "Keep", "Overwrite"`),
		Entry("an end of drift that does not exist", spec("onDrift: Ignore"), "spec.onDrift", `supported values: "Repair", "Report"`),
		Entry("an end of leaving that does not exist", spec("onLeave: Weep"), "spec.onLeave", `supported values: "Prune", "Keep"`),
		Entry("an approved plan without its hash's name", spec("approvedPlan: '9f86'"), "spec.approvedPlan", "must be the hash of a plan as status.plan.hash has it"),
		Entry("an approved plan of capital digits", spec("approvedPlan: '"+strings.ToUpper(hash)+"'"), "spec.approvedPlan", "must be the hash of a plan"),
		Entry("an approved plan too long", spec("approvedPlan: "+hash+"0"), "spec.approvedPlan", "may not be more than 71"),
		Entry("a wish to run that nothing waits for", spec("run: '1'"), "spec.run", "trigger Manual alone"),
		Entry("an empty wish to run", spec("trigger: Manual, run: ''"), "spec.run", "at least 1 chars long"),
		Entry("a rollout to nobody at a time", spec("rollout: {maxParallel: 0}"), "spec.rollout.maxParallel", "greater than or equal to 1"),
		Entry("a rollout to too many at a time", spec("rollout: {maxParallel: 1001}"), "spec.rollout.maxParallel", "less than or equal to 1000"),
		Entry("a rollout that stops before it begins", spec("rollout: {stopAfterFailures: 0}"), "spec.rollout.stopAfterFailures", "greater than or equal to 1"),
		Entry("a canary of nobody", spec("rollout: {canary: {soak: 10m}}"), "spec.rollout.canary", "set exactly one of names and selector"),
		Entry("a canary of too many by name", spec("rollout: {canary: {names: ["+times(101, "c%d")+"]}}"), "spec.rollout.canary.names", "must have at most 100 items"),
		Entry("a canary that is no target", spec("targets: {names: [cybercorp]}, rollout: {canary: {names: [cybercorp, initech]}}"), "spec.rollout.canary.names", "must be among targets.names"),
		Entry("a canary that soaks for more than a week", spec("rollout: {canary: {selector: {}, soak: 169h}}"), "spec.rollout.canary.soak", "must be from 0s to 168h"),
	)

	DescribeTable("must not copy", masterSync.refuses,
		Entry("resources by both names and a selector", spec("resources: [{apiVersion: v1, kind: ConfigMap, names: [a], selector: {}}]"), "spec.resources[0]", "set exactly one of names and selector"),
		Entry("all resources of a kind by saying nothing", spec("resources: [{apiVersion: v1, kind: ConfigMap}]"), "spec.resources[0]", "set exactly one of names and selector"),
		Entry("resources of no version", spec("resources: [{apiVersion: latest, kind: ConfigMap, names: [a]}]"), "spec.resources[0].apiVersion", "should match"),
		Entry("resources by their plural", spec("resources: [{apiVersion: example.com/v1, kind: rules, names: [a]}]"), "spec.resources[0].kind", "should match"),
		Entry("Secrets by a selector", spec("resources: [{apiVersion: v1, kind: Secret, selector: {matchLabels: {team: soc}}}]"), "spec.resources[0].selector", "must be left out for Secrets"),
		Entry("too many resources", spec("resources: ["+times(33, "{apiVersion: v1, kind: ConfigMap, names: [a%d]}")+"]"), "spec.resources", "must have at most 32 items"),
		Entry("too many names", spec("resources: [{apiVersion: v1, kind: ConfigMap, names: ["+times(65, "a%d")+"]}]"), "spec.resources[0].names", "must have at most 64 items"),
	)

	DescribeTable("never copies", func(ctx SpecContext, apiVersion, kind string) {
		masterSync.refuses(ctx, spec("resources: [{apiVersion: "+apiVersion+", kind: "+kind+", names: [a]}]"), "spec.resources[0].kind", "is never copied")
	},
		Entry(nil, "rbac.authorization.k8s.io/v1", "RoleBinding"),
		Entry(nil, "v1", "Pod"),
		Entry(nil, "v1", "ReplicationController"),
		Entry(nil, "v1", "ServiceAccount"),
		Entry(nil, "v1", "Service"),
		Entry(nil, "v1", "PersistentVolumeClaim"),
		Entry(nil, "v1", "ResourceQuota"),
		Entry(nil, "v1", "LimitRange"),
		Entry(nil, "v1", "Namespace"),
		Entry(nil, "v1", "Event"),
		Entry(nil, "autoscaling/v2", "HorizontalPodAutoscaler"),
		Entry(nil, "policy/v1", "PodDisruptionBudget"),
		Entry(nil, "discovery.k8s.io/v1", "EndpointSlice"),
		Entry(nil, "coordination.k8s.io/v1", "Lease"),
		Entry(nil, "admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy"),
		Entry(nil, "policy.networking.k8s.io/v1alpha2", "ClusterNetworkPolicy"),
		Entry(nil, "cert-manager.io/v1", "Certificate"),
		Entry(nil, "acme.cert-manager.io/v1", "Order"),
		Entry(nil, "gateway.networking.x-k8s.io/v1alpha1", "XListenerSet"),
		Entry(nil, "apps/v1", "Deployment"),
		Entry(nil, "batch/v1", "CronJob"),
		Entry(nil, "networking.k8s.io/v1", "NetworkPolicy"),
		Entry(nil, "networking.k8s.io/v1", "Ingress"),
		Entry(nil, "gateway.networking.k8s.io/v1", "HTTPRoute"),
		Entry(nil, "tenantry.io/v1alpha1", "TenantAccessGrant"),
		Entry(nil, "config.tenantry.io/v1alpha1", "Configuration"),
	)

	DescribeTable("has by default", masterSync.defaults,
		Entry("the gentle way of everything", "{}", spec("trigger: Continuous, mode: Apply, conflict: Keep, onDrift: Repair, onLeave: Prune, prune: true")),
		Entry("fifty tenants at a time", spec("rollout: {stopAfterFailures: 3}"), spec("rollout: {maxParallel: 50}")),
		Entry("a status that nobody has looked yet", "{}", "{status: {observedGeneration: -1}}"),
	)
})
