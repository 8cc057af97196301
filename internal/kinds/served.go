// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

// Package kinds tells which kinds the operator reads and writes, and which of them a cluster serves.
package kinds

import (
	"fmt"
	"slices"

	certmanagerv1 "github.com/cert-manager/cert-manager/pkg/apis/certmanager/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

// Served are the kinds that a cluster may do without, as it was when it was asked.
type Served struct {
	// Gateway says that the Gateway API's HTTPRoutes and ListenerSets are served.
	Gateway bool
	// Certificates says that cert-manager's are served.
	Certificates bool
}

// Serves says whether the cluster serves the kind of an object, which every cluster does but for those kinds.
func (s Served) Serves(object client.Object) bool {
	switch object.(type) {
	case *gatewayv1.HTTPRoute, *gatewayv1.ListenerSet:
		return s.Gateway
	case *certmanagerv1.Certificate:
		return s.Certificates
	}
	return true
}

// Only are those of some objects whose kinds the cluster serves.
func (s Served) Only(objects []client.Object) []client.Object {
	return slices.DeleteFunc(objects, func(object client.Object) bool { return !s.Serves(object) })
}

// In asks which kinds a cluster serves.
func In(mapper meta.RESTMapper) (Served, error) {
	routes, err := all(mapper, gateway("HTTPRoute"), gateway("ListenerSet"))
	if err != nil {
		return Served{}, err
	}
	certificates, err := all(mapper, certmanagerv1.SchemeGroupVersion.WithKind("Certificate"))
	return Served{Gateway: routes, Certificates: certificates}, err
}

func gateway(kind string) schema.GroupVersionKind {
	return schema.GroupVersionKind{Group: gatewayv1.GroupName, Version: gatewayv1.GroupVersion.Version, Kind: kind}
}

func all(mapper meta.RESTMapper, kinds ...schema.GroupVersionKind) (bool, error) {
	for _, kind := range kinds {
		_, err := mapper.RESTMapping(kind.GroupKind(), kind.Version)
		if meta.IsNoMatchError(err) {
			return false, nil
		}
		if err != nil {
			return false, fmt.Errorf("asking whether %s is served: %w", kind, err)
		}
	}
	return true, nil
}
