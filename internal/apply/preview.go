// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package apply

import (
	"encoding/json"
	"reflect"

	jsonpatch "gopkg.in/evanphx/json-patch.v4"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// What is shown in place of the values of a Secret.
const (
	hidden        = "***"
	hiddenChanged = "*** (another)"
)

// Preview is what Apply would make of a live object, or of none, which is nil, with no value of a Secret in it; before is the live
// object, shown in the same way. Where nothing would be written both are alike. The live object is not changed.
func (in Intent) Preview(live client.Object, prefix string) (before, after client.Object, err error) {
	if live == nil {
		made := in.Object.DeepCopyObject().(client.Object)
		made.SetAnnotations(annotations(made, prefix))
		if secret, ok := made.(*corev1.Secret); ok {
			for key := range in.Generate {
				secret.Data = withKey(secret.Data, key)
			}
		}
		return nil, hide(made, nil), nil
	}
	live = live.DeepCopyObject().(client.Object)
	DigestSecret(live)
	patch, err := in.unrevealedPatch(live, prefix)
	if err != nil {
		return nil, nil, err
	}
	after = live
	if patch != nil {
		if after, err = withPatch(live, patch); err != nil {
			return nil, nil, err
		}
	}
	return hide(live, nil), hide(after, live), nil
}

func withPatch(live client.Object, patch map[string]any) (client.Object, error) {
	data, err := json.Marshal(patch)
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(live)
	if err != nil {
		return nil, err
	}
	merged, err := jsonpatch.MergePatch(text, data)
	if err != nil {
		return nil, err
	}
	after := reflect.New(reflect.TypeOf(live).Elem()).Interface().(client.Object)
	return after, json.Unmarshal(merged, after)
}

// hide takes the values out of a Secret, and says which are other than those of before.
func hide(object, before client.Object) client.Object {
	secret, ok := object.(*corev1.Secret)
	if !ok {
		return object
	}
	was, _ := before.(*corev1.Secret)
	secret = secret.DeepCopy()
	shown := map[string]string{}
	for key, value := range secret.Data {
		shown[key] = hidden
		if was != nil && string(was.Data[key]) != string(value) {
			shown[key] = hiddenChanged
		}
	}
	secret.Data, secret.StringData = nil, shown
	return secret
}

func withKey(data map[string][]byte, key string) map[string][]byte {
	if data == nil {
		data = map[string][]byte{}
	}
	data[key] = missing
	return data
}
