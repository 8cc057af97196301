// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"context"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
)

// told counts what comes through.
type told struct{ times int }

func (t *told) handler(written *echoes) handler.Funcs {
	return written.news(handler.Funcs{
		CreateFunc:  func(_ context.Context, _ event.CreateEvent, _ requestQueue) { t.times++ },
		UpdateFunc:  func(_ context.Context, _ event.UpdateEvent, _ requestQueue) { t.times++ },
		DeleteFunc:  func(_ context.Context, _ event.DeleteEvent, _ requestQueue) { t.times++ },
		GenericFunc: func(_ context.Context, _ event.GenericEvent, _ requestQueue) { t.times++ },
	}).(handler.Funcs)
}

func TestOwnWritesAreNoNews(t *testing.T) {
	created := func(uid types.UID, is string) func(handler.Funcs) {
		return func(news handler.Funcs) { news.Create(t.Context(), event.CreateEvent{Object: version(uid, is)}, nil) }
	}
	updated := func(uid types.UID, was, is string) func(handler.Funcs) {
		return func(news handler.Funcs) {
			news.Update(t.Context(), event.UpdateEvent{ObjectOld: version(uid, was), ObjectNew: version(uid, is)}, nil)
		}
	}
	for name, test := range map[string]struct {
		hear func(handler.Funcs)
		want int
	}{
		"what this manager made":        {created("binding", "7"), 0},
		"what another made":             {created("binding", "8"), 1},
		"what this manager changed":     {updated("binding", "6", "7"), 0},
		"what another changed after it": {updated("binding", "7", "8"), 1},
		"a resync":                      {updated("binding", "7", "7"), 1},
		"the end of what this manager wrote": {func(news handler.Funcs) {
			news.Delete(t.Context(), event.DeleteEvent{Object: version("binding", "7")}, nil)
		}, 1},
		"the same version of another object": {updated("other", "6", "7"), 1},
	} {
		written, seen := newEchoes(), told{}
		written.begin(version("binding", "6"))(version("binding", "7"))
		test.hear(seen.handler(written))
		if seen.times != test.want {
			t.Errorf("%s: told %d times, want %d", name, seen.times, test.want)
		}
	}
}

// A watch may be faster than the answer to the write that it tells of.
func TestWhatIsHeardDuringAWriteIsJudgedByItsAnswer(t *testing.T) {
	for name, test := range map[string]struct {
		answer *rbacv1.RoleBinding
		want   int
	}{
		"it was this write":                       {version("binding", "7"), 0},
		"it was another's, before this write":     {version("binding", "8"), 1},
		"the write failed, or its answer is lost": {nil, 1},
	} {
		written, seen := newEchoes(), told{}
		first, second := written.begin(version("binding", "6")), written.begin(version("binding", "6"))
		seen.handler(written).Update(t.Context(), event.UpdateEvent{ObjectOld: version("binding", "6"), ObjectNew: version("binding", "7")}, nil)
		first(nil)
		if seen.times != 0 {
			t.Errorf("%s: told while a write is unanswered", name)
		}
		if test.answer == nil {
			second(nil)
		} else {
			second(test.answer)
		}
		if seen.times != test.want {
			t.Errorf("%s: told %d times, want %d", name, seen.times, test.want)
		}
		if len(written.writing) != 0 {
			t.Errorf("%s: %d writes are still remembered as unanswered", name, len(written.writing))
		}
	}
}

func version(uid types.UID, version string) *rbacv1.RoleBinding {
	return &rbacv1.RoleBinding{ObjectMeta: metav1.ObjectMeta{UID: uid, ResourceVersion: version}}
}
