// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"encoding/json"
	"fmt"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/replication"
	"github.com/tenantry/tenantry/test/harness"
)

var _ = Describe("A Secret that a sync names", func() {
	var parent *v1alpha1.Tenant
	naming := func(s *v1alpha1.MasterTenantSync) {
		s.Spec.Resources = []v1alpha1.SyncResource{{APIVersion: "v1", Kind: "Secret", Names: []v1alpha1.ObjectName{"feed"}}}
	}
	tokenIn := func(ctx SpecContext, namespace string) func() string {
		return func() string {
			copied := &corev1.Secret{}
			Expect(client.IgnoreNotFound(admin.Get(ctx, client.ObjectKey{Namespace: namespace, Name: "feed"}, copied))).To(Succeed())
			return string(copied.Data["token"])
		}
	}
	BeforeEach(func(ctx SpecContext) {
		parent = partner(ctx)
		Expect(admin.Create(ctx, &corev1.Secret{
			ObjectMeta: metav1.ObjectMeta{Namespace: parent.Status.Namespace, Name: "feed", Labels: map[string]string{v1alpha1.LabelSync: ofNoCategory}},
			StringData: map[string]string{"token": "one"},
		})).To(Succeed())
	})

	It("comes to a tenant that is made anew under a name, though the former one had it", func(ctx SpecContext) {
		allowSecrets(ctx)
		newSync(ctx, parent, "feeds", naming)
		tenant := customer(ctx, parent, "cybercorp")
		place := tenant.Status.Namespace
		Eventually(tokenIn(ctx, place)).WithContext(ctx).Should(Equal("one"))
		change(ctx, tenant, func(t *v1alpha1.Tenant) { t.Spec.RetainFor = &metav1.Duration{} }, beReady())
		remove(ctx, tenant)
		gone(ctx, tenant)
		gone(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: place}})
		customer(ctx, parent, "cybercorp")
		Eventually(tokenIn(ctx, place)).WithContext(ctx).Should(Equal("one"))
	})

	It("is named in the tenant's status before it is written: nothing else tells where there are copies of it", func(ctx SpecContext) {
		allowSecrets(ctx)
		tenant := customer(ctx, parent, "cybercorp")
		refuseSecrets(ctx, tenant.Status.Namespace)
		newSync(ctx, parent, "feeds", naming)
		await(ctx, tenant, HaveField("Status.Syncs", ContainElement(And(HaveField("Name", "feeds"), HaveField("Secrets", ConsistOf("feed"))))))
		Expect(tokenIn(ctx, tenant.Status.Namespace)()).To(BeEmpty())
	})

	It("gives way to another, where there is no room for both at once", func(ctx SpecContext) {
		allowSecrets(ctx)
		const many = replication.MaxSecrets / 8 * 5
		named := func(prefix string) []v1alpha1.SyncResource {
			names := make([]v1alpha1.ObjectName, many)
			for i := range names {
				names[i] = v1alpha1.ObjectName(fmt.Sprintf("%s-%02d", prefix, i))
			}
			return []v1alpha1.SyncResource{{APIVersion: "v1", Kind: "Secret", Names: names}}
		}
		for _, prefix := range []string{"old", "new"} {
			for _, name := range named(prefix)[0].Names {
				Expect(admin.Create(ctx, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{
					Namespace: parent.Status.Namespace, Name: string(name), Labels: map[string]string{v1alpha1.LabelSync: ofNoCategory},
				}})).To(Succeed())
			}
		}
		tenant := customer(ctx, parent, "cybercorp")
		copies := func(prefix string) func() int {
			return func() (there int) {
				secrets := &metav1.PartialObjectMetadataList{}
				secrets.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("SecretList"))
				Expect(admin.List(ctx, secrets, client.InNamespace(tenant.Status.Namespace))).To(Succeed())
				for i := range secrets.Items {
					if strings.HasPrefix(secrets.Items[i].Name, prefix) {
						there++
					}
				}
				return there
			}
		}
		sync := newSync(ctx, parent, "feeds", func(s *v1alpha1.MasterTenantSync) { s.Spec.Resources = named("old") })
		Eventually(copies("old")).WithContext(ctx).Should(Equal(many))
		resources, err := json.Marshal(named("new"))
		Expect(err).NotTo(HaveOccurred())
		changeSync(ctx, sync, fmt.Sprintf(`{"resources": %s}`, resources))
		Eventually(copies("new")).WithContext(ctx).Should(Equal(many))
		Eventually(copies("old")).WithContext(ctx).Should(BeZero())
		awaitSync(ctx, sync, beInSync(1))
	})

	It("is told of where the operator may read none, and the rest is carried", func(ctx SpecContext) {
		for _, name := range []string{"tenantry-manager-certificates", "tenantry-manager-mail-servers"} {
			binding := &rbacv1.ClusterRoleBinding{}
			Expect(admin.Get(ctx, client.ObjectKey{Name: name}, binding)).To(Succeed())
			Expect(admin.Delete(ctx, binding)).To(Succeed())
			DeferCleanup(func(ctx SpecContext) {
				binding.ObjectMeta = metav1.ObjectMeta{Name: binding.Name, Labels: binding.Labels}
				Expect(admin.Create(ctx, binding)).To(Succeed())
			})
		}
		operator, err := cluster.AsServiceAccount(harness.ManagerNamespace, harness.ManagerAccount)
		Expect(err).NotTo(HaveOccurred())
		secret := client.ObjectKey{Namespace: parent.Status.Namespace, Name: "feed"}
		Eventually(func() error { return operator.Get(ctx, secret, &corev1.Secret{}) }).WithContext(ctx).Should(Satisfy(apierrors.IsForbidden))
		tenant := customer(ctx, parent, "cybercorp")
		source(ctx, parent.Status.Namespace, "welcome", content, "hello")
		sync := newSync(ctx, parent, "feeds", naming)
		awaitText(ctx, "welcome", "hello", tenant)
		awaitSync(ctx, sync, HaveField("Status.Conditions", ContainElement(And(
			HaveField("Type", v1alpha1.ConditionReady), HaveField("Reason", v1alpha1.ReasonSourceRefused), HaveField("Message", ContainSubstring("may not read Secrets"))))))
	})
})

// allowSecrets lets the operator copy Secrets, until the spec ends.
func allowSecrets(ctx SpecContext) {
	GinkgoHelper()
	const component = "../../config/components/sync-secrets/role.yaml"
	_, err := kubectl(ctx, "", "apply", "-f", component)
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(func(ctx SpecContext) {
		_, err := kubectl(ctx, "", "delete", "--ignore-not-found", "-f", component)
		Expect(err).NotTo(HaveOccurred())
	})
}

// refuseSecrets has the API server fail at each Secret that is made in a place, until the spec ends: it asks somebody who does not answer.
func refuseSecrets(ctx SpecContext, namespace string) {
	GinkgoHelper()
	asked := &admissionv1.ValidatingWebhookConfiguration{
		ObjectMeta: metav1.ObjectMeta{Name: harness.UniqueName("away")},
		Webhooks: []admissionv1.ValidatingWebhook{{
			Name: "away.example.com", AdmissionReviewVersions: []string{"v1"}, SideEffects: new(admissionv1.SideEffectClassNone), TimeoutSeconds: new(int32(1)),
			ClientConfig:      admissionv1.WebhookClientConfig{URL: new("https://127.0.0.1:1/")},
			NamespaceSelector: &metav1.LabelSelector{MatchLabels: map[string]string{corev1.LabelMetadataName: namespace}},
			Rules: []admissionv1.RuleWithOperations{{
				Operations: []admissionv1.OperationType{admissionv1.Create},
				Rule:       admissionv1.Rule{APIGroups: []string{""}, APIVersions: []string{"v1"}, Resources: []string{"secrets"}},
			}},
		}},
	}
	Expect(admin.Create(ctx, asked)).To(Succeed())
	DeferCleanup(func(ctx SpecContext) { Expect(admin.Delete(ctx, asked)).To(Succeed()) })
	probe := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "probe"}}
	Eventually(func() error { return admin.Create(ctx, probe.DeepCopy(), client.DryRunAll) }).WithContext(ctx).ShouldNot(Succeed())
}
