// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package replication

import (
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/access"
)

// MaxSecrets is the most Secrets that one sync carries: each tenant's status names the copies, which are not listed.
const MaxSecrets = 64

// Problem is why something that a sync asks for is not carried.
type Problem struct {
	// Key of what is not carried; without a name it is all of the kind.
	Key Key
	// Message says what is wrong and what to do.
	Message string
}

// String names the object and says what is wrong.
func (p Problem) String() string {
	if p.Key.Name == "" {
		return fmt.Sprintf("%s of %s: %s", p.Key.Kind, p.Key.GVK().GroupVersion(), p.Message)
	}
	return p.Key.String() + ": " + p.Message
}

// Selection is what a sync carries.
type Selection struct {
	// Sources that are carried, sorted by key.
	Sources []*Source
	// Problems with others that the sync asks for, sorted by key: said in its status, and the rest goes on.
	Problems []Problem
	// Refused are the keys of objects that are there, picked by the sync, and not carried: copies of them that there
	// are stay as they are.
	Refused map[Key]bool
}

// Select picks what a sync carries from the marked objects of the master's place, as Read returned them: of
// Secrets those that the sync names. An object that is being deleted, or marked no more, has left the master.
func (r *Rules) Select(spec *v1alpha1.MasterTenantSyncSpec, marked []*Source) Selection {
	there := make(map[Key]*Source, len(marked))
	for _, source := range marked {
		there[source.Key] = source
	}
	picked := map[Key]bool{}
	var problems []Problem
	for _, source := range marked {
		if category := marks[source.Mark]; category != "" && slices.Contains(spec.Categories, category) && !source.Key.isSecret() {
			picked[source.Key] = true
		}
	}
	for _, resource := range spec.Resources {
		kind := schema.FromAPIVersionAndKind(resource.APIVersion, resource.Kind)
		if refusal := r.refuseKind(kind); refusal != "" {
			problems = append(problems, Problem{KeyOf(kind, ""), refusal})
			continue
		}
		problems = append(problems, pick(resource, kind, there, picked)...)
	}
	selection := Selection{Problems: problems, Refused: map[Key]bool{}}
	for key := range picked {
		selection.add(there[key])
	}
	slices.SortFunc(selection.Sources, func(a, b *Source) int { return a.Key.Compare(b.Key) })
	selection.boundSecrets()
	slices.SortFunc(selection.Problems, func(a, b Problem) int { return a.Key.Compare(b.Key) })
	selection.Problems = slices.Compact(selection.Problems)
	return selection
}

// add adds what was picked.
func (s *Selection) add(source *Source) {
	switch {
	case source.Mark == "" || source.Going:
	case source.Refusal != "":
		s.Problems = append(s.Problems, Problem{source.Key, source.Refusal})
		s.Refused[source.Key] = true
	default:
		s.Sources = append(s.Sources, source)
	}
}

// boundSecrets leaves out the last of more Secrets than a sync may carry.
func (s *Selection) boundSecrets() {
	secrets := 0
	s.Sources = slices.DeleteFunc(s.Sources, func(source *Source) bool {
		if !source.Key.isSecret() {
			return false
		}
		if secrets++; secrets <= MaxSecrets {
			return false
		}
		s.Problems = append(s.Problems, Problem{source.Key, fmt.Sprintf("a sync copies at most %d Secrets: have another one copy the rest", MaxSecrets)})
		s.Refused[source.Key] = true
		return true
	})
}

// pick picks what one entry of spec.resources asks for, and says what is missing.
func pick(resource v1alpha1.SyncResource, kind schema.GroupVersionKind, there map[Key]*Source, picked map[Key]bool) []Problem {
	var problems []Problem
	for _, name := range resource.Names {
		key := KeyOf(kind, string(name))
		source := there[key]
		switch {
		case source == nil || source.Mark == "":
			problems = append(problems, Problem{key, fmt.Sprintf("it is not in the master's place, or not marked: make it, and have somebody who may publish label it %s=%s",
				v1alpha1.LabelSync, v1alpha1.MarkResource)})
		case source.Going:
			problems = append(problems, Problem{key, "it is being deleted: make it again when it is gone, or leave it out"})
		default:
			picked[key] = true
		}
	}
	if resource.Selector == nil || KeyOf(kind, "").isSecret() {
		return problems
	}
	selects := access.Matcher(resource.Selector)
	for key, source := range there {
		// Of one with too many labels it is not known, and so it keeps its copies.
		if key.GVK() == kind && (source.gist.labels > maxLabels || selects(source.object.GetLabels())) {
			picked[key] = true
		}
	}
	return problems
}

// Brings are the categories that a sync carries and that are no objects, sorted. They pass through plan and rollout like all else, and are
// withdrawn at once where the sync does not carry them any more, or not to a tenant: a right that is taken away waits for nobody.
func Brings(spec *v1alpha1.MasterTenantSyncSpec) []v1alpha1.SyncCategory {
	var brings []v1alpha1.SyncCategory
	for _, category := range []v1alpha1.SyncCategory{v1alpha1.SyncUsers, v1alpha1.SyncWhiteLabel} {
		if slices.Contains(spec.Categories, category) {
			brings = append(brings, category)
		}
	}
	return brings
}

// NamedSecrets are the names of the Secrets that a sync carries, sorted: those to be read.
func NamedSecrets(spec *v1alpha1.MasterTenantSyncSpec) []string {
	var names []string
	for _, resource := range spec.Resources {
		kind := schema.FromAPIVersionAndKind(resource.APIVersion, resource.Kind)
		if !KeyOf(kind, "").isSecret() {
			continue
		}
		for _, name := range resource.Names {
			names = append(names, string(name))
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
