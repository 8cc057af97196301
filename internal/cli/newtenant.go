// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/cli/edit"
)

// newTenant is what a person says of a Tenant to be made.
type newTenant struct {
	name, file                                      string
	plan, region, displayName, access, admin, brand string
	labels                                          map[string]string
}

// object is the Tenant that is asked for: what the manifest says, if there is one, and what else is said.
func (n newTenant) object(manifest []byte) (*unstructured.Unstructured, error) {
	object := &unstructured.Unstructured{Object: map[string]any{}}
	if err := yaml.Unmarshal(manifest, &object.Object); err != nil {
		return nil, fmt.Errorf("%s: %w", n.file, err)
	}
	if object.Object == nil {
		object.Object = map[string]any{}
	}
	if kind := object.GetKind(); kind != "" && kind != "Tenant" {
		return nil, fmt.Errorf("%s holds no Tenant, but a %s", n.file, kind)
	}
	if name := object.GetName(); name != "" && name != n.name {
		return nil, fmt.Errorf("%s names tenant %q, and the argument %q", n.file, name, n.name)
	}
	object.SetAPIVersion(v1alpha1.GroupVersion.String())
	object.SetKind("Tenant")
	object.SetName(n.name)
	labels := object.GetLabels()
	for key, value := range n.labels {
		if labels == nil {
			labels = map[string]string{}
		}
		labels[key] = value
	}
	object.SetLabels(labels)
	fields, err := n.fields()
	if err != nil {
		return nil, err
	}
	if _, found := object.Object["spec"]; !found {
		object.Object["spec"] = map[string]any{}
	}
	return edit.Preview(object, fields)
}

// fields that are said, of the spec.
func (n newTenant) fields() ([]edit.Field, error) {
	var said []edit.Field
	for name, value := range map[string]string{"plan": n.plan, "display-name": n.displayName, "customer-access": n.access, "brand": n.brand} {
		if value == "" {
			continue
		}
		wanted, err := assigned(name + "=" + value)
		if err != nil {
			return nil, fmt.Errorf("--%w", err)
		}
		said = append(said, wanted...)
	}
	if n.region != "" {
		said = append(said, edit.Set(n.region, "spec", "region"))
	}
	if n.admin == "" {
		return said, nil
	}
	at := strings.LastIndex(n.admin, ":")
	if at <= 0 {
		return nil, errors.New("--admin is USER:EMAIL, with nothing after the colon for one who gets no mail")
	}
	said = append(said, edit.Set(n.admin[:at], "spec", "admin", "username"))
	if email := n.admin[at+1:]; email != "" {
		said = append(said, edit.Set(email, "spec", "admin", "email"))
	}
	return said, nil
}

// readManifest reads a file, or standard input for -, or nothing.
func readManifest(in io.Reader, path string) ([]byte, error) {
	switch path {
	case "":
		return nil, nil
	case "-":
		return io.ReadAll(in)
	default:
		return os.ReadFile(path) //nolint:gosec // the user names the file
	}
}
