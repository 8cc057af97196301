// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package brand_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/brand"
)

// world is what a brand may depend on: Tenants and profiles by namespace/name.
type world struct {
	tenants  map[string]*v1alpha1.Tenant
	profiles map[string]*v1alpha1.WhiteLabelProfile
	synced   map[string]brand.Synced
}

// acme is a partner's place with three tenants, of which each says nothing.
func acme(changes ...func(*world)) *world {
	w := &world{tenants: map[string]*v1alpha1.Tenant{}, profiles: map[string]*v1alpha1.WhiteLabelProfile{}, synced: map[string]brand.Synced{}}
	for _, name := range []string{"acme/a", "acme/b", "acme/c", "other/a", "platform/acme"} {
		w.tenants[name] = tenant(name)
	}
	for _, change := range changes {
		change(w)
	}
	return w
}

func (w *world) of(name string) brand.Brand {
	return brand.Resolve(w.tenants[name], brand.Finder{
		Tenant:  func(key types.NamespacedName) *v1alpha1.Tenant { return w.tenants[key.String()] },
		Profile: func(key types.NamespacedName) *v1alpha1.WhiteLabelProfile { return w.profiles[key.String()] },
		Default: func(namespace string) *v1alpha1.WhiteLabelProfile {
			var there []*v1alpha1.WhiteLabelProfile
			for _, profile := range w.profiles {
				if profile.Namespace == namespace {
					there = append(there, profile)
				}
			}
			return brand.DefaultOf(there)
		},
		Synced: func(tenant *v1alpha1.Tenant) brand.Synced { return w.synced[tenant.Namespace+"/"+tenant.Name] },
	})
}

func meta(name string) metav1.ObjectMeta {
	namespace, name, _ := strings.Cut(name, "/")
	return metav1.ObjectMeta{Namespace: namespace, Name: name}
}

func tenant(name string) *v1alpha1.Tenant { return &v1alpha1.Tenant{ObjectMeta: meta(name)} }

func profile(name string) func(*world) {
	return func(w *world) { w.profiles[name] = &v1alpha1.WhiteLabelProfile{ObjectMeta: meta(name)} }
}

// marked is a profile that is its namespace's default, made so many seconds after the others.
func marked(name string, after int) func(*world) {
	return func(w *world) {
		profile(name)(w)
		w.profiles[name].Annotations = map[string]string{v1alpha1.AnnotationDefault: "true"}
		w.profiles[name].CreationTimestamp = metav1.NewTime(time.Unix(int64(after), 0))
	}
}

func says(name string, own v1alpha1.WhiteLabel) func(*world) {
	return func(w *world) { w.tenants[name].Spec.WhiteLabel = &own }
}

func names(name, profile string) func(*world) {
	return says(name, v1alpha1.WhiteLabel{ProfileRef: &v1alpha1.LocalReference{Name: profile}})
}

func copies(name, sibling string) func(*world) {
	return says(name, v1alpha1.WhiteLabel{CopyFrom: &v1alpha1.TenantReference{Name: v1alpha1.TenantName(sibling)}})
}

func none(name string) func(*world) {
	return says(name, v1alpha1.WhiteLabel{None: &v1alpha1.NoWhiteLabel{}})
}

func synced(name, sync, master string) func(*world) {
	return func(w *world) { w.synced[name] = brand.Synced{Sync: sync, Master: w.tenants[master]} }
}

func contested(name string, syncs ...string) func(*world) {
	return func(w *world) { w.synced[name] = brand.Synced{Contested: syncs} }
}

func going(name string) func(*world) {
	return func(w *world) { w.profiles[name].DeletionTimestamp = new(metav1.NewTime(time.Unix(9, 0))) }
}

func TestTheFirstThatSaysSomethingDecides(t *testing.T) {
	type want struct {
		profile string
		from    v1alpha1.BrandOrigin
		via     string
	}
	for name, tc := range map[string]struct {
		changes []func(*world)
		want    want
	}{
		"nobody":                                   {nil, want{}},
		"the tenant's own profile":                 {[]func(*world){profile("acme/p"), marked("acme/d", 0), synced("acme/a", "s", "acme/b"), names("acme/a", "p")}, want{"p", v1alpha1.BrandFromTenant, ""}},
		"the tenant, that wants none":              {[]func(*world){marked("acme/d", 0), none("acme/a")}, want{"", v1alpha1.BrandFromTenant, ""}},
		"a sibling":                                {[]func(*world){profile("acme/p"), names("acme/b", "p"), copies("acme/a", "b")}, want{"p", v1alpha1.BrandFromSibling, "b"}},
		"a sibling's sibling":                      {[]func(*world){profile("acme/p"), names("acme/c", "p"), copies("acme/b", "c"), copies("acme/a", "b")}, want{"p", v1alpha1.BrandFromSibling, "b c"}},
		"a sibling that wants none":                {[]func(*world){marked("acme/d", 0), none("acme/b"), copies("acme/a", "b")}, want{"", v1alpha1.BrandFromSibling, "b"}},
		"a sibling that says nothing":              {[]func(*world){marked("acme/d", 0), copies("acme/a", "b")}, want{"d", v1alpha1.BrandFromSibling, "b"}},
		"a sync before the parent's default":       {[]func(*world){profile("acme/p"), names("acme/b", "p"), marked("acme/d", 0), synced("acme/a", "s", "acme/b")}, want{"p", v1alpha1.BrandFromSync, "s"}},
		"a sync that carries the partner's own":    {[]func(*world){marked("platform/house", 0), synced("acme/a", "s", "platform/acme")}, want{"platform/house", v1alpha1.BrandFromSync, "s"}},
		"the default, where a master has no brand": {[]func(*world){marked("acme/d", 0), none("acme/b"), synced("acme/a", "s", "acme/b")}, want{"d", v1alpha1.BrandFromParent, ""}},
		"the parent's default":                     {[]func(*world){marked("acme/d", 0), profile("acme/p")}, want{"d", v1alpha1.BrandFromParent, ""}},
		"the oldest default":                       {[]func(*world){marked("acme/a-later", 5), marked("acme/z-first", 1)}, want{"z-first", v1alpha1.BrandFromParent, ""}},
		"the first of defaults of the same second": {[]func(*world){marked("acme/e", 1), marked("acme/d", 1)}, want{"d", v1alpha1.BrandFromParent, ""}},
		"a default that stays, not one that goes":  {[]func(*world){marked("acme/d", 0), going("acme/d"), marked("acme/e", 1)}, want{"e", v1alpha1.BrandFromParent, ""}},
		"not a default of another namespace":       {[]func(*world){marked("other/d", 0), marked("platform/d", 0)}, want{}},
	} {
		t.Run(name, func(t *testing.T) {
			got := acme(tc.changes...).of("acme/a")
			if got.Fault != nil {
				t.Fatalf("fault: %s", got.Fault.Message)
			}
			if diff := cmp.Diff(tc.want, want{got.NameIn("acme"), got.From, strings.Join(got.Via, " ")}, cmp.AllowUnexported(want{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhatKeepsATenantFromItsBrandIsNamed(t *testing.T) {
	long := func(w *world) {
		for i := range brand.MaxChain + 2 {
			name := fmt.Sprintf("acme/n%d", i)
			w.tenants[name] = tenant(name)
			copies(name, fmt.Sprintf("n%d", i+1))(w)
		}
		copies("acme/a", "n0")(w)
	}
	for name, tc := range map[string]struct {
		changes []func(*world)
		reason  string
		says    string
		wears   string
	}{
		"a profile that is not there":               {[]func(*world){marked("acme/d", 0), names("acme/a", "p")}, v1alpha1.ReasonUnresolved, `no WhiteLabelProfile "p" in namespace "acme"`, ""},
		"a profile that goes":                       {[]func(*world){profile("acme/p"), going("acme/p"), names("acme/a", "p")}, v1alpha1.ReasonUnresolved, `no WhiteLabelProfile "p"`, ""},
		"a profile of another partner":              {[]func(*world){profile("other/p"), names("acme/a", "p")}, v1alpha1.ReasonUnresolved, `no WhiteLabelProfile "p" in namespace "acme"`, ""},
		"a profile of another partner, by its path": {[]func(*world){profile("other/p"), names("acme/a", "other/p")}, v1alpha1.ReasonUnresolved, "no WhiteLabelProfile", ""},
		"a sibling that is not there":               {[]func(*world){copies("acme/a", "nobody")}, v1alpha1.ReasonUnresolved, `no tenant "nobody" in namespace "acme"`, ""},
		"a tenant of another partner":               {[]func(*world){profile("other/p"), names("other/a", "p"), copies("acme/a", "other/a")}, v1alpha1.ReasonUnresolved, "no tenant", ""},
		"a sibling whose profile is not there":      {[]func(*world){names("acme/b", "p"), copies("acme/a", "b")}, v1alpha1.ReasonUnresolved, `no WhiteLabelProfile "p"`, ""},
		"a circle of two":                           {[]func(*world){copies("acme/a", "b"), copies("acme/b", "a")}, v1alpha1.ReasonUnresolved, "a → b → a", ""},
		"a circle that it is not in itself":         {[]func(*world){copies("acme/a", "b"), copies("acme/b", "c"), copies("acme/c", "b")}, v1alpha1.ReasonUnresolved, "b → c → b", ""},
		"a circle by a sync":                        {[]func(*world){marked("acme/d", 0), synced("acme/a", "s", "acme/b"), copies("acme/b", "a")}, v1alpha1.ReasonUnresolved, "a → b → a", "d"},
		"a chain without an end":                    {[]func(*world){long}, v1alpha1.ReasonUnresolved, "more than 32 tenants", ""},
		"two syncs":                                 {[]func(*world){marked("acme/d", 0), contested("acme/a", "t", "s")}, v1alpha1.ReasonSyncConflict, "MasterTenantSyncs s, t", "d"},
		"a master whose profile is not there":       {[]func(*world){marked("acme/d", 0), names("acme/b", "p"), synced("acme/a", "s", "acme/b")}, v1alpha1.ReasonUnresolved, `no WhiteLabelProfile "p"`, "d"},
	} {
		t.Run(name, func(t *testing.T) {
			got := acme(tc.changes...).of("acme/a")
			if got.Fault == nil || got.Fault.Reason != tc.reason || !strings.Contains(got.Fault.Message, tc.says) {
				t.Fatalf("fault %+v; want %s: …%s…", got.Fault, tc.reason, tc.says)
			}
			if got.NameIn("acme") != tc.wears {
				t.Errorf("wears %q, want %q", got.NameIn("acme"), tc.wears)
			}
		})
	}
}

func TestWhatIsSaidOfACircleIsTheSameHoweverOftenItIsLookedAt(t *testing.T) {
	w := acme(copies("acme/a", "b"), copies("acme/b", "c"), copies("acme/c", "a"))
	first := w.of("acme/a").Fault.Message
	for range 20 {
		if again := w.of("acme/a").Fault.Message; again != first {
			t.Fatalf("%q, and then %q", first, again)
		}
	}
}
