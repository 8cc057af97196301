// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package files

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/json"
	yamlreader "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"
)

// Document is an object as a file has it.
type Document struct {
	Object *unstructured.Unstructured
	// File that it is in, and which of its documents it is, from 1.
	File   string
	Number int
}

// Where the object is written.
func (d Document) Where() string { return fmt.Sprintf("%s, document %d", d.File, d.Number) }

// Parse reads the documents of a file in YAML or JSON, a List being its items. It fails, and says where, for what is no object, and for a
// field that is there twice.
func Parse(file string, data []byte) ([]Document, error) {
	reader := yamlreader.NewYAMLReader(bufio.NewReader(bytes.NewReader(data)))
	var documents []Document
	for number := 1; ; number++ {
		text, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return documents, nil
		}
		document := Document{File: file, Number: number}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", document.Where(), err)
		}
		objects, err := parse(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", document.Where(), err)
		}
		for _, object := range objects {
			document.Object = object
			documents = append(documents, document)
		}
	}
}

var errNoObject = errors.New("an object has an apiVersion, a kind and a metadata.name")

// parse one document: its object, the items of a List, or nothing where it is empty.
func parse(text []byte) ([]*unstructured.Unstructured, error) {
	data, err := yaml.YAMLToJSONStrict(text)
	if err != nil {
		return nil, err
	}
	if bytes.Equal(bytes.TrimSpace(data), []byte("null")) {
		return nil, nil
	}
	object := &unstructured.Unstructured{}
	if err := json.Unmarshal(data, &object.Object); err != nil {
		return nil, errNoObject // its own words would show what is in the file
	}
	objects := []*unstructured.Unstructured{object}
	if object.IsList() {
		objects = nil
		err = object.EachListItem(func(item runtime.Object) error {
			objects = append(objects, item.(*unstructured.Unstructured))
			return nil
		})
		if err != nil {
			return nil, errNoObject
		}
	}
	for _, one := range objects {
		if one.GetKind() == "" || one.GetName() == "" {
			return nil, errNoObject
		}
	}
	return objects, nil
}
