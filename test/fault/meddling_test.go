// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package fault

import (
	"context"
	"fmt"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

var _ = Describe("Fault 5: someone meddles with what the operator made", Label("fault-5", "full"), func() {
	var leader *operator
	var victim family
	var clean harness.Snapshot
	var judged verdicts

	given := func(ctx context.Context, beginning func(context.Context, family) error) {
		GinkgoHelper()
		judged = verdicts{invariants: watchInvariants(ctx, here)}
		leader = startLeader(ctx, here)
		victim = newFamily(here)
		Eventually(beginning).WithContext(ctx).WithArguments(victim).Should(Succeed())
		Expect(harness.Quiet(ctx, leader.line, settle)).To(Succeed())
		clean = victim.snapshot(ctx)
	}

	account := func() client.Client {
		GinkgoHelper()
		account, err := here.AsServiceAccount(harness.ManagerNamespace, harness.ManagerAccount)
		Expect(err).NotTo(HaveOccurred())
		return account
	}
	meddlers := []struct {
		name      string
		as        func() client.Client
		meddlings []meddling
	}{
		{"an administrator", func() client.Client { return here.Client }, append(changes(), forgeries()...)},
		{"whoever has the operator's account", account, changes()},
	}
	for _, meddler := range meddlers {
		for _, meddling := range meddler.meddlings {
			It("puts right, one by one, what "+meddler.name+" "+meddling.name, func(ctx SpecContext) {
				given(ctx, active)
				meddle := meddler.as()
				for _, object := range victim.made(ctx) {
					said := meddling.do(ctx, meddle, object)
					judged.add(fmt.Sprintf("%s of %s (%v)", meddling.name, describe(object), said), victim.converges(ctx, clean)...)
				}
				judged.add("at rest", victim.differences(ctx, leader.line, clean)...)
				judged.close("fault 5, " + meddler.name + " " + meddling.name + ", one by one")
			})
			for state, beginning := range map[string]func(context.Context, family) error{"a place": active, "a place that is kept": retired} {
				It("puts right, all at once, what "+meddler.name+" "+meddling.name+" in "+state, func(ctx SpecContext) {
					given(ctx, beginning)
					meddle := meddler.as()
					for _, object := range victim.made(ctx) {
						_ = meddling.do(ctx, meddle, object) // a refusal is as good
					}
					judged.add("all at once", victim.differences(ctx, leader.line, clean)...)
					judged.close("fault 5, " + meddler.name + " " + meddling.name + " in " + state + ", all at once")
				})
			}
		}
	}

	It("gives a place back whose record somebody deleted", func(ctx SpecContext) {
		given(ctx, active)
		Eventually(retired).WithContext(ctx).WithArguments(victim).Should(Succeed())
		record := &v1alpha1.RetainedTenant{ObjectMeta: metav1.ObjectMeta{Namespace: victim.child.Namespace, Name: victim.child.Name}}
		Expect(here.Client.Delete(ctx, record)).To(Succeed())
		judged.add("without its record", unrest(ctx, leader.line)...)
		before := victim.snapshot(ctx)
		Expect(victim.createCustomer(ctx)).To(Succeed())
		found := victim.differences(ctx, leader.line, clean)
		if err := kept(before, victim.snapshot(ctx)); err != nil {
			found = append(found, err.Error())
		}
		judged.add("given back", found...)
		judged.close("fault 5, the record of a kept place is deleted")
	})
})

// meddling with an object of the operator's. What the API server says to it is no failure.
type meddling struct {
	name string
	do   func(ctx context.Context, as client.Client, object *unstructured.Unstructured) error
}

// changes of what an object says and whether it is there.
func changes() []meddling {
	return []meddling{
		{"deletes", func(ctx context.Context, as client.Client, object *unstructured.Unstructured) error {
			_, kept := object.GetAnnotations()[v1alpha1.AnnotationRetainedUntil]
			if object.GetKind() == "Namespace" && (kept || !strings.Contains(object.GetName(), "-")) {
				return nil // what would go is not the operator's: what a place holds, and with the partner's the customer's Tenant
			}
			return as.Delete(ctx, object.DeepCopy())
		}},
		{"edits", patched(edit)},
		{"adds fields to", patched(addition)},
		{"adds labels of ours to", patched(always(`{"metadata":{"labels":{"tenantry.io/forged":"true"},"annotations":{"tenantry.io/forged":"true"}}}`))},
	}
}

// forgeries change whose an object is.
func forgeries() []meddling {
	return []meddling{
		{"takes the labels from", patched(always(`{"metadata":{"labels":null,"annotations":null}}`))},
		// An owner that is not there: Kubernetes' garbage collector deletes the object.
		{"gives an owner to", patched(always(`{"metadata":{"ownerReferences":[{"apiVersion":"v1","kind":"ConfigMap","name":"gone","uid":"gone"}]}}`))},
		{"gives to another tenant", patched(always(`{"metadata":{"labels":{"tenantry.io/tenant":"another"},"annotations":{"tenantry.io/tenant-uid":"another"}}}`))},
	}
}

func always(patch string) func(string) string { return func(string) string { return patch } }

// patched by the merge patch that there is for its kind, if any.
func patched(body func(kind string) string) func(context.Context, client.Client, *unstructured.Unstructured) error {
	return func(ctx context.Context, as client.Client, object *unstructured.Unstructured) error {
		patch := body(object.GetKind())
		if patch == "" {
			return nil
		}
		patch = strings.ReplaceAll(patch, "forged.example", object.GetNamespace()+".forged.example") // no host twice
		return as.Patch(ctx, object.DeepCopy(), client.RawPatch(types.MergePatchType, []byte(patch)))
	}
}

// edit is a merge patch that changes what the operator wrote.
func edit(kind string) string {
	return map[string]string{
		"ConfigMap":     `{"data":{"host":"forged.example","kind":"Forged","agents":null}}`,
		"Secret":        `{"data":{"url":"Zm9yZ2Vk"}}`,
		"LimitRange":    `{"spec":{"limits":[]}}`,
		"NetworkPolicy": `{"spec":{"ingress":[{}],"egress":[{}]}}`,
		"Service":       `{"spec":{"selector":{"app":"forged"},"ports":[{"port":81}]}}`,
		"Ingress":       `{"spec":{"rules":[{"host":"forged.example"}],"tls":null,"defaultBackend":{"service":{"name":"forged","port":{"number":80}}}}}`,
		"ResourceQuota": `{"spec":{"hard":{"pods":"1000","secrets":null}}}`,
		"Namespace":     `{"metadata":{"labels":{"pod-security.kubernetes.io/enforce":"privileged"}}}`,
	}[kind]
}

// addition is a merge patch that adds to what the operator wrote.
func addition(kind string) string {
	return map[string]string{
		"ConfigMap":     `{"data":{"forged":"x"},"binaryData":{"forged2":"eA=="}}`,
		"Secret":        `{"data":{"forged":"eA=="}}`,
		"LimitRange":    `{"spec":{"limits":[{"type":"Pod","max":{"cpu":"1"}}]}}`,
		"NetworkPolicy": `{"spec":{"podSelector":{"matchLabels":{"forged":"x"}}}}`,
		"Service":       `{"spec":{"externalIPs":["192.0.2.1"],"publishNotReadyAddresses":true,"sessionAffinity":"ClientIP"}}`,
		"Ingress":       `{"spec":{"defaultBackend":{"service":{"name":"forged","port":{"number":80}}}}}`,
		"ResourceQuota": `{"spec":{"hard":{"forged.example/things":"1"},"scopes":null}}`,
	}[kind]
}

// made is what the operator made for a family, in order of kind and name.
func (f family) made(ctx context.Context) []*unstructured.Unstructured {
	GinkgoHelper()
	var made []*unstructured.Unstructured
	for _, tenant := range f.tenants() {
		objects, err := f.ObjectsOf(ctx, tenant)
		Expect(err).NotTo(HaveOccurred())
		made = append(made, objects...)
	}
	made = slices.DeleteFunc(made, func(object *unstructured.Unstructured) bool {
		// A record is a wish too: whoever may change it means it.
		return object.GetLabels()[v1alpha1.LabelManaged] != "true" || object.GetKind() == "RetainedTenant"
	})
	slices.SortFunc(made, func(a, b *unstructured.Unstructured) int { return strings.Compare(describe(a), describe(b)) })
	return slices.CompactFunc(made, func(a, b *unstructured.Unstructured) bool { return describe(a) == describe(b) })
}

func describe(object *unstructured.Unstructured) string {
	return fmt.Sprintf("%s %s/%s", object.GetKind(), object.GetNamespace(), object.GetName())
}
