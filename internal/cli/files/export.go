// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package files

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/cli/edit"
)

// File is one that is to be written: its path, with slashes, in the directory of all.
type File struct {
	Path string
	Data []byte
}

// requests are fields that ask for something once: in Git they would ask for it again, of every cluster that they come to.
var requests = []edit.Field{
	edit.Unset("spec", "run"), edit.Unset("spec", "rollout", "resume"), edit.Unset("spec", "approvedPlan"),
	edit.Unset("spec", "invitation", "resend"), edit.Unset("spec", "admin", "invitation", "resend"), edit.Unset("spec", "restoreFrom"),
	edit.Unset("metadata", "annotations", v1alpha1.AnnotationPurge),
}

// Exported is what of an object belongs in Git, and asks for nothing that was done.
func Exported(object *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	return edit.Preview(edit.Manifest(object), requests)
}

// MadeByOthers says whether the operator or a sync made an object: it makes it again from what is exported.
func MadeByOthers(object *unstructured.Unstructured) bool {
	labels := object.GetLabels()
	return labels[v1alpha1.LabelManaged] == "true" || labels[v1alpha1.LabelSyncedBy] != ""
}

// needed are the fields that name what is not exported, because it holds secrets or is no kind of ours.
var needed = []struct {
	kind string
	path []string
}{
	{"Secret", []string{"spec", "smtpSecretRef", "name"}},
	{"Secret", []string{"spec", "domain", "custom", "certificateRef", "name"}},
	{"ConfigMap", []string{"spec", "logo", "configMapKeyRef", "name"}},
	{"ConfigMap", []string{"spec", "favicon", "configMapKeyRef", "name"}},
}

// Needs are what an object refers to and what is not exported with it, such as Secret smtp.
func Needs(object *unstructured.Unstructured) []string {
	var needs []string
	for _, one := range needed {
		if name, _, _ := unstructured.NestedString(object.Object, one.path...); name != "" && !slices.Contains(needs, one.kind+" "+name) {
			needs = append(needs, one.kind+" "+name)
		}
	}
	return needs
}

// Layout is a file for each object, in a directory for each stage of applying them.
func Layout(objects []*unstructured.Unstructured) ([]File, error) {
	var files []File
	for _, step := range Arrange(objects) {
		at := rank(step.Object)
		if at < 0 {
			return nil, fmt.Errorf("%s is no kind that is exported", step.Object.GetKind())
		}
		data, err := yaml.Marshal(step.Object.Object)
		if err != nil {
			return nil, err
		}
		name := strings.ToLower(step.Object.GetKind()) + "-" + step.Object.GetName() + ".yaml"
		files = append(files, File{Path: path.Join(string(kinds[at].stage), step.Object.GetNamespace(), name), Data: data})
	}
	return files, nil
}
