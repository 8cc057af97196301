// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"errors"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/scan"
	"github.com/tenantry/tenantry/internal/standing"
	"github.com/tenantry/tenantry/internal/tenancy"
)

func TestAProblemIsToldAsLongAsItLasts(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, time.November, 22, 12, 0, 0, 0, time.UTC)
	job := scan.Job{Name: "scan-weekly-1", Run: 1, Schedule: "weekly"}
	idle, waiting, finished := job, job, job
	idle.Idle, waiting.Waiting, finished.Finished = now.Add(-time.Hour), true, now
	noPods, refused := standing.NoPods(job.Name), &scan.Problem{Reason: v1alpha1.ReasonQuotaBlocked, Message: "no Job is made"}
	for _, test := range []struct {
		name   string
		before *scan.Problem
		jobs   []scan.Job
		want   *scan.Problem
		// former says that what was told before was of a former place.
		former bool
	}{
		{"its Job has no pod", nil, []scan.Job{idle}, noPods, false},
		{"its Job has one now", noPods, []scan.Job{job}, nil, false},
		{"its Job had none, and is finished", noPods, []scan.Job{finished}, nil, false},
		{"its Job had none, and is gone", noPods, nil, nil, false},
		{"its Job was refused", refused, nil, refused, false},
		{"the targets of its Job were refused", refused, []scan.Job{waiting}, refused, false},
		{"its Job was refused, and runs", refused, []scan.Job{job}, nil, false},
		{"an earlier Job has finished", refused, []scan.Job{finished}, refused, false},
		{"the place could not be looked at", problemOf(errors.New("no API server")), nil, nil, false},
		{"the Job of a former customer was refused", refused, nil, nil, true},
	} {
		v := &scanVisit{Scans: &tenancy.Scans{NamespaceUID: "place"}, now: now, seen: scan.Seen{Jobs: test.jobs}, started: map[types.UID]bool{}, problems: map[types.UID]*scan.Problem{}}
		before := scan.Finding{NamespaceUID: "place", Problem: test.before}
		if test.former {
			before.NamespaceUID = "former"
		}
		got := v.problem(&v1alpha1.ScanSchedule{ObjectMeta: metav1.ObjectMeta{UID: "weekly"}}, before)
		if (got == nil) != (test.want == nil) || got != nil && *got != *test.want {
			t.Errorf("%s: %+v", test.name, got)
		}
	}
}
