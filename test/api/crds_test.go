// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	"maps"
	"slices"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// kinds are all that the group has.
var kinds = []string{
	"Tenant", "TenantAccessGrant", "LicensePlan", "PriceList", "AssetInventory", "ScanSchedule",
	"WhiteLabelProfile", "MasterTenantSync", "RetainedTenant",
}

// crds returns the group's definitions as they are installed, by kind.
func crds(ctx SpecContext) map[string]*apiextensionsv1.CustomResourceDefinition {
	GinkgoHelper()
	Expect(apiextensionsv1.AddToScheme(scheme.Scheme)).To(Succeed())
	all := &apiextensionsv1.CustomResourceDefinitionList{}
	Expect(k8sClient.List(ctx, all)).To(Succeed())
	ours := map[string]*apiextensionsv1.CustomResourceDefinition{}
	for i := range all.Items {
		if crd := &all.Items[i]; crd.Spec.Group == v1alpha1.GroupVersion.Group {
			ours[crd.Spec.Names.Kind] = crd
		}
	}
	return ours
}

// walk calls visit for schema and all schemas in it, with their paths.
func walk(path string, schema *apiextensionsv1.JSONSchemaProps, visit func(path string, schema *apiextensionsv1.JSONSchemaProps)) {
	visit(path, schema)
	for name, property := range schema.Properties {
		walk(path+"."+name, &property, visit)
	}
	if schema.Items != nil {
		walk(path+"[]", schema.Items.Schema, visit)
	}
	if schema.AdditionalProperties != nil {
		walk(path+"{}", schema.AdditionalProperties.Schema, visit)
	}
}

// bounded says whether the values of schema itself, what is in them aside, can't grow without end.
func bounded(schema *apiextensionsv1.JSONSchemaProps) bool {
	switch {
	case schema.XIntOrString: // a quantity, which reads only what makes sense
		return true
	case schema.Type == "string":
		return schema.MaxLength != nil || len(schema.Enum) > 0 || schema.Format == "date-time"
	case schema.Type == "array":
		return schema.MaxItems != nil
	case schema.AdditionalProperties != nil:
		return schema.MaxProperties != nil
	default:
		return !ptr.Deref(schema.XPreserveUnknownFields, false)
	}
}

var _ = Describe("The API group", func() {
	It("has all kinds, established and in category tenantry", func(ctx SpecContext) {
		installed := crds(ctx)
		Expect(slices.Collect(maps.Keys(installed))).To(ConsistOf(kinds))
		for kind, crd := range installed {
			Expect(crd.Status.Conditions).To(ContainElement(And(
				HaveField("Type", apiextensionsv1.Established),
				HaveField("Status", apiextensionsv1.ConditionTrue),
			)), kind)
			Expect(crd.Spec.Scope).To(Equal(apiextensionsv1.NamespaceScoped), kind)
			Expect(crd.Spec.Names.Categories).To(ConsistOf("tenantry"), kind)
			Expect(crd.Spec.Names.ShortNames).To(HaveLen(1), kind)
			Expect(crd.Spec.Versions[0].Subresources.Status).NotTo(BeNil(), kind)
		}
	})

	It("bounds every list, map and string", func(ctx SpecContext) {
		for kind, crd := range crds(ctx) {
			schema := crd.Spec.Versions[0].Schema.OpenAPIV3Schema
			for _, part := range []string{"spec", "status"} {
				property := schema.Properties[part]
				walk(kind+"."+part, &property, func(path string, schema *apiextensionsv1.JSONSchemaProps) {
					Expect(bounded(schema)).To(BeTrue(), path)
				})
			}
		}
	})

	It("has no field that YAML takes for something else", func(ctx SpecContext) {
		for kind, crd := range crds(ctx) {
			walk(kind, crd.Spec.Versions[0].Schema.OpenAPIV3Schema, func(path string, schema *apiextensionsv1.JSONSchemaProps) {
				for name := range schema.Properties {
					Expect(parse(name+": x")).To(HaveKey(name), path)
				}
			})
		}
	})

	It("lists Tenants in the columns that the tools show", func(ctx SpecContext) {
		names := []string{}
		for _, column := range crds(ctx)["Tenant"].Spec.Versions[0].AdditionalPrinterColumns {
			if column.Priority == 0 {
				names = append(names, column.Name)
			}
		}
		Expect(names).To(Equal([]string{"Company", "Plan", "Status", "Agents", "Disk", "Host", "Age"}))
	})

	DescribeTable("filters lists by", func(ctx SpecContext, m manifest, field, value string) {
		here := client.InNamespace(newNamespace(ctx))
		obj := m.with("{}")
		obj.SetNamespace(string(here))
		store(ctx, obj)
		Expect(listed(ctx, m.kind, here, client.MatchingFields{field: value})).To(HaveLen(1))
		Expect(listed(ctx, m.kind, here, client.MatchingFields{field: "other"})).To(BeEmpty())
	},
		Entry("a Tenant's region", customer, "spec.region", "eu-west"),
		Entry("a Tenant's plan", customer, "spec.planRef.name", ""),
		Entry("a Tenant's phase", customer, "status.phase", ""),
		Entry("a grant's subject", grant, "spec.subject.name", "jdoe@cybercorp.example"),
		Entry("a grant's kind of subject", grant, "spec.subject.kind", "User"),
		Entry("a grant's role", grant, "spec.role", "Admin"),
		Entry("a plan's model", plan, "spec.model", "PerAsset"),
		Entry("a price list's plan", prices, "spec.planRef.name", "standard"),
		Entry("a schedule's profile", schedule, "spec.profile", "web-quick"),
		Entry("a sync's master", masterSync, "spec.masterRef.name", ""),
		Entry("a sync's trigger", masterSync, "spec.trigger", "Continuous"),
	)
})

// listed are the objects of a kind for which options hold.
func listed(ctx SpecContext, kind string, options ...client.ListOption) []unstructured.Unstructured {
	GinkgoHelper()
	list := &unstructured.UnstructuredList{}
	list.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind(kind + "List"))
	Expect(k8sClient.List(ctx, list, options...)).To(Succeed())
	return list.Items
}
