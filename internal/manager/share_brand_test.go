// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package manager

import (
	"fmt"
	"strings"
	"testing"
	"unsafe"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

func TestABrandIsHeldOnceForAllWhoBearIt(t *testing.T) {
	share := newSharing().after(func(object any) (any, error) { return object, nil })
	worn := func(name string, picture byte) *corev1.ConfigMap {
		object := &corev1.ConfigMap{
			ObjectMeta: metav1.ObjectMeta{Namespace: name, Name: "brand", Labels: map[string]string{v1alpha1.LabelManaged: "true", v1alpha1.LabelTenant: name}},
			Data:       map[string]string{"brand.json": strings.Repeat("{}", 1000)},
			BinaryData: map[string][]byte{"logo.png": []byte(strings.Repeat(string(picture), 10_000))},
		}
		transform(t, share, object)
		return object
	}
	first := worn("acme-a", 'x')
	for i := range 100 {
		other := worn(fmt.Sprintf("acme-%d", i), 'x')
		if unsafe.SliceData(first.BinaryData["logo.png"]) != unsafe.SliceData(other.BinaryData["logo.png"]) ||
			unsafe.StringData(first.Data["brand.json"]) != unsafe.StringData(other.Data["brand.json"]) {
			t.Fatal("it is held again for each tenant")
		}
	}
	if other := worn("acme-z", 'y'); other.BinaryData["logo.png"][0] != 'y' {
		t.Error("another picture is taken for the same")
	}
}
