// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"
)

// probe asks components how they are.
type probe struct {
	state *state
	etcd  *http.Client
	api   *http.Client
}

func newProbe(l layout, s *state) (*probe, error) {
	etcdClient, err := httpsClient(l, etcdCA, "probe-etcd-client")
	if err != nil {
		return nil, err
	}
	apiClient, err := httpsClient(l, clusterCA, adminCertificate)
	if err != nil {
		return nil, err
	}
	return &probe{state: s, etcd: etcdClient, api: apiClient}, nil
}

func httpsClient(l layout, ca, certificate string) (*http.Client, error) {
	authority, err := os.ReadFile(l.certificate(ca))
	if err != nil {
		return nil, err
	}
	pair, err := tls.LoadX509KeyPair(l.certificate(certificate), l.key(certificate))
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(authority)
	return &http.Client{
		Timeout: 5 * time.Second,
		// No Proxy: everything is on the loopback.
		Transport: &http.Transport{TLSClientConfig: &tls.Config{
			RootCAs: roots, Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12,
		}},
	}, nil
}

// ready returns nil if a component says that it is.
func (p *probe) ready(ctx context.Context, component string) error {
	switch component {
	case etcd:
		return do(ctx, p.etcd, http.MethodGet, p.state.url(etcd)+"/readyz")
	case controllerManager:
		return do(ctx, p.api, http.MethodGet, p.state.url(controllerManager)+"/healthz")
	default:
		return do(ctx, p.api, http.MethodGet, p.state.url(component)+"/readyz")
	}
}

// The default ServiceAccount of kube-node-lease, which nobody uses.
const spareServiceAccount = "kube-node-lease"

// removeSpare deletes an object that the controller manager has to make again, see restored.
func (p *probe) removeSpare(ctx context.Context) error {
	err := do(ctx, p.api, http.MethodDelete, p.serviceAccountURL(spareServiceAccount))
	if status := (statusError{}); errors.As(err, &status) && status.code == http.StatusNotFound {
		return nil
	}
	return err
}

// restored returns nil once the controller manager has made the default ServiceAccounts: proof
// that it does its work, where its own /healthz only says that it is there.
func (p *probe) restored(ctx context.Context) error {
	for _, namespace := range []string{spareServiceAccount, "default"} {
		if err := do(ctx, p.api, http.MethodGet, p.serviceAccountURL(namespace)); err != nil {
			return err
		}
	}
	return nil
}

func (p *probe) serviceAccountURL(namespace string) string {
	return p.state.url(apiserver) + "/api/v1/namespaces/" + namespace + "/serviceaccounts/default"
}

// statusError is an answer other than 2xx.
type statusError struct {
	code    int
	message string
}

func (e statusError) Error() string { return e.message }

func do(ctx context.Context, client *http.Client, method, url string) error {
	request, err := http.NewRequestWithContext(ctx, method, url, nil)
	if err != nil {
		return err
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, 4<<10))
	if err != nil {
		return err
	}
	if response.StatusCode/100 != 2 {
		text := fmt.Sprintf("%s %s: %s: %s", method, url, response.Status, strings.TrimSpace(string(body)))
		return statusError{response.StatusCode, text}
	}
	return nil
}
