// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package edge

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// answer to a request from outside.
type answer struct {
	// Status is the HTTP status.
	Status int
	// Portal is whose portal answered; empty if none did.
	Portal string
	// Body says which host a portal was asked for.
	Body string
	// Certificate was presented for the host; by request it is trusted for it.
	Certificate *x509.Certificate
}

// request asks for a host's page from outside, over HTTPS: as a browser does for which DNS leads to
// the edge, and which trusts the edge's authorities alone. Any answer is no error.
func request(ctx context.Context, host string) (answer, error) {
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(edge.roots) {
		return answer{}, errors.New("the edge's roots hold no certificate")
	}
	return requestOver(ctx, host, &tls.Config{RootCAs: roots})
}

// requestAnyway asks as request does, whatever certificate the edge presents: whether there is a route.
func requestAnyway(ctx context.Context, host string) (answer, error) {
	return requestOver(ctx, host, &tls.Config{InsecureSkipVerify: true})
}

func requestOver(ctx context.Context, host string, config *tls.Config) (answer, error) {
	transport := &http.Transport{
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, edge.address)
		},
		TLSClientConfig:   config,
		DisableKeepAlives: true,
	}
	client := http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Timeout:       10 * time.Second,
	}
	get, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+host+"/", nil)
	if err != nil {
		return answer{}, err
	}
	response, err := client.Do(get)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return answer{}, fmt.Errorf("reading the page of %s: %w", host, err)
	}
	return answer{
		Status:      response.StatusCode,
		Portal:      response.Header.Get(headerPortal),
		Body:        string(body),
		Certificate: response.TLS.PeerCertificates[0],
	}, nil
}

// leadsTo waits until requests for a host are answered by a tenant's own portal, and returns an answer.
func leadsTo(ctx SpecContext, host string, tenant *v1alpha1.Tenant) answer {
	GinkgoHelper()
	return answeredBy(ctx, host, tenant.Status.Namespace)
}

// answeredBy waits until requests for a host are answered by a portal.
func answeredBy(ctx SpecContext, host, portal string) answer {
	GinkgoHelper()
	var got answer
	Eventually(func() (answer, error) {
		var err error
		got, err = request(ctx, host)
		return got, err
	}).WithContext(ctx).Should(And(
		HaveField("Status", http.StatusOK),
		HaveField("Portal", portal),
		HaveField("Body", host),
	))
	return got
}

// leadsNowhere waits until requests for a host are refused at the edge, as it knows no such host.
func leadsNowhere(ctx SpecContext, host string) {
	GinkgoHelper()
	Eventually(request).WithContext(ctx).WithArguments(host).
		Should(And(HaveField("Status", http.StatusNotFound), HaveField("Portal", BeEmpty())))
}

// unserved waits until requests for a host are refused at the edge, where no certificate is good for it.
func unserved(ctx SpecContext, host string) {
	GinkgoHelper()
	Eventually(requestAnyway).WithContext(ctx).WithArguments(host).
		Should(And(HaveField("Status", http.StatusNotFound), HaveField("Portal", BeEmpty())))
}

// answersAnyway waits until requests for a host are answered by a tenant's own portal, where the edge
// has no certificate for it.
func answersAnyway(ctx SpecContext, host string, tenant *v1alpha1.Tenant) {
	GinkgoHelper()
	Eventually(requestAnyway).WithContext(ctx).WithArguments(host).
		Should(And(HaveField("Status", http.StatusOK), HaveField("Portal", tenant.Status.Namespace)))
}

// presents waits until the certificate that the edge presents for a host is made out to name alone.
func presents(ctx SpecContext, host, name string) {
	GinkgoHelper()
	Eventually(request).WithContext(ctx).WithArguments(host).Should(HaveField("Certificate.DNSNames", ConsistOf(name)))
}
