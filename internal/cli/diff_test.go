// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"regexp"
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// fleeting are what differs from one run to the next: directories and times of day.
var fleeting = regexp.MustCompile(`\S*/(LIVE|MERGED)-\d+|\t\d{4}-\d\d-\d\d .*`)

func TestWhatWouldChangeAndGoIsShown(t *testing.T) {
	t.Setenv("KUBECTL_EXTERNAL_DIFF", "")
	inPlace := func(name string) metav1.ObjectMeta { return metav1.ObjectMeta{Namespace: "acme-cybercorp", Name: name} }
	route := func(host string) *networkingv1.Ingress {
		return &networkingv1.Ingress{ObjectMeta: inPlace("portal"), Spec: networkingv1.IngressSpec{Rules: []networkingv1.IngressRule{{Host: host}}}}
	}
	settings := &corev1.ConfigMap{ObjectMeta: inPlace("tenantry"), Data: map[string]string{"name": "cybercorp"}}
	staff := &rbacv1.RoleBinding{ObjectMeta: inPlace("tenantry:viewer"), RoleRef: rbacv1.RoleRef{Kind: "ClusterRole", Name: "tenantry:viewer"}}
	for name, test := range map[string]struct {
		changes [][2]client.Object
		going   []client.Object
		code    int
	}{
		"diff-nothing": {changes: [][2]client.Object{{settings, settings}}},
		"diff-goes":    {changes: [][2]client.Object{{settings, settings}}, going: []client.Object{staff}, code: exitPending},
		"diff-changes": {changes: [][2]client.Object{{route("old.example"), route("new.example")}}, code: exitPending},
	} {
		t.Run(name, func(t *testing.T) {
			streams, _, out, complaints := genericiooptions.NewTestIOStreams()
			o := &RenderOptions{IOStreams: streams}
			var changes []compared
			for _, objects := range test.changes {
				live, err := shownObject(objects[0])
				if err != nil {
					t.Fatal(err)
				}
				then, err := shownObject(objects[1])
				if err != nil {
					t.Fatal(err)
				}
				changes = append(changes, compared{live: live, then: then})
			}
			changes, err := withRemovals(changes, test.going)
			if err != nil {
				t.Fatal(err)
			}
			if code := report(complaints, o.printDiff(changes)); code != test.code {
				t.Errorf("exit code %d: %s", code, complaints)
			}
			golden(t, name, fleeting.ReplaceAllString(out.String(), "$1"))
		})
	}
}
