// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package scan

import (
	"slices"

	"k8s.io/apimachinery/pkg/types"
)

// tellCounted: a schedule of which the ledger knew nothing when its runs were counted, since it was lost, is told of them.
func (l *look) tellCounted() {
	for _, job := range l.decision.Counted {
		l.after.tell(job)
	}
}

// linkOf is where the report of a run that has finished is found: as it was written down at its start or, if a manager of before has started it
// or written the ledger since, as its schedule's profile has it now.
func (l *look) linkOf(job Job) string {
	if known := l.after.Runs[job.Run].Report; known != "" {
		return known
	}
	if at := l.reaching(job.Schedule); at >= 0 {
		return l.reportOf(l.Schedules[at], job.Run)
	}
	return ""
}

// reaching is the place of a schedule among those that reach the tenant; below zero if it does not.
func (l *look) reaching(schedule types.UID) int {
	return slices.IndexFunc(l.Schedules, func(reaching Schedule) bool { return reaching.Object.UID == schedule })
}

// reportOf is where the report of a run is found which starts now; empty where nobody said.
func (l *look) reportOf(schedule Schedule, run int64) string {
	return ReportURL(schedule.Profile, l.Namespace, l.NamespaceUID, schedule.Object.Name, run)
}
