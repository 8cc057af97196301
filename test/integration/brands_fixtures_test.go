// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/controller"
	"github.com/tenantry/tenantry/internal/desired"
)

// profiles is the operator's reconciler of profiles, which has sent no mails.
func (o *operator) profiles() *controller.WhiteLabelProfileReconciler {
	GinkgoHelper()
	routes, err := controller.NewMailRoutes(o.Loader.Config.SMTP, o.Loader, &controller.MailServers{})
	Expect(err).NotTo(HaveOccurred())
	return &controller.WhiteLabelProfileReconciler{Client: o.Client, Loader: o.Loader, Routes: routes, Clock: clock.RealClock{}}
}

// lookAtProfile reconciles a profile once, on a view that is not older than the spec's.
func lookAtProfile(ctx SpecContext, o *operator, profiles *controller.WhiteLabelProfileReconciler, profile *v1alpha1.WhiteLabelProfile) {
	GinkgoHelper()
	o.catchUp(ctx, profile)
	_, err := profiles.Reconcile(ctx, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(profile)})
	Expect(err).NotTo(HaveOccurred())
	Expect(admin.Get(ctx, client.ObjectKeyFromObject(profile), profile)).To(Succeed())
}

// profileIn makes a profile. When the spec ends it goes, whoever bears it.
func profileIn(ctx SpecContext, namespace, name string, spec v1alpha1.WhiteLabelProfileSpec, change ...func(*v1alpha1.WhiteLabelProfile)) *v1alpha1.WhiteLabelProfile {
	GinkgoHelper()
	profile := &v1alpha1.WhiteLabelProfile{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}, Spec: spec}
	for _, change := range change {
		change(profile)
	}
	Expect(admin.Create(ctx, profile)).To(Succeed())
	DeferCleanup(func(ctx SpecContext) {
		controllers, err := cluster.As("system:kube-controller-manager", "system:masters")
		Expect(err).NotTo(HaveOccurred())
		Expect(client.IgnoreNotFound(controllers.Delete(ctx, profile))).To(Succeed())
	})
	shared.catchUp(ctx, profile)
	return profile
}

func isDefault(p *v1alpha1.WhiteLabelProfile) {
	p.Annotations = map[string]string{v1alpha1.AnnotationDefault: "true"}
}

func bears(profile string) func(*v1alpha1.Tenant) {
	return func(t *v1alpha1.Tenant) {
		t.Spec.WhiteLabel = &v1alpha1.WhiteLabel{ProfileRef: &v1alpha1.LocalReference{Name: profile}}
	}
}

func bearsNone(t *v1alpha1.Tenant) {
	t.Spec.WhiteLabel = &v1alpha1.WhiteLabel{None: &v1alpha1.NoWhiteLabel{}}
}

func copiesFrom(sibling *v1alpha1.Tenant) func(*v1alpha1.Tenant) {
	return func(t *v1alpha1.Tenant) {
		t.Spec.WhiteLabel = &v1alpha1.WhiteLabel{CopyFrom: &v1alpha1.TenantReference{Name: v1alpha1.TenantName(sibling.Name)}}
	}
}

func fromFiles(key string) *v1alpha1.Image {
	return &v1alpha1.Image{ConfigMapKeyRef: &v1alpha1.ConfigMapKeyReference{Name: "brand-files", Key: key}}
}

// filesIn makes the ConfigMap that fromFiles refers to.
func filesIn(ctx SpecContext, namespace string, data map[string]string) *corev1.ConfigMap {
	GinkgoHelper()
	files := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "brand-files"}, Data: data}
	Expect(admin.Create(ctx, files)).To(Succeed())
	return files
}

func logo(size string) string {
	return "<svg xmlns='http://www.w3.org/2000/svg'><path d='M0 0h" + size + "v" + size + "z'/></svg>"
}

// lookAtProfile reconciles a profile once, and brings it up to date.
func (o *operator) lookAtProfile(ctx SpecContext, profile *v1alpha1.WhiteLabelProfile) {
	GinkgoHelper()
	lookAtProfile(ctx, o, o.profiles(), profile)
}

// brandOf is what a tenant's portal is given.
func brandOf(ctx SpecContext, tenant *v1alpha1.Tenant) *corev1.ConfigMap {
	GinkgoHelper()
	brand := &corev1.ConfigMap{}
	Expect(admin.Get(ctx, client.ObjectKey{Namespace: tenant.Status.Namespace, Name: desired.BrandName}, brand)).To(Succeed())
	return brand
}

// unbranded says that a tenant's portal is given no brand.
func unbranded(ctx SpecContext, tenant *v1alpha1.Tenant) bool {
	GinkgoHelper()
	err := admin.Get(ctx, client.ObjectKey{Namespace: tenant.Status.Namespace, Name: desired.BrandName}, &corev1.ConfigMap{})
	Expect(client.IgnoreNotFound(err)).To(Succeed())
	return apierrors.IsNotFound(err)
}
