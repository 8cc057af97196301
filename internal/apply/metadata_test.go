// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package apply

import (
	"maps"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// foreign returns an intent with a label and an annotation outside our prefix.
func foreign(labels, annotations map[string]string) Intent {
	object := &corev1.ConfigMap{ObjectMeta: ours()}
	maps.Copy(object.Labels, labels)
	object.Annotations = annotations
	return Intent{Object: object}
}

func TestDriftOfMetadata(t *testing.T) {
	intent := foreign(map[string]string{"level": "restricted"}, map[string]string{prefix + "uid": "1", "issuer": "ca"})
	label := func(key, value string) func(*corev1.ConfigMap) {
		return func(c *corev1.ConfigMap) { c.Labels[key] = value }
	}
	annotation := func(key, value string) func(*corev1.ConfigMap) {
		return func(c *corev1.ConfigMap) { c.Annotations[key] = value }
	}
	expectDrifts(t, intent,
		as("another's label was added", label("team", "soc"), ""),
		as("another's annotation was added", annotation("team", "soc"), ""),
		as("another's annotation has the name of a label of ours", annotation("level", "high"), ""),
		as("another's label has the name of an annotation of ours", label("issuer", "me"), ""),
		as("another's label has a prefix that only looks like ours", label("ours.example.org/x", "y"), ""),
		as("a label under our prefix was added", label(prefix+"tenant", "other"), `{"metadata":{"labels":{"ours.example/tenant":null}}}`),
		as("an annotation under our prefix was added", annotation(prefix+"purge", "it"), `{"metadata":{"annotations":{"ours.example/purge":null}}}`),
		as("a label was changed", label(prefix+"managed", "false"), `{"metadata":{"labels":{"ours.example/managed":"true"}}}`),
		as("a label outside our prefix was changed", label("level", "privileged"), `{"metadata":{"labels":{"level":"restricted"}}}`),
		as("a label outside our prefix was removed", func(c *corev1.ConfigMap) { delete(c.Labels, "level") }, `{"metadata":{"labels":{"level":"restricted"}}}`),
		as("all labels were removed", func(c *corev1.ConfigMap) { c.Labels = nil }, `{"metadata":{"labels":{"level":"restricted","ours.example/managed":"true"}}}`),
		as("an annotation was changed", annotation(prefix+"uid", "2"), `{"metadata":{"annotations":{"ours.example/uid":"1"}}}`),
		as("all annotations were removed", func(c *corev1.ConfigMap) { c.Annotations = nil },
			`{"metadata":{"annotations":{"issuer":"ca","ours.example/applied-annotations":"issuer","ours.example/applied-labels":"level","ours.example/uid":"1"}}}`),
		as("our note of what we set was forged", annotation(prefix+"applied-labels", "level,team"), `{"metadata":{"annotations":{"ours.example/applied-labels":"level"}}}`),
		as("the rest of the metadata was changed", func(c *corev1.ConfigMap) {
			c.Generation, c.ManagedFields = 99, []metav1.ManagedFieldsEntry{{Manager: "x"}}
		}, ""),
	)
}

func TestWhatWeSetOnceAndNoLongerWantIsRemoved(t *testing.T) {
	for _, test := range []struct {
		name      string
		was, want Intent
		patch     string
	}{
		{"an annotation, and others' stay",
			foreign(nil, map[string]string{"issuer": "ca", "class": "nginx"}), foreign(nil, map[string]string{"class": "nginx"}),
			`{"metadata":{"annotations":{"issuer":null,"ours.example/applied-annotations":"class"}}}`},
		{"the last annotation, and our note with it",
			foreign(nil, map[string]string{"issuer": "ca"}), foreign(nil, nil),
			`{"metadata":{"annotations":{"issuer":null,"ours.example/applied-annotations":null}}}`},
		{"a label, and others' stay",
			foreign(map[string]string{"level": "restricted"}, nil), foreign(nil, nil),
			`{"metadata":{"annotations":{"ours.example/applied-labels":null},"labels":{"level":null}}}`},
		{"a label under our prefix",
			foreign(map[string]string{prefix + "region": "eu"}, nil), foreign(nil, nil),
			`{"metadata":{"labels":{"ours.example/region":null}}}`},
		{"an annotation under our prefix",
			foreign(nil, map[string]string{prefix + "uid": "1"}), foreign(nil, nil),
			`{"metadata":{"annotations":{"ours.example/uid":null}}}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			have := live(t, test.was, func(c *corev1.ConfigMap) {
				c.Labels["theirs"] = "stays"
				if c.Annotations == nil {
					c.Annotations = map[string]string{}
				}
				c.Annotations["theirs"] = "stays"
			})
			if got := difference(t, test.want, have); got != test.patch {
				t.Errorf("got  %s\nwant %s", got, test.patch)
			}
		})
	}
}

func TestWhatWasAlwaysAnothersIsNotTakenAwayWhenWeWantItAndNoLongerDo(t *testing.T) {
	have := live(t, foreign(nil, nil), func(c *corev1.ConfigMap) { c.Annotations = map[string]string{"issuer": "theirs"} })
	if got := difference(t, foreign(nil, nil), have); got != "" {
		t.Errorf("patch %s", got)
	}
}
