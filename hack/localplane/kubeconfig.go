// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"text/template"
)

// kubeconfigTemplate holds the certificates themselves, so that the file can be copied.
var kubeconfigTemplate = template.Must(template.New("kubeconfig").Parse(`apiVersion: v1
kind: Config
current-context: {{.Name}}
contexts:
- name: {{.Name}}
  context:
    cluster: {{.Name}}
    user: {{.Name}}
clusters:
- name: {{.Name}}
  cluster:
    server: {{.Server}}
    certificate-authority-data: {{.Authority}}
users:
- name: {{.Name}}
  user:
    client-certificate-data: {{.Certificate}}
    client-key-data: {{.Key}}
`))

// ensureKubeconfig writes a kubeconfig for one of the certificates in certs. It keeps a file that
// is there: contexts and namespaces that its user has set in it are not ours to undo.
func ensureKubeconfig(path, certs, certificate, name, server string) error {
	if _, err := os.Stat(path); err == nil || !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	values := map[string]string{"Name": name, "Server": server}
	for key, file := range map[string]string{
		"Authority": clusterCA + ".crt", "Certificate": certificate + ".crt", "Key": certificate + ".key",
	} {
		data, err := os.ReadFile(filepath.Join(certs, file))
		if err != nil {
			return err
		}
		values[key] = base64.StdEncoding.EncodeToString(data)
	}
	var buffer bytes.Buffer
	if err := kubeconfigTemplate.Execute(&buffer, values); err != nil {
		return err
	}
	return writeFile(path, buffer.Bytes())
}
