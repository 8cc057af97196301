// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

var prices = manifest{kind: "PriceList", spec: `
planRef: {name: standard}
currency: EUR
endUserPrice: "4.00"
unitCost: "2.50"
`}

var _ = Describe("A PriceList", func() {
	DescribeTable("may have", prices.accepts,
		Entry("prices and nothing prepaid", "{}"),
		Entry("everything at once", spec(`prepaidUnitCost: "2.00", prepaid: 300`)),
		Entry("nothing left of what was prepaid", spec(`prepaidUnitCost: "2.00", prepaid: 0`)),
		Entry("a price of nothing", spec(`endUserPrice: "0"`)),
		Entry("a price of less than a cent", spec(`unitCost: "0.000001"`)),
		Entry("the highest price", spec(`unitCost: "999999999999.999999"`)),
		Entry("a price below cost", spec(`endUserPrice: "1", unitCost: "2.5"`)),
	)

	DescribeTable("may change", prices.keeps,
		Entry("its price", "{}", spec(`endUserPrice: "5.00"`)),
		Entry("what is prepaid", spec(`prepaidUnitCost: "2.00", prepaid: 300`), spec(`prepaid: 400`)),
		Entry("that something is", spec(`prepaidUnitCost: "2.00", prepaid: 300`), spec(`prepaidUnitCost: null, prepaid: null`)),
	)

	DescribeTable("must not change", prices.forbids,
		Entry("its plan", "{}", spec("planRef: {name: premium}"), "spec.planRef", "is immutable"),
		Entry("its currency", "{}", spec("currency: USD"), "spec.currency", "is immutable"),
	)

	DescribeTable("must not have", prices.refuses,
		Entry("no spec", "{spec: null}", "spec", "Required value"),
		Entry("no plan", spec("planRef: null"), "spec.planRef", "Required value"),
		Entry("a plan whose name can't be one", spec("planRef: {name: Standard!}"), "spec.planRef.name", "should match"),
		Entry("a plan of another namespace", spec("planRef: {name: rival/standard}"), "spec.planRef.name", "should match"),
		Entry("no currency", spec("currency: null"), "spec.currency", "Required value"),
		Entry("a currency by its sign", spec("currency: '€'"), "spec.currency", "must be an ISO 4217 code"),
		Entry("a currency in small letters", spec("currency: eur"), "spec.currency", "must be an ISO 4217 code"),
		Entry("a currency of four letters", spec("currency: EURO"), "spec.currency", "may not be more than 3"),
		Entry("no price", spec("endUserPrice: null"), "spec.endUserPrice", "Required value"),
		Entry("no cost", spec("unitCost: null"), "spec.unitCost", "Required value"),
		Entry("a price that is a number, which can't be exact", spec("endUserPrice: 4.10"), "spec.endUserPrice", "must be of type string"),
		Entry("a price below nothing", spec(`endUserPrice: "-1"`), "spec.endUserPrice", "must be a decimal number in quotes"),
		Entry("a price with a comma", spec(`endUserPrice: "4,00"`), "spec.endUserPrice", "must be a decimal number in quotes"),
		Entry("a price with an exponent", spec(`endUserPrice: "1e3"`), "spec.endUserPrice", "no exponent"),
		Entry("a price that begins with a point", spec(`endUserPrice: ".5"`), "spec.endUserPrice", "must be a decimal number in quotes"),
		Entry("a price that ends with a point", spec(`endUserPrice: "5."`), "spec.endUserPrice", "must be a decimal number in quotes"),
		Entry("a price with zeros before it", spec(`endUserPrice: "007"`), "spec.endUserPrice", "must be a decimal number in quotes"),
		Entry("a price in other digits", spec(`endUserPrice: "٤.٠٠"`), "spec.endUserPrice", "must be a decimal number in quotes"),
		Entry("a price and a line", spec(`endUserPrice: "4.00\n"`), "spec.endUserPrice", "must be a decimal number in quotes"),
		Entry("a price with a plus", spec(`endUserPrice: "+4.00"`), "spec.endUserPrice", "no sign"),
		Entry("a price with its currency", spec(`endUserPrice: "4 EUR"`), "spec.endUserPrice", "must be a decimal number in quotes"),
		Entry("a price of too many digits", spec(`unitCost: "1000000000000"`), "spec.unitCost", "at most 12 digits before the point"),
		Entry("a price that is too fine", spec(`unitCost: "0.0000001"`), "spec.unitCost", "6 after it"),
		Entry("something prepaid at no cost that is named", spec("prepaid: 300"), "spec.prepaidUnitCost", "is required with prepaid"),
		Entry("a prepaid cost of no number of units", spec(`prepaidUnitCost: "2.00"`), "spec.prepaid", "is required with prepaidUnitCost"),
		Entry("more units prepaid than anybody sells", spec(`prepaidUnitCost: "2.00", prepaid: 100000001`), "spec.prepaid", "less than or equal to 100000000"),
		Entry("fewer than no units prepaid", spec(`prepaidUnitCost: "2.00", prepaid: -1`), "spec.prepaid", "greater than or equal to 0"),
	)

	It("names no other namespace: the field is not there", func(ctx SpecContext) {
		far := prices.with(spec("planRef: {namespace: rival}"))
		Expect(create(ctx, far, client.DryRunAll)).To(MatchError(ContainSubstring(`unknown field "spec.planRef.namespace"`)))
	})
})
