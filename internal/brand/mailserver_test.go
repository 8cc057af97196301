// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package brand_test

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/brand"
)

func smtpSecret(data map[string]string) *corev1.Secret {
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "smtp"}, Type: v1alpha1.SecretTypeSMTP, Data: map[string][]byte{}}
	for key, value := range data {
		secret.Data[key] = []byte(value)
	}
	return secret
}

func TestAMailServerIsReadFromItsSecret(t *testing.T) {
	server, err := brand.ReadMailServer(smtpSecret(map[string]string{"host": "smtp.acme.example\n", "port": "2525", "username": "mailer", "password": "hunter2\n"}))
	if err != nil || server.Host != "smtp.acme.example" || server.Port != 2525 || server.Username != "mailer" || server.Password != "hunter2" {
		t.Errorf("%+v, %v", server, err)
	}
	server, err = brand.ReadMailServer(smtpSecret(map[string]string{"host": "smtp.acme.example"}))
	if err != nil || server.Port != 587 || server.Roots != nil {
		t.Errorf("%+v, %v", server, err)
	}
}

func TestASecretThatIsNoMailServerIsNamedWithoutItsValues(t *testing.T) {
	good := map[string]string{"host": "smtp.acme.example", "username": "mailer", "password": "hunter2"}
	with := func(key, value string) *corev1.Secret {
		secret := smtpSecret(good)
		secret.Data[key] = []byte(value)
		return secret
	}
	ofType := func(kind corev1.SecretType) *corev1.Secret {
		secret := smtpSecret(good)
		secret.Type = kind
		return secret
	}
	for name, tc := range map[string]struct {
		secret *corev1.Secret
		says   string
	}{
		"another type":             {ofType(corev1.SecretTypeOpaque), "tenantry.io/smtp"},
		"a token":                  {ofType(corev1.SecretTypeServiceAccountToken), "tenantry.io/smtp"},
		"no host":                  {with("host", ""), "key host"},
		"a host with a line break": {with("host", "smtp.acme.example\r\nhunter2"), "key host"},
		"a URL":                    {with("host", "https://hunter2/"), "key host"},
		"a port that is none":      {with("port", "hunter2"), "key port"},
		"port 0":                   {with("port", "0"), "key port"},
		"a port too high":          {with("port", "65536"), "key port"},
		"a name of two lines":      {with("username", "a\r\nhunter2"), "key username"},
		"a password too long":      {with("password", strings.Repeat("hunter2", 200)), "key password"},
		"a name alone":             {with("password", ""), "neither"},
		"roots that are none":      {with("ca.crt", "hunter2"), "key ca.crt"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := brand.ReadMailServer(tc.secret)
			if err == nil || !strings.Contains(err.Error(), tc.says) || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("%v; want %q, and no value", err, tc.says)
			}
		})
	}
}
