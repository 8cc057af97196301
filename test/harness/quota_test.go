// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package harness

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// answers are what a server says, one after the other; bodies are what it got.
type answers struct {
	say    []string
	bodies []string
}

func (a *answers) RoundTrip(request *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return nil, err
	}
	a.bodies = append(a.bodies, string(body))
	said := a.say[0]
	a.say = a.say[1:]
	response := &http.Response{StatusCode: http.StatusConflict, Body: io.NopCloser(strings.NewReader(said))}
	if said == "made" {
		response.StatusCode = http.StatusCreated
	}
	return response, nil
}

func TestQuotaConflictsAreTriedAgain(t *testing.T) {
	const lost = `Operation cannot be fulfilled on resourcequotas "tenantry"`
	for name, test := range map[string]struct {
		method string
		say    []string
		want   string
		tried  int
	}{
		"made at once":                {http.MethodPost, []string{"made"}, "made", 1},
		"made at the third time":      {http.MethodPost, []string{lost, lost, "made"}, "made", 3},
		"never made":                  {http.MethodPost, []string{lost, lost, lost, lost, lost}, lost, 5},
		"there already":               {http.MethodPost, []string{`resourcequotas "mine" already exists`}, `resourcequotas "mine" already exists`, 1},
		"a quota that others changed": {http.MethodPut, []string{lost}, lost, 1},
	} {
		t.Run(name, func(t *testing.T) {
			server := &answers{say: test.say}
			request, err := http.NewRequestWithContext(t.Context(), test.method, "http://127.0.0.1/", strings.NewReader("object"))
			if err != nil {
				t.Fatal(err)
			}
			response, err := quotaRetrier{server}.RoundTrip(request)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			said, err := io.ReadAll(response.Body)
			if err != nil || string(said) != test.want || len(server.bodies) != test.tried {
				t.Errorf("got %q (%v) after %d tries, want %q after %d", said, err, len(server.bodies), test.want, test.tried)
			}
			for _, body := range server.bodies {
				if body != "object" {
					t.Errorf("asked with %q", body)
				}
			}
		})
	}
}
