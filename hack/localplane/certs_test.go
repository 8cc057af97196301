// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func readCertificate(t *testing.T, dir, name string) *x509.Certificate {
	t.Helper()
	pair, err := tls.LoadX509KeyPair(filepath.Join(dir, name+".crt"), filepath.Join(dir, name+".key"))
	if err != nil {
		t.Fatal(err)
	}
	return pair.Leaf
}

func TestEveryCertificateIsTrustedByItsOwnAuthorityAlone(t *testing.T) {
	dir := t.TempDir()
	if err := ensureCertificates(dir); err != nil {
		t.Fatal(err)
	}
	for _, c := range certificates {
		leaf := readCertificate(t, dir, c.name)
		for _, ca := range []string{clusterCA, etcdCA, proxyCA} {
			roots := x509.NewCertPool()
			roots.AddCert(readCertificate(t, dir, ca))
			_, err := leaf.Verify(x509.VerifyOptions{Roots: roots, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
			if (err == nil) != (ca == c.ca) {
				t.Errorf("%s, verified by %s: %v", c.name, ca, err)
			}
		}
		serves := slices.Contains(leaf.ExtKeyUsage, x509.ExtKeyUsageServerAuth)
		if serves != c.server || (leaf.VerifyHostname("127.0.0.1") == nil) != c.server {
			t.Errorf("%s: may serve %v for %v, want %v", c.name, serves, leaf.IPAddresses, c.server)
		}
	}
	if err := readCertificate(t, dir, apiserver).VerifyHostname(serviceIP); err != nil {
		t.Error(err)
	}
}

func TestOnlyTheAdminAndTheKubeletClientAreMasters(t *testing.T) {
	var masters []string
	for _, c := range certificates {
		if slices.Contains(c.groups, "system:masters") {
			masters = append(masters, c.name)
		}
	}
	slices.Sort(masters)
	if !slices.Equal(masters, []string{adminCertificate, "apiserver-kubelet-client"}) {
		t.Errorf("masters: %v", masters)
	}
}

func TestKeysAreMadeOnceAndReadableByTheirOwnerOnly(t *testing.T) {
	dir := t.TempDir()
	contents := func() map[string]string {
		if err := ensureCertificates(dir); err != nil {
			t.Fatal(err)
		}
		files := map[string]string{}
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, entry := range entries {
			data, err := os.ReadFile(filepath.Join(dir, entry.Name()))
			if err != nil {
				t.Fatal(err)
			}
			files[entry.Name()] = string(data)
			if info, err := entry.Info(); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("%s has mode %v (%v), want 0600", entry.Name(), info.Mode(), err)
			}
		}
		return files
	}
	first, second := contents(), contents()
	if len(first) != 2*len(certificates)+2*3+2+1 {
		t.Errorf("%d files", len(first))
	}
	for name, data := range first {
		if second[name] != data {
			t.Errorf("%s was made anew", name)
		}
	}
}

func TestTheKubeconfigIsNamedAfterThePlaneAndKeptOnceWritten(t *testing.T) {
	dir := t.TempDir()
	if err := ensureCertificates(dir); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "kubeconfig")
	for range 2 {
		if err := ensureKubeconfig(path, dir, adminCertificate, "dev", "https://127.0.0.1:1"); err != nil {
			t.Fatal(err)
		}
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	key, err := os.ReadFile(filepath.Join(dir, "admin.key"))
	if err != nil {
		t.Fatal(err)
	}
	for _, wanted := range []string{
		"current-context: dev\n", "server: https://127.0.0.1:1\n",
		"client-key-data: " + base64.StdEncoding.EncodeToString(key) + "\n",
	} {
		if !strings.Contains(string(data), wanted) {
			t.Errorf("%q is not in\n%s", wanted, data)
		}
	}
	if err := os.WriteFile(path, []byte("edited"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := ensureKubeconfig(path, dir, adminCertificate, "dev", "https://127.0.0.1:1"); err != nil {
		t.Fatal(err)
	}
	if data, err := os.ReadFile(path); string(data) != "edited" {
		t.Errorf("the file was written over (%v)", err)
	}
}
