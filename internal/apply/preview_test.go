// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package apply

import (
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

func TestAPreviewIsWhatApplyWouldMake(t *testing.T) {
	intent := Intent{Object: &corev1.ConfigMap{ObjectMeta: ours(), Data: map[string]string{"tenant": "cybercorp"}}}
	_, made, err := intent.Preview(nil, prefix)
	if err != nil {
		t.Fatal(err)
	}
	wanted, err := intent.New(prefix)
	if diff := cmp.Diff(wanted, made); err != nil || diff != "" {
		t.Errorf("where there is none: %v\n%s", err, diff)
	}
	have := wanted.(*corev1.ConfigMap)
	have.ResourceVersion, have.Data["tenant"], have.Labels["team"] = "7", "evil", "soc"
	was := have.DeepCopy()
	before, after, err := intent.Preview(have, prefix)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(was, have); diff != "" {
		t.Errorf("the live object was changed:\n%s", diff)
	}
	if diff := cmp.Diff(client.Object(was), before); diff != "" {
		t.Errorf("before:\n%s", diff)
	}
	was.Data["tenant"] = "cybercorp"
	if diff := cmp.Diff(client.Object(was), after); diff != "" {
		t.Errorf("after:\n%s", diff)
	}
	before, after, err = intent.Preview(was, prefix)
	if diff := cmp.Diff(before, after); err != nil || diff != "" {
		t.Errorf("where nothing is to be done: %v\n%s", err, diff)
	}
}

func TestAPreviewShowsNoValueOfASecret(t *testing.T) {
	intent := login("jane")
	made, err := intent.New(prefix)
	if err != nil {
		t.Fatal(err)
	}
	have := made.(*corev1.Secret)
	shown := func(object client.Object) map[string]string {
		t.Helper()
		secret := object.(*corev1.Secret)
		if len(secret.Data) > 0 {
			t.Errorf("data %v", secret.Data)
		}
		return secret.StringData
	}
	hid := map[string]string{"username": hidden, "url": hidden, "password": hidden}
	_, fresh, err := intent.Preview(nil, prefix)
	if diff := cmp.Diff(hid, shown(fresh)); err != nil || diff != "" {
		t.Errorf("where there is none: %v\n%s", err, diff)
	}
	before, after, err := intent.Preview(have, prefix)
	if diff := cmp.Diff(hid, shown(after)) + cmp.Diff(before, after); err != nil || diff != "" {
		t.Errorf("where nothing is to be done: %v\n%s", err, diff)
	}

	was := maps.Clone(have.Data)
	have.Data["username"], have.Data["more"] = []byte("mallory"), []byte("x")
	delete(have.Data, "password")
	before, after, err = intent.Preview(have, prefix)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"username": hidden, "url": hidden, "more": hidden}, shown(before)); diff != "" {
		t.Errorf("before:\n%s", diff)
	}
	if diff := cmp.Diff(map[string]string{"username": hiddenChanged, "url": hidden, "password": hiddenChanged}, shown(after)); diff != "" {
		t.Errorf("after:\n%s", diff)
	}
	for _, value := range was {
		if strings.Contains(marshal(t, after), string(value)) || strings.Contains(marshal(t, after), plain(string(value))) {
			t.Errorf("it shows %s", value)
		}
	}
}
