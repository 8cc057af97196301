// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

var customer = manifest{kind: "Tenant", spec: "{region: eu-west, displayName: CyberCorp Ltd}"}

// notAHost begins what is said of a text that is no host.
const notAHost = "must be a DNS name of two labels or more, such as portal.acme.example: in lower case, without https://"

var _ = Describe("A Tenant", func() {
	DescribeTable("may have", customer.accepts,
		Entry("a region and a company name and nothing else", "{}"),
		Entry("no spec", "{spec: null}"),
		Entry("everything that a customer has", spec(`
			planRef: {name: standard}, limits: {agents: 25, disk: 50Gi}, admin: {username: jdoe, email: jdoe@cybercorp.example, firstName: Jane, invitation: {resend: "1"}},
			superAdmin: pat@acme.example, customerAccess: FullAccess, permissions: {HelpCenter: false},
			domain: {subdomain: cyber-corp, custom: {host: support.cybercorp.example, certificateRef: {name: support-tls}}},
			whiteLabel: {profileRef: {name: acme-brand}}, portal: {active: false}, suspend: true,
			contact: {name: Jané Döe, email: jane@cybercorp.example, phone: +49 (0)30 123-45/6}, retainFor: 0s`)),
		Entry("everything that a partner has", spec(`
			partner: {staff: Explicit, domain: portal.acme.example, emailDomains: [acme.example, acme.test], capacity: {tenants: 200, agents: 5000, disk: 10Ti}}`)),
		Entry("an empty partner", spec("partner: {}")),
		Entry("a certificate from an issuer", spec("domain: {custom: {host: support.cybercorp.example, issuerRef: {name: le, kind: ClusterIssuer, group: cert-manager.io}}}")),
		Entry("the brand of a sibling", spec("whiteLabel: {copyFrom: {name: initech}}")),
		Entry("no brand", spec("whiteLabel: {none: {}}")),
		Entry("a brand that is inherited", spec("whiteLabel: {}")),
		Entry("a company name with joiners, as some scripts need", spec(`displayName: "می\u200cخواهم 👩\u200d💻"`)),
		Entry("the longest name", "{metadata: {name: "+long(63)+"}}"),
		Entry("a disk in plain bytes", spec("limits: {disk: 1000000}")),
		Entry("a disk by an exponent", spec("limits: {disk: '1e9'}")),
		Entry("a disk with a fraction", spec("limits: {disk: 1.5Ti}")),
		Entry("the largest disk", spec("limits: {disk: 1Ei}")),
		Entry("a domain in another alphabet, as DNS has it", spec("domain: {custom: {host: xn--bcher-kva.example, certificateRef: {name: tls}}}")),
		Entry("no retention, said in another way", spec("retainFor: 0h0m")),
		Entry("a retention of a year", spec("retainFor: 8760h")),
		Entry("a place to take back", spec("restoreFrom: {uid: 5e8c5d0e-0c53-4ce9-9d8b-6d4f3a2b1c0d}")),
	)

	It("may have a name with dashes in its partner's place", func(ctx SpecContext) {
		obj := customer.with("{metadata: {name: cyber-corp}}")
		obj.SetNamespace(place(ctx).Name)
		Expect(create(ctx, obj, client.DryRunAll)).To(Succeed())
	})

	DescribeTable("must not have", customer.refuses,
		Entry("a name of two labels", "{metadata: {name: cyber.corp}}", "metadata", "name must be a DNS label"),
		Entry("a name too long", "{metadata: {name: "+long(64)+"}}", "metadata", "name must be a DNS label: at most 63"),
		Entry("a name with a dash when it is a partner", "{metadata: {name: ac-me}, spec: {partner: {}}}", "metadata", "the name of a partner must not contain '-'"),
		Entry("a company name with a line break", spec(`displayName: "a\nb"`), "spec.displayName", "should match"),
		Entry("a company name that reads backwards", spec(`displayName: "\u202egro.emca"`), "spec.displayName", "change the direction of text"),
		Entry("a company name that turns a part around", spec(`displayName: "\u2066acme"`), "spec.displayName", "change the direction of text"),
		Entry("a company name with a separator of lines", spec(`displayName: "a\u2028b"`), "spec.displayName", "change the direction of text"),
		Entry("a company name that gives orders to a terminal", spec(`displayName: "\u009b31macme"`), "spec.displayName", "should match"),
		Entry("a company name too long", spec("displayName: "+long(254)), "spec.displayName", "may not be more than 253"),
		Entry("a region that can't be one", spec("region: EU_West"), "spec.region", "must be the name of a region, such as eu-west: a-z, 0-9 and '-' in lower case"),
		Entry("a plan of no name", spec("planRef: {}"), "spec.planRef.name", "Required value"),
		Entry("a plan in another namespace", spec("planRef: {name: other/standard}"), "spec.planRef.name", "should match"),
		Entry("fewer than no agents", spec("limits: {agents: -1}"), "spec.limits.agents", "greater than or equal to 0"),
		Entry("too many agents", spec("limits: {agents: 1000001}"), "spec.limits.agents", "less than or equal to 1000000"),
		Entry("less than no disk", spec("limits: {disk: -1Gi}"), "spec.limits.disk", "must be a quantity between 0 and 1Ei"),
		Entry("too much disk", spec("limits: {disk: 1025Pi}"), "spec.limits.disk", "must be a quantity between 0 and 1Ei"),
		Entry("an administrator of no name", spec("admin: {email: a@b.example}"), "spec.admin.username", "Required value"),
		Entry("an administrator of Kubernetes' own", spec("admin: {username: 'system:admin'}"), "spec.admin.username", "must be a person"),
		Entry("an administrator with a space in the name", spec("admin: {username: 'jane doe'}"), "spec.admin.username", "should match"),
		Entry("an empty wish to invite an administrator again", spec("admin: {username: jdoe, invitation: {resend: ''}}"), "spec.admin.invitation.resend", "at least 1 chars long"),
		Entry("an administrator without a mailbox", spec("admin: {username: jdoe, email: cybercorp.example}"), "spec.admin.email", "should match"),
		Entry("a super admin of Kubernetes' own", spec("superAdmin: 'system:serviceaccount:argocd:argocd'"), "spec.superAdmin", "must be a person"),
		Entry("a super admin with a line break", spec(`superAdmin: "pat\nroot"`), "spec.superAdmin", "should match"),
		Entry("access that does not exist", spec("customerAccess: Sometimes"), "spec.customerAccess", `supported values: "Disabled", "ReadOnly", "FullAccess"`),
		Entry("a permission whose name can't be one", spec("permissions: {'1st': true}"), "spec.permissions", "names are letters and digits"),
		Entry("too many permissions", spec("permissions: {"+times(65, "P%d: true")+"}"), "spec.permissions", "must have at most 64 items"),
		Entry("a phone number that is none", spec("contact: {phone: call me}"), "spec.contact.phone", "should match"),
		Entry("a retention of more than a year", spec("retainFor: 8761h"), "spec.retainFor", "must be at most a year (8760h)"),
		Entry("a place to restore without its UID", spec("restoreFrom: {}"), "spec.restoreFrom.uid", "Required value"),
		Entry("a brand from two places", spec("whiteLabel: {none: {}, profileRef: {name: acme-brand}}"), "spec.whiteLabel", "set at most one of profileRef, copyFrom and none"),
		Entry("its own brand as a copy", spec("whiteLabel: {copyFrom: {name: sample}}"), "spec.whiteLabel.copyFrom.name", "a tenant can't copy its brand from itself"),
	)

	DescribeTable("must not have the disk", func(ctx SpecContext, quantity string) {
		err := create(ctx, customer.with(spec("limits: {disk: '"+quantity+"'}")), client.DryRunAll)
		expectCause(err, "spec.limits.disk", "must be a quantity between 0 and 1Ei")
	},
		Entry("in words", "plenty"),
		Entry("of nothing", ""),
		Entry("below zero in digits", "-5"),
		Entry("above all", "2Ei"),
		Entry("above all by its exponent", "1e99"),
		Entry("of more digits than make sense", "1"+strings.Repeat("0", 31)),
		Entry("of an exponent that would keep the API server busy", "1e-99999999999"),
	)

	It("must not have an empty region", func(ctx SpecContext) {
		expectCause(create(ctx, customer.with(spec("region: ''")), client.DryRunAll), "spec.region", "at least 1 chars long")
	})

	DescribeTable("must not have a time of retention", func(ctx SpecContext, time string) {
		customer.refuses(ctx, spec("retainFor: '"+time+"'"), "spec.retainFor", "must be a time in hours, minutes or seconds, e.g. 168h for a week")
	},
		Entry("in words", "forever"),
		Entry("in days", "7d"),
		Entry("without a unit", "168"),
		Entry("below zero", "-1h"),
		Entry("of nothing", ""),
	)

	It("must not have a time of retention that nobody can count", func(ctx SpecContext) {
		expectCause(create(ctx, customer.with(spec("retainFor: 99999999999999999999h")), client.DryRunAll), "spec.retainFor", "must be at most a year (8760h)")
	})

	DescribeTable("must not be reached at", customer.refuses,
		Entry("a subdomain of two labels", spec("domain: {subdomain: a.b}"), "spec.domain.subdomain", "must be one label of a host, such as cyber-corp"),
		Entry("a subdomain in capitals", spec("domain: {subdomain: CyberCorp}"), "spec.domain.subdomain", "in lower case"),
		Entry("a subdomain with a dash at its end", spec("domain: {subdomain: cyber-}"), "spec.domain.subdomain", "no '-' at either end"),
		Entry("a subdomain too long", spec("domain: {subdomain: "+long(64)+"}"), "spec.domain.subdomain", "may not be more than 63"),
		Entry("a host of its own without a certificate", spec("domain: {custom: {host: support.cybercorp.example}}"), "spec.domain.custom", "set exactly one of certificateRef and issuerRef"),
		Entry("a host of its own with two certificates", spec("domain: {custom: {host: a.example, certificateRef: {name: a}, issuerRef: {name: b}}}"), "spec.domain.custom", "set exactly one of certificateRef and issuerRef"),
		Entry("a wildcard", spec("domain: {custom: {host: '*.cybercorp.example', certificateRef: {name: a}}}"), "spec.domain.custom.host", notAHost),
		Entry("a host with its scheme", spec("domain: {custom: {host: 'https://support.cybercorp.example', certificateRef: {name: a}}}"), "spec.domain.custom.host", notAHost),
		Entry("a host in capitals", spec("domain: {custom: {host: Support.CyberCorp.example, certificateRef: {name: a}}}"), "spec.domain.custom.host", notAHost),
		Entry("a host with a dot after it", spec("domain: {custom: {host: support.cybercorp.example., certificateRef: {name: a}}}"), "spec.domain.custom.host", notAHost),
		Entry("a host of one label", spec("domain: {custom: {host: localhost, certificateRef: {name: a}}}"), "spec.domain.custom.host", notAHost),
		Entry("an address", spec("domain: {custom: {host: 192.0.2.1, certificateRef: {name: a}}}"), "spec.domain.custom.host", notAHost),
		Entry("a host with a port", spec("domain: {custom: {host: 'a.example:443', certificateRef: {name: a}}}"), "spec.domain.custom.host", notAHost),
		Entry("an issuer of no kind", spec("domain: {custom: {host: a.example, issuerRef: {name: le, kind: an issuer}}}"), "spec.domain.custom.issuerRef.kind", "should match"),
		Entry("an issuer of no group", spec("domain: {custom: {host: a.example, issuerRef: {name: le, group: '-'}}}"), "spec.domain.custom.issuerRef.group", "should match"),
	)

	DescribeTable("must not be a partner with", customer.refuses,
		Entry("staff of no known mode", spec("partner: {staff: Magic}"), "spec.partner.staff", `supported values: "Inherit", "Explicit"`),
		Entry("a domain that can't be one", spec("partner: {domain: acme}"), "spec.partner.domain", notAHost),
		Entry("its own host as the parent of its children's", spec("domain: {custom: {host: portal.acme.example, certificateRef: {name: a}}}, partner: {domain: portal.acme.example}"), "spec.partner.domain", "must differ from domain.custom.host"),
		Entry("a mail domain that can't be one", spec("partner: {emailDomains: ['@acme.example']}"), "spec.partner.emailDomains[0]", notAHost),
		Entry("a mail domain twice", spec("partner: {emailDomains: [acme.example, acme.example]}"), "spec.partner.emailDomains[1]", "Duplicate value"),
		Entry("too many mail domains", spec("partner: {emailDomains: ["+times(17, "d%d.example")+"]}"), "spec.partner.emailDomains", "must have at most 16 items"),
		Entry("fewer than no children", spec("partner: {capacity: {tenants: -1}}"), "spec.partner.capacity.tenants", "greater than or equal to 0"),
		Entry("less than no disk", spec("partner: {capacity: {disk: -1}}"), "spec.partner.capacity.disk", "must be a quantity between 0 and 1Ei"),
	)

	DescribeTable("may change", customer.keeps,
		Entry("its limits", spec("limits: {agents: 5, disk: 1Gi}"), spec("limits: {agents: 4, disk: 2Gi}")),
		Entry("from having no region to having one", spec("region: null"), spec("region: eu-west")),
		Entry("into a partner and back", spec("partner: {}"), spec("partner: null")),
	)

	DescribeTable("can't change", customer.forbids,
		Entry("its region", "{}", spec("region: us-east"), "spec.region", "is immutable once set"),
		Entry("to having no region", "{}", spec("region: null"), "spec.region", "is immutable once set"),
		Entry("to having no spec when it has a region", "{}", "{spec: null}", "spec.region", "is immutable once set"),
	)

	DescribeTable("has by default", customer.defaults,
		Entry("no access for the customer's people", "{spec: null}", spec("customerAccess: Disabled")),
		Entry("a portal that is on", spec("portal: {}"), spec("portal: {active: true}")),
		Entry("staff who inherit", spec("partner: {}"), spec("partner: {staff: Inherit}")),
		Entry("an issuer of cert-manager in its place", spec("domain: {custom: {host: a.example, issuerRef: {name: le}}}"), spec("domain: {custom: {issuerRef: {kind: Issuer, group: cert-manager.io}}}")),
		Entry("a status that nobody has looked yet", "{}", "{status: {observedGeneration: -1}}"),
	)
})
