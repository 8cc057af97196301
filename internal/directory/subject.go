// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

// Package directory tells people which tenants they may enter: it decides what a subject's directory holds,
// where it lies, and how it is read. It is pure: no client, no clock, no logger.
//
// A directory is a few ConfigMaps that its subject alone may get, by name (docs/reference/directory.md).
package directory

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/access"
)

const (
	// NamespacePrefix begins the names of the namespaces that directories lie in; the first two digits of
	// the subject's hash end them.
	NamespacePrefix = "tenantry-directory-"
	// accountPrefix begins the user name of a ServiceAccount.
	accountPrefix = "system:serviceaccount:"
	// namespaceDigits of a hash tell the namespace.
	namespaceDigits = 2
)

// Key is where a subject's directory lies.
type Key struct {
	// Namespace is one of 256.
	Namespace string
	// Hash of the subject, 64 hexadecimal digits. It begins the names of all objects of the directory.
	Hash string
}

// KeyOf is where a subject's directory lies: the SHA-256 of "<kind>/<namespace>/<name>" in hexadecimal, the
// namespace empty for a User. No kind and no namespace holds a slash, so no two subjects have one text.
func KeyOf(subject access.Subject) Key {
	sum := sha256.Sum256([]byte(string(subject.Kind) + "/" + subject.Namespace + "/" + subject.Name))
	hash := hex.EncodeToString(sum[:])
	return Key{Namespace: NamespacePrefix + hash[:namespaceDigits], Hash: hash}
}

// ForUser is where the directory of whoever has that user name lies, as a SelfSubjectReview tells it.
func ForUser(user string) Key { return KeyOf(SubjectOf(user)) }

// SubjectOf is who has a user name: a ServiceAccount has one, too.
func SubjectOf(user string) access.Subject {
	if account, found := strings.CutPrefix(user, accountPrefix); found {
		namespace, name, _ := strings.Cut(account, ":")
		return access.Subject{Kind: v1alpha1.SubjectServiceAccount, Namespace: namespace, Name: name}
	}
	return access.Subject{Kind: v1alpha1.SubjectUser, Name: user}
}

// Has says whether a kind of subject has a directory. A group has none: whom it holds, the cluster's
// authentication knows alone.
func Has(kind v1alpha1.SubjectKind) bool {
	return kind == v1alpha1.SubjectUser || kind == v1alpha1.SubjectServiceAccount
}

// Shard is the name of the ConfigMap of that number, from 0.
func (k Key) Shard(number int) string { return k.Hash + "-" + strconv.Itoa(number) }

// KeyOfObject is the directory that an object of that namespace and name belongs to.
func KeyOfObject(namespace, name string) Key {
	hash, _, _ := strings.Cut(name, "-")
	return Key{Namespace: namespace, Hash: hash}
}
