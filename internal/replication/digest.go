// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package replication

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"maps"
	"math"
	"slices"
	"strconv"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// digestLength is that of digests in bytes: 128 bits, which nobody finds a second content for.
const digestLength = 16

// Digest is that of an object's content: all top-level fields but apiVersion, kind, metadata and status. Fields that
// are null, and empty ones at the top, count as absent, as the API server leaves them out. It is for comparison in
// memory: the digest of a Secret is written and told nowhere.
func Digest(object *unstructured.Unstructured) string {
	sum := newDigest()
	fields := object.UnstructuredContent()
	for _, name := range contentFields(fields) {
		sum.text(name)
		sum.value(fields[name])
	}
	return sum.String()
}

// contentFields are the names of the fields that are an object's content, sorted.
func contentFields(fields map[string]any) []string {
	names := make([]string, 0, len(fields))
	for name, value := range fields {
		switch name {
		case "apiVersion", "kind", "metadata", "status":
		default:
			if !isEmpty(value) {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return names
}

// isEmpty says whether a field at the top of an object is as good as absent.
func isEmpty(value any) bool {
	switch value := value.(type) {
	case nil:
		return true
	case map[string]any:
		for _, field := range value {
			if field != nil {
				return false
			}
		}
		return true
	case []any:
		return len(value) == 0
	}
	return false
}

// digest adds up values so that different ones never read alike: each with its type and length.
type digest struct{ hash.Hash }

func newDigest() digest { return digest{sha256.New()} }

// digestOf is that of a list of texts.
func digestOf(texts ...string) string {
	sum := newDigest()
	for _, text := range texts {
		sum.text(text)
	}
	return sum.String()
}

// String is the digest of what was added so far.
func (d digest) String() string {
	return hex.EncodeToString(d.Sum(nil)[:digestLength])
}

func (d digest) head(kind byte, length int) {
	var head [9]byte
	head[0] = kind
	binary.BigEndian.PutUint64(head[1:], uint64(length))
	d.add(head[:])
}

// add adds bytes. A hash returns no error.
func (d digest) add(data []byte) { _, _ = d.Write(data) }

func (d digest) text(text string) {
	d.head('s', len(text))
	d.add([]byte(text))
}

// texts adds a map's pairs in order.
func (d digest) texts(pairs map[string]string) {
	d.head('m', len(pairs))
	for _, key := range slices.Sorted(maps.Keys(pairs)) {
		d.text(key)
		d.text(pairs[key])
	}
}

// value adds a JSON value. A map's nulls count as absent.
func (d digest) value(value any) {
	switch value := value.(type) {
	case nil:
		d.head('0', 0)
	case string:
		d.text(value)
	case map[string]any:
		keys := make([]string, 0, len(value))
		for key, field := range value {
			if field != nil {
				keys = append(keys, key)
			}
		}
		slices.Sort(keys)
		d.head('m', len(keys))
		for _, key := range keys {
			d.text(key)
			d.value(value[key])
		}
	case []any:
		d.head('l', len(value))
		for _, item := range value {
			d.value(item)
		}
	default:
		scalar := scalarText(value)
		d.head('n', len(scalar))
		d.add([]byte(scalar))
	}
}

// scalarText is a number or a boolean as text, the same for a number however it was read.
func scalarText(value any) string {
	switch value := value.(type) {
	case int64:
		return strconv.FormatInt(value, 10)
	case float64:
		if value == math.Trunc(value) && math.Abs(value) < 1<<53 {
			return strconv.FormatInt(int64(value), 10)
		}
		return strconv.FormatFloat(value, 'g', -1, 64)
	case json.Number:
		if whole, err := value.Int64(); err == nil {
			return strconv.FormatInt(whole, 10)
		}
		if number, err := value.Float64(); err == nil {
			return scalarText(number)
		}
		return value.String()
	}
	return fmt.Sprint(value)
}
