// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	apitypes "k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/util/workqueue"
)

// atOnce is how many requests are made at the same time.
const atOnce = 8

// verbs are all that a request can have; of a subresource only the singular ones.
var (
	singularVerbs = []string{"get", "create", "update", "patch", "delete"}
	pluralVerbs   = []string{"list", "watch", "deletecollection"}
)

// resource is one that the API server serves.
type resource struct {
	schema.GroupVersionResource
	kind, subresource string
	namespaced        bool
}

func (r resource) String() string {
	return strings.TrimSuffix(r.GroupResource().String()+"/"+r.subresource, "/")
}

// request is one verb for one object, or for all of a namespace.
type request struct {
	resource
	verb, namespace, name string
}

func (r request) String() string {
	return fmt.Sprintf("%s %s %s/%s", r.verb, r.resource, r.namespace, r.name)
}

// resources are all that the API server serves, subresources too.
func resources() []resource {
	GinkgoHelper()
	_, lists, err := cluster.Clientset.Discovery().ServerGroupsAndResources()
	Expect(err).NotTo(HaveOccurred())
	var found []resource
	for _, list := range lists {
		version, err := schema.ParseGroupVersion(list.GroupVersion)
		Expect(err).NotTo(HaveOccurred())
		for _, served := range list.APIResources {
			name, subresource, _ := strings.Cut(served.Name, "/")
			found = append(found, resource{version.WithResource(name), served.Kind, subresource, served.Namespaced})
		}
	}
	return found
}

// aboutOneself says what everybody may ask of Kubernetes: what they themselves are and may do.
func (r resource) aboutOneself() bool {
	return slices.Contains([]string{"selfsubjectreviews", "selfsubjectaccessreviews", "selfsubjectrulesreviews"}, r.Resource)
}

// every request with every verb for a resource, in a namespace or for what lies in none.
func (r resource) every(ctx SpecContext, namespace string) []request {
	names := r.names(ctx, namespace)
	var all []request
	for _, verb := range singularVerbs {
		if verb == "create" && r.aboutOneself() {
			continue
		}
		for _, name := range names {
			all = append(all, request{r, verb, namespace, name})
		}
	}
	if r.subresource == "" {
		for _, verb := range pluralVerbs {
			all = append(all, request{r, verb, namespace, ""})
		}
	}
	return all
}

// names are those of an object that there is, else of one that there is not, and of the place itself.
func (r resource) names(ctx SpecContext, namespace string) []string {
	if r.Resource == "namespaces" {
		return []string{"default", world.tenant.Status.Namespace}
	}
	if r.subresource == "" {
		list, err := asAdmin(ctx).Resource(r.GroupVersionResource).Namespace(namespace).List(ctx, metav1.ListOptions{Limit: 1})
		if err == nil && len(list.Items) > 0 {
			return []string{list.Items[0].GetName()}
		}
	}
	return []string{"any"}
}

func asAdmin(SpecContext) dynamic.Interface {
	GinkgoHelper()
	all, err := dynamic.NewForConfig(cluster.Config)
	Expect(err).NotTo(HaveOccurred())
	return all
}

// send makes a request. What is let through changes nothing.
func (r request) send(ctx context.Context, as dynamic.Interface) error {
	in := as.Resource(r.GroupVersionResource).Namespace(r.namespace)
	var sub []string
	if r.subresource != "" {
		sub = []string{r.subresource}
	}
	dryRun := []string{metav1.DryRunAll}
	object := &unstructured.Unstructured{}
	object.SetGroupVersionKind(r.GroupVersion().WithKind(r.kind))
	object.SetName(r.name)
	var err error
	switch r.verb {
	case "get":
		_, err = in.Get(ctx, r.name, metav1.GetOptions{}, sub...)
	case "list":
		_, err = in.List(ctx, metav1.ListOptions{Limit: 1})
	case "watch":
		err = watch(ctx, in)
	case "create":
		_, err = in.Create(ctx, object, metav1.CreateOptions{DryRun: dryRun}, sub...)
	case "update":
		_, err = in.Update(ctx, object, metav1.UpdateOptions{DryRun: dryRun}, sub...)
	case "patch":
		_, err = in.Patch(ctx, r.name, apitypes.MergePatchType, []byte(`{"metadata":{"annotations":{"a":"b"}}}`), metav1.PatchOptions{DryRun: dryRun}, sub...)
	case "delete":
		err = in.Delete(ctx, r.name, metav1.DeleteOptions{DryRun: dryRun}, sub...)
	case "deletecollection":
		err = in.DeleteCollection(ctx, metav1.DeleteOptions{DryRun: dryRun}, metav1.ListOptions{})
	}
	return err
}

// watch begins to watch, and ends at once if it may.
func watch(ctx context.Context, in dynamic.ResourceInterface) error {
	watching, err := in.Watch(ctx, metav1.ListOptions{})
	if err == nil {
		watching.Stop()
	}
	return err
}

// allowed makes all requests and returns those that the API server does not forbid.
func allowed(ctx context.Context, as dynamic.Interface, requests []request) []string {
	var mutex sync.Mutex
	var found []string
	workqueue.ParallelizeUntil(ctx, atOnce, len(requests), func(i int) {
		if err := requests[i].send(ctx, as); !apierrors.IsForbidden(err) {
			mutex.Lock()
			defer mutex.Unlock()
			found = append(found, fmt.Sprintf("%s: %v", requests[i], err))
		}
	})
	return found
}

func blockClusterResources(ctx SpecContext, p *person) {
	var requests []request
	for _, served := range resources() {
		if !served.namespaced {
			requests = append(requests, served.every(ctx, "")...)
		}
	}
	Expect(len(requests)).To(BeNumerically(">", 300), "is all that the cluster has looked at?")
	Expect(allowed(ctx, p.requests, requests)).To(BeEmpty())
	nodes := request{resource{GroupVersionResource: corev1.SchemeGroupVersion.WithResource("nodes")}, "list", "", ""}
	Expect(nodes.send(ctx, asAdmin(ctx))).To(Succeed(), "the administrator of the cluster may")
	pods := request{resource{GroupVersionResource: corev1.SchemeGroupVersion.WithResource("pods")}, "list", p.place, ""}
	Expect(pods.send(ctx, p.requests)).To(Succeed(), "what lies in the place may be seen")
}

// Both ways: the tenant's people in all other places, and others' in the tenant's.
func blockOtherTenants(ctx SpecContext, p *person) {
	var out, in []request
	for _, served := range resources() {
		if !served.namespaced {
			continue
		}
		for _, namespace := range world.elsewhere() {
			out = append(out, served.every(ctx, namespace)...)
		}
		in = append(in, served.every(ctx, p.place)...)
		if served.subresource == "" {
			out = append(out, request{served, "list", "", ""}, request{served, "watch", "", ""})
		}
	}
	Expect(len(in)).To(BeNumerically(">", 500), "is all that a place may hold looked at?")
	Expect(allowed(ctx, p.requests, out)).To(BeEmpty())
	for _, role := range roles {
		if people[role] == p {
			Expect(allowed(ctx, strangers[role].requests, in)).To(BeEmpty())
		}
	}
	pods := request{resource{GroupVersionResource: corev1.SchemeGroupVersion.WithResource("pods")}, "list", p.place, ""}
	Expect(pods.send(ctx, p.requests)).To(Succeed(), "what lies in the own place may be seen")
}
