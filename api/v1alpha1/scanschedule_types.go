// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// ScanSchedule says what is scanned, how and when: in a tenant's place for that tenant or, with
// tenants, in a partner's place for several.
//
// +kubebuilder:object:root=true
// +kubebuilder:ac:root=true
// +kubebuilder:resource:shortName=scans,categories=tenantry
// +kubebuilder:subresource:status
// +kubebuilder:selectablefield:JSONPath=`.spec.profile`
// +kubebuilder:printcolumn:name="Profile",type=string,JSONPath=`.spec.profile`
// +kubebuilder:printcolumn:name="Frequency",type=string,JSONPath=`.spec.frequency`
// +kubebuilder:printcolumn:name="Cron",type=string,JSONPath=`.spec.cron`
// +kubebuilder:printcolumn:name="Suspend",type=boolean,JSONPath=`.spec.suspend`
// +kubebuilder:printcolumn:name="Last Run",type=date,JSONPath=`.status.lastRun`
// +kubebuilder:printcolumn:name="Next Run",type=string,JSONPath=`.status.nextRun`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name="Result",type=string,priority=1,JSONPath=`.status.lastResult`
// +kubebuilder:printcolumn:name="Report",type=string,priority=1,JSONPath=`.status.report`
// +kubebuilder:printcolumn:name="Reason",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
type ScanSchedule struct {
	metav1.TypeMeta `json:",inline"`
	// +optional
	metav1.ObjectMeta `json:"metadata,omitzero"`

	// spec is what is wanted.
	// +required
	Spec ScanScheduleSpec `json:"spec"`
	// status is what the operator saw last.
	// +optional
	// +kubebuilder:default:={"observedGeneration":-1}
	Status ScanScheduleStatus `json:"status,omitzero"`
}

// ScanScheduleList is a list of ScanSchedules.
//
// +kubebuilder:object:root=true
type ScanScheduleList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []ScanSchedule `json:"items"`
}

// ScanScheduleSpec says what is scanned, how and when.
// +kubebuilder:validation:XValidation:rule="has(self.frequency) != has(self.cron)",fieldPath=".frequency",message="set exactly one of frequency and cron"
// +kubebuilder:validation:XValidation:rule="!has(self.cron) || !has(self.startTime)",fieldPath=".startTime",message="must be left out with cron, which says the time itself"
type ScanScheduleSpec struct {
	// profile is one of the scan profiles in the operator's configuration.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern="^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"
	Profile string `json:"profile"`
	// targets are the assets to scan. Default: all of the tenant.
	// +optional
	Targets *ScanTargets `json:"targets,omitempty"`
	// frequency of the scan. Weekly is on Mondays, Monthly on the first; for other days use cron.
	// +optional
	Frequency ScanFrequency `json:"frequency,omitempty"`
	// cron says when to scan, in place of frequency and startTime.
	// +optional
	Cron CronExpression `json:"cron,omitempty"`
	// startTime of day, in timeZone, with frequency: HH:MM of 24 hours. Default: 00:00.
	// +optional
	// +kubebuilder:validation:MaxLength=5
	// +kubebuilder:validation:XValidation:rule="self.matches('^([01][0-9]|2[0-3]):[0-5][0-9]$')",message="must be a time of day from 00:00 to 23:59"
	StartTime string `json:"startTime,omitempty"`
	// timeZone is a name of the IANA time zone database. Default: UTC.
	// +optional
	// +kubebuilder:default=UTC
	// +kubebuilder:validation:MaxLength=64
	// +kubebuilder:validation:XValidation:rule="self != 'Local' && self.matches('^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*$')",message="must be a name of the IANA time zone database, such as Europe/Berlin"
	TimeZone string `json:"timeZone,omitempty"`
	// jitter spreads the tenants' runs over this time after the start, each at its own fixed moment:
	// 0s to 24h. Default: none.
	// +optional
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:MaxLength=32
	// +kubebuilder:validation:XValidation:rule="self.matches('^([0-9]+([.][0-9]+)?(ms|s|m|h))+$') && duration(self) <= duration('24h')",message="must be from 0s to 24h, such as 2h or 90m"
	Jitter *metav1.Duration `json:"jitter,omitempty"`
	// events start a scan beside the schedule.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=2
	Events []ScanEvent `json:"events,omitempty"`
	// tenants are the customers to scan: only in a partner's place.
	// +optional
	Tenants *Selection `json:"tenants,omitempty"`
	// suspend starts no further scan.
	// +optional
	Suspend bool `json:"suspend,omitempty"`
	// run starts a scan now: any new value does.
	// +optional
	Run RequestID `json:"run,omitempty"`
}

// ScanTargets are the assets to scan.
// +kubebuilder:validation:XValidation:rule="has(self.names) != has(self.selector)",message="set exactly one of names and selector"
type ScanTargets struct {
	// names are assets as their inventories have them.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=256
	Names []AssetValue `json:"names,omitempty"`
	// selector picks assets.
	// +optional
	Selector *AssetSelector `json:"selector,omitempty"`
}

// AssetSelector picks assets.
type AssetSelector struct {
	// types of the assets.
	// +required
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=5
	Types []AssetType `json:"types"`
}

// ScanFrequency says how often a scan runs.
// +kubebuilder:validation:Enum=Daily;Weekly;Monthly
type ScanFrequency string

// How often a scan runs.
const (
	ScanDaily   ScanFrequency = "Daily"
	ScanWeekly  ScanFrequency = "Weekly"
	ScanMonthly ScanFrequency = "Monthly"
)

// CronExpression has five fields: minute, hour and day (of the month), then month and weekday.
// +kubebuilder:validation:MinLength=9
// +kubebuilder:validation:MaxLength=128
// +kubebuilder:validation:XValidation:rule="self.split(' ').size() == 5",message="must have five fields with one space between: minute, hour and day (of the month), then month and weekday"
// +kubebuilder:validation:XValidation:rule="self.split(' ').size() != 5 || self.split(' ')[0].split(',').all(item, item.matches('^([*]|[0-5]?[0-9](-[0-5]?[0-9])?)(/[1-9][0-9]?)?$'))",message="the minute must be *, 0 to 59, a range, a step or a list of these"
// +kubebuilder:validation:XValidation:rule="self.split(' ').size() != 5 || self.split(' ')[1].split(',').all(item, item.matches('^([*]|([01]?[0-9]|2[0-3])(-([01]?[0-9]|2[0-3]))?)(/[1-9][0-9]?)?$'))",message="the hour must be *, 0 to 23, a range, a step or a list of these"
// +kubebuilder:validation:XValidation:rule="self.split(' ').size() != 5 || self.split(' ')[2].split(',').all(item, item.matches('^([*]|(0?[1-9]|[12][0-9]|3[01])(-(0?[1-9]|[12][0-9]|3[01]))?)(/[1-9][0-9]?)?$'))",message="the day of the month must be *, 1 to 31, a range, a step or a list of these"
// +kubebuilder:validation:XValidation:rule="self.split(' ').size() != 5 || self.lowerAscii().split(' ')[3].split(',').all(item, item.matches('^([*]|(0?[1-9]|1[0-2]|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)(-(0?[1-9]|1[0-2]|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec))?)(/[1-9][0-9]?)?$'))",message="the month must be *, 1 to 12, JAN to DEC, a range, a step or a list of these"
// +kubebuilder:validation:XValidation:rule="self.split(' ').size() != 5 || self.lowerAscii().split(' ')[4].split(',').all(item, item.matches('^([*]|([0-6]|sun|mon|tue|wed|thu|fri|sat)(-([0-6]|sun|mon|tue|wed|thu|fri|sat))?)(/[1-9][0-9]?)?$'))",message="the day of the week must be *, 0 (Sunday) to 6, SUN to SAT, a range, a step or a list of these"
type CronExpression string

// ScanEvent starts a scan beside the schedule.
// +kubebuilder:validation:Enum=AssetAdded;FeedUpdated
type ScanEvent string

// Events that start a scan.
const (
	// ScanOnAssetAdded: an inventory of the tenant names a new asset.
	ScanOnAssetAdded ScanEvent = "AssetAdded"
	// ScanOnFeedUpdated: the scanner's feed of vulnerabilities is new.
	ScanOnFeedUpdated ScanEvent = "FeedUpdated"
)

// ScanResult says how a run ended.
// +kubebuilder:validation:Enum=Succeeded;Failed
type ScanResult string

// How a run ended.
const (
	ScanSucceeded ScanResult = "Succeeded"
	ScanFailed    ScanResult = "Failed"
)

// ScanScheduleStatus is what the operator saw and did last. Only the operator writes it.
type ScanScheduleStatus struct {
	// observedGeneration is the generation of the spec that this status speaks of; -1 before the first look.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`
	// conditions: Ready; Reconciling and Stalled while true.
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=16
	Conditions []metav1.Condition `json:"conditions,omitempty"`
	// lastRun is when the last run finished, of any tenant.
	// +optional
	LastRun *metav1.Time `json:"lastRun,omitempty"`
	// lastResult is how it ended.
	// +optional
	LastResult ScanResult `json:"lastResult,omitempty"`
	// report is the link to its report.
	// +optional
	// +kubebuilder:validation:MaxLength=2048
	Report string `json:"report,omitempty"`
	// nextRun is when the next run starts, of any tenant.
	// +optional
	NextRun *metav1.Time `json:"nextRun,omitempty"`
	// tenants is the number of customers that the schedule reaches.
	// +optional
	Tenants *int32 `json:"tenants,omitempty"`
	// observedRun is the value of spec.run that was served last.
	// +optional
	ObservedRun RequestID `json:"observedRun,omitempty"`
}
