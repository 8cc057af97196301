// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

// Package manager proves how the manager starts, leads, reads, writes and stops, on the API server
// that KUBECONFIG names and as the operator's own ServiceAccount. It needs what `make install`
// installs, and runs no controllers.
package manager

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/go-logr/logr"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gbytes"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/rand"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/manager"
)

var (
	// operatorConfig acts as the operator's ServiceAccount.
	operatorConfig *rest.Config
	// admin acts as the administrator of the cluster.
	admin client.Client
	// adminConfig acts as the administrator of the cluster.
	adminConfig *rest.Config
	// operator acts as the operator's ServiceAccount, without a cache.
	operator client.Client
)

func TestManager(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Manager")
}

var _ = BeforeSuite(func() {
	SetDefaultEventuallyTimeout(20 * time.Second)
	ctrl.SetLogger(logr.Discard())
	kubeconfig := os.Getenv("KUBECONFIG")
	Expect(kubeconfig).NotTo(BeEmpty(), "KUBECONFIG is not set: run `make plane-up install` and then `make test-integration`")
	var err error
	adminConfig, err = clientcmd.BuildConfigFromFlags("", kubeconfig)
	Expect(err).NotTo(HaveOccurred())
	admin, err = client.New(adminConfig, client.Options{Scheme: scheme.Scheme})
	Expect(err).NotTo(HaveOccurred())
	operatorConfig = rest.CopyConfig(adminConfig)
	operatorConfig.Impersonate = rest.ImpersonationConfig{UserName: "system:serviceaccount:tenantry-system:tenantry-manager"}
	operator, err = client.New(operatorConfig, client.Options{Scheme: scheme.Scheme})
	Expect(err).NotTo(HaveOccurred())
})

// configuration has quick leases of its own and no endpoints.
func configuration() *configv1alpha1.Configuration {
	cfg := &configv1alpha1.Configuration{BaseDomain: "tenantry.example"}
	cfg.LeaderElection = configv1alpha1.LeaderElection{
		Name:          "test-" + rand.String(10),
		LeaseDuration: metav1.Duration{Duration: 3 * time.Second},
		RenewDeadline: metav1.Duration{Duration: 2 * time.Second},
		RetryPeriod:   metav1.Duration{Duration: 200 * time.Millisecond},
	}
	cfg.Metrics.BindAddress, cfg.Health.BindAddress = configv1alpha1.AddressOff, configv1alpha1.AddressOff
	configv1alpha1.SetDefaults(cfg)
	Expect(configv1alpha1.Validate(cfg)).To(BeEmpty())
	return cfg
}

// process is a manager that runs in this process.
type process struct {
	ctrl.Manager
	// stop asks it to end.
	stop context.CancelFunc
	// ended gets what it ended with.
	ended chan error
	// leading is closed when it begins to lead.
	leading chan struct{}
	// log is what it writes.
	log *gbytes.Buffer
}

// start runs a manager until stop is called or the spec ends.
func start(ctx SpecContext, config *rest.Config, cfg *configv1alpha1.Configuration) *process {
	GinkgoHelper()
	log := gbytes.NewBuffer()
	mgr, err := manager.New(config, cfg, manager.NewLogger(log, cfg.Logging))
	Expect(err).NotTo(HaveOccurred())
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	p := &process{Manager: mgr, stop: stop, ended: make(chan error, 1), leading: make(chan struct{}), log: log}
	go func() { p.ended <- mgr.Start(running) }()
	go func() {
		select {
		case <-mgr.Elected():
			close(p.leading)
		case <-running.Done():
		}
	}()
	DeferCleanup(stop)
	return p
}

// place makes a namespace as the operator does for a tenant.
func place(ctx SpecContext) *corev1.Namespace {
	GinkgoHelper()
	labels := ownLabels()
	labels["pod-security.kubernetes.io/enforce"] = "restricted"
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{
		GenerateName: "manager-test-",
		Labels:       labels,
		Annotations:  map[string]string{v1alpha1.AnnotationTenantUID: "5e8c5d0e-0c53-4ce9-9d8b-6d4f3a2b1c0d"},
	}}
	Expect(operator.Create(ctx, namespace)).To(Succeed())
	DeferCleanup(func(ctx SpecContext) {
		Expect(client.IgnoreNotFound(operator.Delete(ctx, namespace))).To(Succeed())
	})
	return namespace
}

// exempt acts as one of Kubernetes' own controllers, which the policies let do everything: nobody else
// can give an object our labels.
func exempt() client.Client {
	GinkgoHelper()
	config := rest.CopyConfig(adminConfig)
	config.Impersonate = rest.ImpersonationConfig{
		UserName: "system:serviceaccount:kube-system:generic-garbage-collector",
		Groups:   []string{"system:masters", "system:serviceaccounts:kube-system"},
	}
	c, err := client.New(config, client.Options{Scheme: scheme.Scheme})
	Expect(err).NotTo(HaveOccurred())
	return c
}

// ownLabels are the labels of what the operator makes for a tenant.
func ownLabels() map[string]string {
	return map[string]string{
		v1alpha1.LabelManaged: "true",
		v1alpha1.LabelTenant:  "cybercorp",
		v1alpha1.LabelParent:  "acme",
	}
}
