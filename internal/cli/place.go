// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/desired"
)

// place is the namespace of a tenant's own. Its people may not read the Tenant, and are in its place: the settings there tell whose it is.
func (c cluster) place(ctx context.Context, name string) (string, error) {
	found, err := c.find(ctx, tenants, name)
	if err == nil {
		namespace, _, _ := unstructured.NestedString(found[0].Object, "status", "namespace")
		if namespace == "" {
			return "", &failure{code: exitFailure, err: fmt.Errorf("%s has no place yet", named(found[0])), hint: c.command("describe", name)}
		}
		return namespace, nil
	}
	if codeOf(err) != exitForbidden {
		return "", err
	}
	namespace, namespaceErr := c.namespace()
	if namespaceErr != nil {
		return "", namespaceErr
	}
	if c.settings(ctx, namespace)["name"] != name {
		return "", err // which says what the caller may not
	}
	return namespace, nil
}

// settings of the tenant whose place a namespace is; none where it is no place, or one that the caller is not let into.
func (c cluster) settings(ctx context.Context, namespace string) map[string]string {
	client, err := c.kubernetes()
	if err != nil {
		return nil
	}
	settings, err := client.CoreV1().ConfigMaps(namespace).Get(ctx, desired.SettingsName, metav1.GetOptions{})
	if err != nil || settings.Labels[v1alpha1.LabelManaged] != "true" {
		return nil
	}
	return settings.Data
}
