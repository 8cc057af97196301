// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	cmdutil "k8s.io/kubectl/pkg/cmd/util"

	"github.com/tenantry/tenantry/internal/cli/edit"
)

// StepOptions changes what one object of a kind does.
type StepOptions[T any] struct {
	// Name of the object.
	Name string

	// group of the commands on the kind, and the resource that they are about.
	group    string
	resource schema.GroupVersionResource
	decide   func(o *StepOptions[T], object *T) (step[T], error)
	writing  *writing
	now      func() time.Time
	genericiooptions.IOStreams
}

// step is what a command does to one object.
type step[T any] struct {
	fields []edit.Field
	// done and already say what the object is now, and where there is nothing to do.
	done, already string
	// undo is the verb that undoes it; empty if none does.
	undo string
	// so says whether what the command is for has come to pass, and what it is like if not; nil where the operator has only to look.
	so func(object *T) (done bool, last string, err error)
}

func newStepOptions[T any](streams genericiooptions.IOStreams, cluster cluster, group string, resource schema.GroupVersionResource) *StepOptions[T] {
	return &StepOptions[T]{IOStreams: streams, writing: newWriting(cluster), group: group, resource: resource, now: time.Now}
}

// command that takes a step, and waits for what comes of it, or does so if told to.
func (o *StepOptions[T]) command(words words, waits bool, decide func(*StepOptions[T], *T) (step[T], error)) *cobra.Command {
	o.decide = decide
	return o.writing.commandOnOne(words, o.group, o.resource, waits, func(ctx context.Context, name string) error {
		o.Name = name
		return o.Run(ctx)
	})
}

// Run changes the object, and waits for what it does, if asked to.
func (o *StepOptions[T]) Run(ctx context.Context) error {
	cluster := o.writing.cluster
	found, err := cluster.find(ctx, o.resource, o.Name)
	if err != nil {
		return err
	}
	before := found[0]
	object, err := typed[T](before)
	if err != nil {
		return err
	}
	step, err := o.decide(o, object)
	if err != nil {
		return err
	}
	fmt.Fprintln(o.ErrOut, cluster.target(before))
	name := named(before)
	if len(edit.Pending(before, step.fields)) == 0 {
		return o.writing.say(o.IOStreams, before, name+" "+step.already)
	}
	written, err := o.writing.change(ctx, o.resource, before, step.fields, cluster.command(o.group, "list", o.Name))
	if err != nil {
		return err
	}
	wet := o.writing.dryRun == cmdutil.DryRunNone
	if o.writing.wait && wet {
		if err := o.wait(ctx, written, step); err != nil {
			return err
		}
	}
	line := name + " " + step.done + o.writing.dry()
	if step.undo != "" && wet {
		line += "; undo with: " + cluster.command(o.group, step.undo, o.Name)
	}
	return o.writing.say(o.IOStreams, written, line)
}

func (o *StepOptions[T]) wait(ctx context.Context, written *unstructured.Unstructured, step step[T]) error {
	return o.writing.until(ctx, o.writing.cluster.target(written)+": what was asked for", func(ctx context.Context) (bool, string, error) {
		now, err := o.writing.cluster.get(ctx, o.resource, written.GetNamespace(), written.GetName())
		if err != nil {
			return false, "", err
		}
		object, err := typed[T](now)
		if err != nil {
			return false, "", err
		}
		if seen, _, _ := unstructured.NestedInt64(now.Object, "status", "observedGeneration"); seen < written.GetGeneration() {
			return false, "the operator has not looked at it yet", nil
		}
		if step.so == nil {
			return true, "", nil
		}
		return step.so(object)
	})
}

// typed is an object as this version of the plugin knows it.
func typed[T any](object *unstructured.Unstructured) (*T, error) {
	known := new(T)
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, known); err != nil {
		return nil, fmt.Errorf("%s %s/%s is none that this version of the plugin understands: %w", strings.ToLower(object.GetKind()), object.GetNamespace(), object.GetName(), err)
	}
	return known, nil
}

// request is a value of a field that asks for something once.
func (o *StepOptions[T]) request() string { return strconv.FormatInt(o.now().UnixMilli(), 10) }

// refuse says why a step is not taken, and which command of the kind's helps.
func (o *StepOptions[T]) refuse(name, why, hint string) error {
	return &failure{code: exitUsage, err: fmt.Errorf("%s %s %s", o.group, name, why), hint: o.writing.cluster.command(o.group, hint, o.Name)}
}
