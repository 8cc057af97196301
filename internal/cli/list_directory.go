// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/duration"
	"k8s.io/client-go/kubernetes"
	"sigs.k8s.io/yaml"

	"github.com/tenantry/tenantry/internal/directory"
)

// entered are the tenants that the caller's directory says they may enter; refused is why they may not list what they asked for.
func (o *ListOptions) entered(ctx context.Context, refused error) ([]directory.Entry, error) {
	client, err := o.cluster.kubernetes()
	if err != nil {
		return nil, err
	}
	entries, err := readDirectory(ctx, client)
	if apierrors.IsForbidden(err) || apierrors.IsNotFound(err) {
		return nil, explain(refused)
	}
	return entries, explain(err)
}

// readWithin reads the tenants in the places of a directory, if all are asked for, and says whether the caller may list those of any.
func (o *ListOptions) readWithin(ctx context.Context, entries []directory.Entry) (found []*unstructured.Unstructured, may bool, err error) {
	if !o.All {
		return nil, false, nil
	}
	for _, entry := range entries {
		within := *o
		within.Namespace = entry.Namespace
		some, err := within.read(ctx)
		if apierrors.IsForbidden(err) {
			continue
		}
		if err != nil {
			return nil, may, err
		}
		found, may = append(found, some...), true
	}
	return found, may, nil
}

// showEntries prints what a directory holds, as far as that answers what is asked.
func (o *ListOptions) showEntries(entries []directory.Entry) error {
	if len(o.Status)+len(o.Plans)+len(o.filters) > 0 || o.InactiveFor > 0 || o.Selector != "" || o.SortBy != "" && o.SortBy != "name" {
		return &failure{code: exitForbidden, err: errors.New("you may list no tenants here, and your directory says nothing of their status, plan, labels and activity"), hint: display + " list"}
	}
	return o.printDirectory(entries)
}

// whoami is who the API server says that the caller is.
func whoami(ctx context.Context, client kubernetes.Interface) (*authenticationv1.SelfSubjectReview, error) {
	return client.AuthenticationV1().SelfSubjectReviews().Create(ctx, &authenticationv1.SelfSubjectReview{}, metav1.CreateOptions{})
}

// readDirectory reads what the caller's directory holds: their own user name tells where it lies. One that has changed meanwhile is
// read again.
func readDirectory(ctx context.Context, client kubernetes.Interface) ([]directory.Entry, error) {
	review, err := whoami(ctx, client)
	if err != nil {
		return nil, err
	}
	key := directory.ForUser(review.Status.UserInfo.Username)
	entries, shard, err := readShards(ctx, client, key)
	if apierrors.IsNotFound(err) && shard > 0 {
		entries, _, err = readShards(ctx, client, key)
	}
	return entries, err
}

// readShards reads all shards of a directory; shard is the one that an error is about.
func readShards(ctx context.Context, client kubernetes.Interface, key directory.Key) (entries []directory.Entry, shard int, err error) {
	for shards := 1; shard < shards; shard++ {
		object, err := client.CoreV1().ConfigMaps(key.Namespace).Get(ctx, key.Shard(shard), metav1.GetOptions{})
		if err != nil {
			return nil, shard, err
		}
		more, told, err := directory.Decode(object.Data)
		if err != nil {
			return nil, shard, err
		}
		if shard == 0 {
			shards = told
		}
		entries = append(entries, more...)
	}
	return entries, shard, nil
}

func (o *ListOptions) printDirectory(entries []directory.Entry) error {
	slices.SortStableFunc(entries, func(a, b directory.Entry) int {
		return cmp.Or(cmp.Compare(a.Parent, b.Parent), cmp.Compare(a.Tenant, b.Tenant))
	})
	if o.Reverse {
		slices.Reverse(entries)
	}
	if o.Limit > 0 {
		entries = entries[:min(o.Limit, len(entries))]
	}
	switch o.output.format() {
	case "", outputWide:
		fmt.Fprintln(o.ErrOut, "You may list no tenants here; these are the ones that you may enter:")
		return printTable(o.Out, entryColumns(o.now()), entries, o.output.look(o.Out))
	case "name":
		for _, entry := range entries {
			fmt.Fprintln(o.Out, "tenant.tenantry.io/"+entry.Tenant)
		}
		return nil
	case outputJSON, outputYAML:
		data, err := json.MarshalIndent(map[string]any{"entries": entries}, "", "    ")
		if err == nil && o.output.format() == outputYAML {
			data, err = yaml.JSONToYAML(data)
		}
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(o.Out, string(data))
		return err
	default:
		return &failure{code: exitForbidden, err: errors.New("you may list no tenants here, and a directory has no such format"), hint: display + " list -o json"}
	}
}

func entryColumns(now time.Time) []column[directory.Entry] {
	return []column[directory.Entry]{
		{"PARTNER", func(e directory.Entry) string { return e.Parent }},
		{"NAME", func(e directory.Entry) string { return e.Tenant }},
		{"COMPANY", func(e directory.Entry) string { return directory.Escape(e.DisplayName) }},
		{"ROLE", func(e directory.Entry) string { return string(e.Role) }},
		{"PLACE", func(e directory.Entry) string { return e.Namespace }},
		{"HOST", func(e directory.Entry) string { return e.Host }},
		{"EXPIRES", func(e directory.Entry) string {
			if e.ExpiresAt == nil {
				return ""
			}
			return "in " + duration.HumanDuration(e.ExpiresAt.Sub(now))
		}},
	}
}
