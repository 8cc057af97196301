// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	. "github.com/onsi/ginkgo/v2"
)

var plan = manifest{kind: "LicensePlan", spec: "model: PerAsset"}

var _ = Describe("A LicensePlan", func() {
	DescribeTable("may have", plan.accepts,
		Entry("a model and nothing else", "{}"),
		Entry("everything at once", spec(`
			displayName: Standard, model: PerAsset, included: {assets: 100}, alertAt: 90, limits: {agents: 10, disk: 20Gi},
			capacity: {tenants: 50, agents: 500, disk: 1Ti}, permissions: {Contact: true, HelpCenter: true, MeasuredPeakLoad: false},
			trial: {days: 14, onExpiry: Plan, planRef: {name: premium}}`)),
		Entry("scans included when it counts scans", spec("model: PerScan, included: {scans: 20}, alertAt: 80")),
		Entry("agents included when it counts agents", spec("model: PerAgent, included: {agents: 25}, alertAt: 90")),
		Entry("limits and capacity though nothing is counted", spec("model: Unlimited, limits: {agents: 10}, capacity: {agents: 500}")),
		Entry("the lowest alert", spec("alertAt: 1")),
		Entry("the highest alert", spec("alertAt: 100")),
		Entry("no agents at all", spec("limits: {agents: 0, disk: 0}")),
		Entry("a trial of a day that ends in suspension", spec("trial: {days: 1, onExpiry: Suspend}")),
		Entry("a trial of a year that says nothing of its end", spec("trial: {days: 365}")),
		Entry("as many permissions as are allowed", spec("permissions: {"+times(64, "P%d: true")+"}")),
	)

	DescribeTable("must not have", plan.refuses,
		Entry("no spec", "{spec: null}", "spec", "Required value"),
		Entry("no model", spec("model: null"), "spec.model", "Required value"),
		Entry("a model that does not exist", spec("model: PerMoon"), "spec.model", `supported values: "PerAsset", "PerScan", "PerAgent", "Unlimited"`),
		Entry("a name with a line break", spec(`displayName: "a\nb"`), "spec.displayName", "should match"),
		Entry("an alert when nothing is counted", spec("model: Unlimited, alertAt: 90"), "spec.alertAt", "an Unlimited plan has nothing to alert about"),
		Entry("an alert at nothing", spec("alertAt: 0"), "spec.alertAt", "greater than or equal to 1"),
		Entry("an alert above all", spec("alertAt: 101"), "spec.alertAt", "less than or equal to 100"),
		Entry("assets included when it counts scans", spec("model: PerScan, included: {assets: 1}"), "spec.included.assets", "only a PerAsset plan counts assets"),
		Entry("scans included when it counts agents", spec("model: PerAgent, included: {scans: 1}"), "spec.included.scans", "only a PerScan plan counts scans"),
		Entry("agents included when it counts nothing", spec("model: Unlimited, included: {agents: 1}"), "spec.included.agents", "only a PerAgent plan counts agents"),
		Entry("fewer than no assets included", spec("included: {assets: -1}"), "spec.included.assets", "greater than or equal to 0"),
		Entry("fewer than no agents", spec("limits: {agents: -1}"), "spec.limits.agents", "greater than or equal to 0"),
		Entry("less than no disk", spec("limits: {disk: -1Gi}"), "spec.limits.disk", "must be a quantity between 0 and 1Ei"),
		Entry("more disk than there is", spec("capacity: {disk: 2Ei}"), "spec.capacity.disk", "must be a quantity between 0 and 1Ei"),
		Entry("more tenants than can be counted", spec("capacity: {tenants: 1000001}"), "spec.capacity.tenants", "less than or equal to 1000000"),
		Entry("a permission whose name can't be one", spec("permissions: {help-center: true}"), "spec.permissions", "names are letters and digits"),
		Entry("a permission that is neither on nor off", spec("permissions: {HelpCenter: maybe}"), "spec.permissions.HelpCenter", "must be of type boolean"),
		Entry("too many permissions", spec("permissions: {"+times(65, "P%d: true")+"}"), "spec.permissions", "must have at most 64 items"),
	)

	DescribeTable("must not have a trial", plan.refuses,
		Entry("of no length", spec("trial: {onExpiry: Suspend}"), "spec.trial.days", "Required value"),
		Entry("of no days", spec("trial: {days: 0}"), "spec.trial.days", "greater than or equal to 1"),
		Entry("of more than a year", spec("trial: {days: 366}"), "spec.trial.days", "less than or equal to 365"),
		Entry("with an end that does not exist", spec("trial: {days: 14, onExpiry: Delete}"), "spec.trial.onExpiry", `supported values: "Suspend", "Plan"`),
		Entry("that ends in no plan that is named", spec("trial: {days: 14, onExpiry: Plan}"), "spec.trial.planRef", "is required with onExpiry Plan"),
		Entry("that ends in suspension and in a plan", spec("trial: {days: 14, onExpiry: Suspend, planRef: {name: premium}}"), "spec.trial.planRef", "must be left out unless onExpiry is Plan"),
		Entry("that names a plan and leaves suspension as the default", spec("trial: {days: 14, planRef: {name: premium}}"), "spec.trial.planRef", "must be left out unless onExpiry is Plan"),
		Entry("that ends in the plan itself", spec("trial: {days: 14, onExpiry: Plan, planRef: {name: sample}}"), "spec.trial.planRef.name", "a trial can't end in the plan that it is a trial of"),
	)

	DescribeTable("has by default", plan.defaults,
		Entry("suspension at the end of a trial", spec("trial: {days: 14}"), spec("trial: {onExpiry: Suspend}")),
		Entry("a status that nobody has looked yet", "{}", "{status: {observedGeneration: -1}}"),
	)
})
