// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"fmt"
	"io"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/directory"
)

// node of a tree, with what is beneath it.
type node struct {
	text     string
	children []node
}

// print the tree that begins with the node. What others wrote can't move the cursor, or hide what is beneath.
func (n node) print(w io.Writer) error {
	if _, err := fmt.Fprintln(w, directory.Printable(n.text)); err != nil {
		return err
	}
	return n.printChildren(w, "")
}

func (n node) printChildren(w io.Writer, indent string) error {
	for i, child := range n.children {
		branch, further := "├─ ", "│  "
		if i == len(n.children)-1 {
			branch, further = "└─ ", "   "
		}
		if _, err := fmt.Fprintln(w, indent+branch+directory.Printable(child.text)); err != nil {
			return err
		}
		if err := child.printChildren(w, indent+further); err != nil {
			return err
		}
	}
	return nil
}

// tenantNode is a tenant in a tree.
func tenantNode(t listedTenant) node {
	text := t.Name
	if t.Spec.DisplayName != "" {
		text += " · " + directory.Escape(string(t.Spec.DisplayName))
	}
	if t.Status.Phase != "" {
		text += " · " + string(t.Status.Phase)
	}
	if reason := reasonOf(t); reason != "" {
		text += " (" + reason + ")"
	}
	return node{text: text}
}

// objectNode is an object that the operator made, with the sync that it was copied by.
func objectNode(kind, name string, labels map[string]string) node {
	text := kind + " " + name
	if sync := labels[v1alpha1.LabelSyncedBy]; sync != "" {
		text += " · by sync " + sync
	}
	return node{text: text}
}
