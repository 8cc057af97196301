// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	"crypto/rand"

	corev1 "k8s.io/api/core/v1"

	"github.com/tenantry/tenantry/internal/apply"
)

// defaultAdmin is the user name in the Secret of a tenant that names no administrator.
const defaultAdmin = "admin"

// adminSecret is the first administrator's login to the tenant's software. The password is made
// once, by the engine, where it is missing.
func adminSecret(in Inputs) *apply.Intent {
	username := defaultAdmin
	if in.Tenant.Spec.Admin != nil {
		username = in.Tenant.Spec.Admin.Username
	}
	return &apply.Intent{
		Object: &corev1.Secret{
			ObjectMeta: objectMeta(in, AdminSecretName),
			Type:       corev1.SecretTypeBasicAuth,
			Data: map[string][]byte{
				corev1.BasicAuthUsernameKey: []byte(username),
				"url":                       []byte(URL(in)),
			},
		},
		Generate: map[string]func() ([]byte, error){corev1.BasicAuthPasswordKey: newPassword},
	}
}

// newPassword has at least 128 bits of randomness, in letters and digits that can be read aloud.
func newPassword() ([]byte, error) {
	return []byte(rand.Text()), nil
}
