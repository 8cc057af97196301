// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package brand

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	corev1 "k8s.io/api/core/v1"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// Keys of a Secret of type tenantry.io/smtp.
const (
	keyHost     = "host"
	keyPort     = "port"
	keyUsername = "username"
	keyPassword = "password"
	keyRoots    = "ca.crt"
)

const (
	defaultPort = 587
	maxLogin    = 1024
)

// mailHost is a DNS name.
var mailHost = regexp.MustCompile(`^[A-Za-z0-9]([-A-Za-z0-9.]{0,251}[A-Za-z0-9])?$`)

// MailServer is a partner's mail server, as its Secret has it.
type MailServer struct {
	Host               string
	Port               int
	Username, Password string
	// Roots that its certificate must lead to; nil for the system's.
	Roots *x509.CertPool
}

// ReadMailServer reads a Secret. Its errors name keys, and hold no value of any.
func ReadMailServer(secret *corev1.Secret) (MailServer, error) {
	if secret.Type != v1alpha1.SecretTypeSMTP {
		return MailServer{}, fmt.Errorf("spec.smtpSecretRef: Secret %q must be of type %s: make it anew, for the type of a Secret stays", secret.Name, v1alpha1.SecretTypeSMTP)
	}
	bad := func(format string, values ...any) (MailServer, error) {
		return MailServer{}, fmt.Errorf("spec.smtpSecretRef: Secret %q: %s", secret.Name, fmt.Sprintf(format, values...))
	}
	value := func(key string) string { return string(bytes.TrimRight(secret.Data[key], "\r\n")) }
	server := MailServer{Host: value(keyHost), Port: defaultPort, Username: value(keyUsername), Password: value(keyPassword)}
	if !mailHost.MatchString(server.Host) {
		return bad("key %s must be the mail server's DNS name", keyHost)
	}
	if port := value(keyPort); port != "" {
		number, err := strconv.ParseUint(port, 10, 16)
		if err != nil || number == 0 {
			return bad("key %s must be a number from 1 to 65535, most often %d", keyPort, defaultPort)
		}
		server.Port = int(number)
	}
	for key, said := range map[string]string{keyUsername: server.Username, keyPassword: server.Password} {
		if len(said) > maxLogin || strings.ContainsFunc(said, unicode.IsControl) {
			return bad("key %s must be one line of at most %d bytes", key, maxLogin)
		}
	}
	if (server.Username == "") != (server.Password == "") {
		return bad("set both of keys %s and %s, or neither", keyUsername, keyPassword)
	}
	roots, err := readRoots(secret.Data[keyRoots])
	if err != nil {
		return bad("key %s %v", keyRoots, err)
	}
	server.Roots = roots
	return server, nil
}

func readRoots(bundle []byte) (*x509.CertPool, error) {
	if len(bundle) == 0 {
		return nil, nil //nolint:nilnil // nil stands for the system's
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(bundle) {
		return nil, errors.New("must hold certificates in PEM")
	}
	return roots, nil
}
