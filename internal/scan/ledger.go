// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package scan

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/license"
)

// Ledger is what was started in a tenant's place, and what finished: all of it in one object, which is written only in
// the version that was read. A run is in it before its Job is made, and leaves it in the write that counts it.
type Ledger struct {
	// Serial is the number of the latest run of any schedule. It only grows, so a run that has a number up to it and is
	// not among Runs was counted, and will never be among them again.
	Serial int64 `json:"serial,omitempty"`
	// Runs are those that are not counted, by their numbers.
	Runs map[int64]Run `json:"runs,omitempty"`
	// Schedules is what is known of each, by UID.
	Schedules map[types.UID]Entry `json:"schedules,omitempty"`
	// Months are how many runs finished in a calendar month, in UTC, such as 2026-11: of the latest maxMonths.
	Months map[string]Finished `json:"months,omitempty"`
	// LastFinished is when a run finished last.
	LastFinished time.Time `json:"lastFinished,omitzero"`
	// LastReport is where its report is found; empty if nobody said.
	LastReport string `json:"lastReport,omitempty"`
}

// Run is one that was started and is not counted.
type Run struct {
	// Schedule that it is of.
	Schedule types.UID `json:"schedule"`
	// Cause is why it was started; empty where that is not known any more.
	Cause Cause `json:"cause"`
	// Due is when it was to start.
	Due time.Time `json:"due"`
	// Report is where its report will be found, as the profile had it when it was started: schedules change meanwhile, and go. Empty if
	// nobody said, and of a run that was dropped.
	Report string `json:"report,omitempty"`
	// Claimed is when somebody set out last to make its Job.
	Claimed time.Time `json:"claimed"`
	// Tries is how often somebody had set out before.
	Tries int `json:"tries,omitempty"`
	// Dropped says that it is to run no more. It counts all the same if it finished before its Job was stopped.
	Dropped bool `json:"dropped,omitempty"`
}

// Cause is why a run was started.
type Cause string

// Causes of runs, the strongest first.
const (
	CauseRequested   Cause = "Requested"
	CauseAssetAdded  Cause = "AssetAdded"
	CauseFeedUpdated Cause = "FeedUpdated"
	CauseDue         Cause = "Due"
)

// Causes are all that there are.
var Causes = []Cause{CauseRequested, CauseAssetAdded, CauseFeedUpdated, CauseDue}

// Entry is what is known of a schedule in a tenant's place.
type Entry struct {
	// Calendar, with jitter, that Passed is of.
	Calendar string `json:"calendar"`
	// Passed is the time up to which what was due has been started, or passed over.
	Passed time.Time `json:"passed"`
	// Halted says that nothing was started when the schedule was last looked at.
	Halted bool `json:"halted,omitempty"`
	// Request is the value of spec.run that was served.
	Request v1alpha1.RequestID `json:"request,omitempty"`
	// Feed is the version of the feed that was served; empty where the schedule does not wait for one.
	Feed string `json:"feed,omitempty"`
	// Assets are the fingerprints of the targets of the last run; nil where the schedule does not wait for new ones.
	Assets *string `json:"assets,omitempty"`
	// Aim is the digest of spec.targets that Assets are of.
	Aim string `json:"aim,omitempty"`
	// Last is the run that finished last; nil if none did.
	Last *Outcome `json:"last,omitempty"`
}

// Outcome is how a run ended.
type Outcome struct {
	Run    int64               `json:"run"`
	At     time.Time           `json:"at"`
	Result v1alpha1.ScanResult `json:"result"`
}

// Finished is how many runs finished.
type Finished struct {
	// All that did, well or not, and Failed those of them that did not.
	All    int64 `json:"all"`
	Failed int64 `json:"failed,omitempty"`
}

// maxMonths is how many calendar months are remembered: a year, and the present one.
const maxMonths = 13

// ReadLedger reads a ledger; none is an empty one.
func ReadLedger(text string) (Ledger, error) {
	ledger := Ledger{}
	if text == "" {
		return ledger, nil
	}
	if err := json.Unmarshal([]byte(text), &ledger); err != nil {
		return ledger, fmt.Errorf("reading the ledger of scans: %w", err)
	}
	return ledger, nil
}

// Write prints a ledger: the same one the same way.
func (l Ledger) Write() (string, error) {
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false) // which takes six bytes for each & of a link
	if err := encoder.Encode(l); err != nil {
		return "", fmt.Errorf("writing the ledger of scans: %w", err)
	}
	return strings.TrimSuffix(text.String(), "\n"), nil
}

// Usage is the tenant's, with the scans of a moment's calendar month as they are counted here.
func (l Ledger) Usage(usage v1alpha1.Usage, now time.Time) v1alpha1.Usage {
	usage.Period = license.Period(now)
	usage.Scans = l.Months[usage.Period].All
	return usage
}

// clone is a ledger that can be written to.
func (l Ledger) clone() Ledger {
	l.Runs, l.Schedules, l.Months = maps.Clone(l.Runs), maps.Clone(l.Schedules), maps.Clone(l.Months)
	if l.Runs == nil {
		l.Runs = map[int64]Run{}
	}
	if l.Schedules == nil {
		l.Schedules = map[types.UID]Entry{}
	}
	if l.Months == nil {
		l.Months = map[string]Finished{}
	}
	return l
}

// holds says that a Job's run is not counted. A Job of that number which is another schedule's comes from a ledger that
// was lost.
func (l Ledger) holds(job Job) bool {
	run, found := l.Runs[job.Run]
	return found && run.Schedule == job.Schedule
}

// running is the run of a schedule that has not ended; false if there is none.
func (l Ledger) running(schedule types.UID) (int64, bool) {
	for number, run := range l.Runs {
		if run.Schedule == schedule && !run.Dropped {
			return number, true
		}
	}
	return 0, false
}

// count counts the run of a Job that finished, and takes it off the ledger. Its report is found where the link says.
func (l *Ledger) count(job Job, report string) {
	delete(l.Runs, job.Run)
	outcome := outcomeOf(job)
	month := license.Period(outcome.At)
	counted := l.Months[month]
	counted.All++
	if outcome.Result == v1alpha1.ScanFailed {
		counted.Failed++
	}
	l.Months[month] = counted
	if months := slices.Sorted(maps.Keys(l.Months)); len(months) > maxMonths {
		delete(l.Months, months[0])
	}
	if outcome.At.After(l.LastFinished) {
		l.LastFinished, l.LastReport = outcome.At, report
	}
	l.tell(job)
}

// tell the schedule of a Job, if it is known, that it has finished, unless a later one has.
func (l *Ledger) tell(job Job) {
	outcome := outcomeOf(job)
	if entry, known := l.Schedules[job.Schedule]; known && (entry.Last == nil || !outcome.At.Before(entry.Last.At)) {
		entry.Last = &outcome
		l.Schedules[job.Schedule] = entry
	}
}

func outcomeOf(job Job) Outcome {
	return Outcome{Run: job.Run, At: job.Finished.UTC().Truncate(time.Second), Result: job.Result}
}
