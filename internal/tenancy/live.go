// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package tenancy

import (
	"context"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// Live has a reader of the API server take the place of the manager's cache in a Loader: it finds by index what Load looks for.
func Live(reader client.Reader) client.Reader { return live{reader} }

type live struct{ client.Reader }

// List implements client.Reader.
func (l live) List(ctx context.Context, list client.ObjectList, options ...client.ListOption) error {
	asked := (&client.ListOptions{}).ApplyOptions(options)
	if asked.FieldSelector == nil || asked.FieldSelector.Empty() {
		return l.Reader.List(ctx, list, asked)
	}
	selector := asked.FieldSelector
	asked.FieldSelector = nil
	switch list := list.(type) {
	case *v1alpha1.WhiteLabelProfileList:
		if value, found := selector.RequiresExactMatch(IndexDefaultBrand); found {
			return l.profiles(ctx, list, asked, value)
		}
	case *corev1.ConfigMapList:
		if value, found := selector.RequiresExactMatch(IndexClaims); found {
			return l.claims(ctx, list, asked, value)
		}
	}
	return fmt.Errorf("%T can't be found by %s without a cache", list, selector)
}

func (l live) profiles(ctx context.Context, list *v1alpha1.WhiteLabelProfileList, asked *client.ListOptions, value string) error {
	err := l.Reader.List(ctx, list, asked)
	list.Items = slices.DeleteFunc(list.Items, func(profile v1alpha1.WhiteLabelProfile) bool {
		return !slices.Contains(MarkedDefault(&profile), value)
	})
	return err
}

// claims bear the labels of whose they are: the server finds them by those, among thousands.
func (l live) claims(ctx context.Context, list *corev1.ConfigMapList, asked *client.ListOptions, value string) error {
	parent, tenant, _ := strings.Cut(value, "/")
	asked.LabelSelector = labels.SelectorFromSet(labels.Set{v1alpha1.LabelParent: parent, v1alpha1.LabelTenant: tenant})
	err := l.Reader.List(ctx, list, asked)
	list.Items = slices.DeleteFunc(list.Items, func(claim corev1.ConfigMap) bool { return !slices.Contains(ClaimedFor(&claim), value) })
	return err
}
