// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

// Package api proves the rules of the API, accepted and refused, on the API server that KUBECONFIG
// names. The CRDs and policies must be installed there, and the manager must not run: what holds
// here holds without it.
package api

import (
	"os"
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

var (
	restConfig *rest.Config
	// k8sClient acts as the administrator of the cluster.
	k8sClient client.Client
)

func TestAPI(t *testing.T) {
	RegisterFailHandler(Fail)
	log.SetLogger(GinkgoLogr)
	RunSpecs(t, "API")
}

var _ = BeforeSuite(func() {
	kubeconfig := os.Getenv("KUBECONFIG")
	Expect(kubeconfig).NotTo(BeEmpty(), "KUBECONFIG is not set: run `make plane-up install` and then `make test-api`")

	var err error
	restConfig, err = clientcmd.BuildConfigFromFlags("", kubeconfig)
	Expect(err).NotTo(HaveOccurred())
	restConfig.QPS = -1 // the API server's own fairness is limit enough

	Expect(v1alpha1.AddToScheme(scheme.Scheme)).To(Succeed())
	k8sClient, err = client.New(restConfig, client.Options{})
	Expect(err).NotTo(HaveOccurred())
})

// As returns a client that acts as user, who is a member of groups (and of system:authenticated).
func As(user string, groups ...string) client.Client {
	GinkgoHelper()
	impersonated := rest.CopyConfig(restConfig)
	impersonated.Impersonate = rest.ImpersonationConfig{UserName: user, Groups: groups}
	c, err := client.New(impersonated, client.Options{})
	Expect(err).NotTo(HaveOccurred())
	return c
}

// newNamespace makes a namespace for the present spec alone and returns its name. It goes when the
// spec ends.
func newNamespace(ctx SpecContext) string {
	GinkgoHelper()
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "api-test-"}}
	Expect(k8sClient.Create(ctx, ns)).To(Succeed())
	DeferCleanup(func(ctx SpecContext) {
		Expect(client.IgnoreNotFound(k8sClient.Delete(ctx, ns))).To(Succeed())
	})
	return ns.Name
}
