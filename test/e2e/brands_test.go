// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"encoding/json"
	"net"
	"net/http"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

var _ = Describe("A partner's brand", func() {
	var parent *v1alpha1.Tenant
	BeforeEach(func(ctx SpecContext) { parent = partner(ctx) })

	It("is taken on by a customer that says nothing, and what changes in it reaches all that bear it (F11)", func(ctx SpecContext) {
		house := newProfile(ctx, parent, "house", v1alpha1.WhiteLabelProfileSpec{CompanyName: "Acme", Colors: &v1alpha1.Colors{Primary: "#0b5fff"}, Logo: fromBrandFiles("logo.svg")}, isDefault)
		awaitProfile(ctx, house, metav1.ConditionFalse, v1alpha1.ReasonInvalidBrand)
		files := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: parent.Status.Namespace, Name: "brand-files"}, Data: map[string]string{"logo.svg": `<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0h8v8z"/></svg>`}}
		Expect(admin.Create(ctx, files)).To(Succeed())
		cybercorp, initech := customer(ctx, parent, "cybercorp"), customer(ctx, parent, "initech")
		for _, tenant := range []*v1alpha1.Tenant{cybercorp, initech} {
			await(ctx, tenant, bear("house", v1alpha1.BrandFromParent))
			Eventually(shownIn).WithArguments(ctx, tenant).WithContext(ctx).Should(And(HaveKeyWithValue("companyName", "Acme"), HaveKeyWithValue("logo", HaveKeyWithValue("key", "logo.svg"))))
			Expect(get(ctx, tenant, "brand", &corev1.ConfigMap{})).To(And(
				HaveField("Data", HaveKeyWithValue("brand.css", ContainSubstring("--brand-primary: #0b5fff;"))), HaveField("BinaryData", HaveKey("logo.svg"))))
		}
		Expect(admin.Get(ctx, client.ObjectKey{Namespace: parent.Status.Namespace, Name: "brand"}, &corev1.ConfigMap{})).NotTo(Succeed(), "the partner itself bears what lies beside it")
		awaitProfile(ctx, house, metav1.ConditionTrue, v1alpha1.ReasonReady)
		Eventually(func(g Gomega) {
			g.Expect(admin.Get(ctx, client.ObjectKeyFromObject(house), house)).To(Succeed())
			g.Expect(house.Status.Tenants).To(HaveValue(BeEquivalentTo(2)))
		}).WithContext(ctx).Should(Succeed())

		Expect(admin.Patch(ctx, house, merge(`{"spec":{"companyName":"Acme & Söhne"}}`))).To(Succeed())
		for _, tenant := range []*v1alpha1.Tenant{cybercorp, initech} {
			Eventually(shownIn).WithArguments(ctx, tenant).WithContext(ctx).Should(HaveKeyWithValue("companyName", "Acme & Söhne"))
		}
		Expect(admin.Delete(ctx, house)).To(MatchError(ContainSubstring("the profile is in use")))
		Expect(admin.Patch(ctx, house, merge(`{"metadata":{"annotations":{"tenantry.io/default":null}}}`))).To(Succeed())
		await(ctx, cybercorp, have(v1alpha1.ConditionWhiteLabelReady, metav1.ConditionTrue, v1alpha1.ReasonNoBrand))
		gone(ctx, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: cybercorp.Status.Namespace, Name: "brand"}})
		Eventually(admin.Delete).WithArguments(ctx, house).WithContext(ctx).Should(Succeed())
	})

	It("is copied from one customer to another, and follows what that bears later (F05)", func(ctx SpecContext) {
		newProfile(ctx, parent, "gold", v1alpha1.WhiteLabelProfileSpec{CompanyName: "Gold"})
		newProfile(ctx, parent, "silver", v1alpha1.WhiteLabelProfileSpec{CompanyName: "Silver"})
		initech := customer(ctx, parent, "initech", wearing(v1alpha1.WhiteLabel{ProfileRef: &v1alpha1.LocalReference{Name: "gold"}}))
		hooli := customer(ctx, parent, "hooli", wearing(v1alpha1.WhiteLabel{CopyFrom: &v1alpha1.TenantReference{Name: "initech"}}))
		globex := customer(ctx, parent, "globex", wearing(v1alpha1.WhiteLabel{CopyFrom: &v1alpha1.TenantReference{Name: "hooli"}}))
		for _, copier := range []*v1alpha1.Tenant{hooli, globex} {
			await(ctx, copier, bear("gold", v1alpha1.BrandFromSibling))
		}
		change(ctx, initech, wearing(v1alpha1.WhiteLabel{ProfileRef: &v1alpha1.LocalReference{Name: "silver"}}), bear("silver", v1alpha1.BrandFromTenant))
		for _, copier := range []*v1alpha1.Tenant{hooli, globex} {
			await(ctx, copier, bear("silver", v1alpha1.BrandFromSibling))
			Eventually(shownIn).WithArguments(ctx, copier).WithContext(ctx).Should(HaveKeyWithValue("companyName", "Silver"))
		}

		By("closing a circle")
		change(ctx, initech, wearing(v1alpha1.WhiteLabel{CopyFrom: &v1alpha1.TenantReference{Name: "globex"}}), have(v1alpha1.ConditionWhiteLabelReady, metav1.ConditionFalse, v1alpha1.ReasonUnresolved))
		Expect(condition(initech, v1alpha1.ConditionWhiteLabelReady).Message).To(ContainSubstring("initech → globex → hooli → initech"))
		await(ctx, hooli, have(v1alpha1.ConditionWhiteLabelReady, metav1.ConditionFalse, v1alpha1.ReasonUnresolved))

		By("parting it again")
		change(ctx, initech, wearing(v1alpha1.WhiteLabel{None: &v1alpha1.NoWhiteLabel{}}), beReady())
		await(ctx, globex, And(beReady(), HaveField("Status.WhiteLabelProfile", BeEmpty())))
	})

	It("is in the mails to its customers' people, from the partner's own domain, and on the page behind the link (F14)", func(ctx SpecContext) {
		own, err := harness.StartSMTP(harness.SMTPOptions{Authority: authority, Username: "mailer", Password: "battery staple"})
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(own.Close)
		host, port, err := net.SplitHostPort(own.Addr())
		Expect(err).NotTo(HaveOccurred())
		Expect(admin.Create(ctx, &corev1.Secret{
			ObjectMeta: metav1.ObjectMeta{Namespace: parent.Status.Namespace, Name: "smtp"}, Type: v1alpha1.SecretTypeSMTP,
			StringData: map[string]string{"host": host, "port": port, "username": "mailer", "password": "battery staple", "ca.crt": string(authority.Roots())},
		})).To(Succeed())
		house := newProfile(ctx, parent, "house", v1alpha1.WhiteLabelProfileSpec{
			CompanyName: "Acme <MSP>", Colors: &v1alpha1.Colors{Primary: "navy"}, SupportEmail: "help@acme.example",
			EmailFrom: "no-reply@acme.example", SMTPSecretRef: &v1alpha1.LocalReference{Name: "smtp"},
		}, isDefault)
		cybercorp := customer(ctx, parent, "cybercorp", func(t *v1alpha1.Tenant) { t.Spec.CustomerAccess = v1alpha1.CustomerAccessFullAccess })
		await(ctx, cybercorp, bear("house", v1alpha1.BrandFromParent))
		_, email := invited(ctx, cybercorp)
		var mails []harness.Mail
		Eventually(func() []harness.Mail { mails = own.Mails(email); return mails }).WithContext(ctx).Should(HaveLen(1))
		Expect(mails[0].Header.Get("From")).To(Equal(`"Acme <MSP>" <no-reply@acme.example>`))
		Expect(mails[0].Header.Get("Reply-To")).To(ContainSubstring("help@acme.example"))
		Expect([]any{mails[0].TLS, mails[0].User}).To(Equal([]any{true, "mailer"}))
		Expect(mails[0].HTML).To(And(ContainSubstring("#000080"), ContainSubstring("Acme &lt;MSP&gt;")))
		Expect(mailServer.Mails(email)).To(BeEmpty(), "the operator's own server")
		Expect(follow(ctx, http.MethodGet, tokenIn(&mails[0]))).To(answer(http.StatusOK, "Acme &lt;MSP&gt;", "help@acme.example", "#000080"))
		Expect(follow(ctx, http.MethodGet, "no-token")).To(answer(http.StatusNotFound, "Tenantry"), "who has no link learns nothing of whom it might be")
		awaitProfile(ctx, house, metav1.ConditionTrue, v1alpha1.ReasonReady)

		By("having its mail server fail")
		own.Fail(harness.SMTPFault{At: harness.SMTPConnect, Code: 421})
		_, late := invited(ctx, cybercorp)
		awaitProfile(ctx, house, metav1.ConditionFalse, v1alpha1.ReasonMailServerFailed)
		Expect(mailServer.Mails(late)).To(BeEmpty(), "no mail goes under another's name")
	})

	It("is changed by its partner's people alone, and read by no other partner (F05)", func(ctx SpecContext) {
		c := newCast(ctx)
		house := newProfile(ctx, c.partner, "house", v1alpha1.WhiteLabelProfileSpec{CompanyName: "Acme"}, isDefault)
		Expect(admin.Create(ctx, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: c.partner.Status.Namespace, Name: "smtp"}, Type: v1alpha1.SecretTypeSMTP, StringData: map[string]string{"host": "smtp.acme.example"}})).To(Succeed())
		await(ctx, c.customer, bear("house", v1alpha1.BrandFromParent))
		for _, who := range []string{jo, kim, olga, ivan, mallory, nobody} {
			as := c.as(who)
			Expect(apierrors.IsForbidden(as.Get(ctx, client.ObjectKeyFromObject(house), &v1alpha1.WhiteLabelProfile{}))).To(BeTrue(), who)
			Expect(apierrors.IsForbidden(as.Patch(ctx, house.DeepCopy(), merge(`{"spec":{"companyName":"Evil"}}`)))).To(BeTrue(), who)
			Expect(apierrors.IsForbidden(as.Get(ctx, client.ObjectKey{Namespace: c.partner.Status.Namespace, Name: "smtp"}, &corev1.Secret{}))).To(BeTrue(), who)
			mine := &v1alpha1.WhiteLabelProfile{ObjectMeta: metav1.ObjectMeta{Namespace: c.customer.Status.Namespace, Name: "mine"}, Spec: v1alpha1.WhiteLabelProfileSpec{CompanyName: "Evil"}}
			Expect(apierrors.IsForbidden(as.Create(ctx, mine))).To(BeTrue(), who)
		}
		for _, who := range []string{jo, kim, olga, tech, sam} {
			brand := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: c.customer.Status.Namespace, Name: "brand"}}
			Expect(apierrors.IsForbidden(c.as(who).Patch(ctx, brand.DeepCopy(), merge(`{"data":{"brand.css":"x"}}`)))).To(BeTrue(), who)
			Expect(apierrors.IsForbidden(c.as(who).Delete(ctx, brand.DeepCopy()))).To(BeTrue(), who)
		}
		Expect(c.as(ed).Patch(ctx, house, merge(`{"spec":{"companyName":"Acme II"}}`))).To(Succeed(), "its legal twin")
		Eventually(shownIn).WithArguments(ctx, c.customer).WithContext(ctx).Should(HaveKeyWithValue("companyName", "Acme II"))
		Expect(apierrors.IsForbidden(c.as(ed).Status().Patch(ctx, house.DeepCopy(), merge(`{"status":{"tenants":7}}`)))).To(BeTrue())
		Expect(admin.Get(ctx, client.ObjectKey{Namespace: c.rivals.Status.Namespace, Name: "brand"}, &corev1.ConfigMap{})).NotTo(Succeed())
	})
})

// newProfile makes a profile in a partner's place, without waiting for anything.
func newProfile(ctx SpecContext, partner *v1alpha1.Tenant, name string, spec v1alpha1.WhiteLabelProfileSpec, change ...func(*v1alpha1.WhiteLabelProfile)) *v1alpha1.WhiteLabelProfile {
	GinkgoHelper()
	profile := &v1alpha1.WhiteLabelProfile{ObjectMeta: metav1.ObjectMeta{Namespace: partner.Status.Namespace, Name: name}, Spec: spec}
	for _, change := range change {
		change(profile)
	}
	Expect(admin.Create(ctx, profile)).To(Succeed())
	return profile
}

func isDefault(p *v1alpha1.WhiteLabelProfile) {
	p.Annotations = map[string]string{v1alpha1.AnnotationDefault: "true"}
}

func fromBrandFiles(key string) *v1alpha1.Image {
	return &v1alpha1.Image{ConfigMapKeyRef: &v1alpha1.ConfigMapKeyReference{Name: "brand-files", Key: key}}
}

func wearing(own v1alpha1.WhiteLabel) func(*v1alpha1.Tenant) {
	return func(t *v1alpha1.Tenant) { t.Spec.WhiteLabel = &own }
}

// bear succeeds for a Tenant that bears a profile, from there.
func bear(profile string, from v1alpha1.BrandOrigin) OmegaMatcher {
	return And(have(v1alpha1.ConditionWhiteLabelReady, metav1.ConditionTrue, v1alpha1.ReasonBranded),
		HaveField("Status.WhiteLabelProfile", profile), HaveField("Status.Brand", HaveValue(HaveField("From", from))))
}

// shownIn is brand.json of a tenant's place; nil while it is not there.
func shownIn(ctx SpecContext, tenant *v1alpha1.Tenant) (map[string]any, error) {
	brand, shown := &corev1.ConfigMap{}, map[string]any{}
	if err := admin.Get(ctx, client.ObjectKey{Namespace: tenant.Status.Namespace, Name: "brand"}, brand); err != nil {
		return nil, client.IgnoreNotFound(err)
	}
	return shown, json.Unmarshal([]byte(brand.Data["brand.json"]), &shown)
}

// awaitProfile waits until a profile says that of itself.
func awaitProfile(ctx SpecContext, profile *v1alpha1.WhiteLabelProfile, status metav1.ConditionStatus, reason string) {
	GinkgoHelper()
	Eventually(func(g Gomega) {
		g.Expect(admin.Get(ctx, client.ObjectKeyFromObject(profile), profile)).To(Succeed())
		g.Expect(meta.FindStatusCondition(profile.Status.Conditions, v1alpha1.ConditionReady)).To(HaveValue(And(HaveField("Status", status), HaveField("Reason", reason))))
	}).WithContext(ctx).Should(Succeed())
}
