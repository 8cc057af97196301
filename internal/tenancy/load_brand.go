// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package tenancy

import (
	"context"
	"fmt"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/brand"
	"github.com/tenantry/tenantry/internal/desired"
	"github.com/tenantry/tenantry/internal/standing"
)

const (
	// IndexBrand finds the Tenants that a WhiteLabelProfile concerns, by its namespace/name: those that name it, and
	// those that bear it.
	IndexBrand = "brand"
	// IndexCopies finds the Tenants that copy their brand from one beside them, by its name.
	IndexCopies = "copies-brand"
	// IndexDefaultBrand finds the WhiteLabelProfiles that are marked as their namespace's default.
	IndexDefaultBrand = "default"
)

// DefaultBrands is what IndexDefaultBrand is asked for.
const DefaultBrands = "true"

// BrandsOf are the profiles that concern a Tenant, as IndexBrand has them.
func BrandsOf(object client.Object) []string {
	tenant := object.(*v1alpha1.Tenant)
	var keys []string
	if worn := WornBy(tenant); worn != (types.NamespacedName{}) {
		keys = append(keys, worn.String())
	}
	if own := tenant.Spec.WhiteLabel; own != nil && own.ProfileRef != nil {
		named := types.NamespacedName{Namespace: tenant.Namespace, Name: own.ProfileRef.Name}
		if named != WornBy(tenant) {
			keys = append(keys, named.String())
		}
	}
	return keys
}

// WornBy is the profile that a Tenant's status says it bears; zero for none.
func WornBy(tenant *v1alpha1.Tenant) types.NamespacedName {
	return profileKey(tenant.Namespace, tenant.Status.WhiteLabelProfile)
}

// profileKey is the profile that is called so in a namespace: by its name alone, or namespace/name.
func profileKey(namespace, called string) types.NamespacedName {
	if called == "" {
		return types.NamespacedName{}
	}
	if elsewhere, name, found := strings.Cut(called, "/"); found {
		return types.NamespacedName{Namespace: elsewhere, Name: name}
	}
	return types.NamespacedName{Namespace: namespace, Name: called}
}

// CopiedBy is the name of the sibling that a Tenant copies its brand from, as IndexCopies has it.
func CopiedBy(object client.Object) []string {
	if own := object.(*v1alpha1.Tenant).Spec.WhiteLabel; own != nil && own.CopyFrom != nil {
		return []string{string(own.CopyFrom.Name)}
	}
	return nil
}

// MarkedDefault says for IndexDefaultBrand whether a profile is marked.
func MarkedDefault(object client.Object) []string {
	if object.(*v1alpha1.WhiteLabelProfile).IsDefault() {
		return []string{DefaultBrands}
	}
	return nil
}

// brand decides which brand the tenant bears, and what that looks like.
func (l *Loader) brand(ctx context.Context, in *desired.Inputs) error {
	decided, err := l.BrandOf(ctx, in.Tenant)
	if err != nil {
		return err
	}
	in.Brand = decided
	if decided.Profile == nil {
		return nil
	}
	in.Look, err = l.Looks.Of(ctx, l.Secrets, decided.Profile)
	return err
}

// BrandOf decides which brand a tenant bears. Its profile is the cache's own: it must not be changed.
func (l *Loader) BrandOf(ctx context.Context, tenant *v1alpha1.Tenant) (brand.Brand, error) {
	f := brandFinder{loader: l, ctx: ctx}
	decided := brand.Resolve(tenant, brand.Finder{Tenant: f.tenant, Profile: f.profile, Default: f.defaultIn, Synced: f.synced})
	return decided, f.err
}

// syncedBrand is what MasterTenantSyncs set for a tenant.
func (l *Loader) syncedBrand(ctx context.Context, tenant *v1alpha1.Tenant) (brand.Synced, error) {
	syncs, err := l.Reaching(ctx, tenant, v1alpha1.SyncWhiteLabel)
	if err != nil || len(syncs) == 0 {
		return brand.Synced{}, err
	}
	if len(syncs) > 1 {
		contested := brand.Synced{}
		for _, sync := range syncs {
			contested.Contested = append(contested.Contested, sync.Name)
		}
		return contested, nil
	}
	master, err := l.brandMaster(ctx, syncs[0])
	if err != nil || master == nil {
		return brand.Synced{}, err
	}
	return brand.Synced{Sync: syncs[0].Name, Master: master}, nil
}

// brandMaster is the Tenant whose brand a sync sets; nil where it is not there. Who may write in its place is of no account here:
// its brand is said in the partner's, and one that can't be a master for a while changes nobody's.
func (l *Loader) brandMaster(ctx context.Context, sync *v1alpha1.MasterTenantSync) (*v1alpha1.Tenant, error) {
	if sync.Spec.MasterRef == nil {
		return PartnerOf(ctx, l.Reader, sync.Namespace)
	}
	master := &v1alpha1.Tenant{}
	err := l.Reader.Get(ctx, client.ObjectKey{Namespace: sync.Namespace, Name: string(sync.Spec.MasterRef.Name)}, master)
	if apierrors.IsNotFound(err) {
		return nil, nil //nolint:nilnil // its absence is no error
	}
	if err != nil {
		return nil, fmt.Errorf("reading the master %q: %w", sync.Spec.MasterRef.Name, err)
	}
	return master, nil
}

// brandFinder finds what brands depend on, for one look; it keeps the first error.
type brandFinder struct {
	loader *Loader
	ctx    context.Context //nolint:containedctx // it lasts for one call
	err    error
}

func (f *brandFinder) tenant(key types.NamespacedName) *v1alpha1.Tenant {
	tenant := &v1alpha1.Tenant{}
	if !f.get(key, tenant, "tenant") {
		return nil
	}
	return tenant
}

func (f *brandFinder) profile(key types.NamespacedName) *v1alpha1.WhiteLabelProfile {
	profile := &v1alpha1.WhiteLabelProfile{}
	if !f.get(key, profile, "WhiteLabelProfile") {
		return nil
	}
	return profile
}

func (f *brandFinder) get(key types.NamespacedName, into client.Object, kind string) bool {
	err := f.loader.Reader.Get(f.ctx, key, into)
	if client.IgnoreNotFound(err) != nil {
		f.keep(fmt.Errorf("reading %s %q in namespace %q: %w", kind, key.Name, key.Namespace, err))
	}
	return err == nil
}

func (f *brandFinder) defaultIn(namespace string) *v1alpha1.WhiteLabelProfile {
	profiles, err := defaultBrands(f.ctx, f.loader.Reader, namespace)
	f.keep(err)
	return brand.DefaultOf(profiles)
}

func (f *brandFinder) synced(tenant *v1alpha1.Tenant) brand.Synced {
	set, err := f.loader.syncedBrand(f.ctx, tenant)
	f.keep(err)
	return set
}

func (f *brandFinder) keep(err error) {
	if f.err == nil {
		f.err = err
	}
}

// defaultBrands are the profiles of a namespace that are marked as its default, the cache's own.
func defaultBrands(ctx context.Context, reader client.Reader, namespace string) ([]*v1alpha1.WhiteLabelProfile, error) {
	list := &v1alpha1.WhiteLabelProfileList{}
	err := reader.List(ctx, list, client.InNamespace(namespace), client.MatchingFields{IndexDefaultBrand: DefaultBrands}, client.UnsafeDisableDeepCopy)
	if err != nil {
		return nil, fmt.Errorf("listing the WhiteLabelProfiles in namespace %q: %w", namespace, err)
	}
	marked := make([]*v1alpha1.WhiteLabelProfile, 0, len(list.Items))
	for i := range list.Items {
		marked = append(marked, &list.Items[i])
	}
	return marked, nil
}

// LoadProfile reads what decides what is said of a profile, its pictures as they are now.
func (l *Loader) LoadProfile(ctx context.Context, profile *v1alpha1.WhiteLabelProfile) (standing.ProfileSeen, error) {
	seen := standing.ProfileSeen{}
	var err error
	if seen.Look, err = l.Looks.Refresh(ctx, l.Secrets, profile); err != nil {
		return seen, err
	}
	owner, _, err := ownerOf(ctx, l.Reader, profile.Namespace)
	if client.IgnoreNotFound(err) != nil {
		return seen, err
	}
	if owner != nil && owner.Spec.Partner == nil {
		seen.Customer = owner.Name
	}
	marked, err := defaultBrands(ctx, l.Reader, profile.Namespace)
	if err != nil {
		return seen, err
	}
	if first := brand.DefaultOf(marked); profile.IsDefault() && first != nil && first.Name != profile.Name {
		seen.OlderDefault = first.Name
	}
	tenants := &v1alpha1.TenantList{}
	key := client.ObjectKeyFromObject(profile)
	if err := l.Reader.List(ctx, tenants, client.MatchingFields{IndexBrand: key.String()}, client.UnsafeDisableDeepCopy); err != nil {
		return seen, fmt.Errorf("listing the tenants that bear WhiteLabelProfile %q: %w", key, err)
	}
	for i := range tenants.Items {
		if WornBy(&tenants.Items[i]) == key {
			seen.Tenants++
		}
	}
	return seen, nil
}
