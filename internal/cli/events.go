// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/types"
)

// eventsAbout are the events of an object, and of none that had its name before, the latest last.
func (c cluster) eventsAbout(ctx context.Context, namespace string, object types.UID) (*corev1.EventList, error) {
	client, err := c.kubernetes()
	if err != nil {
		return nil, err
	}
	about := fields.Set{"involvedObject.uid": string(object)}
	found, err := client.CoreV1().Events(namespace).List(ctx, metav1.ListOptions{FieldSelector: about.String()})
	if err != nil {
		return nil, err
	}
	found.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("EventList")) // a typed client drops the kinds, which printers need
	for i := range found.Items {
		found.Items[i].SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Event"))
	}
	slices.SortStableFunc(found.Items, func(a, b corev1.Event) int { return happened(a).Compare(happened(b)) })
	return found, nil
}

// happened is when an event happened last.
func happened(event corev1.Event) time.Time {
	switch {
	case event.Series != nil:
		return event.Series.LastObservedTime.Time
	case !event.LastTimestamp.IsZero():
		return event.LastTimestamp.Time
	default:
		return event.EventTime.Time
	}
}

// eventColumns are what is shown of events.
func eventColumns(now time.Time) []column[corev1.Event] {
	return []column[corev1.Event]{
		{"AGE", func(e corev1.Event) string { return age(metav1.NewTime(happened(e)), now) }},
		{"TYPE", func(e corev1.Event) string { return e.Type }},
		{"REASON", func(e corev1.Event) string { return e.Reason }},
		{"MESSAGE", func(e corev1.Event) string { return e.Message }},
	}
}
