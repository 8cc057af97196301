// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package apply

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	jsonpatch "gopkg.in/evanphx/json-patch.v4"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// prefix of the labels and annotations that are ours alone.
const prefix = "ours.example/"

// ours is the metadata of an object of ours.
func ours() metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: "acme", Name: "it", Labels: map[string]string{prefix + "managed": "true"}}
}

// live is an object as the API server has it after an intent was created, with what happened since.
func live[T client.Object](t *testing.T, intent Intent, happened func(T)) T {
	t.Helper()
	object, err := intent.revealed(nil, prefix)
	if err != nil {
		t.Fatal(err)
	}
	object.SetResourceVersion("7")
	object.SetUID("uid")
	object.SetGeneration(3)
	DigestSecret(object)
	if happened != nil {
		happened(object.(T))
	}
	return object.(T)
}

// difference is the patch between an intent and what is live, without the resource version, which
// every patch bears; empty if nothing differs. What the patch leads to differs in nothing.
func difference[T client.Object](t *testing.T, intent Intent, have T) string {
	t.Helper()
	patch, err := intent.mergePatch(have, prefix)
	if err != nil {
		t.Fatal(err)
	}
	if patch == nil {
		return ""
	}
	var fields map[string]any
	if err := json.Unmarshal(patch, &fields); err != nil {
		t.Fatal(err)
	}
	metadata := fields["metadata"].(map[string]any)
	if metadata["resourceVersion"] != "7" {
		t.Errorf("resource version %v in %s", metadata["resourceVersion"], patch)
	}
	delete(metadata, "resourceVersion")
	if len(metadata) == 0 {
		delete(fields, "metadata")
	}
	if again, err := intent.mergePatch(patched(t, have, patch), prefix); again != nil || err != nil {
		t.Errorf("once patched with %s it differs by %s, %v", patch, again, err)
	}
	return marshal(t, fields)
}

// patched is an object after a merge patch, as the API server makes it and the cache holds it.
func patched[T client.Object](t *testing.T, object T, patch []byte) T {
	t.Helper()
	document, err := jsonpatch.MergePatch([]byte(marshal(t, object)), patch)
	if err != nil {
		t.Fatal(err)
	}
	result := reflect.New(reflect.TypeOf(object).Elem()).Interface().(T)
	if err := json.Unmarshal(document, result); err != nil {
		t.Fatal(err)
	}
	if secret, ok := any(result).(*corev1.Secret); ok {
		for key, value := range secret.Data {
			if !bytes.Equal(value, any(object).(*corev1.Secret).Data[key]) {
				secret.Data[key] = digest(value)
			}
		}
	}
	return result
}

func marshal(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// drift is a change of a live object and the patch that undoes it, empty for one that is none of ours.
type drift[T client.Object] struct {
	name     string
	happened func(T)
	patch    string
}

func expectDrifts[T client.Object](t *testing.T, intent Intent, drifts ...drift[T]) {
	t.Helper()
	for _, drift := range append(drifts, as[T]("nothing", nil, "")) {
		t.Run(drift.name, func(t *testing.T) {
			have := live(t, intent, drift.happened)
			want, was := intent.Object.DeepCopyObject(), have.DeepCopyObject()
			if diff := cmp.Diff(drift.patch, difference(t, intent, have)); diff != "" {
				t.Errorf("patch (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(want, intent.Object) + cmp.Diff(was, have.DeepCopyObject()); diff != "" {
				t.Errorf("a look changed the intent or the live object:\n%s", diff)
			}
		})
	}
}

func as[T client.Object](name string, happened func(T), patch string) drift[T] {
	return drift[T]{name, happened, patch}
}

func TestDriftOfAConfigMap(t *testing.T) {
	intent := Intent{Object: &corev1.ConfigMap{ObjectMeta: ours(), Data: map[string]string{"host": "a.example", "name": "a"}}}
	expectDrifts(t, intent,
		as("a value was changed", func(c *corev1.ConfigMap) { c.Data["host"] = "b.example" }, `{"data":{"host":"a.example"}}`),
		as("a key was added", func(c *corev1.ConfigMap) { c.Data["more"] = "x" }, `{"data":{"more":null}}`),
		as("a key was removed", func(c *corev1.ConfigMap) { delete(c.Data, "host") }, `{"data":{"host":"a.example"}}`),
		as("all keys were removed", func(c *corev1.ConfigMap) { c.Data = nil }, `{"data":{"host":"a.example","name":"a"}}`),
		as("all keys were removed, and an empty map is left", func(c *corev1.ConfigMap) { c.Data = map[string]string{} }, `{"data":{"host":"a.example","name":"a"}}`),
		as("binary data was added", func(c *corev1.ConfigMap) { c.BinaryData = map[string][]byte{"x": {1}} }, `{"binaryData":null}`),
		as("it was made immutable", func(c *corev1.ConfigMap) { c.Immutable = new(true) }, `{"immutable":null}`),
	)
}

func TestDriftOfAnEmptyMapIsNone(t *testing.T) {
	for name, data := range map[string]map[string]string{"nil": nil, "empty": {}} {
		t.Run(name, func(t *testing.T) {
			intent := Intent{Object: &corev1.ConfigMap{ObjectMeta: ours(), Data: data}}
			expectDrifts(t, intent,
				as("it is nil", func(c *corev1.ConfigMap) { c.Data = nil }, ""),
				as("it is empty", func(c *corev1.ConfigMap) { c.Data = map[string]string{} }, ""),
				as("a key was added", func(c *corev1.ConfigMap) { c.Data = map[string]string{"x": "y"} }, `{"data":null}`),
			)
		})
	}
}

func TestDriftOfARoleBinding(t *testing.T) {
	jane := rbacv1.Subject{Kind: rbacv1.UserKind, APIGroup: rbacv1.GroupName, Name: "jane"}
	mallory := rbacv1.Subject{Kind: rbacv1.UserKind, APIGroup: rbacv1.GroupName, Name: "mallory"}
	const subjects = `{"subjects":[{"apiGroup":"rbac.authorization.k8s.io","kind":"User","name":"jane"}]}`
	intent := Intent{Object: &rbacv1.RoleBinding{
		ObjectMeta: ours(),
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "viewer"},
		Subjects:   []rbacv1.Subject{jane},
	}}
	expectDrifts(t, intent,
		as("a subject was added", func(b *rbacv1.RoleBinding) { b.Subjects = append(b.Subjects, mallory) }, subjects),
		as("a subject was put in front", func(b *rbacv1.RoleBinding) { b.Subjects = []rbacv1.Subject{mallory, jane} }, subjects),
		as("a subject was replaced", func(b *rbacv1.RoleBinding) { b.Subjects = []rbacv1.Subject{mallory} }, subjects),
		as("a subject was changed", func(b *rbacv1.RoleBinding) { b.Subjects[0].Kind = rbacv1.GroupKind }, subjects),
		as("all subjects were removed", func(b *rbacv1.RoleBinding) { b.Subjects = nil }, subjects),
	)
}

func TestDriftOfAServiceThatTheAPIServerFillsIn(t *testing.T) {
	intent := Intent{
		Object: &corev1.Service{ObjectMeta: ours(), Spec: corev1.ServiceSpec{
			Type:     corev1.ServiceTypeClusterIP,
			Selector: map[string]string{"app": "portal"},
			Ports:    []corev1.ServicePort{{Name: "http", Protocol: corev1.ProtocolTCP, Port: 80, TargetPort: intstr.FromString("http")}},
		}},
		ServerFields: [][]string{{"spec", "clusterIP"}, {"spec", "clusterIPs"}, {"spec", "ipFamilyPolicy"}, {"spec", "nowhere", "deeper"}},
	}
	filledIn := func(s *corev1.Service) {
		s.Spec.ClusterIP, s.Spec.ClusterIPs = "10.0.0.1", []string{"10.0.0.1"}
		s.Spec.IPFamilyPolicy = new(corev1.IPFamilyPolicySingleStack)
		s.Status.LoadBalancer.Ingress = []corev1.LoadBalancerIngress{{IP: "192.0.2.1"}}
	}
	const ports = `{"spec":{"ports":[{"name":"http","port":80,"protocol":"TCP","targetPort":"http"}]}}`
	expectDrifts(t, intent,
		as("it was filled in", filledIn, ""),
		as("a field was added to what was filled in", func(s *corev1.Service) { filledIn(s); s.Spec.ExternalIPs = []string{"192.0.2.1"} }, `{"spec":{"externalIPs":null}}`),
		as("a field was changed", func(s *corev1.Service) { s.Spec.Type = corev1.ServiceTypeNodePort }, `{"spec":{"type":"ClusterIP"}}`),
		as("a label of the selector was added", func(s *corev1.Service) { s.Spec.Selector["more"] = "x" }, `{"spec":{"selector":{"more":null}}}`),
		as("a label of the selector was changed", func(s *corev1.Service) { s.Spec.Selector["app"] = "evil" }, `{"spec":{"selector":{"app":"portal"}}}`),
		as("the selector was removed", func(s *corev1.Service) { s.Spec.Selector = nil }, `{"spec":{"selector":{"app":"portal"}}}`),
		as("a field of a list's item was added", func(s *corev1.Service) { s.Spec.Ports[0].NodePort = 30000 }, ports),
		as("a port was added", func(s *corev1.Service) { s.Spec.Ports = append(s.Spec.Ports, corev1.ServicePort{Port: 22}) }, ports),
	)
}

func TestDriftOfAResourceQuota(t *testing.T) {
	hard := corev1.ResourceList{
		corev1.ResourceCPU:             resource.MustParse("1000m"),
		corev1.ResourceRequestsStorage: resource.MustParse("1.5Gi"),
		corev1.ResourcePods:            resource.Quantity{},
	}
	intent := Intent{Object: &corev1.ResourceQuota{ObjectMeta: ours(), Spec: corev1.ResourceQuotaSpec{Hard: hard}}}
	set := func(name corev1.ResourceName, value string) func(*corev1.ResourceQuota) {
		return func(q *corev1.ResourceQuota) { q.Spec.Hard[name] = resource.MustParse(value) }
	}
	expectDrifts(t, intent,
		as("a quantity is written in whole units", set(corev1.ResourceCPU, "1"), ""),
		as("a quantity is written in smaller units", set(corev1.ResourceRequestsStorage, "1536Mi"), ""),
		as("a quantity of zero has a unit", set(corev1.ResourcePods, "0Gi"), ""),
		as("a quantity was raised", set(corev1.ResourceCPU, "1001m"), `{"spec":{"hard":{"cpu":"1"}}}`),
		as("a quantity was added", set(corev1.ResourceSecrets, "5"), `{"spec":{"hard":{"secrets":null}}}`),
		as("a quantity was removed", func(q *corev1.ResourceQuota) { delete(q.Spec.Hard, corev1.ResourcePods) }, `{"spec":{"hard":{"pods":"0"}}}`),
		as("a scope was added", func(q *corev1.ResourceQuota) {
			q.Spec.Scopes = []corev1.ResourceQuotaScope{corev1.ResourceQuotaScopeBestEffort}
		}, `{"spec":{"scopes":null}}`),
		as("use was counted", func(q *corev1.ResourceQuota) { q.Status.Used = hard }, ""),
	)
}

func TestDriftOfANetworkPolicy(t *testing.T) {
	all := networkingv1.NetworkPolicyPeer{PodSelector: &metav1.LabelSelector{}}
	intent := Intent{Object: &networkingv1.NetworkPolicy{ObjectMeta: ours(), Spec: networkingv1.NetworkPolicySpec{
		PolicyTypes: []networkingv1.PolicyType{networkingv1.PolicyTypeIngress},
		Ingress:     []networkingv1.NetworkPolicyIngressRule{{From: []networkingv1.NetworkPolicyPeer{all}}},
	}}}
	expectDrifts(t, intent,
		as("it selects fewer pods", func(p *networkingv1.NetworkPolicy) { p.Spec.PodSelector.MatchLabels = map[string]string{"a": "b"} },
			`{"spec":{"podSelector":{"matchLabels":null}}}`),
		as("a rule without a peer was added: everybody", func(p *networkingv1.NetworkPolicy) {
			p.Spec.Ingress = append(p.Spec.Ingress, networkingv1.NetworkPolicyIngressRule{})
		}, `{"spec":{"ingress":[{"from":[{"podSelector":{}}]}]}}`),
		as("its rules were removed", func(p *networkingv1.NetworkPolicy) { p.Spec.Ingress = nil }, `{"spec":{"ingress":[{"from":[{"podSelector":{}}]}]}}`),
		as("another direction was closed", func(p *networkingv1.NetworkPolicy) {
			p.Spec.PolicyTypes = append(p.Spec.PolicyTypes, networkingv1.PolicyTypeEgress)
		}, `{"spec":{"policyTypes":["Ingress"]}}`),
	)
}

func TestDriftOfANamespaceWhoseSpecIsTheServers(t *testing.T) {
	intent := Intent{
		Object:       &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "acme", Labels: map[string]string{prefix + "managed": "true"}}},
		ServerFields: [][]string{{"spec"}},
	}
	expectDrifts(t, intent,
		as("a finalizer of its spec was added", func(n *corev1.Namespace) { n.Spec.Finalizers = []corev1.FinalizerName{corev1.FinalizerKubernetes} }, ""),
		as("it is going", func(n *corev1.Namespace) { n.Status.Phase = corev1.NamespaceTerminating }, ""),
	)
}

func TestALookAtAnUnstructuredObjectChangesNothing(t *testing.T) {
	object := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "ConfigMap",
		"metadata": map[string]any{"name": "it", "namespace": "acme", "resourceVersion": "7"},
		"data":     map[string]any{"key": "value", "nothing": nil},
	}}
	was := object.DeepCopy()
	if patch, err := (Intent{Object: object}).mergePatch(object, prefix); patch != nil || err != nil {
		t.Errorf("patch %s, %v", patch, err)
	}
	if diff := cmp.Diff(was, object); diff != "" {
		t.Errorf("-before +after:\n%s", diff)
	}
}
