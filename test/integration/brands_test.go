// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"slices"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/desired"
	"github.com/tenantry/tenantry/test/harness"
)

var _ = Describe("A brand", func() {
	var namespace string
	BeforeEach(func(ctx SpecContext) { namespace = plainNamespace(ctx) })
	tenantThere := func(ctx SpecContext, change ...func(*v1alpha1.Tenant)) *v1alpha1.Tenant {
		GinkgoHelper()
		return tenantIn(ctx, namespace, harness.UniqueName("root"), change...)
	}

	It("is the default's for who says nothing, and reaches its place, its status and nobody else's", func(ctx SpecContext) {
		profileIn(ctx, namespace, "house", v1alpha1.WhiteLabelProfileSpec{CompanyName: "Acme", Colors: &v1alpha1.Colors{Primary: "#0b5fff"}}, isDefault)
		profileIn(ctx, namespace, "other", v1alpha1.WhiteLabelProfileSpec{CompanyName: "Other"})
		heir, own, without := tenantThere(ctx), tenantThere(ctx, bears("other")), tenantThere(ctx, bearsNone)
		copier := tenantThere(ctx, copiesFrom(own))
		for _, tenant := range []*v1alpha1.Tenant{heir, own, without, copier} {
			shared.settle(ctx, tenant)
			Expect(tenant).To(isReady())
		}
		Expect(brandOf(ctx, heir).Data["brand.json"]).To(ContainSubstring(`"companyName": "Acme"`))
		Expect(brandOf(ctx, heir).Data["brand.css"]).To(ContainSubstring("--brand-primary: #0b5fff;"))
		Expect(heir.Status.WhiteLabelProfile).To(Equal("house"))
		Expect(heir.Status.Brand.From).To(Equal(v1alpha1.BrandFromParent))
		Expect(heir.Status.Brand.Fields).To(ContainElements(
			v1alpha1.EffectiveBrandField{Name: "companyName", From: v1alpha1.BrandFromParent},
			v1alpha1.EffectiveBrandField{Name: "colors.accent", From: v1alpha1.BrandFromProduct}))
		Expect(brandOf(ctx, own).Data["brand.json"]).To(ContainSubstring(`"Other"`))
		Expect(own.Status.Brand.From).To(Equal(v1alpha1.BrandFromTenant))
		Expect(brandOf(ctx, copier).Data["brand.json"]).To(ContainSubstring(`"Other"`))
		Expect(copier.Status.Brand).To(And(HaveField("From", v1alpha1.BrandFromSibling), HaveField("Via", HaveExactElements(own.Name))))
		Expect(unbranded(ctx, without)).To(BeTrue())
		Expect(condition(without, v1alpha1.ConditionWhiteLabelReady)).To(haveReason(metav1.ConditionTrue, v1alpha1.ReasonNoBrand))
	})

	It("costs one write when it changes, and none while it does not", func(ctx SpecContext) {
		profile := profileIn(ctx, namespace, "house", v1alpha1.WhiteLabelProfileSpec{CompanyName: "Acme", Logo: fromFiles("logo")}, isDefault)
		files := filesIn(ctx, namespace, map[string]string{"logo": logo("8")})
		tenant := tenantThere(ctx)
		shared.settle(ctx, tenant)
		Expect(brandOf(ctx, tenant).BinaryData).To(HaveKey("logo.svg"))
		shared.catchUp(ctx, tenant, brandOf(ctx, tenant))
		shared.recorder.take()
		shared.settle(ctx, tenant)
		Expect(shared.recorder.take()).To(BeEmpty())

		By("changing what it says")
		Expect(admin.Patch(ctx, profile, merge(`{"spec":{"companyName":"Acme II"}}`))).To(Succeed())
		shared.catchUp(ctx, profile)
		shared.recorder.take()
		shared.settle(ctx, tenant)
		Expect(shared.recorder.takeWrites()).To(HaveExactElements("patch configmaps brand"))

		By("changing its logo, which no watch tells of")
		Expect(admin.Patch(ctx, files, merge(`{"data":{"logo":"`+logo("9")+`"}}`))).To(Succeed())
		shared.lookAtProfile(ctx, profile)
		Expect(profile.Status.Images).To(ContainElement(And(HaveField("Field", "logo"), HaveField("Type", "image/svg+xml"))))
		shared.catchUp(ctx, brandOf(ctx, tenant))
		shared.recorder.take()
		shared.settle(ctx, tenant)
		Expect(shared.recorder.takeWrites()).To(HaveExactElements("patch configmaps brand"))
		Expect(string(brandOf(ctx, tenant).BinaryData["logo.svg"])).To(ContainSubstring("h9v9z"))
	})

	It("has its pictures read once for all who bear it, and once more after a restart", func(ctx SpecContext) {
		filesIn(ctx, namespace, map[string]string{"logo": logo("8")})
		profile := profileIn(ctx, namespace, "house", v1alpha1.WhiteLabelProfileSpec{CompanyName: "Acme", Logo: fromFiles("logo")}, isDefault)
		tenants := []*v1alpha1.Tenant{tenantThere(ctx), tenantThere(ctx), tenantThere(ctx)}
		restarted := newOperator(ctx)
		restarted.catchUp(ctx, profile)
		for _, operator := range []*operator{shared, restarted} {
			operator.recorder.take()
			for _, tenant := range tenants {
				operator.settle(ctx, tenant)
			}
			Expect(operator.recorder.take()).To(WithTransform(func(requests []string) int {
				return len(slices.DeleteFunc(requests, func(request string) bool { return request != "get configmaps brand-files" }))
			}, Equal(1)))
		}
	})

	It("goes when it is worn no more, and is put right when somebody changed it", func(ctx SpecContext) {
		profile := profileIn(ctx, namespace, "house", v1alpha1.WhiteLabelProfileSpec{CompanyName: "Acme"}, isDefault)
		tenant := tenantThere(ctx)
		shared.settle(ctx, tenant)
		Expect(admin.Patch(ctx, brandOf(ctx, tenant), merge(`{"data":{"brand.json":"{}","more":"x"}}`))).To(Succeed(), "who may override")
		shared.catchUp(ctx, brandOf(ctx, tenant))
		shared.settle(ctx, tenant)
		Expect(brandOf(ctx, tenant).Data).To(And(HaveKeyWithValue("brand.json", ContainSubstring("Acme")), Not(HaveKey("more"))))

		Expect(admin.Patch(ctx, profile, merge(`{"metadata":{"annotations":{"tenantry.io/default":null}}}`))).To(Succeed())
		shared.catchUp(ctx, profile)
		shared.settle(ctx, tenant)
		Expect(unbranded(ctx, tenant)).To(BeTrue())
		Expect(tenant.Status.WhiteLabelProfile).To(BeEmpty())
		Expect(tenant.Status.Brand).To(BeNil())
	})

	DescribeTable("that can't be found is named, and the place is made all the same",
		func(ctx SpecContext, change func(ctx SpecContext, t *v1alpha1.Tenant), says string) {
			profileIn(ctx, namespace, "house", v1alpha1.WhiteLabelProfileSpec{CompanyName: "Acme"}, isDefault)
			tenant := tenantThere(ctx, func(t *v1alpha1.Tenant) { change(ctx, t) })
			shared.settle(ctx, tenant)
			Expect(ready(tenant)).To(haveReason(metav1.ConditionFalse, v1alpha1.ReasonUnresolved))
			Expect(condition(tenant, v1alpha1.ConditionWhiteLabelReady)).To(And(haveReason(metav1.ConditionFalse, v1alpha1.ReasonUnresolved), HaveField("Message", ContainSubstring(says))))
			Expect(routed(ctx, tenant)).To(BeTrue())
			Expect(unbranded(ctx, tenant)).To(BeTrue(), "nor does it bear another")
		},
		Entry("a profile that is not there", func(_ SpecContext, t *v1alpha1.Tenant) { bears("nothing")(t) }, `no WhiteLabelProfile "nothing"`),
		Entry("a profile of another namespace", func(ctx SpecContext, t *v1alpha1.Tenant) {
			elsewhere := plainNamespace(ctx)
			profileIn(ctx, elsewhere, "theirs", v1alpha1.WhiteLabelProfileSpec{CompanyName: "Globex"})
			bears("theirs")(t)
		}, `no WhiteLabelProfile "theirs"`),
		Entry("a tenant of another partner", func(ctx SpecContext, t *v1alpha1.Tenant) {
			child := tenantIn(ctx, partner(ctx).Status.Namespace, "theirs")
			copiesFrom(child)(t)
		}, `no tenant "theirs"`),
	)

	It("of a circle is nobody's, and the circle is named", func(ctx SpecContext) {
		one := tenantThere(ctx)
		two := tenantThere(ctx, copiesFrom(one))
		change(ctx, one, copiesFrom(two))
		shared.catchUp(ctx, one, two)
		shared.settle(ctx, one)
		Expect(condition(one, v1alpha1.ConditionWhiteLabelReady).Message).To(ContainSubstring("%s → %s → %s", one.Name, two.Name, one.Name))
		Expect(unbranded(ctx, one)).To(BeTrue())
	})

	It("of a customer's own making changes nothing, neither for it nor for others", func(ctx SpecContext) {
		owner := partner(ctx)
		customer := tenantIn(ctx, owner.Status.Namespace, "cybercorp")
		sibling := tenantIn(ctx, owner.Status.Namespace, "initech")
		shared.settle(ctx, customer)
		mine := profileIn(ctx, customer.Status.Namespace, "mine", v1alpha1.WhiteLabelProfileSpec{CompanyName: "Evil"}, isDefault)
		for _, tenant := range []*v1alpha1.Tenant{owner, customer, sibling} {
			shared.settle(ctx, tenant)
			Expect(unbranded(ctx, tenant)).To(BeTrue())
		}
		ready := func() metav1.Condition {
			shared.lookAtProfile(ctx, mine)
			return *meta.FindStatusCondition(mine.Status.Conditions, v1alpha1.ConditionReady)
		}
		Expect(ready()).To(And(haveReason(metav1.ConditionFalse, v1alpha1.ReasonNotAPlace), HaveField("Message", ContainSubstring("no effect"))), "and says so")
		change(ctx, customer, func(t *v1alpha1.Tenant) { t.Spec.Partner = &v1alpha1.Partner{} })
		shared.catchUp(ctx, customer)
		Expect(ready()).To(haveReason(metav1.ConditionTrue, v1alpha1.ReasonReady), "a partner's is for its customers")
	})

	It("that goes from a tenant that runs leaves it running", func(ctx SpecContext) {
		profileIn(ctx, namespace, "house", v1alpha1.WhiteLabelProfileSpec{CompanyName: "Acme"})
		tenant := tenantThere(ctx, bears("house"))
		shared.settle(ctx, tenant)
		Expect(tenant).To(isReady())
		change(ctx, tenant, bears("nothing"))
		shared.settle(ctx, tenant)
		Expect(condition(tenant, v1alpha1.ConditionWhiteLabelReady)).To(haveReason(metav1.ConditionFalse, v1alpha1.ReasonUnresolved))
		Expect(ready(tenant)).To(haveReason(metav1.ConditionTrue, v1alpha1.ReasonUnresolved))
		Expect(tenant.Status.Phase).To(Equal(v1alpha1.PhaseDegraded))
		Expect(unbranded(ctx, tenant)).To(BeTrue())
	})

	It("with a mail server of its own says so where the operator has none, and sends no mails", func(ctx SpecContext) {
		Expect(shared.Loader.Config.SMTP.Address).To(BeEmpty())
		profile := profileIn(ctx, namespace, "house", v1alpha1.WhiteLabelProfileSpec{EmailFrom: "a@acme.example", SMTPSecretRef: &v1alpha1.LocalReference{Name: "smtp"}})
		Expect(admin.Create(ctx, &corev1.Secret{
			ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "smtp"}, Type: v1alpha1.SecretTypeSMTP, StringData: map[string]string{"host": "smtp.acme.example"},
		})).To(Succeed())
		shared.lookAtProfile(ctx, profile)
		Expect(profile.Status.Conditions).To(ContainElement(And(HaveField("Type", v1alpha1.ConditionMailServerReady),
			haveReason(metav1.ConditionFalse, v1alpha1.ReasonUnresolved), HaveField("Message", ContainSubstring("smtp.address")))))
	})

	It("says of its profile what is left out, how many bear it, and who else is the default", func(ctx SpecContext) {
		profile := profileIn(ctx, namespace, "house", v1alpha1.WhiteLabelProfileSpec{
			CompanyName: "Acme", Logo: fromFiles("logo"), Favicon: fromFiles("missing"), CustomCSS: "@import 'https://evil.example';",
		}, isDefault)
		filesIn(ctx, namespace, map[string]string{"logo": "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"})
		tenant := tenantThere(ctx)
		shared.settle(ctx, tenant)
		shared.lookAtProfile(ctx, profile)
		Expect(profile.Status.Tenants).To(HaveValue(BeEquivalentTo(1)))
		Expect(profile.Status.ObservedGeneration).To(Equal(profile.Generation))
		Expect(profile.Status.Conditions).To(ContainElement(And(HaveField("Type", v1alpha1.ConditionReady), haveReason(metav1.ConditionFalse, v1alpha1.ReasonInvalidBrand),
			HaveField("Message", And(ContainSubstring(`must not contain element "script"`), ContainSubstring(`key "missing" of ConfigMap "brand-files"`), ContainSubstring("@import"))))))
		Expect(brandOf(ctx, tenant)).To(And(HaveField("BinaryData", BeEmpty()), HaveField("Data", Not(HaveKey("brand.css")))))
		shared.recorder.take()
		shared.lookAtProfile(ctx, profile)
		Expect(shared.recorder.takeWrites()).To(BeEmpty())

		second := profileIn(ctx, namespace, "a-second", v1alpha1.WhiteLabelProfileSpec{CompanyName: "Second"}, isDefault)
		Expect(admin.Patch(ctx, second, merge(`{"metadata":{"labels":{"a":"b"}}}`))).To(Succeed())
		shared.lookAtProfile(ctx, second)
		shared.settle(ctx, tenant)
		if second.CreationTimestamp.Equal(&profile.CreationTimestamp) { // of the same second the first by name is the one
			profile, second = second, profile
			shared.lookAtProfile(ctx, second)
		}
		Expect(tenant.Status.WhiteLabelProfile).To(Equal(profile.Name))
		Expect(second.Status.Conditions).To(ContainElement(And(HaveField("Type", v1alpha1.ConditionReady), haveReason(metav1.ConditionFalse, v1alpha1.ReasonDuplicate))))
	})

	DescribeTable("takes no picture from", func(ctx SpecContext, name, says string) {
		owner := partner(ctx)
		profile := profileIn(ctx, owner.Status.Namespace, "house", v1alpha1.WhiteLabelProfileSpec{
			CompanyName: "Acme", Logo: &v1alpha1.Image{ConfigMapKeyRef: &v1alpha1.ConfigMapKeyReference{Name: name, Key: "name"}},
		}, isDefault)
		if name == "huge" {
			files := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: owner.Status.Namespace, Name: name}, BinaryData: map[string][]byte{"name": make([]byte, 900<<10)}}
			Expect(admin.Create(ctx, files)).To(Succeed())
		}
		shared.lookAtProfile(ctx, profile)
		Expect(profile.Status.Conditions).To(ContainElement(HaveField("Message", ContainSubstring(says))))
		child := tenantIn(ctx, owner.Status.Namespace, "cybercorp")
		shared.settle(ctx, child)
		Expect(brandOf(ctx, child).BinaryData).To(BeEmpty())
	},
		Entry("what the operator made", desired.SettingsName, "which the operator made"),
		Entry("a ConfigMap that is not there", "nothing", "make it"),
		Entry("a picture of 900 KiB", "huge", "has 921600 bytes, of at most 65536"),
	)
})
