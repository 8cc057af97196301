// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/duration"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/directory"
)

// tenantPage is all that is shown of a tenant.
type tenantPage struct {
	tenant  *v1alpha1.Tenant
	cluster string
	people  people
	events  []corev1.Event
	now     time.Time
	// look of it.
	look look
}

// print the page: what it is, then a section for each of the things that there are.
func (p tenantPage) print(w io.Writer) error {
	known := slices.DeleteFunc(p.facts(), func(line [2]string) bool { return line[1] == "" })
	if err := printLines(w, known, p.look); err != nil {
		return err
	}
	for _, section := range []func(io.Writer) error{p.wrong, p.limits, p.access, p.syncs, p.happenings} {
		if err := section(w); err != nil {
			return err
		}
	}
	return nil
}

// facts are lines of a name and what there is of it.
func (p tenantPage) facts() [][2]string {
	t := p.tenant
	hosts := make([]string, 0, len(t.Status.Hosts))
	for _, host := range t.Status.Hosts {
		hosts = append(hosts, string(host))
	}
	return [][2]string{
		{"Name", t.Name},
		{"Namespace", t.Namespace},
		{"Cluster", p.cluster},
		{"Company", directory.Escape(string(t.Spec.DisplayName))},
		{"Contact", p.contact()},
		{"Status", p.status()},
		{"URL", t.Status.URL},
		{"Hosts", strings.Join(hosts, ", ")},
		{"Portal", p.portal()},
		{"Place", t.Status.Namespace},
		{"Region", t.Spec.Region},
		{"Plan", p.plan()},
		{"Brand", p.brand()},
		{"Super admin", directory.Escape(t.Status.SuperAdmin)},
		{"Customer access", string(cmp.Or(t.Spec.CustomerAccess, v1alpha1.CustomerAccessDisabled))},
		{"Partner of", p.capacity()},
		{"Last scan", ends(t.Status.LastScan, p.now)},
		{"Last report", directory.Printable(t.Status.LastReport)},
		{"Created", p.created()},
	}
}

func (p tenantPage) status() string {
	status := string(p.tenant.Status.Phase)
	if reason := reasonOf(listedTenant{Tenant: p.tenant}); reason != "" {
		status += " (" + reason + ")"
	}
	return status
}

func (p tenantPage) contact() string {
	contact := p.tenant.Spec.Contact
	if contact == nil {
		return ""
	}
	var parts []string
	for _, part := range []string{string(contact.Name), string(contact.Email), contact.Phone} {
		if part != "" {
			parts = append(parts, directory.Escape(part))
		}
	}
	return strings.Join(parts, ", ")
}

func (p tenantPage) portal() string {
	if p.tenant.PortalActive() {
		return ""
	}
	return "off"
}

func (p tenantPage) plan() string {
	plan := p.tenant.Status.Plan
	if ends := p.tenant.Status.TrialEndsAt; ends != nil && plan != "" {
		return fmt.Sprintf("%s, trial until %s", plan, ends.Local().Format(minute))
	}
	return plan
}

func (p tenantPage) brand() string {
	brand := p.tenant.Status.Brand
	if brand == nil {
		return ""
	}
	from := strings.ToLower(string(brand.From))
	if len(brand.Via) > 0 {
		from += " " + strings.Join(brand.Via, ", ")
	}
	return fmt.Sprintf("%s, from %s", p.tenant.Status.WhiteLabelProfile, from)
}

// capacity of a partner: what its children hold of what there is for them.
func (p tenantPage) capacity() string {
	if p.tenant.Spec.Partner == nil {
		return ""
	}
	capacity := p.tenant.Status.Capacity
	if capacity == nil || capacity.Allocated == nil {
		return "its customers, without a limit"
	}
	of := func(held, granted *int32, what string) string {
		text := "0"
		if held != nil {
			text = strconv.Itoa(int(*held))
		}
		if granted != nil {
			text += "/" + strconv.Itoa(int(*granted))
		}
		return text + " " + what
	}
	granted := v1alpha1.Capacity{}
	if capacity.Granted != nil {
		granted = *capacity.Granted
	}
	return of(capacity.Allocated.Tenants, granted.Tenants, "tenants") + ", " + of(capacity.Allocated.Agents, granted.Agents, "agents")
}

func (p tenantPage) created() string {
	by := p.tenant.Annotations[v1alpha1.AnnotationCreatedBy]
	if p.tenant.CreationTimestamp.IsZero() {
		return ""
	}
	text := duration.HumanDuration(p.now.Sub(p.tenant.CreationTimestamp.Time)) + " ago"
	if by != "" {
		text += " by " + directory.Escape(by)
	}
	return text
}

// wrong says what is not as it should be: the conditions' messages say what to do.
func (p tenantPage) wrong(w io.Writer) error {
	var wrong []metav1.Condition
	for _, condition := range p.tenant.Status.Conditions {
		abnormal := condition.Type == v1alpha1.ConditionReconciling || condition.Type == v1alpha1.ConditionStalled // Ready says as much
		if !abnormal && condition.Status != metav1.ConditionTrue {
			wrong = append(wrong, condition)
		}
	}
	return section(w, p.look, "What is wrong", []column[metav1.Condition]{
		{"CONDITION", func(c metav1.Condition) string { return c.Type }},
		{"REASON", func(c metav1.Condition) string { return c.Reason }},
		{"SINCE", func(c metav1.Condition) string { return age(c.LastTransitionTime, p.now) }},
		{"WHAT TO DO", func(c metav1.Condition) string { return directory.Escape(c.Message) }},
	}, wrong)
}

// limit of a tenant, and what is used of it.
type limit struct{ name, used, allowed, from string }

func (p tenantPage) limits(w io.Writer) error {
	var limits []limit
	usage, effective := v1alpha1.Usage{}, v1alpha1.Effective{}
	if p.tenant.Status.Usage != nil {
		usage = *p.tenant.Status.Usage
	}
	if p.tenant.Status.Effective != nil {
		effective = *p.tenant.Status.Effective
	}
	if agents := effective.Agents; agents != nil {
		limits = append(limits, limit{"agents", strconv.FormatInt(usage.Agents, 10), strconv.Itoa(int(agents.Value)), string(agents.From)})
	}
	if disk := effective.Disk; disk != nil {
		used := "0"
		if usage.Disk != nil {
			used = usage.Disk.String()
		}
		limits = append(limits, limit{"disk", used, disk.Value.String(), string(disk.From)})
	}
	if usage.Assets > 0 {
		limits = append(limits, limit{name: "assets", used: strconv.FormatInt(usage.Assets, 10)})
	}
	if usage.Scans > 0 {
		limits = append(limits, limit{name: "scans of " + usage.Period, used: strconv.FormatInt(usage.Scans, 10)})
	}
	return section(w, p.look, "Limits and use", []column[limit]{
		{"NAME", func(l limit) string { return l.name }}, {"USED", func(l limit) string { return l.used }},
		{"ALLOWED", func(l limit) string { return l.allowed }}, {"FROM", func(l limit) string { return l.from }},
	}, limits)
}

func (p tenantPage) access(w io.Writer) error {
	title := "Who may enter"
	if p.people.hidden {
		title += " (as far as you may see it)"
	}
	return section(w, p.look, title, peopleColumns(p.now), p.people.ways(p.tenant))
}

func (p tenantPage) syncs(w io.Writer) error {
	return section(w, p.look, "Syncs", []column[v1alpha1.TenantSync]{
		{"NAME", func(s v1alpha1.TenantSync) string { return s.Name }},
		{"STATE", func(s v1alpha1.TenantSync) string { return string(s.State) }},
		{"REASON", func(s v1alpha1.TenantSync) string { return s.Reason }},
		{"WHAT TO DO", func(s v1alpha1.TenantSync) string { return directory.Escape(s.Message) }},
	}, p.tenant.Status.Syncs)
}

func (p tenantPage) happenings(w io.Writer) error {
	return section(w, p.look, "What happened", eventColumns(p.now), p.events)
}

// section of a page is a title and a table below it, or nothing where there are no rows.
func section[row any](w io.Writer, look look, title string, columns []column[row], rows []row) error {
	if len(rows) == 0 {
		return nil
	}
	var table bytes.Buffer
	if err := printTable(&table, columns, rows, look); err != nil {
		return err
	}
	fmt.Fprintf(w, "\n%s:\n", title)
	for line := range strings.Lines(table.String()) {
		fmt.Fprint(w, "  "+line)
	}
	return nil
}
