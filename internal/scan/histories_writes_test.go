// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package scan

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/types"
)

// look decides, and leaves the writes to be done: all of them after the ledger, in no order.
func (h *history) look(manager int) {
	m := h.managers[manager].copy()
	seen := h.seen(m)
	decision := Look(seen)
	if decision.Unconfirmed {
		m.jobs = h.copy().jobs
		seen = h.seen(m)
		seen.Confirmed = true
		decision = Look(seen)
	}
	text, err := decision.Ledger.Write()
	if err != nil {
		h.fail("%v", err)
	}
	was, _ := ReadLedger(m.ledger)
	before, _ := was.clone().Write()
	if text == before && len(decision.Start) > 0 {
		h.fail("runs %v are started without a claim", decision.Start)
	}
	h.writes[manager] = nil
	if text != before {
		h.writes[manager] = append(h.writes[manager], func(queue int) { h.writeLedger(queue, m.version, text, m) })
	}
	after := []func(int){}
	for _, number := range decision.Start {
		run := decision.Ledger.Runs[number]
		after = append(after, func(int) { h.create(number, run.Schedule) })
	}
	for _, job := range decision.Stop {
		after = append(after, func(int) { h.delete(m.jobs[job.Name], "a manager stops") })
	}
	for _, job := range decision.Prune {
		after = append(after, func(int) { h.delete(m.jobs[job.Name], "a manager prunes") })
	}
	for _, job := range decision.Release {
		after = append(after, func(queue int) { h.release(queue, m.jobs[job.Name]) })
	}
	h.random.Shuffle(len(after), func(i, j int) { after[i], after[j] = after[j], after[i] })
	h.writes[manager] = append(h.writes[manager], after...)
}

// write does the next of a manager's writes, however late.
func (h *history) write(queue int) {
	if len(h.writes[queue]) == 0 {
		return
	}
	next := h.writes[queue][0]
	h.writes[queue] = h.writes[queue][1:]
	next(queue)
}

func (h *history) drain(queue int) {
	for len(h.writes[queue]) > 0 {
		h.write(queue)
	}
}

func (h *history) writeLedger(queue, version int, text string, seen place) {
	if version != h.version {
		h.conflicts++
		h.writes[queue] = nil
		return
	}
	before, _ := ReadLedger(h.ledger)
	after, _ := ReadLedger(text)
	h.check(before, after, seen)
	h.ledger, h.version = text, h.version+1
	h.backups = append(h.backups, backup{text, maps.Clone(h.counted)})
	h.note("%d writes %s", queue, text)
	if queue < len(h.managers) {
		h.managers[queue].ledger, h.managers[queue].version = h.ledger, h.version
	}
}

// check compares what a write counted with the runs that it took off the ledger. It counted those that were seen to have
// finished, and forgot the others, whose Jobs must have been deleted first.
func (h *history) check(before, after Ledger, seen place) {
	counted := counts(after) - counts(before)
	if after.Serial < before.Serial {
		h.fail("serial %d comes after %d", after.Serial, before.Serial)
	}
	runs := before.clone().Runs
	for _, name := range slices.Sorted(maps.Keys(seen.jobs)) {
		job := seen.jobs[name]
		if _, taken := runs[job.Run]; job.Run > before.Serial && !taken {
			h.recalled++
			runs[job.Run] = Run{Schedule: job.Schedule}
		}
	}
	for number, run := range runs {
		if _, still := after.Runs[number]; still {
			continue
		}
		if job := seen.jobs[nameOf(number, run.Schedule)]; job.Finished.IsZero() {
			if h.forgotten++; !h.deleted[number] || h.owed[number] {
				h.fail("run %d is forgotten", number)
			}
			continue
		}
		if run.Dropped {
			h.lateCounts++
		}
		counted--
		if h.counted[number]++; h.counted[number] > 1 || h.finished[number] == 0 {
			h.fail("run %d left the ledger %d times; it finished %d times", number, h.counted[number], h.finished[number])
		}
	}
	if counted != 0 {
		h.fail("%d more were counted than left the ledger", counted)
	}
}

func counts(ledger Ledger) (all int64) {
	for _, month := range ledger.Months {
		all += month.All
	}
	return all
}

func nameOf(number int64, schedule types.UID) string { return fmt.Sprintf("%s-%d", schedule, number) }

func (h *history) create(number int64, schedule types.UID) {
	name := nameOf(number, schedule)
	if _, there := h.jobs[name]; there {
		h.exists++
		return
	}
	if h.made[number] {
		h.madeAgain++
	}
	h.made[number] = true
	h.serial++
	h.put(liveJob{Job: Job{Name: name, Run: number, Schedule: schedule, Held: true}, uid: h.serial, supplied: true})
	h.note("%s is made", name)
}

// delete deletes a Job by its UID.
func (h *history) delete(seen liveJob, who string) {
	if live, there := h.jobs[seen.Name]; there && live.uid == seen.uid {
		h.stopped++
		h.remove(seen.Name, who)
	}
}

// release deletes the targets of a Job that stays, by its UID, and then takes the finalizer from it in the version that was seen,
// unless who does it is killed in between.
func (h *history) release(queue int, seen liveJob) {
	live, there := h.jobs[seen.Name]
	if there && live.uid == seen.uid && seen.Stays() {
		if live.Finished.IsZero() {
			h.fail("%s runs, and its targets are deleted", seen.Name)
		}
		live.supplied = false
		h.jobs[seen.Name] = live
	}
	if h.random.IntN(4) == 0 && !h.settling {
		h.halfway++
		h.writes[queue] = nil
		return
	}
	if !there || live.version != seen.version {
		return
	}
	live.Held = false
	h.put(live)
	if live.Going || !live.Finished.IsZero() && h.random.IntN(2) == 0 {
		h.remove(live.Name, "Kubernetes collects")
	}
}

// backup is a ledger as it was, and how often each run had been counted in it.
type backup struct {
	ledger  string
	counted map[int64]int
}

// putBack has the ledger be what it was once. What has been counted since is lost with it, and owed is what finished, and whose Job is held
// still: unless a manager works meanwhile, which goes on by what it saw before, and may let that Job go.
func (h *history) putBack() {
	if len(h.backups) == 0 {
		return
	}
	was := h.backups[h.random.IntN(len(h.backups))]
	h.tally.putBack++
	h.ledger, h.version, h.counted = was.ledger, h.version+1, maps.Clone(was.counted)
	h.owed = map[int64]bool{}
	h.note("the ledger is put back to %s", was.ledger)
	if h.random.IntN(2) == 0 {
		return
	}
	h.writes, h.managers = [3][]func(int){}, [2]place{h.copy(), h.copy()}
	ledger, _ := ReadLedger(h.ledger)
	jobs := map[int64]int{} // a number is given out again where no Job tells of it any more
	for _, job := range h.jobs {
		jobs[job.Run]++
	}
	for _, job := range h.jobs {
		if jobs[job.Run] == 1 && job.Held && !job.Finished.IsZero() && (ledger.holds(job.Job) || job.Run > ledger.Serial) {
			h.recalledOwed++
			h.owed[job.Run] = true
		}
	}
}

// settle lets both managers do what is left, sees all Jobs finish, and asks whether all that finished was counted.
func (h *history) settle() {
	h.settling = true
	for queue := range h.writes {
		h.drain(queue)
	}
	for _, schedule := range h.schedules {
		schedule.Spec.Suspend = true
	}
	for range 12 {
		for range 10 {
			h.finish()
		}
		h.now = h.now.Add(time.Minute)
		h.refresh(0, -1)
		h.look(0)
		h.drain(0)
	}
	for number := range h.owed {
		if h.counted[number] != 1 {
			h.fail("run %d finished %d times and was counted %d times", number, h.finished[number], h.counted[number])
		}
	}
	ledger, _ := ReadLedger(h.ledger)
	if int(counts(ledger)) != len(h.counted) {
		h.fail("%d runs were counted, and %d are", len(h.counted), counts(ledger))
	}
	for name, job := range h.jobs {
		if job.Held || job.Finished.IsZero() || job.supplied {
			h.fail("%s is left: %+v", name, job)
		}
	}
	h.tally.counted = len(h.counted)
}
