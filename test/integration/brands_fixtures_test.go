// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/controller"
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
