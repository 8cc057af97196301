// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	authorizationv1 "k8s.io/api/authorization/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/duration"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/client-go/kubernetes"
	"k8s.io/utils/ptr"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/cli/contexts"
	"github.com/tenantry/tenantry/internal/desired"
	"github.com/tenantry/tenantry/internal/directory"
)

// soon is when somebody is warned that their access ends.
const soon = 24 * time.Hour

// entrance is a tenant's place, and how the caller gets in.
type entrance struct {
	tenant contexts.Tenant
	// object is the Tenant; nil for who may not read it.
	object *v1alpha1.Tenant
	// suspended places let nobody in but who is let in above.
	suspended bool
	// admitted says that the API server lets the caller in.
	admitted bool
	// role of the caller's and when it ends, as far as their directory tells.
	role string
	ends *time.Time
	// url of the portal; empty if none is served, or not known.
	url string
}

// validName refuses what is no NAME and no PARENT/NAME.
func validName(given string) error {
	for part := range strings.SplitSeq(given, "/") {
		if problems := validation.IsDNS1123Label(part); len(problems) > 0 || strings.Count(given, "/") > 1 {
			return fmt.Errorf("%q names no tenant: it is NAME or PARENT/NAME", given)
		}
	}
	return nil
}

// qualified is the cluster where the parent's namespace of a tenant is meant that is named as PARENT/NAME, and its name.
func (c cluster) qualified(given string) (there cluster, name string) {
	if parent, short, qualified := strings.Cut(given, "/"); qualified {
		return c.in(parent), short
	}
	return c, given
}

// entrance finds a tenant by NAME, in the namespace that is meant, or PARENT/NAME. Who may read no Tenants, as a customer's own
// people, finds it in their directory.
func (c cluster) entrance(ctx context.Context, name string) (entrance, error) {
	c, name = c.in(ptr.Deref(c.flags.Namespace, "")).qualified(name)
	client, err := c.kubernetes()
	if err != nil {
		return entrance{}, err
	}
	entries, noDirectory := readDirectory(ctx, client)
	found, err := c.find(ctx, tenants, name)
	failed, _ := errors.AsType[*failure](err)
	switch {
	case err == nil:
		tenant := &v1alpha1.Tenant{}
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(found[0].Object, tenant); err != nil {
			return entrance{}, fmt.Errorf("tenant %s/%s is none that this version of the plugin understands: %w", found[0].GetNamespace(), name, err)
		}
		if tenant.Status.Namespace == "" {
			return entrance{}, fmt.Errorf("tenant %s/%s has no place yet", tenant.Namespace, tenant.Name)
		}
		way := entrance{
			tenant:    contexts.Tenant{Name: tenant.Name, Parent: tenant.Namespace, Namespace: tenant.Status.Namespace},
			object:    tenant,
			suspended: tenant.Status.Phase == v1alpha1.PhaseSuspended,
			url:       tenant.Status.URL,
		}
		return way.by(ctx, client, entries)
	case failed != nil && failed.code == exitForbidden && noDirectory == nil:
		way, err := amongEntries(entries, c.within, name)
		if err != nil {
			return entrance{}, err
		}
		return way.by(ctx, client, entries)
	default:
		return entrance{}, err
	}
}

// amongEntries is the tenant of a name among those of a directory, in the namespace parent if that is not empty.
func amongEntries(entries []directory.Entry, parent, name string) (entrance, error) {
	var found []directory.Entry
	var names []string
	for _, entry := range entries {
		if entry.Tenant == name && (parent == "" || parent == entry.Parent) {
			found = append(found, entry)
		}
		if !slices.Contains(names, entry.Tenant) {
			names = append(names, entry.Tenant)
		}
	}
	hint := display + " list --all"
	switch len(found) {
	case 1:
		way := entrance{tenant: contexts.Tenant{Name: name, Parent: found[0].Parent, Namespace: found[0].Namespace}}
		if found[0].Host != "" {
			way.url = "https://" + found[0].Host
		}
		return way, nil
	case 0:
		message := fmt.Sprintf("no tenant %q that you may enter", name)
		if near := near(names, name); len(near) > 0 {
			message += "; did you mean " + strings.Join(near, ", ") + "?"
		}
		return entrance{}, &failure{code: exitNotFound, err: errors.New(message), hint: hint}
	default:
		var all []string
		for _, entry := range found {
			all = append(all, entry.Parent+"/"+entry.Tenant)
		}
		slices.Sort(all)
		return entrance{}, &failure{code: exitUsage, err: fmt.Errorf("there are several tenants %q: name one as %s", name, strings.Join(all, " or ")), hint: hint}
	}
}

// by what the API server says itself, and the caller's directory, they get in.
func (e entrance) by(ctx context.Context, client kubernetes.Interface, entries []directory.Entry) (entrance, error) {
	for _, entry := range entries {
		if entry.Namespace == e.tenant.Namespace {
			e.role, e.ends = string(entry.Role), entry.ExpiresAt
		}
	}
	var err error
	e.admitted, err = allowed(ctx, client, authorizationv1.ResourceAttributes{Namespace: e.tenant.Namespace, Verb: "get", Resource: "configmaps", Name: desired.SettingsName})
	if err != nil {
		return e, explain(err)
	}
	if !e.admitted && !e.suspended {
		return e, &failure{code: exitForbidden, err: fmt.Errorf("you are not let into tenant %s", e.tenant), hint: display + " list --all"}
	}
	return e, nil
}

// allowed says whether the API server lets the caller do something.
func allowed(ctx context.Context, client kubernetes.Interface, asked authorizationv1.ResourceAttributes) (bool, error) {
	review, err := client.AuthorizationV1().SelfSubjectAccessReviews().Create(ctx, &authorizationv1.SelfSubjectAccessReview{
		Spec: authorizationv1.SelfSubjectAccessReviewSpec{ResourceAttributes: &asked},
	}, metav1.CreateOptions{})
	if err != nil {
		return false, err
	}
	return review.Status.Allowed, nil
}

// told is what the caller is told who has come in.
func (e entrance) told() string {
	words := []string{fmt.Sprintf("tenant %s (cluster %s)", e.tenant, e.tenant.Cluster)}
	if e.role != "" {
		words = append(words, e.role)
	}
	return strings.Join(append(words, "namespace "+e.tenant.Namespace), " · ")
}

// warnings of what the caller should know about it.
func (e entrance) warnings(now time.Time) []string {
	var warnings []string
	if e.suspended {
		warning := "the tenant is suspended, and nothing runs in it"
		if !e.admitted {
			warning = "the tenant is suspended, and lets nobody in"
		}
		warnings = append(warnings, warning)
	}
	if e.ends != nil && e.ends.Sub(now) < soon {
		warnings = append(warnings, "your access ends in "+duration.HumanDuration(e.ends.Sub(now)))
	}
	return warnings
}

// warn of what the caller should know about it.
func (e entrance) warn(w io.Writer, now time.Time) {
	for _, warning := range e.warnings(now) {
		fmt.Fprintln(w, "warning:", warning)
	}
}
