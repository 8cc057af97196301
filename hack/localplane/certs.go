// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// Certificates live as long as a plane possibly can: they are made once, with its data.
const validity = 10 * 365 * 24 * time.Hour

// etcd and the front proxy trust authorities of their own. The cluster's authority signs
// certificates for users too (CertificateSigningRequests); none of those may open etcd or
// pose as the proxy that vouches for identities.
const (
	clusterCA = "ca"
	etcdCA    = "etcd-ca"
	proxyCA   = "front-proxy-ca"
)

// serviceAccountKey is the base name of the pair that signs ServiceAccount tokens.
const serviceAccountKey = "service-account"

// certificate says what a leaf certificate is for; every one may authenticate a client.
type certificate struct {
	name   string // base name of the files
	ca     string
	user   string // common name
	groups []string
	server bool // may serve on the loopback too
	names  []string
	ips    []string
}

// adminCertificate is what the plane's kubeconfig holds: bound to no role, allowed everything.
const adminCertificate = "admin"

var certificates = []certificate{
	{name: etcd, ca: etcdCA, user: etcd, server: true},
	{name: "apiserver-etcd-client", ca: etcdCA, user: apiserver},
	{name: "probe-etcd-client", ca: etcdCA, user: "probe"},
	{
		name: apiserver, ca: clusterCA, user: apiserver, server: true, ips: []string{serviceIP},
		names: []string{"kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local"},
	},
	{name: "apiserver-kubelet-client", ca: clusterCA, user: "kube-apiserver-kubelet-client", groups: []string{"system:masters"}},
	{name: "front-proxy-client", ca: proxyCA, user: "front-proxy-client"},
	{name: controllerManager, ca: clusterCA, user: "system:kube-controller-manager", server: true},
	{name: scheduler, ca: clusterCA, user: "system:kube-scheduler", server: true},
	{name: adminCertificate, ca: clusterCA, user: "plane-admin", groups: []string{"system:masters"}},
}

// ensureCertificates fills dir with all keys and certificates of a plane unless it has them.
func ensureCertificates(dir string) error {
	done := filepath.Join(dir, "complete")
	if _, err := os.Stat(done); err == nil || !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	authorities := map[string]*keyPair{}
	for _, name := range []string{clusterCA, etcdCA, proxyCA} {
		authority, err := newAuthority(name)
		if err != nil {
			return err
		}
		if err := authority.write(dir, name); err != nil {
			return err
		}
		authorities[name] = authority
	}
	for _, c := range certificates {
		leaf, err := authorities[c.ca].issue(c)
		if err != nil {
			return fmt.Errorf("certificate %s: %w", c.name, err)
		}
		if err := leaf.write(dir, c.name); err != nil {
			return err
		}
	}
	if err := writeServiceAccountKeys(dir); err != nil {
		return err
	}
	return writeFile(done, nil)
}

// keyPair is a certificate and its private key.
type keyPair struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

func newAuthority(name string) (*keyPair, error) {
	return sign(&x509.Certificate{
		Subject: pkix.Name{CommonName: "localplane " + name},
		IsCA:    true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign | x509.KeyUsageDigitalSignature,
	}, nil)
}

func (p *keyPair) issue(c certificate) (*keyPair, error) {
	template := &x509.Certificate{
		Subject:     pkix.Name{CommonName: c.user, Organization: c.groups},
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	if c.server {
		template.ExtKeyUsage = append(template.ExtKeyUsage, x509.ExtKeyUsageServerAuth)
		template.DNSNames = append([]string{"localhost"}, c.names...)
		for _, ip := range append([]string{"127.0.0.1"}, c.ips...) {
			template.IPAddresses = append(template.IPAddresses, net.ParseIP(ip))
		}
	}
	return sign(template, p)
}

// sign makes a key for the template and has its certificate signed by issuer, or by itself if nil.
func sign(template *x509.Certificate, issuer *keyPair) (*keyPair, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	if template.SerialNumber, err = rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127)); err != nil {
		return nil, err
	}
	template.NotBefore = time.Now().Add(-time.Hour)
	template.NotAfter = time.Now().Add(validity)
	if issuer == nil {
		issuer = &keyPair{template, key}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, issuer.certificate, key.Public(), issuer.key)
	if err != nil {
		return nil, err
	}
	signed, err := x509.ParseCertificate(der)
	return &keyPair{signed, key}, err
}

// write makes name.crt and name.key.
func (p *keyPair) write(dir, name string) error {
	err := writePEM(filepath.Join(dir, name+".crt"), "CERTIFICATE", p.certificate.Raw)
	return errors.Join(err, writeKey(filepath.Join(dir, name+".key"), p.key))
}

// writeServiceAccountKeys makes the private key that signs tokens and the public one that checks them.
func writeServiceAccountKeys(dir string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return err
	}
	err = writePEM(filepath.Join(dir, serviceAccountKey+".pub"), "PUBLIC KEY", public)
	return errors.Join(err, writeKey(filepath.Join(dir, serviceAccountKey+".key"), key))
}

func writeKey(path string, key *ecdsa.PrivateKey) error {
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return err
	}
	return writePEM(path, "EC PRIVATE KEY", der)
}

func writePEM(path, kind string, der []byte) error {
	var buffer bytes.Buffer
	if err := pem.Encode(&buffer, &pem.Block{Type: kind, Bytes: der}); err != nil {
		return err
	}
	return writeFile(path, buffer.Bytes())
}
