// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

// The world around the cluster: a DNS server, an authority that signs certificates, and what the
// manager is told of them.
var (
	dnsServer *harness.DNSServer
	authority *harness.Authority
	// roots is the path of a PEM file with the authority's certificate.
	roots string
	// mailServer takes the manager's mails, and activationURL is where their links lead to.
	mailServer    *harness.SMTPServer
	activationURL string
	// password of the manager's at the mail server, in a file.
	password string
)

const (
	mailUser = "tenantry"
	mailFrom = "noreply@tenantry.example"
)

const (
	// ownHost is a host of the operator's owner.
	ownHost = "console.tenantry-owner.example"
	// retryPeriod is how often the manager looks at what is not proven or not secure.
	retryPeriod = time.Second
)

// makeWorld is called once, before the manager is started.
func makeWorld() {
	GinkgoHelper()
	var err error
	dnsServer, err = harness.StartDNS()
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(dnsServer.Close)
	authority, err = harness.NewAuthority("Trusted", time.Now().Add(-time.Hour), time.Now().Add(24*time.Hour))
	Expect(err).NotTo(HaveOccurred())
	roots = filepath.Join(GinkgoT().TempDir(), "roots.pem")
	Expect(os.WriteFile(roots, authority.Roots(), 0o600)).To(Succeed())
	mailServer, err = harness.StartSMTP(harness.SMTPOptions{Authority: authority, Username: mailUser, Password: "correct horse"})
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(mailServer.Close)
	password = filepath.Join(GinkgoT().TempDir(), "password")
	Expect(os.WriteFile(password, []byte("correct horse\n"), 0o600)).To(Succeed())
	address, err := harness.FreeAddress()
	Expect(err).NotTo(HaveOccurred())
	activationURL = "http://" + address
}

// configure tells the manager of the world.
func configure(configuration *configv1alpha1.Configuration) {
	configuration.Domains.Resolver = dnsServer.Addr()
	configuration.Domains.CertificateRoots = roots
	configuration.Domains.RetryPeriod = metav1.Duration{Duration: retryPeriod}
	configuration.Domains.RecheckPeriod = metav1.Duration{Duration: time.Minute}
	configuration.ReservedHosts = []string{ownHost}
	configuration.SMTP.Address, configuration.SMTP.From, configuration.SMTP.CAFile = mailServer.Addr(), mailFrom, roots
	configuration.SMTP.Username, configuration.SMTP.PasswordFile = mailUser, password
	configuration.SMTP.Partners.AllowedNetworks = []string{"127.0.0.0/8", "::1/128"} // where the partners' mail servers are, too
	configuration.Activation.BindAddress, configuration.Activation.URL = strings.TrimPrefix(activationURL, "http://"), activationURL
	configuration.Activation.RatePerClient = 1000
	configuration.Scans.Profiles = profiles()
	configuration.Regions = map[string]configv1alpha1.Region{
		"eu-west": {NodeSelector: map[string]string{"topology.kubernetes.io/region": "eu-west"}, StorageClasses: []string{"eu-west-ssd", "shared-hdd"}},
		"us-east": {NodeSelector: map[string]string{"topology.kubernetes.io/region": "us-east", "example.com/tier": "tenants"}, StorageClasses: []string{"us-east-ssd", "shared-hdd"}},
	}
}
