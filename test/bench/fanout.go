// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

const (
	// syncName is that of the sync to all the partner's customers.
	syncName = "bench"
	// textKey is the one of whose values it is told which writing an object is of.
	textKey = "text"
	// textSize is about that of a template of a mail, in bytes.
	textSize = 1024
)

// fanOut takes how long what a master has needs to reach all its partner's customers: objects of every category for the
// first time, and then, in rounds that alternate, another text of one of them. The floor is a bare client that makes the
// same copies, and writes one of them anew in each place.
func (b *bench) fanOut(ctx context.Context) error {
	copies, err := watchTally(ctx, b.cluster, "copies are there", &corev1.ConfigMap{}, func(object client.Object) bool {
		return object.GetLabels()[v1alpha1.LabelSyncedBy] == syncName
	})
	if err != nil {
		return err
	}
	rewritten, err := watchTally(ctx, b.cluster, "copies have another text", &corev1.ConfigMap{}, func(object client.Object) bool {
		return object.GetLabels()[v1alpha1.LabelSyncedBy] == syncName && object.(*corev1.ConfigMap).Data[textKey] == text(2)
	})
	if err != nil {
		return err
	}
	bare, err := b.bareCopies(ctx, copies)
	if err != nil {
		return err
	}
	served, err := b.servedCopies(ctx, copies)
	if err != nil {
		return err
	}
	progress("%d objects to %d tenants for the first time: floor %.2f s, operator %.2f s", b.carried, b.tenants, bare.Seconds(), served.Seconds())
	b.report.fannedOutFirst(served, bare)
	return b.rewriteCopies(ctx, rewritten)
}

// bareCopies makes all copies by a bare client, and deletes them.
func (b *bench) bareCopies(ctx context.Context, copies *tally) (time.Duration, error) {
	places, err := b.customersPlaces(ctx)
	if err != nil {
		return 0, err
	}
	taken, err := b.timed(ctx, copies, b.tenants*b.carried, func() error {
		return b.eachCopy(places, func(copied *corev1.ConfigMap) error {
			return b.operator.Create(ctx, copied, client.FieldOwner(v1alpha1.FieldManager))
		})
	})
	if err != nil {
		return 0, err
	}
	_, err = b.timed(ctx, copies, 0, func() error {
		return b.eachCopy(places, func(copied *corev1.ConfigMap) error { return b.operator.Delete(ctx, copied) })
	})
	return taken, err
}

// servedCopies has a manager make all copies. They stay.
func (b *bench) servedCopies(ctx context.Context, copies *tally) (time.Duration, error) {
	for n := range b.carried {
		if err := b.cluster.Client.Create(ctx, carriedObject(n)); err != nil {
			return 0, fmt.Errorf("making what is to be carried: %w", err)
		}
	}
	if err := b.startManager(ctx, nil); err != nil {
		return 0, err
	}
	b.usage.quiet(ctx)
	profiled := b.profileCPU(ctx)
	sync := &v1alpha1.MasterTenantSync{
		ObjectMeta: metav1.ObjectMeta{Namespace: partnerName, Name: syncName},
		Spec: v1alpha1.MasterTenantSyncSpec{Categories: []v1alpha1.SyncCategory{
			v1alpha1.SyncEmailNotifications, v1alpha1.SyncContent, v1alpha1.SyncFalsePositiveSuppression, v1alpha1.SyncUsers, v1alpha1.SyncWhiteLabel,
		}},
	}
	taken, err := b.timed(ctx, copies, b.tenants*b.carried, func() error { return b.cluster.Client.Create(ctx, sync) })
	if err != nil {
		return 0, err
	}
	profiled()
	b.usage.quiet(ctx)
	return taken, b.stopManager(ctx)
}

// rewriteCopies takes how long another text of one object needs to reach all customers.
func (b *bench) rewriteCopies(ctx context.Context, rewritten *tally) error {
	var floor, operator time.Duration
	for round := range b.rounds {
		bare, err := b.bareRewrite(ctx, rewritten)
		if err != nil {
			return err
		}
		if err := b.startManager(ctx, nil); err != nil {
			return err
		}
		b.usage.quiet(ctx)
		profiled := b.profileCPU(ctx)
		served, err := b.timed(ctx, rewritten, b.tenants, func() error { return b.rewrite(ctx, 2) })
		if err != nil {
			return err
		}
		profiled()
		if _, err := b.timed(ctx, rewritten, 0, func() error { return b.rewrite(ctx, 1) }); err != nil {
			return err
		}
		b.usage.quiet(ctx)
		if err := b.stopManager(ctx); err != nil {
			return err
		}
		progress("round %d: one object of %d changed for %d tenants: floor %.2f s, operator %.2f s", round+1, b.carried, b.tenants, bare.Seconds(), served.Seconds())
		floor, operator = floor+bare, operator+served
	}
	b.report.fannedOut(operator/time.Duration(b.rounds), floor/time.Duration(b.rounds))
	return nil
}

// bareRewrite writes one copy in each place anew by a bare client, and then as it was.
func (b *bench) bareRewrite(ctx context.Context, rewritten *tally) (time.Duration, error) {
	list := &corev1.ConfigMapList{}
	ours := client.MatchingLabels{v1alpha1.LabelParent: partnerName, v1alpha1.LabelSyncedBy: syncName}
	if err := b.operator.List(ctx, list, ours); err != nil {
		return 0, fmt.Errorf("listing the copies: %w", err)
	}
	write := func(text string) error {
		group, ctx := errgroup.WithContext(ctx)
		group.SetLimit(b.config.Workers)
		for i := range list.Items {
			if list.Items[i].Name != carriedObject(0).Name {
				continue
			}
			group.Go(func() error {
				list.Items[i].Data[textKey] = text
				return b.operator.Update(ctx, &list.Items[i], client.FieldOwner(v1alpha1.FieldManager))
			})
		}
		return group.Wait()
	}
	taken, err := b.timed(ctx, rewritten, b.tenants, func() error { return write(text(2)) })
	if err != nil {
		return 0, err
	}
	_, err = b.timed(ctx, rewritten, 0, func() error { return write(text(1)) })
	return taken, err
}

// eachCopy does something to all copies, one place after the other, with as many workers as the manager has.
func (b *bench) eachCopy(places []string, do func(*corev1.ConfigMap) error) error {
	group := errgroup.Group{}
	group.SetLimit(b.config.Workers)
	for _, place := range places {
		group.Go(func() error {
			for n := range b.carried {
				if err := do(copiedObject(place, n)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return group.Wait()
}

// marks are those of the categories of content.
var marks = []string{v1alpha1.MarkEmailNotifications, v1alpha1.MarkContent, v1alpha1.MarkFalsePositiveSuppression}

// carriedObject is the nth in the master's place.
func carriedObject(n int) *corev1.ConfigMap {
	return &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: partnerName, Name: "carried-" + strconv.Itoa(n), Labels: map[string]string{v1alpha1.LabelSync: marks[n%len(marks)]},
		},
		Data: map[string]string{textKey: text(1)},
	}
}

// copiedObject is a copy of the nth in a customer's place, as the operator makes it but for the digest.
func copiedObject(place string, n int) *corev1.ConfigMap {
	source := carriedObject(n)
	source.Namespace = place
	source.Labels = map[string]string{
		v1alpha1.LabelManaged: "true", v1alpha1.LabelParent: partnerName, v1alpha1.LabelTenant: place[len(partnerName)+1:], v1alpha1.LabelSyncedBy: syncName,
	}
	source.Annotations = map[string]string{
		v1alpha1.AnnotationSyncedFrom:   partnerName + "/" + source.Name,
		v1alpha1.AnnotationSyncedDigest: fmt.Sprintf("%064d.%064d", n, n),
	}
	return source
}

// text is the nth that an object has.
func text(n int) string { return fmt.Sprintf("%0*d", textSize, n) }

// rewrite changes the text of one object in the master's place.
func (b *bench) rewrite(ctx context.Context, n int) error {
	data, err := json.Marshal(map[string]any{"data": map[string]string{textKey: text(n)}})
	if err != nil {
		return err
	}
	return b.cluster.Client.Patch(ctx, carriedObject(0), client.RawPatch(types.MergePatchType, data))
}
