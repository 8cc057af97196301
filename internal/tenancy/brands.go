// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package tenancy

import (
	"context"
	"fmt"
	"sync"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/brand"
)

// Looks keeps what was made of each WhiteLabelProfile, once for all tenants that bear it. The ConfigMaps that
// pictures lie in are their partner's, and in no cache: they are read when a profile is first asked for or has
// changed, and by Refresh. The zero value is empty. It is safe for concurrent use.
type Looks struct {
	mu   sync.Mutex
	kept map[types.NamespacedName]*keptLook
}

// keptLook is of one version of a profile.
type keptLook struct {
	mu         sync.Mutex
	uid        types.UID
	generation int64
	look       *brand.Look
}

// Of is the look of a profile. Live reads from the API server.
func (l *Looks) Of(ctx context.Context, live client.Reader, profile *v1alpha1.WhiteLabelProfile) (*brand.Look, error) {
	return l.at(ctx, live, profile, false)
}

// Refresh is Of, with the pictures as they are now.
func (l *Looks) Refresh(ctx context.Context, live client.Reader, profile *v1alpha1.WhiteLabelProfile) (*brand.Look, error) {
	return l.at(ctx, live, profile, true)
}

// Forget drops what was made of a profile that is gone.
func (l *Looks) Forget(profile types.NamespacedName) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.kept, profile)
}

func (l *Looks) at(ctx context.Context, live client.Reader, profile *v1alpha1.WhiteLabelProfile, anew bool) (*brand.Look, error) {
	entry := l.entry(client.ObjectKeyFromObject(profile))
	entry.mu.Lock() // of many tenants that ask at the same time, one reads
	defer entry.mu.Unlock()
	if !anew && entry.look != nil && entry.uid == profile.UID && entry.generation == profile.Generation {
		return entry.look, nil
	}
	files := brand.Files{}
	for _, file := range []struct {
		from *v1alpha1.Image
		into *brand.File
		most int
	}{{profile.Spec.Logo, &files.Logo, brand.MaxLogo}, {profile.Spec.Favicon, &files.Favicon, brand.MaxFavicon}} {
		read, err := readFile(ctx, live, profile.Namespace, file.from, file.most)
		if err != nil {
			return nil, err
		}
		*file.into = read
	}
	entry.uid, entry.generation, entry.look = profile.UID, profile.Generation, brand.Render(profile.Spec, files)
	return entry.look, nil
}

func (l *Looks) entry(key types.NamespacedName) *keptLook {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.kept == nil {
		l.kept = map[types.NamespacedName]*keptLook{}
	}
	if l.kept[key] == nil {
		l.kept[key] = &keptLook{}
	}
	return l.kept[key]
}

// readFile reads a picture from a ConfigMap beside its profile. One that the operator made is no partner's.
func readFile(ctx context.Context, live client.Reader, namespace string, from *v1alpha1.Image, most int) (brand.File, error) {
	if from == nil || from.ConfigMapKeyRef == nil {
		return brand.File{}, nil
	}
	ref, found := from.ConfigMapKeyRef, &corev1.ConfigMap{}
	err := live.Get(ctx, client.ObjectKey{Namespace: namespace, Name: ref.Name}, found)
	if client.IgnoreNotFound(err) != nil {
		return brand.File{}, fmt.Errorf("reading ConfigMap %q in namespace %q: %w", ref.Name, namespace, err)
	}
	text, isText := found.Data[ref.Key]
	data, isBinary := found.BinaryData[ref.Key]
	if isText {
		data = []byte(text)
	}
	lacks := func(format string, values ...any) (brand.File, error) {
		return brand.File{Lack: fmt.Sprintf(format, values...)}, nil
	}
	switch {
	case apierrors.IsNotFound(err):
		return lacks("names ConfigMap %q, which is not in namespace %q: make it", ref.Name, namespace)
	case found.Labels[v1alpha1.LabelManaged] != "":
		return lacks("names ConfigMap %q, which the operator made: put the picture into one of your own", ref.Name)
	case !isText && !isBinary:
		return lacks("names key %q of ConfigMap %q, which has none of that name: add it", ref.Key, ref.Name)
	case len(data) > most:
		return lacks("names key %q of ConfigMap %q, which has %d bytes, of at most %d: make it smaller, or give it by url", ref.Key, ref.Name, len(data), most)
	}
	return brand.File{Data: data}, nil
}
