// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package directory_test

import (
	"testing"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/access"
	"github.com/tenantry/tenantry/internal/directory"
)

func TestWhereADirectoryLies(t *testing.T) {
	for user, want := range map[string]struct {
		subject access.Subject
		key     directory.Key
	}{
		// printf User//jdoe@cybercorp.example | sha256sum
		"jdoe@cybercorp.example": {
			access.Subject{Kind: v1alpha1.SubjectUser, Name: "jdoe@cybercorp.example"},
			directory.Key{Namespace: "tenantry-directory-80", Hash: "80cc31e7ac89077b53e99e79233c12c80a443d27812d2c5deca9bd6d662572e7"},
		},
		// printf ServiceAccount/acme-cybercorp/ci | sha256sum
		"system:serviceaccount:acme-cybercorp:ci": {
			access.Subject{Kind: v1alpha1.SubjectServiceAccount, Namespace: "acme-cybercorp", Name: "ci"},
			directory.Key{Namespace: "tenantry-directory-2d", Hash: "2d84c6448232ad1f59069f910f17892960e3c56367c9b2a9c6a5f2820efd3d6f"},
		},
	} {
		if got := directory.KeyOf(want.subject); got != want.key {
			t.Errorf("%s lies in %v, want %v", user, got, want.key)
		}
		if got := directory.ForUser(user); got != want.key {
			t.Errorf("user %s finds %v, want %v", user, got, want.key)
		}
	}
}

func TestNoTwoSubjectsHaveOneDirectory(t *testing.T) {
	seen := map[directory.Key]access.Subject{}
	for _, subject := range []access.Subject{
		{Kind: v1alpha1.SubjectUser, Name: "acme/ci"},
		{Kind: v1alpha1.SubjectUser, Name: "/ci"},
		{Kind: v1alpha1.SubjectUser, Name: "ci"},
		{Kind: v1alpha1.SubjectServiceAccount, Namespace: "acme", Name: "ci"},
		{Kind: v1alpha1.SubjectServiceAccount, Namespace: "acmec", Name: "i"},
		{Kind: v1alpha1.SubjectUser, Name: "serviceaccount:acme:ci"},
		{Kind: v1alpha1.SubjectUser, Name: "CI"},
	} {
		key := directory.KeyOf(subject)
		if other, taken := seen[key]; taken {
			t.Errorf("%v and %v are both at %v", subject, other, key)
		}
		seen[key] = subject
	}
}

func TestAnObjectIsOfOneDirectory(t *testing.T) {
	key := directory.KeyOf(jo)
	for _, name := range []string{key.Hash, key.Shard(0), key.Shard(1200)} {
		if got := directory.KeyOfObject(key.Namespace, name); got != key {
			t.Errorf("%s is of %v", name, got)
		}
	}
}

func TestAGroupHasNone(t *testing.T) {
	for kind, want := range map[v1alpha1.SubjectKind]bool{v1alpha1.SubjectUser: true, v1alpha1.SubjectServiceAccount: true, v1alpha1.SubjectGroup: false} {
		if directory.Has(kind) != want {
			t.Errorf("%s: %v", kind, !want)
		}
	}
}
