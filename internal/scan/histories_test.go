// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package scan

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// TestEachRunIsCountedOnceInAnyHistory plays random histories of a place: schedules come, go and change, Jobs finish, people and
// Kubernetes delete them, and two managers, each of which sees everything late and kind by kind, are killed between any
// two writes, or frozen, and write what they decided long ago. Now and then the ledger is put back to what it was.
func TestEachRunIsCountedOnceInAnyHistory(t *testing.T) {
	t.Parallel()
	const histories = 600
	often := calendarOf(t, cronIn("", "*/10 * * * *"))
	total := tally{}
	for seed := range uint64(histories) {
		h := play(seed, often, false)
		if h.fault != "" {
			told := play(seed, often, true)
			t.Fatalf("history %d: %s\n%s", seed, told.fault, told.log)
		}
		total.add(h.tally)
	}
	for name, n := range map[string]int{
		"counted": total.counted, "conflicts": total.conflicts, "made twice": total.madeAgain, "collected": total.collected,
		"refused creations": total.exists, "dropped and counted": total.lateCounts, "stopped": total.stopped, "forgotten": total.forgotten,
		"killed with targets gone": total.halfway, "ledgers put back": total.putBack, "recalled": total.recalled, "recalled and owed": total.recalledOwed,
	} {
		if n < histories/40 {
			t.Errorf("%s: only %d: nothing is proven", name, n)
		}
	}
}

// play plays one history to its end.
func play(seed uint64, calendar Calendar, tell bool) *history {
	h := newHistory(seed, calendar)
	h.tell = tell
	for range 150 {
		h.step()
	}
	h.settle()
	return h
}

type tally struct {
	counted, conflicts, madeAgain, collected, exists, lateCounts, stopped, forgotten, halfway, putBack, recalled, recalledOwed int
}

func (t *tally) add(o tally) {
	t.counted += o.counted
	t.conflicts += o.conflicts
	t.madeAgain += o.madeAgain
	t.collected += o.collected
	t.exists += o.exists
	t.lateCounts += o.lateCounts
	t.stopped += o.stopped
	t.forgotten += o.forgotten
	t.halfway += o.halfway
	t.putBack += o.putBack
	t.recalled += o.recalled
	t.recalledOwed += o.recalledOwed
}

// place is what the API server has.
type place struct {
	ledger  string
	version int
	jobs    map[string]liveJob
	// schedules are replaced and never changed.
	schedules map[types.UID]*v1alpha1.ScanSchedule
	closed    bool
	targets   int
}

type liveJob struct {
	Job
	uid, version int
	// supplied with targets that are there.
	supplied bool
}

func (p place) copy() place {
	p.jobs, p.schedules = maps.Clone(p.jobs), maps.Clone(p.schedules)
	return p
}

// history is the place, what two managers know of it, and what they have yet to write.
type history struct {
	place
	random   *rand.Rand
	now      time.Time
	managers [2]place
	writes   [3][]func(queue int) // of the managers, and of one that was frozen
	serial   int
	// calendar of all schedules.
	calendar Calendar
	// finished are the runs of which a Job finished, in truth; counted how often they left the ledger in a write that
	// counted them.
	finished, counted map[int64]int
	// backups of the ledger, and what was counted in each.
	backups []backup
	// owed are those that finished before their Job was deleted, and while they were in the ledger; deleted those whose Job was.
	made, owed, deleted map[int64]bool
	tally
	fault string
	// settling says that nobody is killed any more.
	settling bool
	// tell has all that happens noted, which takes most of the time.
	tell bool
	log  string
}

func newHistory(seed uint64, calendar Calendar) *history {
	h := &history{
		calendar: calendar,
		random:   rand.New(rand.NewPCG(seed, 18)), now: noon, finished: map[int64]int{}, counted: map[int64]int{},
		made: map[int64]bool{}, owed: map[int64]bool{}, deleted: map[int64]bool{},
		place: place{jobs: map[string]liveJob{}, schedules: map[types.UID]*v1alpha1.ScanSchedule{}, targets: 2},
	}
	h.putSchedule("a")
	h.managers = [2]place{h.copy(), h.copy()}
	return h
}

func (h *history) note(format string, args ...any) {
	if h.tell {
		h.log += fmt.Sprintf("%s "+format+"\n", append([]any{h.now.Format("02 15:04:05")}, args...)...)
	}
}

func (h *history) fail(format string, args ...any) {
	if h.fault == "" {
		h.fault = fmt.Sprintf(format, args...)
	}
}

func (h *history) putSchedule(uid types.UID) {
	h.schedules[uid] = &v1alpha1.ScanSchedule{
		ObjectMeta: metav1.ObjectMeta{Name: "s-" + string(uid), UID: uid, CreationTimestamp: metav1.NewTime(h.now)},
		Spec: v1alpha1.ScanScheduleSpec{
			Run: v1alpha1.RequestID(fmt.Sprint(h.random.IntN(4))), Suspend: h.random.IntN(6) == 0,
			Events: []v1alpha1.ScanEvent{v1alpha1.ScanOnAssetAdded},
		},
	}
}

func (h *history) step() {
	h.now = h.now.Add(time.Duration(h.random.IntN(90)) * time.Second)
	manager := h.random.IntN(2)
	switch h.random.IntN(20) {
	case 0:
		h.putSchedule([]types.UID{"a", "b"}[h.random.IntN(2)])
	case 1:
		if h.random.IntN(3) == 0 {
			delete(h.schedules, []types.UID{"a", "b"}[h.random.IntN(2)])
		}
	case 2:
		h.closed = h.random.IntN(3) == 0
		h.targets = h.random.IntN(5)
	case 3, 4, 5:
		h.finish()
	case 6:
		h.remove(h.pick(), "somebody deletes")
	case 7, 8, 9, 10:
		h.refresh(manager, h.random.IntN(3))
	case 11:
		if len(h.writes[2]) == 0 {
			h.writes[2] = h.writes[manager]
		}
		h.writes[manager] = nil
		h.refresh(manager, -1)
		h.note("manager %d is killed or frozen", manager)
	case 12, 13, 14:
		h.look(manager)
	case 15:
		switch h.random.IntN(8) {
		case 0: // who was frozen wakes up
			h.drain(2)
		case 1:
			h.putBack()
		}
	default:
		h.write(manager)
	}
}

func (h *history) pick() string {
	names := slices.Sorted(maps.Keys(h.jobs))
	if len(names) == 0 {
		return ""
	}
	return names[h.random.IntN(len(names))]
}

func (h *history) finish() {
	name := h.pick()
	job, there := h.jobs[name]
	if !there || !job.Finished.IsZero() {
		return
	}
	job.Finished, job.Result = h.now, []v1alpha1.ScanResult{v1alpha1.ScanSucceeded, v1alpha1.ScanFailed}[h.random.IntN(2)]
	h.put(job)
	h.finished[job.Run]++
	if ledger, _ := ReadLedger(h.ledger); ledger.holds(job.Job) && !job.Going {
		h.owed[job.Run] = true
	}
	h.note("%s finishes", name)
}

func (h *history) put(job liveJob) {
	h.serial++
	job.version = h.serial
	h.jobs[job.Name] = job
}

// remove deletes a Job: one that is held stays.
func (h *history) remove(name, who string) {
	job, there := h.jobs[name]
	if !there {
		return
	}
	h.note("%s %s", who, name)
	h.deleted[job.Run] = true
	if job.Held {
		job.Going = true
		h.put(job)
		return
	}
	delete(h.jobs, name)
	h.collected++
}

// refresh lets a manager see one kind of object as it is now, or all of them.
func (h *history) refresh(manager, kind int) {
	m, now := &h.managers[manager], h.copy()
	if kind < 0 || kind == 0 {
		m.ledger, m.version = now.ledger, now.version
	}
	if kind < 0 || kind == 1 {
		m.jobs = now.jobs
	}
	if kind < 0 || kind == 2 {
		m.schedules, m.closed, m.targets = now.schedules, now.closed, now.targets
	}
}

func (h *history) seen(m place) Seen {
	ledger, err := ReadLedger(m.ledger)
	if err != nil {
		h.fail("%v", err)
	}
	seen := Seen{Tenant: "tenant", Closed: m.closed, Ledger: ledger, Now: h.now}
	for _, uid := range slices.Sorted(maps.Keys(m.schedules)) {
		seen.Schedules = append(seen.Schedules, Schedule{Object: m.schedules[uid], Calendar: h.calendar, Targets: lines("a", m.targets)})
	}
	for _, name := range slices.Sorted(maps.Keys(m.jobs)) {
		seen.Jobs = append(seen.Jobs, m.jobs[name].Job)
	}
	return seen
}
