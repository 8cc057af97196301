// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package fault

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/replication"
)

const (
	// blank is what a tenant's display name is filled in for.
	blank = "$(TENANT_DISPLAY_NAME)"
	// foreignScript is text of many scripts, and of what JSON and HTML make longer.
	foreignScript = "Zażółć gęślą jaźń 日本語の会社 👩‍👩‍👧‍👦 \u2028\ufeff<a href=\"&amp;\">\\ \t\n"
	// Names of what is carried.
	wholeContent, binaryContent, filledContent, escapedContent = "whole", "binary", "filled", "escaped"
)

// longName is the longest that an object may have.
var longName = strings.Repeat("n", 253)

var _ = Describe("Fault 7: contents at the limit", Label("fault-7"), func() {
	It("carries as much as Kubernetes lets an object hold, and says of what is too much for one tenant there alone", func(ctx SpecContext) {
		judged := verdicts{invariants: watchInvariants(ctx, here)}
		leader := startLeader(ctx, here)
		f := newFamily(here)
		Eventually(inSync()).WithContext(ctx).WithArguments(f).Should(Succeed())
		short := f.siblings()[0]
		Expect(f.rename(ctx, f.child, strings.Repeat("日", 253))).To(Succeed())
		whole := map[string]*corev1.ConfigMap{}
		for _, source := range f.contents() {
			Expect(f.Client.Create(ctx, source)).To(Succeed(), source.Name)
			whole[source.Name] = source
		}
		Expect(f.Client.Create(ctx, f.escapedSync())).To(Succeed())

		for _, name := range []string{wholeContent, binaryContent, longName} {
			judged.add(fmt.Sprintf("as much as there may be: %.6s", name), until(ctx, func(ctx context.Context) error { return f.holdAll(ctx, whole[name], f.receivers()...) })...)
		}
		filled := whole[filledContent].DeepCopy()
		filled.Data["text"] = strings.ReplaceAll(filled.Data["text"], blank, "Customer Ltd")
		judged.add("what fits when it is filled in", until(ctx, func(ctx context.Context) error {
			return first(f.holdAll(ctx, filled, short), f.fares(ctx, v1alpha1.SyncSynced, short))
		})...)
		judged.add("what is too much when it is filled in", until(ctx, func(ctx context.Context) error {
			return first(f.fares(ctx, v1alpha1.SyncFailed, f.child), f.tells(ctx, f.child, "ConfigMap/filled: it holds 10"), f.synced(ctx, v1alpha1.ReasonFailed))
		})...)
		judged.add("what no request may hold", until(ctx, func(ctx context.Context) error {
			return first(f.tells(ctx, f.child, "ConfigMap/escaped: it is too large"), f.tells(ctx, short, "ConfigMap/escaped: it is too large"))
		})...)
		judged.add("at rest", append(settles(ctx, leader.line), panics(ctx, leader)...)...)

		By("changing what is beside it")
		Expect(rewrite(ctx, f)).To(Succeed())
		judged.add("what is beside it", until(ctx, func(ctx context.Context) error { return f.hold(ctx, motd, newText, f.receivers()...) })...)
		Expect(f.rename(ctx, f.child, "Customer Ltd")).To(Succeed())
		judged.add("what fits again", until(ctx, func(ctx context.Context) error {
			return first(f.holdAll(ctx, filled, f.receivers()...), f.fares(ctx, v1alpha1.SyncSynced, f.receivers()...), f.synced(ctx, v1alpha1.ReasonSynced))
		})...)
		for _, source := range whole {
			Expect(f.Client.Delete(ctx, source)).To(Succeed())
		}
		Expect(f.Client.Delete(ctx, f.escapedSync())).To(Succeed())
		judged.add("when they are deleted", until(ctx, func(ctx context.Context) error {
			return first(f.hold(ctx, wholeContent, "", f.receivers()...), f.hold(ctx, longName, "", f.receivers()...), f.onlyBaseline(ctx))
		})...)
		judged.add("at rest again", settles(ctx, leader.line)...)
		judged.close("fault 7, contents at the limit")
	})
})

// contents are objects of which each holds as much as it may, but for the one with the long name.
func (f family) contents() []*corev1.ConfigMap {
	bytes := make([]byte, replication.MaxContent)
	random := rand.NewChaCha8([32]byte{byte(seed)})
	_, _ = random.Read(bytes) // it returns no error
	object := func(name, mark, text string) *corev1.ConfigMap {
		return &corev1.ConfigMap{
			ObjectMeta: metav1.ObjectMeta{Namespace: f.partner.Name, Name: name, Labels: map[string]string{v1alpha1.LabelSync: mark}},
			Data:       map[string]string{"text": text},
		}
	}
	binary := object(binaryContent, v1alpha1.MarkContent, "")
	binary.BinaryData = map[string][]byte{"bytes": bytes}
	filled := object(filledContent, v1alpha1.MarkContent, padded(blank, "."))
	filled.Annotations = map[string]string{v1alpha1.AnnotationSubstitute: "true"}
	return []*corev1.ConfigMap{
		object(wholeContent, v1alpha1.MarkContent, padded("", foreignScript)), binary, filled,
		object(longName, v1alpha1.MarkContent, foreignScript),
		// A byte that JSON writes with six: Kubernetes takes it from who writes it as it is stored.
		object(escapedContent, v1alpha1.MarkResource, padded("", "\x01")),
	}
}

// padded is a text of as many bytes as an object may hold.
func padded(text, with string) string {
	text += strings.Repeat(with, (replication.MaxContent-len(text))/len(with))
	return text + strings.Repeat(".", replication.MaxContent-len(text))
}

// escapedSync carries what no request of the operator's may hold.
func (f family) escapedSync() *v1alpha1.MasterTenantSync {
	return &v1alpha1.MasterTenantSync{
		ObjectMeta: metav1.ObjectMeta{Namespace: f.partner.Name, Name: strings.Repeat("s", 63)},
		Spec:       v1alpha1.MasterTenantSyncSpec{Resources: []v1alpha1.SyncResource{{APIVersion: "v1", Kind: "ConfigMap", Names: []v1alpha1.ObjectName{escapedContent}}}},
	}
}

// rename has people call a customer something else.
func (f family) rename(ctx context.Context, customer client.ObjectKey, name string) error {
	return f.change(ctx, customer, func(tenant *v1alpha1.Tenant) { tenant.Spec.DisplayName = v1alpha1.DisplayText(name) })
}

// holdAll returns an error until customers have a copy that is the same to the last byte.
func (f family) holdAll(ctx context.Context, wanted *corev1.ConfigMap, customers ...client.ObjectKey) error {
	for _, customer := range customers {
		held := &corev1.ConfigMap{}
		if err := f.Client.Get(ctx, client.ObjectKey{Namespace: placeOf(customer), Name: wanted.Name}, held); err != nil {
			return err
		}
		if !maps.Equal(held.Data, wanted.Data) || !equality.Semantic.DeepEqual(held.BinaryData, wanted.BinaryData) {
			return fmt.Errorf("customer %s has another content in %s", customer, wanted.Name)
		}
	}
	return nil
}
