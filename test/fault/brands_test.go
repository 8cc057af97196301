// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package fault

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/brand"
	"github.com/tenantry/tenantry/internal/desired"
)

// What families that bear a brand have beside their customers: a profile that is the default there, and its pictures.
const (
	houseProfile = "house"
	brandFiles   = "brand-files"

	formerCompany = "Acme"
	newCompany    = "Acme & Söhne 日本"
	formerLogo    = "former.svg"
	newLogo       = "new.svg"
	// shownLogo is the key under which tenants have it.
	shownLogo = "logo.svg"
)

// logos are what the pictures draw.
var logos = map[string]string{formerLogo: "M0 0h8v8z", newLogo: "M0 0h9v9z"}

// bearers are customers that bear the same profile, each by another way.
func (f family) bearers() map[client.ObjectKey]v1alpha1.BrandOrigin {
	return map[client.ObjectKey]v1alpha1.BrandOrigin{
		f.child:         v1alpha1.BrandFromParent,
		f.siblings()[0]: v1alpha1.BrandFromSibling,
		f.siblings()[1]: v1alpha1.BrandFromSync,
	}
}

// branded is a family of whose customers one bears the default, one copies that, and one has it by a sync.
func branded(ctx context.Context, f family) error {
	if err := first(populous(ctx, f), f.profile(ctx)); err != nil {
		return err
	}
	copier, target := f.siblings()[0], f.siblings()[1]
	return first(
		f.change(ctx, copier, func(tenant *v1alpha1.Tenant) { tenant.Spec.WhiteLabel = copying(f.child.Name) }),
		f.sync(ctx, func(spec *v1alpha1.MasterTenantSyncSpec) {
			spec.Categories = []v1alpha1.SyncCategory{v1alpha1.SyncWhiteLabel}
			spec.MasterRef = &v1alpha1.TenantReference{Name: v1alpha1.TenantName(f.child.Name)}
			spec.Targets = &v1alpha1.SyncTargets{Names: []v1alpha1.TenantName{v1alpha1.TenantName(target.Name)}}
		}),
		f.synced(ctx, v1alpha1.ReasonSynced), f.bear(ctx, formerCompany, formerLogo), f.worn(ctx))
}

func copying(name string) *v1alpha1.WhiteLabel {
	return &v1alpha1.WhiteLabel{CopyFrom: &v1alpha1.TenantReference{Name: v1alpha1.TenantName(name)}}
}

// profile makes the profile, and its pictures. One that is there stays as it is.
func (f family) profile(ctx context.Context) error {
	files := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: f.partner.Name, Name: brandFiles}, Data: map[string]string{}}
	for key, drawn := range logos {
		files.Data[key] = `<svg xmlns="http://www.w3.org/2000/svg"><path d="` + drawn + `"/></svg>`
	}
	made := &v1alpha1.WhiteLabelProfile{
		ObjectMeta: metav1.ObjectMeta{Namespace: f.partner.Name, Name: houseProfile, Annotations: map[string]string{v1alpha1.AnnotationDefault: "true"}},
		Spec:       v1alpha1.WhiteLabelProfileSpec{CompanyName: formerCompany, Logo: logo(formerLogo)},
	}
	return first(client.IgnoreAlreadyExists(f.Client.Create(ctx, files)), client.IgnoreAlreadyExists(f.Client.Create(ctx, made)))
}

func logo(key string) *v1alpha1.Image {
	return &v1alpha1.Image{ConfigMapKeyRef: &v1alpha1.ConfigMapKeyReference{Name: brandFiles, Key: key}}
}

// rebrand changes the profile.
func rebrand(company v1alpha1.DisplayText, picture string) func(context.Context, family) error {
	return func(ctx context.Context, f family) error {
		profile := &v1alpha1.WhiteLabelProfile{}
		if err := f.Client.Get(ctx, client.ObjectKey{Namespace: f.partner.Name, Name: houseProfile}, profile); err != nil {
			return err
		}
		before := profile.DeepCopy()
		profile.Spec.CompanyName, profile.Spec.Logo = company, logo(picture)
		return f.Client.Patch(ctx, profile, client.MergeFrom(before))
	}
}

// rebranded returns an error until all show that, and the profile says that it is so.
func rebranded(company, picture string) func(context.Context, family) error {
	return func(ctx context.Context, f family) error { return first(f.bear(ctx, company, picture), f.worn(ctx)) }
}

// bear returns an error until all bearers show a company and its picture, and say where they have that from.
func (f family) bear(ctx context.Context, company, picture string) error {
	for customer, from := range f.bearers() {
		shown, tenant := &corev1.ConfigMap{}, &v1alpha1.Tenant{}
		if err := first(f.Client.Get(ctx, client.ObjectKey{Namespace: placeOf(customer), Name: desired.BrandName}, shown), f.Client.Get(ctx, customer, tenant)); err != nil {
			return err
		}
		document := strings.ReplaceAll(shown.Data[brand.KeyJSON], `\u0026`, "&")
		if !strings.Contains(document, strconv.Quote(company)) || !strings.Contains(string(shown.BinaryData[shownLogo]), logos[picture]) {
			return fmt.Errorf("customer %s shows %s with %s, and is to show %q with %s", customer, document, shown.BinaryData[shownLogo], company, picture)
		}
		if tenant.Status.Brand == nil || tenant.Status.Brand.From != from {
			return fmt.Errorf("customer %s says of its brand %+v, and has it from %s", customer, tenant.Status.Brand, from)
		}
		if err := is(tenant, v1alpha1.PhaseActive); err != nil {
			return err
		}
	}
	return nil
}

// worn returns an error until the profile says that all of it is worn, and by how many.
func (f family) worn(ctx context.Context) error {
	profile := &v1alpha1.WhiteLabelProfile{}
	if err := f.Client.Get(ctx, client.ObjectKey{Namespace: f.partner.Name, Name: houseProfile}, profile); err != nil {
		return err
	}
	status := profile.Status
	if status.ObservedGeneration != profile.Generation || !meta.IsStatusConditionTrue(status.Conditions, v1alpha1.ConditionReady) ||
		status.Tenants == nil || int(*status.Tenants) != len(f.bearers()) {
		return fmt.Errorf("the profile of generation %d says %+v", profile.Generation, status)
	}
	return nil
}

// brandings are what users ask of a brand.
func brandings() []operation {
	return []operation{{
		name:  "changes a profile for all who bear it",
		given: branded,
		when:  rebrand(newCompany, newLogo),
		then:  rebranded(newCompany, newLogo),
		keeps: true,
	}}
}

// changesOfBrands are those about brands.
func changesOfBrands() []changeOfMind {
	return []changeOfMind{{brandings()[0], step{when: rebrand(formerCompany, formerLogo), then: rebranded(formerCompany, formerLogo)}, 1}}
}

// absencesOfBrands are what happens to brands while the operator is away.
func absencesOfBrands() []absence {
	change := brandings()[0]
	return []absence{{name: "a profile changes", given: change.given, meanwhile: change.when, then: change.then}}
}
