// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	. "github.com/onsi/ginkgo/v2"
)

var retained = manifest{kind: "RetainedTenant", spec: `
tenant: {displayName: CyberCorp Ltd, region: eu-west, permissions: {HelpCenter: true}}
uid: 0e8c5d0e-0c53-4ce9-9d8b-6d4f3a2b1c0d
namespace: acme-cybercorp
creator: pat@acme.example
superAdmin: pat@acme.example
trialEndsAt: "2026-12-01T00:00:00Z"
syncs: [{name: feeds, secrets: [feed]}]
until: "2026-11-28T14:02:00Z"
`}

var _ = Describe("A RetainedTenant", func() {
	DescribeTable("may have", retained.accepts,
		Entry("what the operator writes", "{}"),
		Entry("no super admin and no trial", spec("superAdmin: null, trialEndsAt: null")),
		Entry("no copies of Secrets", spec("syncs: null")),
		Entry("an empty Tenant", "{spec: {tenant: {displayName: null, region: null, permissions: null}}}"),
		Entry("a wish to be restored", spec("action: Restore")),
		Entry("a wish to be purged", spec("action: Purge")),
		Entry("a machine as creator", spec("creator: 'system:serviceaccount:argocd:argocd-application-controller'")),
	)

	DescribeTable("must not have", retained.refuses,
		Entry("no spec", "{spec: null}", "spec", "Required value"),
		Entry("no Tenant", spec("tenant: null"), "spec.tenant", "Required value"),
		Entry("a Tenant that could not be", spec("tenant: {superAdmin: 'system:admin'}"), "spec.tenant.superAdmin", "must be a person"),
		Entry("no UID", spec("uid: null"), "spec.uid", "Required value"),
		Entry("no namespace", spec("namespace: null"), "spec.namespace", "Required value"),
		Entry("a namespace that can't be one", spec("namespace: Acme"), "spec.namespace", "should match"),
		Entry("no creator", spec("creator: null"), "spec.creator", "Required value"),
		Entry("no end", spec("until: null"), "spec.until", "Required value"),
		Entry("an action that does not exist", spec("action: Forget"), "spec.action", `supported values: "Restore", "Purge"`),
		Entry("a name that no Tenant has", "{metadata: {name: cyber.corp}}", "metadata", "name must be that of the deleted Tenant"),
	)

	DescribeTable("may change", retained.keeps,
		Entry("what is to become of it", "{}", spec("action: Purge")),
		Entry("the wish to be restored", spec("action: Restore"), spec("action: null")),
		Entry("the wish to be restored into one to be purged", spec("action: Restore"), spec("action: Purge")),
		Entry("how long it is kept while it is purged", spec("action: Purge"), spec(`until: "2026-11-29T14:02:00Z"`)),
		Entry("how long it is kept", "{}", spec(`until: "2026-11-29T14:02:00Z"`)),
	)

	DescribeTable("can't change", retained.forbids,
		Entry("the Tenant that it keeps", "{}", spec("tenant: {displayName: Other}"), "spec.tenant", "is immutable: it is what the deleted Tenant asked for"),
		Entry("the permissions of the Tenant", "{}", spec("tenant: {permissions: {HelpCenter: false}}"), "spec.tenant", "is immutable"),
		Entry("the UID", "{}", spec("uid: 00000000-0c53-4ce9-9d8b-6d4f3a2b1c0d"), "spec.uid", "they say whose place is kept"),
		Entry("the namespace", "{}", spec("namespace: kube-system"), "spec.uid", "they say whose place is kept"),
		Entry("the creator", "{}", spec("creator: eve@acme.example"), "spec.uid", "they say whose place is kept"),
		Entry("the super admin", "{}", spec("superAdmin: eve@acme.example"), "spec.superAdmin", "is immutable"),
		Entry("that there is a super admin", "{}", spec("superAdmin: null"), "spec.superAdmin", "is immutable"),
		Entry("which Secrets were copied there", "{}", spec("syncs: [{name: feeds, secrets: [other]}]"), "spec.syncs", "is immutable"),
		Entry("that Secrets were copied there", "{}", spec("syncs: null"), "spec.syncs", "is immutable"),
		Entry("a purge into a restoration", spec("action: Purge"), spec("action: Restore"), "spec.action", "Purge is final"),
		Entry("a purge into nothing", spec("action: Purge"), spec("action: null"), "spec.action", "can't be restored any more; make a new Tenant"),
		Entry("the trial's end", "{}", spec(`trialEndsAt: "2036-12-01T00:00:00Z"`), "spec.trialEndsAt", "a trial does not begin anew"),
	)
})
