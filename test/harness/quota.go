// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package harness

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"time"

	"k8s.io/client-go/rest"
)

const (
	// quotaAttempts is how often an object is made where others are made at the same time.
	quotaAttempts = 5
	// quotaPause is how long is waited in between.
	quotaPause = 100 * time.Millisecond
)

// patient returns a copy of config whose creates are tried again where Kubernetes' quota admission gave up: that counts an
// object by an optimistic write, and answers with a conflict when others were faster three times in a row.
func patient(config *rest.Config) *rest.Config {
	config = rest.CopyConfig(config)
	config.Wrap(func(next http.RoundTripper) http.RoundTripper { return quotaRetrier{next} })
	return config
}

type quotaRetrier struct{ next http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (r quotaRetrier) RoundTrip(request *http.Request) (*http.Response, error) {
	for attempt := 1; ; attempt++ {
		response, err := r.next.RoundTrip(request)
		if err != nil || response.StatusCode != http.StatusConflict || request.Method != http.MethodPost || request.GetBody == nil || attempt == quotaAttempts {
			return response, err
		}
		said, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil {
			return nil, fmt.Errorf("reading a conflict: %w", err)
		}
		if !bytes.Contains(said, []byte("cannot be fulfilled on resourcequotas")) {
			response.Body = io.NopCloser(bytes.NewReader(said))
			return response, nil
		}
		select {
		case <-request.Context().Done():
			return nil, request.Context().Err()
		case <-time.After(quotaPause):
		}
		request = request.Clone(request.Context())
		if request.Body, err = request.GetBody(); err != nil {
			return nil, err
		}
	}
}
