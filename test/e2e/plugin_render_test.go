// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// takenAway are the objects that a diff shows as gone, as KIND.NAMESPACE.NAME.
func (s screen) takenAway() []string {
	var gone []string
	for _, part := range strings.Split(s.Out, "diff -u -N ")[1:] {
		if strings.Contains(part, "\n-kind: ") {
			gone = append(gone, filepath.Base(strings.Fields(part)[0]))
		}
	}
	return gone
}

var _ = Describe("kubectl tenant render and diff", func() {
	var s crew
	var place string
	foresee := func(ctx SpecContext, arguments ...string) screen {
		GinkgoHelper()
		return kubectlScreen(ctx, os.Environ(), append([]string{"tenant", arguments[0], "--config", manager.ConfigFile, "-n", place}, arguments[1:]...)...)
	}
	BeforeEach(func(ctx SpecContext) {
		s = newCrew(ctx)
		place = s.partner.Status.Namespace
	})

	It("shows what the operator makes, by its own code and without a secret", func(ctx SpecContext) {
		shown := foresee(ctx, "render", "cybercorp")
		Expect(shown.Code).To(BeZero(), shown.ErrOut)
		_, names := documents(shown.Out)
		namespace := s.cybercorp.Status.Namespace
		Expect(names).To(ContainElements("Namespace /"+namespace, "Secret "+namespace+"/tenant-admin", "ResourceQuota "+namespace+"/tenantry", "NetworkPolicy "+namespace+"/tenantry",
			"ConfigMap "+namespace+"/tenantry", HavePrefix("RoleBinding "+namespace+"/")))
		secret := &corev1.Secret{}
		Expect(admin.Get(ctx, client.ObjectKey{Namespace: namespace, Name: "tenant-admin"}, secret)).To(Succeed())
		for _, value := range secret.Data {
			Expect(shown.Out).NotTo(ContainSubstring(base64.StdEncoding.EncodeToString(value)))
		}
		Expect(shown.Out).NotTo(ContainSubstring(string(secret.Data["password"])))

		By("asking whether all is so")
		Expect(foresee(ctx, "diff", "cybercorp")).To(Equal(screen{}))
		Expect(foresee(ctx, "diff", s.partner.Name, "-n", home)).To(Equal(screen{}), "of a partner")

		By("being somebody who may not read what decides")
		for _, person := range []string{s.admin, s.kim} {
			refused := plugin(ctx, person, "render", "cybercorp", "-n", place, "--config", manager.ConfigFile)
			Expect(refused).To(And(HaveField("Code", exitForbidden), HaveField("Out", BeEmpty())))
		}
	})

	It("shows what a change would do, and what somebody did", func(ctx SpecContext) {
		file := filepath.Join(GinkgoT().TempDir(), "cybercorp.yaml")
		Expect(os.WriteFile(file, []byte(s.done(ctx, "export", "cybercorp")), 0o600)).To(Succeed())
		Expect(foresee(ctx, "diff", "-f", file)).To(Equal(screen{}))
		more := s.run(ctx, s.admin, "set", "cybercorp", "agents=7", "--dry-run=client", "-o", "yaml")
		Expect(os.WriteFile(file, []byte(more.Out), 0o600)).To(Succeed())
		shown := foresee(ctx, "diff", "-f", file)
		Expect(shown).To(And(HaveField("Code", exitPending), HaveField("Out", MatchRegexp(`(?m)^\+ +count/tenantaccessgrants.tenantry.io: "7"$`))), shown.ErrOut)
		Expect(now(ctx, s.cybercorp).Spec.Limits).To(BeNil())

		By("making one that is not there")
		text := strings.NewReplacer("PLACE", place).Replace("{apiVersion: tenantry.io/v1alpha1, kind: Tenant, metadata: {name: umbrella, namespace: PLACE}}")
		Expect(os.WriteFile(file, []byte(text), 0o600)).To(Succeed())
		shown = foresee(ctx, "diff", "-f", file)
		Expect(shown).To(And(HaveField("Code", exitPending), HaveField("Out", ContainSubstring("+kind: Namespace\n"))), shown.ErrOut)
		Expect(foresee(ctx, "render", "-f", file).Out).To(ContainSubstring("name: " + place + "-umbrella\n"))
		Expect(client.IgnoreNotFound(admin.Get(ctx, client.ObjectKey{Namespace: place, Name: "umbrella"}, &v1alpha1.Tenant{}))).To(Succeed())
	})

	It("shows what the operator would take away, which is what it takes away", func(ctx SpecContext) {
		namespace, host := s.cybercorp.Status.Namespace, string(s.cybercorp.Status.Hosts[0])
		own := &networkingv1.Ingress{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "own"}, Spec: routeFor(host)}
		Expect(admin.Create(ctx, own)).To(Succeed())
		file := filepath.Join(GinkgoT().TempDir(), "cybercorp.yaml")
		after := func(change func(*v1alpha1.Tenant)) screen {
			GinkgoHelper()
			changed := &v1alpha1.Tenant{
				TypeMeta:   metav1.TypeMeta{APIVersion: v1alpha1.GroupVersion.String(), Kind: "Tenant"},
				ObjectMeta: metav1.ObjectMeta{Namespace: place, Name: "cybercorp", Labels: s.cybercorp.Labels}, Spec: *s.cybercorp.Spec.DeepCopy(),
			}
			change(changed)
			data, err := yaml.Marshal(changed)
			Expect(err).NotTo(HaveOccurred())
			Expect(os.WriteFile(file, data, 0o600)).To(Succeed())
			return foresee(ctx, "diff", "-f", file)
		}
		moved := func(t *v1alpha1.Tenant) { t.Spec.Domain = &v1alpha1.Domain{Subdomain: "elsewhere"} }
		Expect(after(func(*v1alpha1.Tenant) {})).To(Equal(screen{}))
		Expect(after(portal(false)).takenAway()).To(ConsistOf("Ingress." + namespace + ".portal"))
		Expect(after(moved).takenAway()).To(ConsistOf("Ingress."+namespace+".own", "ConfigMap.tenantry-hosts."+host))
		closed := after(suspend)
		Expect(closed.Code).To(Equal(exitPending))
		Expect(closed.takenAway()).To(And(ContainElements("Ingress."+namespace+".portal", "RoleBinding."+namespace+".tenantry:owner"), Not(ContainElement(HaveSuffix(".own")))))

		By("doing so")
		change(ctx, s.cybercorp, suspend, have(v1alpha1.ConditionReady, "True", v1alpha1.ReasonSuspended))
		Eventually(foresee).WithContext(ctx).WithArguments(ctx, "diff", "cybercorp").Should(Equal(screen{}))
		for _, gone := range closed.takenAway() {
			kind, name, _ := strings.Cut(gone, "."+namespace+".")
			object := &metav1.PartialObjectMetadata{}
			object.SetGroupVersionKind(map[string]schema.GroupVersionKind{
				"Ingress": networkingv1.SchemeGroupVersion.WithKind("Ingress"), "RoleBinding": rbacv1.SchemeGroupVersion.WithKind("RoleBinding"), "Service": corev1.SchemeGroupVersion.WithKind("Service"),
			}[kind])
			Expect(admin.Get(ctx, client.ObjectKey{Namespace: namespace, Name: name}, object)).To(WithTransform(apierrors.IsNotFound, BeTrue()), gone)
		}
		change(ctx, s.cybercorp, func(t *v1alpha1.Tenant) { t.Spec.Suspend = false; moved(t) }, beReady())
		Eventually(foresee).WithContext(ctx).WithArguments(ctx, "diff", "cybercorp").Should(Equal(screen{}))
		Expect(admin.Get(ctx, client.ObjectKeyFromObject(own), own)).To(WithTransform(apierrors.IsNotFound, BeTrue()))
	})
})
