// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"errors"
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// result is what became of one of several objects.
type result struct {
	before *unstructured.Unstructured
	// object as it is now.
	object *unstructured.Unstructured
	// changed says whether it was written; also of one that then did not become as asked.
	changed bool
	err     error
}

// work on objects, one after another.
type work struct {
	do func(*unstructured.Unstructured) result
	// show what became of one.
	show func(result) error
	// progress of it all; nil: nobody watches.
	progress *progress
}

// each takes objects one after another, until somebody interrupts it: one that fails does not keep the others from it. What became of one is
// shown at once or, where a terminal shows how far it has come, after all of it. It fails where that can't be shown.
func (w work) each(ctx context.Context, objects []*unstructured.Unstructured) ([]result, error) {
	results := make([]result, 0, len(objects))
	w.progress.draw()
	for i := 0; i < len(objects) && (i == 0 || ctx.Err() == nil); i++ {
		one := w.do(objects[i])
		results = append(results, one)
		if w.progress != nil {
			w.progress.step(one.err != nil)
			continue
		}
		if err := w.show(one); err != nil {
			return nil, err
		}
	}
	if w.progress == nil {
		return results, nil
	}
	w.progress.clear()
	for _, one := range results {
		if err := w.show(one); err != nil {
			return nil, err
		}
	}
	return results, nil
}

// summary says how many of all were changed, how many need not be, how many failed, and how many nobody has tried.
func summary(results []result, all int, done, dry string) string {
	var changed, failed int
	for _, one := range results {
		switch {
		case one.err != nil:
			failed++
		case one.changed:
			changed++
		}
	}
	line := fmt.Sprintf("%d of %d %s %s%s", changed, all, nounOf(results), done, dry)
	if same := len(results) - changed - failed; same > 0 {
		line += fmt.Sprintf(", %d as they were", same)
	}
	if failed > 0 {
		line += fmt.Sprintf(", %d failed", failed)
	}
	if untried := all - len(results); untried > 0 {
		line += fmt.Sprintf(", %d not tried", untried)
	}
	return line + "\n"
}

// nounOf is what people call the objects of results, of which there is one at least.
func nounOf(results []result) string { return noun(results[0].before) + "s" }

// changedNames are the names of the objects that were written.
func changedNames(results []result) []string {
	var names []string
	for _, one := range results {
		if one.changed {
			names = append(names, one.before.GetName())
		}
	}
	return names
}

// together is the error of several: with the exit code of all that failed, where that is one, else that of a failure.
func together(results []result, done string) error {
	errs := make([]error, 0, len(results))
	for _, one := range results {
		errs = append(errs, one.err)
	}
	failed, code := failures(errs)
	if failed == 0 {
		return nil
	}
	return &failure{code: code, err: fmt.Errorf("%d of %d %s were not %s", failed, len(results), nounOf(results), done)}
}

// failures are how many of several failed, and the exit code of all of them, where that is one, else that of a failure.
func failures(errs []error) (failed, code int) {
	for _, err := range errs {
		if err == nil {
			continue
		}
		failed++
		if its := codeOf(err); code == exitOK || code == its {
			code = its
		} else {
			code = exitFailure
		}
	}
	return failed, code
}

// codeOf is the exit code of an error.
func codeOf(err error) int {
	if failed, ok := errors.AsType[*failure](err); ok {
		return failed.code
	}
	return exitFailure
}
