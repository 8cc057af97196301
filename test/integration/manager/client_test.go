// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package manager

import (
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/go-logr/logr"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/internal/manager"
)

// transport is a http.RoundTripper that is a function.
type transport func(*http.Request) (*http.Response, error)

func (t transport) RoundTrip(request *http.Request) (*http.Response, error) { return t(request) }

// intercepted is the operator's configuration with every request handed to f, which may answer it.
func intercepted(f func(*http.Request) *http.Response) *rest.Config {
	config := rest.CopyConfig(operatorConfig)
	config.Wrap(func(next http.RoundTripper) http.RoundTripper {
		return transport(func(request *http.Request) (*http.Response, error) {
			if response := f(request); response != nil {
				return response, nil
			}
			return next.RoundTrip(request)
		})
	})
	return config
}

var _ = Describe("The client of a manager", func() {
	It("reads what it has just written", func(ctx SpecContext) {
		namespace := place(ctx).Name
		mgr := start(ctx, operatorConfig, configuration())
		Expect(mgr.GetCache().WaitForCacheSync(ctx)).To(BeTrue())
		for _, value := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
			written := &corev1.ConfigMap{
				ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "seen-" + value, Labels: ownLabels()},
				Data:       map[string]string{"value": value},
			}
			Expect(mgr.GetClient().Create(ctx, written)).To(Succeed())
			read := &corev1.ConfigMap{}
			Expect(mgr.GetClient().Get(ctx, client.ObjectKeyFromObject(written), read)).To(Succeed())
			Expect(read.Data).To(HaveKeyWithValue("value", value))
		}
	}, SpecTimeout(time.Minute))

	It("speaks protobuf of Kubernetes' own kinds, under the operator's name", func(ctx SpecContext) {
		var (
			mu       sync.Mutex
			creation http.Header
		)
		config := intercepted(func(request *http.Request) *http.Response {
			if request.Method == http.MethodPost && strings.HasSuffix(request.URL.Path, "/configmaps") {
				mu.Lock()
				defer mu.Unlock()
				creation = request.Header.Clone()
			}
			return nil
		})
		namespace := place(ctx).Name
		mgr := start(ctx, config, configuration())
		Expect(mgr.GetClient().Create(ctx, &corev1.ConfigMap{
			ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "tenantry", Labels: ownLabels()},
		})).To(Succeed())

		mu.Lock()
		defer mu.Unlock()
		Expect(creation.Get("Content-Type")).To(Equal("application/vnd.kubernetes.protobuf"))
		Expect(creation.Get("Accept")).To(HavePrefix("application/vnd.kubernetes.protobuf"))
		Expect(creation.Get("User-Agent")).To(HavePrefix("tenantry-manager/"))
	}, SpecTimeout(time.Minute))

	It("deletes collections of what it does not cache", func(ctx SpecContext) {
		namespace := place(ctx).Name
		mgr := start(ctx, operatorConfig, configuration())
		Expect(mgr.GetClient().DeleteAllOf(ctx, &corev1.Pod{}, client.InNamespace(namespace))).To(Succeed())
	}, SpecTimeout(time.Minute))
})

// groupsWithoutOurs is what an API server answers that has Ingresses, and no kind of Tenantry's.
const groupsWithoutOurs = `{"kind": "APIGroupList", "apiVersion": "v1", "groups": [{
  "name": "networking.k8s.io",
  "versions": [{"groupVersion": "networking.k8s.io/v1", "version": "v1"}],
  "preferredVersion": {"groupVersion": "networking.k8s.io/v1", "version": "v1"}
}]}`

var _ = Describe("A manager without the CRDs", func() {
	It("does not start, and says what to do", func() {
		_, err := manager.New(intercepted(func(request *http.Request) *http.Response {
			switch {
			case request.URL.Path == "/apis":
				return answer(request, http.StatusOK, groupsWithoutOurs)
			case strings.HasPrefix(request.URL.Path, "/apis/tenantry.io"):
				return answer(request, http.StatusNotFound, "")
			default:
				return nil
			}
		}), configuration(), logr.Discard())
		Expect(err).To(MatchError(And(ContainSubstring(`in version "tenantry.io/v1alpha1"`), ContainSubstring("make install"))))
	})
})

func answer(request *http.Request, code int, body string) *http.Response {
	return &http.Response{
		StatusCode: code,
		Header:     http.Header{"Content-Type": {"application/json"}},
		Body:       io.NopCloser(strings.NewReader(body)),
		Request:    request,
	}
}
