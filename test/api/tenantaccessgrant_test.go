// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	. "github.com/onsi/ginkgo/v2"
)

var grant = manifest{kind: "TenantAccessGrant", spec: `
subject: {kind: User, name: jdoe@cybercorp.example}
role: Admin
`}

var _ = Describe("A TenantAccessGrant", func() {
	DescribeTable("may have", grant.accepts,
		Entry("a subject and a role and nothing else", "{}"),
		Entry("everything at once", spec(`
			subject: {kind: User, name: jdoe@cybercorp.example}, email: jdoe@cybercorp.example, role: Viewer,
			expiresAt: "2027-01-31T00:00:00Z", tenants: {names: [cybercorp, initech]}, suspend: true, invitation: {resend: "1"}`)),
		Entry("the role of an Owner", spec("role: Owner")),
		Entry("the role of an Editor", spec("role: Editor")),
		Entry("the role of a Reporter", spec("role: Reporter")),
		Entry("a group as subject", spec("subject: {kind: Group, name: acme-technicians}")),
		Entry("a ServiceAccount as subject", spec("subject: {kind: ServiceAccount, namespace: acme, name: ci.bot}, role: Viewer")),
		Entry("a group that only looks like Kubernetes' own", spec("subject: {kind: Group, name: 'systems:admins'}")),
		Entry("a user of a name like those of Tenantry's groups", spec("subject: {name: 'tenantry:jdoe'}")),
		Entry("an end with fractions of a second and an offset", spec(`expiresAt: "2027-01-31T23:59:59.5+02:00"`)),
		Entry("the shortest duration", spec("duration: 1m")),
		Entry("the longest duration", spec("duration: 8760h")),
		Entry("a duration of several units", spec("duration: 1h30m")),
		Entry("customers picked by a label", spec("tenants: {selector: {matchLabels: {tier: gold, example.com/team: ''}}}")),
		Entry("customers picked by every operator", spec(`tenants: {selector: {matchExpressions: [
			{key: tier, operator: In, values: [gold, silver]}, {key: tier, operator: NotIn, values: [trial]},
			{key: example.com/team, operator: Exists}, {key: hidden, operator: DoesNotExist}]}}`)),
		Entry("all customers, by an empty selector", spec("tenants: {selector: {}}")),
		Entry("as many customers by name as are allowed", spec("tenants: {names: ["+times(1000, "c%d")+"]}")),
	)

	DescribeTable("must not have", grant.refuses,
		Entry("no spec", "{spec: null}", "spec", "Required value"),
		Entry("no subject", spec("subject: null"), "spec.subject", "Required value"),
		Entry("no role", spec("role: null"), "spec.role", "Required value"),
		Entry("a role that does not exist", spec("role: Boss"), "spec.role", `supported values: "Owner", "Admin", "Editor", "Viewer", "Reporter"`),
		Entry("a subject of no known kind", spec("subject: {kind: Robot}"), "spec.subject.kind", `supported values: "User", "ServiceAccount", "Group"`),
		Entry("a subject without a name", spec("subject: {name: null}"), "spec.subject.name", "Required value"),
		Entry("a subject with an empty name", spec("subject: {name: ''}"), "spec.subject.name", "at least 1 chars long"),
		Entry("a subject with a name too long", spec("subject: {name: "+long(255)+"}"), "spec.subject.name", "may not be more than 254"),
		Entry("a subject with a line break in the name", spec(`subject: {name: "j\ndoe"}`), "spec.subject.name", "should match"),
		Entry("a user of Kubernetes' own", spec("subject: {name: 'system:admin'}"), "spec.subject.name", "must not begin with 'system:'"),
		Entry("a subject whose name is prose, by spaces of other kinds", spec(`subject: {name: "your\u00a0account\u2003is"}`), "spec.subject.name", "should match"),
		Entry("a subject whose name turns the text around", spec(`subject: {name: "jdoe\u202e"}`), "spec.subject.name", "should match"),
		Entry("a ServiceAccount in the guise of a user", spec("subject: {name: 'system:serviceaccount:kube-system:default'}"), "spec.subject.name", "for a ServiceAccount set kind, namespace and name"),
		Entry("a group of Kubernetes' own", spec("subject: {kind: Group, name: 'system:masters'}"), "spec.subject.name", "must not begin with 'system:'"),
		Entry("a group of Tenantry's own", spec("subject: {kind: Group, name: 'tenantry:domain:acme.example'}"), "spec.subject.name", "must not begin with 'tenantry:'"),
		Entry("a ServiceAccount of no namespace", spec("subject: {kind: ServiceAccount, name: ci}, role: Viewer"), "spec.subject.namespace", "is required for a ServiceAccount"),
		Entry("a ServiceAccount whose name can't be one", spec("subject: {kind: ServiceAccount, namespace: acme, name: ci:bot}, role: Viewer"), "spec.subject.name", "must be the name of a ServiceAccount"),
		Entry("a ServiceAccount whose name RBAC would refuse", spec("subject: {kind: ServiceAccount, namespace: acme, name: a..b}, role: Viewer"), "spec.subject.name", "must be the name of a ServiceAccount"),
		Entry("a ServiceAccount in no possible namespace", spec("subject: {kind: ServiceAccount, namespace: Acme, name: ci}, role: Viewer"), "spec.subject.namespace", "should match"),
		Entry("a user in a namespace", spec("subject: {namespace: acme}"), "spec.subject.namespace", "only a ServiceAccount lies in a namespace"),
		Entry("a group in a namespace", spec("subject: {kind: Group, namespace: acme}"), "spec.subject.namespace", "only a ServiceAccount lies in a namespace"),
		Entry("a ServiceAccount as admin", spec("subject: {kind: ServiceAccount, namespace: acme, name: ci}, role: Admin"), "spec.role", "Editor at most"),
		Entry("an invitation for a ServiceAccount", spec("subject: {kind: ServiceAccount, namespace: acme, name: ci}, role: Viewer, email: ci@acme.example"), "spec.email", "invitations are for people"),
		Entry("an email that is none", spec("email: jdoe"), "spec.email", "should match"),
		Entry("an email with a header after it", spec(`email: "a@b.example\nBcc: c@d.example"`), "spec.email", "should match"),
		Entry("two ends", spec(`expiresAt: "2027-01-31T00:00:00Z", duration: 8h`), "spec.duration", "at most one of expiresAt and duration"),
		Entry("a duration below a minute", spec("duration: 59s"), "spec.duration", "must be from 1m to 8760h"),
		Entry("a duration above a year", spec("duration: 8760h1s"), "spec.duration", "must be from 1m to 8760h"),
		Entry("a duration below zero", spec("duration: -1h"), "spec.duration", "must be from 1m to 8760h"),
		Entry("a duration in days", spec("duration: 1d"), "spec.duration", "must be from 1m to 8760h"),
		Entry("a duration that overflows", spec("duration: 9999999999999h"), "spec.duration", "must be from 1m to 8760h"),
		Entry("both names and a selector", spec("tenants: {names: [cybercorp], selector: {}}"), "spec.tenants", "set exactly one of names and selector"),
		Entry("neither names nor a selector", spec("tenants: {}"), "spec.tenants", "set exactly one of names and selector"),
		Entry("no name among names", spec("tenants: {names: []}"), "spec.tenants.names", "at least 1 items"),
		Entry("a customer twice", spec("tenants: {names: [cybercorp, cybercorp]}"), "spec.tenants.names[1]", "Duplicate value"),
		Entry("a customer's name that can't be one", spec("tenants: {names: [Cyber_Corp]}"), "spec.tenants.names[0]", "should match"),
		Entry("too many customers by name", spec("tenants: {names: ["+times(1001, "c%d")+"]}"), "spec.tenants.names", "must have at most 1000 items"),
		Entry("an empty wish to resend", spec("invitation: {resend: ''}"), "spec.invitation.resend", "at least 1 chars long"),
		Entry("a wish to resend that is too long", spec("invitation: {resend: "+long(64)+"}"), "spec.invitation.resend", "may not be more than 63"),
	)

	DescribeTable("must not end at", func(ctx SpecContext, end string) {
		err := create(ctx, grant.with(spec("expiresAt: '"+end+"'")))
		expectCause(err, "spec.expiresAt", "should match")
	},
		Entry("a day without a time", "2027-01-31"),
		Entry("a time without a zone", "2027-01-31T00:00:00"),
		Entry("a fraction after another sign than a point, which clients can't read", "2027-01-31T00:00:00x1Z"),
		Entry("a zone too far away, which clients can't read", "2027-01-31T00:00:00+99:00"),
		Entry("a time before time began, which would be none", "0001-01-01T00:00:00Z"),
		Entry("a year that is 10000 elsewhere, which can't be written", "9999-12-31T23:59:59-23:59"),
		Entry("a time in small letters, which clients can't read", "2027-01-31t00:00:00z"),
	)

	DescribeTable("must not pick customers by", grant.refuses,
		Entry("a label's key that can't be one", spec("tenants: {selector: {matchLabels: {'-tier': gold}}}"), "spec.tenants.selector.matchLabels", "every key must be a label's"),
		Entry("a label's value that can't be one", spec("tenants: {selector: {matchLabels: {tier: 'all of it'}}}"), "spec.tenants.selector.matchLabels.tier", "should match"),
		Entry("too many labels", spec("tenants: {selector: {matchLabels: {"+times(17, "l%d: x")+"}}}"), "spec.tenants.selector.matchLabels", "must have at most 16 items"),
		Entry("too many requirements", spec("tenants: {selector: {matchExpressions: ["+times(17, "{key: l%d, operator: Exists}")+"]}}"), "spec.tenants.selector.matchExpressions", "must have at most 16 items"),
		Entry("too many values", spec("tenants: {selector: {matchExpressions: [{key: l, operator: In, values: ["+times(65, "v%d")+"]}]}}"), "spec.tenants.selector.matchExpressions[0].values", "must have at most 64 items"),
		Entry("a requirement's key that can't be one", spec("tenants: {selector: {matchExpressions: [{key: a/b/c, operator: Exists}]}}"), "spec.tenants.selector.matchExpressions[0].key", "must be a label's key"),
		Entry("an operator that does not exist", spec("tenants: {selector: {matchExpressions: [{key: tier, operator: Like, values: [g]}]}}"), "spec.tenants.selector.matchExpressions[0].operator", "Unsupported value"),
		Entry("one of no values", spec("tenants: {selector: {matchExpressions: [{key: tier, operator: In}]}}"), "spec.tenants.selector.matchExpressions[0].values", "must hold at least one value"),
		Entry("a value where existence is asked", spec("tenants: {selector: {matchExpressions: [{key: tier, operator: Exists, values: [gold]}]}}"), "spec.tenants.selector.matchExpressions[0].values", "must be left out"),
	)

	DescribeTable("may change", grant.keeps,
		Entry("its role", "{}", spec("role: Viewer")),
		Entry("its end", spec("duration: 8h"), spec(`duration: null, expiresAt: "2027-01-31T00:00:00Z"`)),
		Entry("which customers it is for", spec("tenants: {names: [cybercorp]}"), spec("tenants: {names: null, selector: {matchLabels: {tier: gold}}}")),
		Entry("the wish to resend", spec("email: j@cybercorp.example, invitation: {resend: '1'}"), spec("invitation: {resend: '2'}")),
		Entry("whether it is suspended", "{}", spec("suspend: true")),
	)

	DescribeTable("can't change", grant.forbids,
		Entry("the subject's name", "{}", spec("subject: {name: eve@cybercorp.example}"), "spec.subject", "is immutable: delete this grant"),
		Entry("the subject's kind", "{}", spec("subject: {kind: Group}"), "spec.subject", "is immutable: delete this grant"),
		Entry("from staff into a delegation", "{}", spec("tenants: {names: [cybercorp]}"), "spec.tenants", "can be neither added nor removed"),
		Entry("from a delegation into staff", spec("tenants: {names: [cybercorp]}"), spec("tenants: null"), "spec.tenants", "can be neither added nor removed"),
	)
})
