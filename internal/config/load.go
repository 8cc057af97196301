// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

// Package config reads the operator's configuration file.
package config

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/apimachinery/pkg/util/yaml"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
)

var codecs = newCodecs()

func newCodecs() serializer.CodecFactory {
	scheme := runtime.NewScheme()
	utilruntime.Must(configv1alpha1.AddToScheme(scheme))
	return serializer.NewCodecFactory(scheme, serializer.EnableStrict)
}

// Load reads the configuration file at path, fills in the defaults and validates the whole. The error
// names the file and the fields that are wrong.
func Load(path string) (*configv1alpha1.Configuration, error) {
	data, err := os.ReadFile(path) //nolint:gosec // whoever starts the manager names the file
	if err != nil {
		return nil, fmt.Errorf("reading the configuration: %w", err)
	}
	configuration, err := Decode(data)
	if err != nil {
		return nil, fmt.Errorf("configuration %s: %w", path, err)
	}
	return configuration, nil
}

// Decode reads a configuration from YAML or JSON, fills in the defaults and validates the whole.
// Unknown and duplicate fields are errors, told together with invalid values; so are any other kind or
// version, a second document and values that can't be read, told before the rest.
func Decode(data []byte) (*configv1alpha1.Configuration, error) {
	document, err := onlyDocument(data)
	if err != nil {
		return nil, err
	}
	object, gvk, err := codecs.UniversalDecoder(configv1alpha1.GroupVersion).Decode(document, nil, nil)
	strict, isStrict := runtime.AsStrictDecodingError(err) // then there is an object all the same
	if err != nil && !isStrict {
		return nil, explain(document, err)
	}
	configuration, ok := object.(*configv1alpha1.Configuration)
	if !ok {
		return nil, fmt.Errorf("kind is %s: it must be %s", gvk.Kind, configv1alpha1.Kind)
	}
	var invalid []error
	if isStrict {
		invalid = strict.Errors()
	}
	for _, err := range configv1alpha1.Validate(configuration) {
		invalid = append(invalid, err)
	}
	if len(invalid) > 0 {
		return nil, errors.Join(invalid...) // a line each
	}
	return configuration, nil
}

// onlyDocument refuses a second YAML document, which the decoder would pass over in silence.
func onlyDocument(data []byte) ([]byte, error) {
	reader := yaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(data)))
	var only []byte
	for {
		document, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return only, nil
		}
		if err != nil {
			return nil, fmt.Errorf("splitting into YAML documents: %w", err)
		}
		if isEmpty(document) {
			continue
		}
		if only != nil {
			return nil, errors.New("there are several YAML documents: keep one")
		}
		only = document
	}
}

// isEmpty is true of nothing but white space and comments.
func isEmpty(document []byte) bool {
	var content any
	return yaml.Unmarshal(document, &content) == nil && content == nil
}
