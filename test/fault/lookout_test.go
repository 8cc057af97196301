// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package fault

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	rbacv1 "k8s.io/api/rbac/v1"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

const (
	// overstay is how long somebody may be let in above what the grants say while an operator works.
	overstay = 5 * time.Second
	// glance is how often that is looked at.
	glance = 100 * time.Millisecond
)

// ledSince is when the operator began to work that works now, in nanoseconds; 0 while none does.
var ledSince atomic.Int64

// ranks of roles, by the ends of the names of the ClusterRoles that are bound.
var ranks = []string{"reporter", "viewer", "editor", "admin", "owner"}

// lookout looks, ten times a second, who is let in where, and remembers who was above what the grants
// say for longer than an operator that works may take. It judges by itself, not by the operator's rules.
type lookout struct {
	reader client.Reader

	mu    sync.Mutex // guards what follows
	since map[string]time.Time
	found []string
}

// watchPeople until the spec ends; what is then found fails the spec.
func watchPeople(ctx context.Context, at site) {
	GinkgoHelper()
	watched, err := cache.New(at.Config, cache.Options{Scheme: at.Client.Scheme()})
	Expect(err).NotTo(HaveOccurred())
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	l := &lookout{reader: watched, since: map[string]time.Time{}}
	var running sync.WaitGroup
	running.Go(func() { _ = watched.Start(ctx) }) // its only error is that it was started before
	for _, object := range []client.Object{&rbacv1.RoleBinding{}, &v1alpha1.TenantAccessGrant{}, &v1alpha1.Tenant{}} {
		_, err := watched.GetInformer(ctx, object)
		Expect(err).NotTo(HaveOccurred())
	}
	running.Go(func() { l.run(ctx) })
	DeferCleanup(func() {
		cancel()
		running.Wait()
		Expect(l.found).To(BeEmpty(), "nobody is let in above what the grants say")
	})
}

func (l *lookout) run(ctx context.Context) {
	tick := time.NewTicker(glance)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			if excess, err := l.excess(ctx, now); err == nil {
				l.judge(excess, now)
			}
		}
	}
}

// judge remembers since when somebody is in whom no grant lets in.
func (l *lookout) judge(excess []string, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	led := ledSince.Load()
	standing := map[string]time.Time{}
	for _, who := range excess {
		began, known := l.since[who]
		if !known {
			began = now
		}
		standing[who] = began
		if led == 0 {
			continue
		}
		if held := now.Sub(latest(began, time.Unix(0, led))); held > overstay && !slices.Contains(l.found, who) {
			l.found = append(l.found, who)
		}
	}
	l.since = standing
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// excess is everybody who is bound to more than a grant says at this moment.
func (l *lookout) excess(ctx context.Context, now time.Time) ([]string, error) {
	bindings, tenants, grants := &rbacv1.RoleBindingList{}, &v1alpha1.TenantList{}, &v1alpha1.TenantAccessGrantList{}
	for _, list := range []client.ObjectList{bindings, tenants, grants} {
		if err := l.reader.List(ctx, list); err != nil {
			return nil, err
		}
	}
	byKey := map[client.ObjectKey]*v1alpha1.Tenant{}
	for i := range tenants.Items {
		byKey[client.ObjectKeyFromObject(&tenants.Items[i])] = &tenants.Items[i]
	}
	var excess []string
	for _, binding := range bindings.Items {
		key := client.ObjectKey{Namespace: binding.Labels[v1alpha1.LabelParent], Name: binding.Labels[v1alpha1.LabelTenant]}
		tenant, rank := byKey[key], slices.IndexFunc(ranks, func(role string) bool { return strings.HasSuffix(binding.RoleRef.Name, role) })
		if tenant == nil || rank < 0 || binding.Labels[v1alpha1.LabelManaged] != "true" || strings.HasSuffix(binding.RoleRef.Name, "super-admin") {
			continue
		}
		for _, subject := range binding.Subjects {
			if subject.Kind == rbacv1.UserKind && due(tenant, binding.Namespace, subject.Name, grants.Items, now) < rank {
				excess = append(excess, fmt.Sprintf("%s is bound to %s in namespace %s", subject.Name, binding.RoleRef.Name, binding.Namespace))
			}
		}
	}
	return excess, nil
}

// due is the rank of a user in a tenant's place, by the super admin and the grants in it and above it; -1
// for who is let in by none.
func due(tenant *v1alpha1.Tenant, place, user string, grants []v1alpha1.TenantAccessGrant, now time.Time) int {
	if tenant.Spec.Suspend {
		return -1
	}
	if slices.Contains([]string{tenant.Spec.SuperAdmin, tenant.Status.SuperAdmin, tenant.Annotations[v1alpha1.AnnotationCreatedBy]}, user) {
		return len(ranks) - 1
	}
	highest := -1
	for i := range grants {
		if grant := &grants[i]; grant.Spec.Subject.Name == user && stands(grant, now) {
			highest = max(highest, rankBy(grant, tenant, place))
		}
	}
	return highest
}

// stands says that a grant lets somebody in at this moment.
func stands(grant *v1alpha1.TenantAccessGrant, now time.Time) bool {
	ended := grant.Spec.ExpiresAt != nil && !now.Before(grant.Spec.ExpiresAt.Time)
	return grant.DeletionTimestamp == nil && !grant.Spec.Suspend && !ended
}

// rankBy a grant in a place.
func rankBy(grant *v1alpha1.TenantAccessGrant, tenant *v1alpha1.Tenant, place string) int {
	rank := slices.Index(ranks, strings.ToLower(string(grant.Spec.Role)))
	switch {
	case grant.Namespace == place && grant.Spec.Tenants == nil && (tenant.Spec.Partner != nil || tenant.Spec.CustomerAccess == v1alpha1.CustomerAccessFullAccess):
		return rank
	case grant.Namespace == tenant.Namespace && grant.Spec.Tenants == nil && rank >= slices.Index(ranks, "admin"):
		return len(ranks) - 1
	case grant.Namespace == tenant.Namespace && grant.Spec.Tenants != nil && slices.Contains(grant.Spec.Tenants.Names, v1alpha1.TenantName(tenant.Name)):
		return rank
	}
	return -1
}

// begins is called when an operator begins to work, and ends when it does no more.
func begins() { ledSince.Store(time.Now().UnixNano()) }

func ends() { ledSince.Store(0) }
