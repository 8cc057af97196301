// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package apply

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// DigestSecret replaces each value of a Secret by its SHA-256, empty ones aside; other objects are
// left as they are.
// It is the transform of the cache of Secrets: the operator compares digests, and no value that a
// tenant's Secret holds stays in its memory.
func DigestSecret(object any) {
	secret, ok := object.(*corev1.Secret)
	if !ok {
		return
	}
	for key, value := range secret.Data {
		if len(value) > 0 {
			secret.Data[key] = digest(value)
		}
	}
}

// missing stands for a value that has to be made: it differs from every digest, and from nothing.
var missing = []byte("missing")

func digest(value []byte) []byte {
	sum := sha256.Sum256(value)
	return sum[:]
}

// revealed is a copy of the intent's object as it is written: with new values for what is made
// once and the live object lacks.
func (in Intent) revealed(live client.Object, prefix string) (client.Object, error) {
	object := in.Object.DeepCopyObject().(client.Object)
	object.SetAnnotations(annotations(object, prefix))
	if len(in.Generate) == 0 {
		return object, nil
	}
	secret, ok := object.(*corev1.Secret)
	if !ok {
		return nil, fmt.Errorf("only a Secret has values that are made once, not %T", object)
	}
	if secret.Data == nil {
		secret.Data = map[string][]byte{}
	}
	existing, _ := live.(*corev1.Secret)
	for key, generate := range in.Generate {
		if existing != nil && len(existing.Data[key]) > 0 {
			continue
		}
		value, err := generate()
		if err != nil {
			return nil, fmt.Errorf("generating %q of Secret %q: %w", key, secret.Name, err)
		}
		secret.Data[key] = value
	}
	return secret, nil
}

// compared is what is compared of the intent's object: of a Secret the digests, as the cache holds
// them, with the live ones for what is made once.
func (in Intent) compared(live client.Object) client.Object {
	secret, ok := in.Object.(*corev1.Secret)
	if !ok {
		return in.Object
	}
	secret = secret.DeepCopy()
	DigestSecret(secret)
	existing, _ := live.(*corev1.Secret)
	for key := range in.Generate {
		if secret.Data == nil {
			secret.Data = map[string][]byte{}
		}
		secret.Data[key] = missing
		if existing != nil && len(existing.Data[key]) > 0 {
			secret.Data[key] = existing.Data[key]
		}
	}
	return secret
}

// revealSecret puts the values themselves into a patch that was made from their digests.
func (in Intent) revealSecret(live client.Object, prefix string, patch map[string]any) error {
	data, ok := patch["data"].(map[string]any)
	if _, isSecret := in.Object.(*corev1.Secret); !isSecret || !ok {
		return nil
	}
	object, err := in.revealed(live, prefix)
	if err != nil {
		return err
	}
	for key, value := range data {
		if value != nil {
			data[key] = base64.StdEncoding.EncodeToString(object.(*corev1.Secret).Data[key])
		}
	}
	return nil
}
