// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package manager

import (
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	toolscache "k8s.io/client-go/tools/cache"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/desired"
	"github.com/tenantry/tenantry/internal/intern"
)

// Most entries of a table of shared values. A table that is full is begun anew, so that values which
// nobody has any more don't stay.
const (
	maxSharedLabels  = 1 << 16 // one for each tenant
	maxSharedStrings = 1 << 17 // some for each tenant
	maxSharedSpecs   = 1 << 12
	// A picture is large, and there are two of each brand at most.
	maxSharedPictures = 1 << 8
)

// sharing is a transform of the caches: values that are the same in many objects are kept once. Most
// tenants have the same limits, and all objects of one tenant have the same labels and namespace; of a
// tenant's memory these are more than half.
type sharing struct {
	strings  intern.Strings
	labels   intern.Maps
	lists    intern.Table[corev1.ResourceList]
	limits   intern.Table[[]corev1.LimitRangeItem]
	networks intern.Table[networkingv1.NetworkPolicySpec]
	services intern.Table[corev1.ServiceSpec]
	subjects intern.Table[[]rbacv1.Subject]
	rights   intern.Table[rbacv1.PolicyRule]
	pictures intern.Table[[]byte]
}

func newSharing() *sharing {
	return &sharing{
		strings:  intern.Strings{Most: maxSharedStrings},
		labels:   intern.Maps{Most: maxSharedLabels},
		lists:    intern.Table[corev1.ResourceList]{Most: maxSharedSpecs},
		limits:   intern.Table[[]corev1.LimitRangeItem]{Most: maxSharedSpecs},
		networks: intern.Table[networkingv1.NetworkPolicySpec]{Most: maxSharedSpecs},
		services: intern.Table[corev1.ServiceSpec]{Most: maxSharedSpecs},
		subjects: intern.Table[[]rbacv1.Subject]{Most: maxSharedSpecs},
		rights:   intern.Table[rbacv1.PolicyRule]{Most: maxSharedSpecs},
		pictures: intern.Table[[]byte]{Most: maxSharedPictures},
	}
}

// after shares what is left of an object by another transform.
func (s *sharing) after(strip toolscache.TransformFunc) toolscache.TransformFunc {
	return func(object any) (any, error) {
		object, err := strip(object)
		if err != nil {
			return object, err
		}
		return s.share(object)
	}
}

// share shares what it can. Doing it again changes nothing. What is shared must not be changed: labels
// and specs are those of kinds that the operator only compares, or that readers get copies of.
func (s *sharing) share(object any) (any, error) {
	accessor, err := meta.Accessor(object)
	if err != nil {
		return object, nil //nolint:nilerr // the tombstone of an object is none
	}
	accessor.SetNamespace(s.text(accessor.GetNamespace()))
	labels := s.texts(accessor.GetLabels())
	if accessor.GetNamespace() != "" && labels[v1alpha1.LabelManaged] != "" { // a namespace has its own
		labels = s.labels.Share(labels)
	}
	accessor.SetLabels(labels)
	accessor.SetAnnotations(s.texts(accessor.GetAnnotations()))
	switch object := object.(type) {
	case *v1alpha1.Tenant:
		said := &object.Status
		for _, text := range []*string{&object.Kind, &object.APIVersion, &said.Namespace, &said.SuperAdmin, &said.Agents, &said.Disk} {
			*text = s.text(*text)
		}
		if brand := said.Brand; brand != nil {
			brand.From = v1alpha1.BrandOrigin(s.text(string(brand.From)))
			for i := range brand.Fields {
				field := &brand.Fields[i]
				field.Name, field.From = s.text(field.Name), v1alpha1.BrandOrigin(s.text(string(field.From)))
			}
		}
		said.WhiteLabelProfile = s.text(said.WhiteLabelProfile)
		said.Phase = v1alpha1.TenantPhase(s.text(string(said.Phase)))
		s.conditions(object.Status.Conditions)
	case *v1alpha1.AssetInventory:
		object.Kind, object.APIVersion = s.text(object.Kind), s.text(object.APIVersion)
		s.conditions(object.Status.Conditions)
	case *corev1.ConfigMap:
		value := func(own string) string { return own }
		if object.Name == desired.BrandName { // the same for all who bear the brand
			value = s.text
			for key, picture := range object.BinaryData {
				object.BinaryData[key] = s.pictures.Share(string(picture), picture)
			}
		}
		object.Data = s.strings.Pairs(object.Data, value)
	case *v1alpha1.WhiteLabelProfile:
		s.conditions(object.Status.Conditions)
	case *corev1.ResourceQuota:
		for _, list := range []*corev1.ResourceList{&object.Spec.Hard, &object.Status.Hard, &object.Status.Used} {
			*list = s.lists.Share(listKey(*list), *list)
		}
	case *corev1.LimitRange:
		if key, err := object.Spec.Marshal(); err == nil {
			object.Spec.Limits = s.limits.Share(string(key), object.Spec.Limits)
		}
	case *networkingv1.NetworkPolicy:
		if key, err := object.Spec.Marshal(); err == nil {
			object.Spec = s.networks.Share(string(key), object.Spec)
		}
	case *rbacv1.RoleBinding:
		if key, err := (&rbacv1.RoleBinding{Subjects: object.Subjects}).Marshal(); err == nil {
			object.Subjects = s.subjects.Share(string(key), object.Subjects)
		}
	case *rbacv1.Role:
		for i := range object.Rules {
			object.Rules[i] = s.rule(object.Rules[i])
		}
	case *corev1.Service:
		// Its address is each Service's own, and the API server's affair.
		object.Spec.ClusterIP, object.Spec.ClusterIPs = "", nil
		if key, err := object.Spec.Marshal(); err == nil {
			object.Spec = s.services.Share(string(key), object.Spec)
		}
	}
	return object, nil
}

func (s *sharing) conditions(conditions []metav1.Condition) {
	for i := range conditions {
		condition := &conditions[i]
		condition.Type, condition.Reason, condition.Message = s.text(condition.Type), s.text(condition.Reason), s.text(condition.Message)
	}
}

// rule shares all of a rule but the names of resources, which are each Role's own.
func (s *sharing) rule(rule rbacv1.PolicyRule) rbacv1.PolicyRule {
	names := rule.ResourceNames
	rule.ResourceNames = nil
	if key, err := rule.Marshal(); err == nil {
		rule = s.rights.Share(string(key), rule)
	}
	rule.ResourceNames = names
	return rule
}

func (s *sharing) text(value string) string { return s.strings.Text(value) }

// texts shares what a map is made of, and makes the map as large as it needs to be: what was stripped
// leaves room behind.
func (s *sharing) texts(values map[string]string) map[string]string {
	return s.strings.Pairs(values, s.text)
}

func listKey(list corev1.ResourceList) string {
	var key strings.Builder
	for _, name := range slices.Sorted(maps.Keys(list)) {
		quantity := list[name]
		key.WriteString(string(name) + "=" + string(quantity.Format) + quantity.String() + "\x00")
	}
	return key.String()
}
