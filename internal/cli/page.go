// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"fmt"
	"io"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/cli-runtime/pkg/printers"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/directory"
)

// page shows one object, a line for each thing that is to be said.
type page struct {
	// lines are of what is said, and of that.
	lines [][2]string
}

// say one thing; nothing where there is nothing to say. What others wrote can't move the cursor, or hide what follows.
func (p *page) say(what, value string) {
	if value == "" {
		return
	}
	p.lines = append(p.lines, [2]string{what, directory.Escape(value)})
}

// sayAll says several things under one heading.
func (p *page) sayAll(what string, values []string) {
	for i, value := range values {
		if i > 0 {
			what = ""
		}
		p.lines = append(p.lines, [2]string{what, directory.Escape(value)})
	}
}

// sayConditions says whether the object is as it should be, and what is wrong.
func (p *page) sayConditions(conditions []metav1.Condition) {
	ready := meta.FindStatusCondition(conditions, v1alpha1.ConditionReady)
	switch {
	case ready == nil:
		p.say("Ready", "not looked at yet")
	case ready.Status == metav1.ConditionTrue && ready.Reason == v1alpha1.ReasonReady:
		p.say("Ready", "yes")
	default:
		told := yesNo(ready.Status) + ", " + ready.Reason
		if ready.Message != "" {
			told += ": " + ready.Message
		}
		p.say("Ready", told)
	}
}

func yesNo(status metav1.ConditionStatus) string {
	switch status {
	case metav1.ConditionTrue:
		return "yes"
	case metav1.ConditionFalse:
		return "no"
	default:
		return "not known"
	}
}

func (p *page) print(w io.Writer, look look) error { return printLines(w, p.lines, look) }

// printLines prints lines of what is said, and of that. What belongs to the line before it has no heading.
func printLines(w io.Writer, lines [][2]string, look look) error {
	table := printers.GetNewTabWriter(w)
	for _, line := range lines {
		what, value := line[0], line[1]
		if look.coloured {
			value = paintedLine(what, value)
		}
		if what != "" {
			what += ":"
		}
		fmt.Fprintln(table, what+"\t"+value)
	}
	return table.Flush()
}
