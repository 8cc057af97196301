// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	"regexp"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

const (
	maxSyncKinds = 32
	maxSyncKeys  = 64
)

// neverCopied are API groups, with those below them, whose kinds give rights, start work, lead requests or open networks.
// Kubernetes' own need no mention: see NeverCopied.
var neverCopied = map[string]string{
	"tenantry.io":         "Tenantry's own kinds say who gets what",
	"k8s.io":              "Kubernetes' own kinds give rights, lead requests or are made by its controllers",
	"x-k8s.io":            "Kubernetes' own kinds give rights, lead requests or are made by its controllers",
	"cert-manager.io":     "it makes Secrets",
	"openshift.io":        "it gives rights, leads requests or starts work",
	"traefik.io":          "it leads requests",
	"traefik.containo.us": "it leads requests",
	"istio.io":            "it leads requests",
	"projectcontour.io":   "it leads requests",
	"cilium.io":           "it opens networks",
	"projectcalico.org":   "it opens networks",
	"argoproj.io":         "it starts work",
	"fluxcd.io":           "it starts work",
	"knative.dev":         "it starts work",
	"tekton.dev":          "it starts work",
	"kubevirt.io":         "it starts work",
}

// coreCopied are the only kinds of the core group that may be copied: all others are workloads, accounts, quotas, or made
// by controllers.
var coreCopied = []string{"ConfigMap", "Secret"}

// NeverCopied says why no MasterTenantSync copies a kind, though it were configured; empty for a kind that may be.
func NeverCopied(kind schema.GroupKind) string {
	group := strings.ToLower(kind.Group)
	if group == "" {
		if slices.Contains(coreCopied, kind.Kind) {
			return ""
		}
		return "of the core group, ConfigMaps and Secrets alone are copied"
	}
	if !strings.Contains(group, ".") {
		return "Kubernetes' own workloads are started by who is to run them"
	}
	for domain, why := range neverCopied {
		if isOrBelow(group, domain) {
			return why
		}
	}
	return ""
}

// neverCarried are the prefixes of labels and annotations, with those below them, that tell a tool what belongs to it: on a copy
// they would make the tool take it for its own, and delete it.
var neverCarried = []string{
	"tenantry.io", "argoproj.io", "helm.sh", "fluxcd.io", "kubectl.kubernetes.io", "applyset.kubernetes.io",
	"config.kubernetes.io", "config.k8s.io", "cli-utils.sigs.k8s.io", "kapp.k14s.io", "cattle.io", "olm.operatorframework.io",
}

// neverCarriedKeys are the keys of that kind whose prefix is others' too.
var neverCarriedKeys = []string{"app.kubernetes.io/instance", "app.kubernetes.io/managed-by"}

// NeverCarried says whether a label or annotation is left out of copies, though it were configured.
func NeverCarried(key string) bool {
	key = strings.ToLower(key)
	prefix, _, prefixed := strings.Cut(key, "/")
	return prefixed && (slices.Contains(neverCarriedKeys, key) ||
		slices.ContainsFunc(neverCarried, func(domain string) bool { return isOrBelow(prefix, domain) }))
}

// isOrBelow says whether a DNS name is another, or lies below it.
func isOrBelow(name, domain string) bool {
	return name == domain || strings.HasSuffix(name, "."+domain)
}

func validateSync(s *Sync, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	kinds := path.Child("kinds")
	if len(s.Kinds) > maxSyncKinds {
		errs = append(errs, field.TooMany(kinds, len(s.Kinds), maxSyncKinds))
	}
	seen := map[schema.GroupKind]bool{}
	for i, kind := range s.Kinds {
		found := validateSyncKind(kind, kinds.Index(i))
		if group := kind.GroupVersionKind().GroupKind(); len(found) == 0 && seen[group] {
			found = append(found, field.Duplicate(kinds.Index(i), group.String()))
		} else {
			seen[group] = true
		}
		errs = append(errs, found...)
	}
	errs = append(errs, validateCarried(s.Labels, path.Child("labels"))...)
	return append(errs, validateCarried(s.Annotations, path.Child("annotations"))...)
}

var kindName = regexp.MustCompile("^[A-Z][A-Za-z0-9]{0,62}$")

func validateSyncKind(kind SyncKind, path *field.Path) field.ErrorList {
	version := path.Child("apiVersion")
	gv, err := schema.ParseGroupVersion(kind.APIVersion)
	if err != nil || gv.Version == "" {
		return field.ErrorList{field.Invalid(version, kind.APIVersion, "must be a group and a version, such as example.com/v1, or v1 for the core group")}
	}
	errs := messages(kind.APIVersion, version, validation.IsDNS1035Label(gv.Version))
	if gv.Group != "" {
		errs = append(errs, messages(kind.APIVersion, version, validation.IsDNS1123Subdomain(gv.Group))...)
	}
	if !kindName.MatchString(kind.Kind) {
		errs = append(errs, field.Invalid(path.Child("kind"), kind.Kind, "must be the name of a kind, such as ConfigMap: letters and digits that begin with a capital letter"))
	}
	if len(errs) > 0 {
		return errs
	}
	if why := NeverCopied(schema.GroupKind{Group: gv.Group, Kind: kind.Kind}); why != "" {
		errs = append(errs, field.Forbidden(path.Child("kind"), kind.Kind+" of "+kind.APIVersion+" is never copied: "+why+"; leave it out"))
	}
	return errs
}

func validateCarried(keys []string, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	if len(keys) > maxSyncKeys {
		errs = append(errs, field.TooMany(path, len(keys), maxSyncKeys))
	}
	for i, key := range keys {
		errs = append(errs, messages(key, path.Index(i), validation.IsQualifiedName(key))...)
		if NeverCarried(key) {
			errs = append(errs, field.Forbidden(path.Index(i), key+" tells a tool what belongs to it, and would do so on copies; leave it out"))
		}
	}
	return errs
}

// GroupVersionKind is the kind with its API group apart. Of an apiVersion that Validate refuses, it is empty.
func (k SyncKind) GroupVersionKind() schema.GroupVersionKind {
	return schema.FromAPIVersionAndKind(k.APIVersion, k.Kind)
}
