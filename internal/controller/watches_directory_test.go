// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"testing"
	"testing/synctest"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/priorityqueue"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/directory"
)

func TestEventsOfOneSubjectComeTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		queue := priorityqueue.New[reconcile.Request]("directory")
		defer queue.ShutDown()
		grant := &v1alpha1.TenantAccessGrant{Spec: v1alpha1.TenantAccessGrantSpec{Subject: v1alpha1.Subject{Kind: v1alpha1.SubjectUser, Name: "tech"}}}
		for range 1000 {
			gathered(toDirectory).Update(t.Context(), event.UpdateEvent{ObjectOld: grant, ObjectNew: grant}, queue)
		}
		if synctest.Wait(); queue.Len() != 0 {
			t.Errorf("%d requests before the pause is over", queue.Len())
		}
		<-time.After(gathering)
		if synctest.Wait(); queue.Len() != 1 {
			t.Errorf("%d requests after it", queue.Len())
		}
		key := directory.ForUser("tech")
		if got, _ := queue.Get(); got.Namespace != key.Namespace || got.Name != key.Hash {
			t.Errorf("%v is asked for", got)
		}
	})
}

func TestAGroupsGrantAsksForNoDirectory(t *testing.T) {
	grant := &v1alpha1.TenantAccessGrant{Spec: v1alpha1.TenantAccessGrantSpec{Subject: v1alpha1.Subject{Kind: v1alpha1.SubjectGroup, Name: "staff"}}}
	if got := toDirectory(t.Context(), grant); len(got) != 0 {
		t.Errorf("%v is asked for", got)
	}
}

func TestWhichTenantsEventsBearOnDirectories(t *testing.T) {
	before := &v1alpha1.Tenant{
		ObjectMeta: metav1.ObjectMeta{UID: "one", Generation: 1, Labels: map[string]string{"tier": "gold"}},
		Status:     v1alpha1.TenantStatus{Phase: v1alpha1.PhaseActive, Namespace: "acme-a", Agents: "1/5", Hosts: []v1alpha1.Host{"a.example"}},
	}
	for name, test := range map[string]struct {
		change func(*v1alpha1.Tenant)
		want   bool
	}{
		"a seat is taken":      {func(t *v1alpha1.Tenant) { t.Status.Agents = "2/5" }, false},
		"nothing":              {func(*v1alpha1.Tenant) {}, false},
		"the spec":             {func(t *v1alpha1.Tenant) { t.Generation++ }, true},
		"labels":               {func(t *v1alpha1.Tenant) { t.Labels = nil }, true},
		"another of that name": {func(t *v1alpha1.Tenant) { t.UID = "two" }, true},
		"it goes":              {func(t *v1alpha1.Tenant) { t.DeletionTimestamp = &metav1.Time{} }, true},
		"its phase":            {func(t *v1alpha1.Tenant) { t.Status.Phase = v1alpha1.PhaseSuspended }, true},
		"its place":            {func(t *v1alpha1.Tenant) { t.Status.Namespace = "" }, true},
		"its super admin":      {func(t *v1alpha1.Tenant) { t.Status.SuperAdmin = "boss" }, true},
		"its hosts":            {func(t *v1alpha1.Tenant) { t.Status.Hosts = nil }, true},
	} {
		after := before.DeepCopy()
		test.change(after)
		if got := bearsOnDirectories().Update(event.UpdateEvent{ObjectOld: before, ObjectNew: after}); got != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestWhichEventsOfItsOwnObjectsTheDirectoryLooksAt(t *testing.T) {
	at := func(namespace string) client.Object {
		return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: namespace}}
	}
	own, other := at("tenantry-directory-00"), at("acme")
	which := ofDirectories()
	for name, test := range map[string]struct{ got, want bool }{
		"there at the start":      {which.Create(event.CreateEvent{Object: own, IsInInitialList: true}), true},
		"made":                    {which.Create(event.CreateEvent{Object: own}), true},
		"changed":                 {which.Update(event.UpdateEvent{ObjectOld: own, ObjectNew: own}), true},
		"deleted":                 {which.Delete(event.DeleteEvent{Object: own}), true},
		"another's, at the start": {which.Create(event.CreateEvent{Object: other, IsInInitialList: true}), false},
		"another's, changed":      {which.Update(event.UpdateEvent{ObjectOld: other, ObjectNew: other}), false},
		"another's, deleted":      {which.Delete(event.DeleteEvent{Object: other}), false},
	} {
		if test.got != test.want {
			t.Errorf("%s: %v", name, test.got)
		}
	}
}
