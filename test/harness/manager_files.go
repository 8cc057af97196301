// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package harness

import (
	"context"
	"fmt"
	"net"
	"os"
	"sync"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/internal/config"
)

// tokenLifetime is longer than any suite.
const tokenLifetime = 24 * time.Hour

// ShortLeases makes a manager's successor wait two seconds where its predecessor went without a word.
// On a busy machine a manager may lose such a lease, and end.
func ShortLeases(configuration *configv1alpha1.Configuration) {
	configuration.LeaderElection.LeaseDuration = metav1.Duration{Duration: 2 * time.Second}
	configuration.LeaderElection.RenewDeadline = metav1.Duration{Duration: 1500 * time.Millisecond}
	configuration.LeaderElection.RetryPeriod = metav1.Duration{Duration: 250 * time.Millisecond}
}

// DropLease forgets a leader that is known to be dead, so that the next need not wait for its lease to
// run out.
func (c *Cluster) DropLease(ctx context.Context) error {
	err := c.Clientset.CoordinationV1().Leases(ManagerNamespace).Delete(ctx, ManagerLease, metav1.DeleteOptions{})
	return client.IgnoreNotFound(err)
}

// writeManagerKubeconfig writes a kubeconfig with a token of the manager's ServiceAccount.
func (c *Cluster) writeManagerKubeconfig(ctx context.Context, path string, via *Proxy) error {
	request := &authenticationv1.TokenRequest{Spec: authenticationv1.TokenRequestSpec{
		ExpirationSeconds: new(int64(tokenLifetime.Seconds())),
	}}
	token, err := c.Clientset.CoreV1().ServiceAccounts(ManagerNamespace).CreateToken(ctx, ManagerAccount, request, metav1.CreateOptions{})
	if err != nil {
		return fmt.Errorf("getting a token of the manager's ServiceAccount (run `make install`): %w", err)
	}
	cluster := &clientcmdapi.Cluster{Server: c.Config.Host, CertificateAuthorityData: c.Config.CAData, CertificateAuthority: c.Config.CAFile}
	if via != nil {
		cluster = &clientcmdapi.Cluster{Server: via.URL(), CertificateAuthorityData: via.CertificateAuthority()}
	}
	const name = "manager"
	return clientcmd.WriteToFile(clientcmdapi.Config{
		Clusters:       map[string]*clientcmdapi.Cluster{name: cluster},
		AuthInfos:      map[string]*clientcmdapi.AuthInfo{name: {Token: token.Status.Token}},
		Contexts:       map[string]*clientcmdapi.Context{name: {Cluster: name, AuthInfo: name}},
		CurrentContext: name,
	}, path)
}

// writeConfig writes the configuration: the one that ships, on free ports, changed by configure.
func (m *Manager) writeConfig(path, from string, configure func(*configv1alpha1.Configuration)) error {
	configuration, err := config.Load(from)
	if err != nil {
		return err
	}
	if configuration.Health.BindAddress, err = FreeAddress(); err != nil {
		return err
	}
	if configuration.Metrics.BindAddress, err = FreeAddress(); err != nil {
		return err
	}
	// What a suite deletes is to go; a test of retention sets spec.retainFor.
	configuration.RetainFor = &metav1.Duration{}
	if configure != nil {
		configure(configuration)
	}
	configuration.SetGroupVersionKind(configv1alpha1.GroupVersion.WithKind(configv1alpha1.Kind))
	m.health = "http://" + configuration.Health.BindAddress
	m.metrics = "http://" + configuration.Metrics.BindAddress
	data, err := yaml.Marshal(configuration)
	if err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o600)
}

// given are the addresses that were given out: the system may name one again before anybody listens on it.
var given sync.Map

// FreeAddress is host:port of the loopback that nobody listens on, and that was not given out before.
func FreeAddress() (string, error) {
	for {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return "", err
		}
		address := listener.Addr().String()
		if err := listener.Close(); err != nil {
			return "", err
		}
		if _, before := given.LoadOrStore(address, true); !before {
			return address, nil
		}
	}
}
