// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	"maps"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	schedulingv1 "k8s.io/api/scheduling/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// What the operator's rights for syncs are good for, and not good for, in whoever's hands.
var _ = Describe("A stolen token of the operator, by way of syncs,", Ordered, func() {
	const policy = "tenantry-operator-copies"
	var (
		h household
		// able has every right besides, so that policies alone are left to refuse.
		able client.Client
	)
	BeforeAll(func(ctx SpecContext) {
		h = newHousehold(ctx)
		able = As(operatorName, "system:masters")
	})

	// own is a ConfigMap of the customer's, which is there.
	own := func(ctx SpecContext, name string) *corev1.ConfigMap {
		GinkgoHelper()
		made := configMap(h.customer, name)
		made.Labels, made.Annotations = map[string]string{"team": "red"}, map[string]string{"note": "b"}
		Expect(h.customerOwner.Create(ctx, made)).To(Succeed())
		DeferCleanup(func(ctx SpecContext) { Expect(client.IgnoreNotFound(k8sClient.Delete(ctx, made))).To(Succeed()) })
		return made
	}
	// made is a copy, which is there.
	made := func(ctx SpecContext, name string) *corev1.ConfigMap {
		GinkgoHelper()
		copied := copyOf(h.customer, name, "cybercorp", h.partner)
		Expect(operator().Create(ctx, copied)).To(Succeed())
		DeferCleanup(func(ctx SpecContext) { Expect(client.IgnoreNotFound(k8sClient.Delete(ctx, copied))).To(Succeed()) })
		return copied
	}
	// took is an object of the customer's as the operator takes it over.
	took := func(of *corev1.ConfigMap) *corev1.ConfigMap {
		copied := copyOf(of.Namespace, of.Name, "cybercorp", h.partner)
		copied.ResourceVersion, copied.Annotations[takenOver] = of.ResourceVersion, "true"
		return copied
	}
	// letGo is a copy as the operator lets it go.
	letGo := func(of *corev1.ConfigMap) *corev1.ConfigMap {
		released := of.DeepCopy()
		released.Labels, released.Annotations = nil, nil
		return released
	}

	It("makes, replaces and deletes copies in tenants' places", func(ctx SpecContext) {
		copied := made(ctx, "motd")
		copied.Data["a"], copied.Labels[syncedBy] = "c", "another"
		Expect(operator().Update(ctx, copied)).To(Succeed())
		Expect(operator().Delete(ctx, copied)).To(Succeed())
	})

	DescribeTable("makes none", func(ctx SpecContext, change func(*corev1.ConfigMap)) {
		copied := copyOf(h.customer, "motd", "cybercorp", h.partner)
		change(copied)
		Expect(able.Create(ctx, copied, client.DryRunAll)).To(Or(beForbiddenBy(policy), beForbiddenBy("tenantry-operator")))
		existing := made(ctx, "changed")
		changed := existing.DeepCopy()
		change(changed)
		if changed.Namespace == existing.Namespace && changed.Name == existing.Name {
			Expect(able.Update(ctx, changed, client.DryRunAll)).To(beForbiddenBy(policy))
		}
		Expect(operator().Update(ctx, existing, client.DryRunAll)).To(Succeed(), "its legal twin")
	},
		Entry("in a plain namespace", func(c *corev1.ConfigMap) { c.Namespace = metav1.NamespaceDefault }),
		Entry("in Kubernetes' own", func(c *corev1.ConfigMap) { c.Namespace = metav1.NamespaceSystem }),
		Entry("in its own", func(c *corev1.ConfigMap) { c.Namespace = "tenantry-system" }),
		Entry("among the claims of hosts", func(c *corev1.ConfigMap) { c.Namespace = "tenantry-hosts" }),
		Entry("among the books of capacity", func(c *corev1.ConfigMap) { c.Namespace = "tenantry-capacity" }),
		Entry("without saying that it is managed", func(c *corev1.ConfigMap) { delete(c.Labels, v1alpha1.LabelManaged) }),
		Entry("without saying whose it is", func(c *corev1.ConfigMap) { delete(c.Labels, v1alpha1.LabelTenant) }),
		Entry("in the name of another tenant", func(c *corev1.ConfigMap) { c.Labels[v1alpha1.LabelTenant] = "initech" }),
		Entry("in the name of another partner", func(c *corev1.ConfigMap) { c.Labels[v1alpha1.LabelParent] = "globex" }),
		Entry("that is carried on", func(c *corev1.ConfigMap) { c.Labels[syncMark] = "content" }),
		Entry("that was taken over and was not there", func(c *corev1.ConfigMap) { c.Annotations[takenOver] = "true" }),
		Entry("that keeps the place from going", func(c *corev1.ConfigMap) { c.Finalizers = []string{"example.com/stuck"} }),
		Entry("that goes with another", func(c *corev1.ConfigMap) { c.OwnerReferences = ownedBy("v1", "ConfigMap", false) }),
		Entry("by the name of the settings", func(c *corev1.ConfigMap) { c.Name = "tenantry" }),
		Entry("by the name of the brand", func(c *corev1.ConfigMap) { c.Name = "brand" }),
		Entry("by a name that begins as the operator's do", func(c *corev1.ConfigMap) { c.Name = "tenantry-settings" }),
		Entry("by the name of the roots that pods trust", func(c *corev1.ConfigMap) { c.Name = "kube-root-ca.crt" }),
	)

	It("does not turn what else is the operator's into copies, nor back", func(ctx SpecContext) {
		settings := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: h.customer, Name: "tenantry", Labels: placeLabels()}}
		Expect(operator().Create(ctx, settings)).To(Succeed())
		Expect(operator().Patch(ctx, settings.DeepCopy(), mergePatch(`{"metadata":{"labels":{"tenantry.io/synced-by":"baseline"}}}`))).To(beForbiddenBy(policy))
		Expect(operator().Patch(ctx, made(ctx, "motd"), mergePatch(`{"metadata":{"labels":{"tenantry.io/synced-by":null}}}`))).To(beForbiddenBy(policy))
	})

	It("takes an object of a tenant's own over only by saying so, and deletes none", func(ctx SpecContext) {
		existing := own(ctx, "settings")
		silent := took(existing)
		delete(silent.Annotations, takenOver)
		Expect(operator().Update(ctx, silent.DeepCopy())).To(beForbiddenBy(policy))
		Expect(operator().Patch(ctx, existing.DeepCopy(), mergePatch(`{"data":{"a":"evil"}}`))).To(beForbiddenBy("tenantry-operator"))
		Expect(operator().Patch(ctx, existing.DeepCopy(), mergePatch(`{"metadata":{"annotations":{"tenantry.io/taken-over":"true"}},"data":{"a":"evil"}}`))).
			To(beForbiddenBy("tenantry-operator"))
		Expect(operator().Patch(ctx, existing.DeepCopy(), mergePatch(`{"metadata":{"annotations":{"tenantry.io/synced-from":"acme"}},"data":{"a":"evil"}}`))).
			To(beForbiddenBy(policy))
		Expect(operator().Delete(ctx, existing.DeepCopy())).To(beForbiddenBy("tenantry-operator"))
		Expect(k8sClient.Patch(ctx, existing, mergePatch(`{"metadata":{"labels":{"tenantry.io/sync":"content"}}}`))).To(Succeed())
		Expect(operator().Update(ctx, took(existing))).To(beForbiddenBy(policy), "the tenant's own syncs carry it")
		Expect(k8sClient.Patch(ctx, existing, mergePatch(`{"metadata":{"labels":null}}`))).To(Succeed())

		taken := took(existing)
		Expect(operator().Update(ctx, taken)).To(Succeed(), "its legal twin")
		Expect(operator().Delete(ctx, taken.DeepCopy())).To(beForbiddenBy(policy))
		Expect(operator().Patch(ctx, taken.DeepCopy(), mergePatch(`{"metadata":{"annotations":{"tenantry.io/taken-over":null}}}`))).To(beForbiddenBy(policy))
		Expect(operator().Update(ctx, letGo(taken))).To(Succeed(), "released")
		Expect(operator().Delete(ctx, taken.DeepCopy())).To(beForbiddenBy("tenantry-operator"))
	})

	DescribeTable("lets a copy go as it is, or not at all:", func(ctx SpecContext, change func(*corev1.ConfigMap)) {
		copied := made(ctx, "motd")
		Expect(operator().Patch(ctx, copied, mergePatch(`{"metadata":{"labels":{"team":"red"},"annotations":{"note":"b"}}}`))).To(Succeed())
		released := letGo(copied)
		released.Labels, released.Annotations = map[string]string{"team": "red"}, map[string]string{"note": "b"}
		changed := released.DeepCopy()
		change(changed)
		Expect(operator().Update(ctx, changed)).To(beForbiddenBy(policy))
		Expect(operator().Update(ctx, released)).To(Succeed(), "its legal twin")
	},
		Entry("not with other content", func(c *corev1.ConfigMap) { c.Data["a"] = "evil" }),
		Entry("not with more content", func(c *corev1.ConfigMap) { c.BinaryData = map[string][]byte{"b": {1}} }),
		Entry("not without content", func(c *corev1.ConfigMap) { c.Data = nil }),
		Entry("not so that nobody can change it", func(c *corev1.ConfigMap) { c.Immutable = new(true) }),
		Entry("not with other labels", func(c *corev1.ConfigMap) { c.Labels["team"] = "blue" }),
		Entry("not with more labels", func(c *corev1.ConfigMap) { c.Labels["app"] = "web" }),
		Entry("not without its labels", func(c *corev1.ConfigMap) { c.Labels = nil }),
		Entry("not with other annotations", func(c *corev1.ConfigMap) { c.Annotations["note"] = "c" }),
		Entry("not without its annotations", func(c *corev1.ConfigMap) { c.Annotations = nil }),
		Entry("not with a label of ours left", func(c *corev1.ConfigMap) { c.Labels[v1alpha1.LabelTenant] = "cybercorp" }),
		Entry("not with an annotation of ours left", func(c *corev1.ConfigMap) { c.Annotations[syncedFrom] = "acme" }),
		Entry("not marked to be carried on", func(c *corev1.ConfigMap) { c.Labels[syncMark] = "content" }),
	)

	It("lets a copy go that is as large as an object may be, with as many labels as it may have", func(ctx SpecContext) {
		copied := copyOf(h.customer, "large", "cybercorp", h.partner)
		copied.Data = map[string]string{}
		for key := range many(1000, 0) {
			copied.Data[strings.ReplaceAll(key, "/", ".")] = strings.Repeat("v", 900)
		}
		maps.Copy(copied.Labels, many(60, 60))
		maps.Copy(copied.Annotations, many(200, 100))
		Expect(operator().Create(ctx, copied)).To(Succeed())
		released := letGo(copied)
		released.Labels, released.Annotations = many(60, 60), many(200, 100)
		Expect(operator().Update(ctx, released)).To(Succeed())
		taken := took(released)
		taken.Data = copied.Data
		Expect(operator().Update(ctx, taken)).To(Succeed())
	})

	It("makes seeds that bear no label of ours, and has no hold of them then", func(ctx SpecContext) {
		seed := configMap(h.customer, "seed")
		Expect(operator().Create(ctx, seed.DeepCopy())).To(beForbiddenBy("tenantry-operator"))
		seed.Annotations = map[string]string{syncedFrom: h.partner}
		for _, change := range []func(*corev1.ConfigMap){
			func(c *corev1.ConfigMap) { c.Namespace = metav1.NamespaceDefault },
			func(c *corev1.ConfigMap) { c.Name = "tenantry" },
			func(c *corev1.ConfigMap) { c.Labels = map[string]string{syncMark: "content"} },
			func(c *corev1.ConfigMap) { c.Labels = map[string]string{v1alpha1.LabelTenant: "cybercorp"} },
			func(c *corev1.ConfigMap) { c.Annotations[v1alpha1.AnnotationSubstitute] = "true" },
			func(c *corev1.ConfigMap) { c.Finalizers = []string{"example.com/stuck"} },
		} {
			changed := seed.DeepCopy()
			change(changed)
			Expect(operator().Create(ctx, changed, client.DryRunAll)).To(Or(beForbiddenBy(policy), beForbiddenBy("tenantry-operator")))
		}
		Expect(operator().Create(ctx, seed)).To(Succeed(), "its legal twin")
		Expect(operator().Patch(ctx, seed.DeepCopy(), mergePatch(`{"data":{"a":"evil"}}`))).To(beForbiddenBy(policy))
		Expect(operator().Delete(ctx, seed.DeepCopy())).To(beForbiddenBy("tenantry-operator"))
	})

	Context("with the right to copy Secrets", Ordered, func() {
		secret := func(name string, kind corev1.SecretType) *corev1.Secret {
			return &corev1.Secret{ObjectMeta: copyOf(h.customer, name, "cybercorp", h.partner).ObjectMeta, Type: kind}
		}

		DescribeTable("copies those of a type", func(ctx SpecContext, kind corev1.SecretType, data ...string) {
			copied := secret("feed", kind)
			copied.Data = map[string][]byte{}
			for _, key := range data {
				copied.Data[key] = []byte("{}")
			}
			Expect(able.Create(ctx, copied, client.DryRunAll)).To(Succeed())
		},
			Entry(nil, corev1.SecretTypeOpaque),
			Entry(nil, corev1.SecretTypeDockerConfigJson, corev1.DockerConfigJsonKey),
			Entry(nil, corev1.SecretTypeDockercfg, corev1.DockerConfigKey),
			Entry(nil, corev1.SecretTypeBasicAuth, corev1.BasicAuthUsernameKey),
			Entry(nil, corev1.SecretTypeSSHAuth, corev1.SSHAuthPrivateKey),
			Entry(nil, corev1.SecretTypeTLS, corev1.TLSCertKey, corev1.TLSPrivateKeyKey),
		)

		DescribeTable("copies no other", func(ctx SpecContext, change func(*corev1.Secret)) {
			copied := secret("feed", corev1.SecretTypeOpaque)
			change(copied)
			Expect(able.Create(ctx, copied, client.DryRunAll)).To(Or(beForbiddenBy(policy), beForbiddenBy("tenantry-operator")))
		},
			Entry("no token", func(s *corev1.Secret) {
				s.Type, s.Annotations[corev1.ServiceAccountNameKey] = corev1.SecretTypeServiceAccountToken, "default"
			}),
			Entry("nothing of Helm's", func(s *corev1.Secret) { s.Type = "helm.sh/release.v1" }),
			Entry("no invitation", func(s *corev1.Secret) { s.Type = "tenantry.io/invitation" }),
			Entry("no mail password", func(s *corev1.Secret) { s.Type = "tenantry.io/smtp" }),
			Entry("by the name of the administrator's", func(s *corev1.Secret) { s.Name = "tenant-admin" }),
			Entry("by the name of the portal's certificate", func(s *corev1.Secret) { s.Name = "portal-tls" }),
			Entry("in its own namespace", func(s *corev1.Secret) { s.Namespace = "tenantry-system" }),
			Entry("in Kubernetes' own", func(s *corev1.Secret) { s.Namespace = metav1.NamespaceSystem }),
			Entry("that is none", func(s *corev1.Secret) { delete(s.Labels, syncedBy) }),
		)

		It("takes over none that is the operator's, and deletes none that is a tenant's", func(ctx SpecContext) {
			admin := adminSecret(h.customer)
			admin.Labels[v1alpha1.LabelParent] = h.partner
			Expect(operator().Create(ctx, admin)).To(Succeed())
			Expect(able.Patch(ctx, admin.DeepCopy(), mergePatch(`{"metadata":{"labels":{"tenantry.io/synced-by":"a"},"annotations":{"tenantry.io/taken-over":"true"}}}`))).
				To(beForbiddenBy(policy))
			own := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: h.customer, Name: "own"}}
			Expect(h.customerOwner.Create(ctx, own)).To(Succeed())
			Expect(able.Delete(ctx, own.DeepCopy())).To(beForbiddenBy("tenantry-operator"))
			Expect(able.Patch(ctx, own.DeepCopy(), mergePatch(`{"data":{"a":"ZXZpbA=="}}`))).To(beForbiddenBy("tenantry-operator"))
			taken := secret("own", corev1.SecretTypeOpaque)
			taken.ResourceVersion, taken.Annotations[takenOver] = own.ResourceVersion, "true"
			Expect(able.Update(ctx, taken, client.DryRunAll)).To(Succeed(), "its legal twin")
		})
	})

	It("makes nothing of the kinds that are never copied, whatever RBAC says", func(ctx SpecContext) {
		for _, text := range []string{
			"{apiVersion: v1, kind: ServiceAccount}",
			"{apiVersion: v1, kind: Endpoints}",
			"{apiVersion: v1, kind: PersistentVolumeClaim, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}",
			"{apiVersion: v1, kind: ReplicationController, spec: {selector: {a: b}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: a, image: a}]}}}}",
			"{apiVersion: batch/v1, kind: Job, spec: {template: {spec: {restartPolicy: Never, containers: [{name: a, image: a}]}}}}",
			"{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, addressType: IPv4, endpoints: []}",
			"{apiVersion: policy/v1, kind: PodDisruptionBudget, spec: {}}",
			"{apiVersion: gateway.networking.k8s.io/v1beta1, kind: ReferenceGrant, spec: {from: [{group: '', kind: Service, namespace: a}], to: [{group: '', kind: Secret}]}}",
			"{apiVersion: tenantry.io/v1alpha1, kind: AssetInventory, spec: {assets: []}}",
			"{apiVersion: tenantry.io/v1alpha1, kind: WhiteLabelProfile, spec: {companyName: Evil}}",
			"{apiVersion: tenantry.io/v1alpha1, kind: LicensePlan, spec: {model: Unlimited}}",
		} {
			for _, labels := range []map[string]string{nil, ownLabels(), copyLabels("cybercorp", h.partner)} {
				obj := &unstructured.Unstructured{Object: parse(text)}
				obj.SetNamespace(h.customer)
				obj.SetName("made")
				obj.SetLabels(labels)
				Expect(able.Create(ctx, obj, client.DryRunAll)).To(Or(beForbiddenBy(policy), beForbiddenBy("tenantry-operator"), beForbiddenBy("tenantry-operator-jobs")), text)
			}
		}
	})

	It("makes nothing that lies in no namespace", func(ctx SpecContext) {
		for _, obj := range []client.Object{
			&schedulingv1.PriorityClass{ObjectMeta: metav1.ObjectMeta{Name: "made"}},
			&rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: "made"}},
		} {
			obj.SetLabels(copyLabels("cybercorp", h.partner))
			Expect(able.Create(ctx, obj, client.DryRunAll)).To(beForbiddenBy(policy))
		}
	})
})
