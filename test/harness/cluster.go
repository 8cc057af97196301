// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

// Package harness is what the suites that need a whole cluster share: the cluster itself, the built
// manager as a process of its own, a proxy between the two that counts and breaks requests, and
// watchers that say what the operator left behind. It knows no test framework: everything returns
// errors.
package harness

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/internal/kinds"
)

// Cluster is a real API server and an administrator's way to it.
type Cluster struct {
	// Client acts as an administrator, who is a member of system:masters, and reads no cache.
	Client client.WithWatch
	// Config is the administrator's. Nothing limits its requests on the client's side.
	Config *rest.Config
	// Clientset is what Client can't do: tokens, discovery, logs.
	Clientset kubernetes.Interface

	// kubeconfig is the path of the administrator's.
	kubeconfig string
	scheme     *runtime.Scheme
	discovered func() ([]schema.GroupVersionKind, error)
}

// Connect finds the cluster that KUBECONFIG names and asks it for its version, so that a cluster
// that is not there is told from one that misbehaves.
func Connect(ctx context.Context) (*Cluster, error) {
	path := os.Getenv("KUBECONFIG")
	if path == "" {
		return nil, errors.New("KUBECONFIG is not set: run `make plane-up install` and set it to bin/plane/kubeconfig")
	}
	return ConnectTo(ctx, path)
}

// ConnectTo is Connect with the path of a kubeconfig.
func ConnectTo(ctx context.Context, kubeconfig string) (*Cluster, error) {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return nil, fmt.Errorf("reading kubeconfig %s: %w", kubeconfig, err)
	}
	config.QPS = -1
	config.UserAgent = "tenantry-tests"
	config.WarningHandler = rest.NoWarnings{}
	cluster := &Cluster{Config: config, kubeconfig: kubeconfig, scheme: NewScheme()}
	if cluster.Client, err = client.NewWithWatch(patient(config), client.Options{Scheme: cluster.scheme}); err != nil {
		return nil, fmt.Errorf("connecting to %s: %w", config.Host, err)
	}
	if cluster.Clientset, err = kubernetes.NewForConfig(config); err != nil {
		return nil, fmt.Errorf("connecting to %s: %w", config.Host, err)
	}
	cluster.discovered = onceDiscovered(cluster.Clientset.Discovery())
	if err := cluster.Clientset.Discovery().RESTClient().Get().AbsPath("/version").Do(ctx).Error(); err != nil {
		return nil, fmt.Errorf("no API server answers at %s (kubeconfig %s): %w", config.Host, kubeconfig, err)
	}
	return cluster, nil
}

// NewScheme has the operator's kinds and all of Kubernetes' own.
func NewScheme() *runtime.Scheme {
	scheme := kinds.NewScheme()
	utilruntime.Must(clientgoscheme.AddToScheme(scheme))
	return scheme
}

// As returns a client that acts as user, who is a member of groups and of system:authenticated.
func (c *Cluster) As(user string, groups ...string) (client.WithWatch, error) {
	impersonated, err := client.NewWithWatch(c.configOf(user, groups), client.Options{Scheme: c.scheme, Mapper: c.Client.RESTMapper()})
	if err != nil {
		return nil, fmt.Errorf("acting as %s: %w", user, err)
	}
	return impersonated, nil
}

// DynamicAs is As for requests that are made by a resource's name, of whatever kind.
func (c *Cluster) DynamicAs(user string, groups ...string) (dynamic.Interface, error) {
	impersonated, err := dynamic.NewForConfig(c.configOf(user, groups))
	if err != nil {
		return nil, fmt.Errorf("acting as %s: %w", user, err)
	}
	return impersonated, nil
}

func (c *Cluster) configOf(user string, groups []string) *rest.Config {
	config := patient(c.Config)
	config.Impersonate = rest.ImpersonationConfig{UserName: user, Groups: groups}
	return config
}

// AsServiceAccount returns a client that acts as a ServiceAccount.
func (c *Cluster) AsServiceAccount(namespace, name string) (client.WithWatch, error) {
	return c.As("system:serviceaccount:"+namespace+":"+name, "system:serviceaccounts", "system:serviceaccounts:"+namespace)
}

// UniqueName begins with prefix and ends in eight random letters and digits, without a dash, as a
// root tenant's name must be.
func UniqueName(prefix string) string {
	return prefix + strings.ToLower(rand.Text()[:8])
}

// Namespace makes a plain namespace with a name of its own, and returns it with what removes it
// again. Removal does not wait for the namespace to be gone.
func (c *Cluster) Namespace(ctx context.Context) (name string, remove func(context.Context) error, err error) {
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: UniqueName("plain")}}
	if err := c.Client.Create(ctx, namespace); err != nil {
		return "", nil, fmt.Errorf("making a namespace: %w", err)
	}
	return namespace.Name, func(ctx context.Context) error {
		return client.IgnoreNotFound(c.Client.Delete(ctx, namespace))
	}, nil
}
