// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package replication_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/replication"
)

// master is what lies in the master's place; every object's name says what it is.
func master(t testing.TB) []*replication.Source {
	t.Helper()
	var marked []*replication.Source
	for _, text := range []string{
		"{kind: ConfigMap, metadata: {name: mail, labels: {tenantry.io/sync: email-notifications}}}",
		"{kind: ConfigMap, metadata: {name: content, labels: {tenantry.io/sync: content, team: soc}}}",
		"{kind: ConfigMap, metadata: {name: suppression, labels: {tenantry.io/sync: false-positive-suppression}}}",
		"{kind: ConfigMap, metadata: {name: resource, labels: {tenantry.io/sync: resource, team: soc}}}",
		"{kind: Secret, type: Opaque, metadata: {name: secret, labels: {tenantry.io/sync: content}}}",
		"{kind: Secret, type: Opaque, metadata: {name: unmarked, labels: {team: soc}}}",
		"{apiVersion: example.com/v1, kind: Rule, metadata: {name: content, labels: {tenantry.io/sync: content}}}",
		"{kind: ConfigMap, metadata: {name: going, labels: {tenantry.io/sync: content}, deletionTimestamp: '2026-11-22T10:00:00Z'}}",
	} {
		object := read(t, text)
		if object.GetAPIVersion() == "" {
			object.SetAPIVersion("v1")
		}
		object.SetNamespace("acme")
		marked = append(marked, rules.Read(object))
	}
	return marked
}

func TestASyncCarriesWhatItPicks(t *testing.T) {
	t.Parallel()
	resource := func(kind string, names ...v1alpha1.ObjectName) v1alpha1.SyncResource {
		return v1alpha1.SyncResource{APIVersion: "v1", Kind: kind, Names: names}
	}
	selecting := func(kind string, labels map[string]v1alpha1.LabelValue) v1alpha1.SyncResource {
		return v1alpha1.SyncResource{APIVersion: "v1", Kind: kind, Selector: &v1alpha1.LabelSelector{MatchLabels: labels}}
	}
	for name, tc := range map[string]struct {
		categories []v1alpha1.SyncCategory
		resources  []v1alpha1.SyncResource
		carried    string
		problems   string
	}{
		"a category of every kind but Secrets":     {categories: []v1alpha1.SyncCategory{v1alpha1.SyncContent}, carried: "ConfigMap/content Rule.example.com/content"},
		"two categories":                           {categories: []v1alpha1.SyncCategory{v1alpha1.SyncEmailNotifications, v1alpha1.SyncFalsePositiveSuppression}, carried: "ConfigMap/mail ConfigMap/suppression"},
		"categories that no object has":            {categories: []v1alpha1.SyncCategory{v1alpha1.SyncUsers, v1alpha1.SyncWhiteLabel}},
		"an object by name, whatever its mark":     {resources: []v1alpha1.SyncResource{resource("ConfigMap", "mail", "resource")}, carried: "ConfigMap/mail ConfigMap/resource"},
		"objects by a selector":                    {resources: []v1alpha1.SyncResource{selecting("ConfigMap", map[string]v1alpha1.LabelValue{"team": "soc"})}, carried: "ConfigMap/content ConfigMap/resource"},
		"all of a kind by an empty selector":       {resources: []v1alpha1.SyncResource{selecting("ConfigMap", nil)}, carried: "ConfigMap/content ConfigMap/mail ConfigMap/resource ConfigMap/suppression"},
		"what is picked twice, once":               {categories: []v1alpha1.SyncCategory{v1alpha1.SyncContent}, resources: []v1alpha1.SyncResource{resource("ConfigMap", "content")}, carried: "ConfigMap/content Rule.example.com/content"},
		"a Secret by name":                         {resources: []v1alpha1.SyncResource{resource("Secret", "secret")}, carried: "Secret/secret"},
		"no Secret by a selector":                  {resources: []v1alpha1.SyncResource{selecting("Secret", nil)}},
		"no Secret that is not marked":             {resources: []v1alpha1.SyncResource{resource("Secret", "unmarked")}, problems: "Secret/unmarked: it is not in the master's place, or not marked"},
		"nothing that is not there":                {resources: []v1alpha1.SyncResource{resource("ConfigMap", "lost", "mail")}, carried: "ConfigMap/mail", problems: "ConfigMap/lost: it is not in the master's place, or not marked"},
		"nothing that is being deleted":            {resources: []v1alpha1.SyncResource{resource("ConfigMap", "going")}, problems: "ConfigMap/going: it is being deleted"},
		"nothing of a kind that is not configured": {resources: []v1alpha1.SyncResource{{APIVersion: "other.example/v1", Kind: "Thing", Names: []v1alpha1.ObjectName{"x"}}}, problems: "Thing of other.example/v1: the operator's configuration does not allow"},
		"nothing of a kind that is never copied":   {resources: []v1alpha1.SyncResource{{APIVersion: "apps/v1", Kind: "Deployment", Names: []v1alpha1.ObjectName{"x"}}}, problems: "Deployment of apps/v1: objects of this kind are never copied"},
		"nothing of another version":               {resources: []v1alpha1.SyncResource{{APIVersion: "example.com/v2", Kind: "Rule", Names: []v1alpha1.ObjectName{"x"}}}, problems: "Rule of example.com/v2: this kind is copied in version v1; set apiVersion to example.com/v1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			selection := rules.Select(&v1alpha1.MasterTenantSyncSpec{Categories: tc.categories, Resources: tc.resources}, master(t))
			var carried, problems []string
			for _, source := range selection.Sources {
				carried = append(carried, source.Key.String())
			}
			for _, problem := range selection.Problems {
				problems = append(problems, problem.String())
			}
			if got := strings.Join(carried, " "); got != tc.carried {
				t.Errorf("carries %q, not %q", got, tc.carried)
			}
			if got := strings.Join(problems, "\n"); (tc.problems == "") != (got == "") || !strings.HasPrefix(got, tc.problems) || len(problems) > 1 {
				t.Errorf("problems: %q, not %q", got, tc.problems)
			}
			if len(selection.Refused) > 0 {
				t.Errorf("what is not there is held: %v", selection.Refused)
			}
		})
	}
}

func TestASyncCarriesABoundedNumberOfSecrets(t *testing.T) {
	var marked []*replication.Source
	spec := &v1alpha1.MasterTenantSyncSpec{Categories: []v1alpha1.SyncCategory{v1alpha1.SyncContent}, Resources: []v1alpha1.SyncResource{{APIVersion: "v1", Kind: "Secret"}}}
	for n := range replication.MaxSecrets + 2 {
		name := fmt.Sprintf("secret-%02d", n)
		marked = append(marked, rules.Read(with(configMap(name, nil), func(o *unstructured.Unstructured) { o.SetKind("Secret") })))
		spec.Resources[0].Names = append(spec.Resources[0].Names, v1alpha1.ObjectName(name))
	}
	marked = append(marked, rules.Read(configMap("welcome", nil)))
	selection := rules.Select(spec, marked)
	if len(selection.Sources) != replication.MaxSecrets+1 {
		t.Errorf("%d sources are carried", len(selection.Sources))
	}
	for _, problem := range selection.Problems {
		if !selection.Refused[problem.Key] || !strings.Contains(problem.Message, "at most 64") {
			t.Errorf("%s, refused: %t", problem, selection.Refused[problem.Key])
		}
	}
	if len(selection.Problems) != 2 || selection.Problems[0].Key.Name != "secret-64" {
		t.Errorf("problems %v", selection.Problems)
	}
}

func TestTheNamedSecretsAreRead(t *testing.T) {
	t.Parallel()
	spec := &v1alpha1.MasterTenantSyncSpec{Resources: []v1alpha1.SyncResource{
		{APIVersion: "v1", Kind: "Secret", Names: []v1alpha1.ObjectName{"b", "a"}},
		{APIVersion: "v1", Kind: "ConfigMap", Names: []v1alpha1.ObjectName{"c"}},
		{APIVersion: "example.com/v1", Kind: "Secret", Names: []v1alpha1.ObjectName{"d"}},
		{APIVersion: "v1", Kind: "Secret", Names: []v1alpha1.ObjectName{"a"}},
	}}
	if names := replication.NamedSecrets(spec); !slices.Equal(names, []string{"a", "b"}) {
		t.Error(names)
	}
}

// attacks are objects that somebody would have carried, and the words that refuse them.
func attacks(t testing.TB) map[string]struct {
	object *unstructured.Unstructured
	words  string
} {
	t.Helper()
	type attack = struct {
		object *unstructured.Unstructured
		words  string
	}
	plain := configMap("welcome", map[string]any{"text": "hello"})
	secret := func(kind string) *unstructured.Unstructured {
		return with(plain, func(o *unstructured.Unstructured) { o.SetKind("Secret"); o.Object["type"] = kind })
	}
	found := map[string]attack{
		"a mark of no kind":           {with(plain, labelled(v1alpha1.LabelSync, "everything")), "must be one of"},
		"a mark in capitals":          {with(plain, labelled(v1alpha1.LabelSync, "Content")), "must be one of"},
		"a copy of another sync":      {with(plain, labelled(v1alpha1.LabelSyncedBy, "baseline")), "copies are not copied on"},
		"an object of the operator's": {with(plain, labelled(v1alpha1.LabelManaged, "true")), "copies are not copied on"},
		"one that says it is none":    {with(plain, labelled(v1alpha1.LabelManaged, "false")), "copies are not copied on"},
		"one of another tenant":       {with(plain, labelled(v1alpha1.LabelTenant, "initech")), "copies are not copied on"},
		"what a controller keeps": {with(plain, func(o *unstructured.Unstructured) {
			o.SetOwnerReferences([]metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "Deployment", Name: "evil", UID: "1", Controller: new(true)}})
		}), "it is kept by Deployment evil"},
		"too much":             {configMap("large", map[string]any{"text": strings.Repeat("x", replication.MaxContent+1)}), "copies hold at most 1048576"},
		"too many annotations": {with(plain, noted("long", strings.Repeat("x", 4<<10))), "copies carry at most 4096"},
	}
	for _, name := range []string{"tenantry", "brand", "tenant-admin", "portal-tls", "portal", "kube-root-ca.crt", "openshift-service-ca.crt",
		"Tenantry", "KUBE-ROOT-CA.CRT", "scan-ledger", "scan-weekly-1", "tenantry-later", "tenantry.later", "sh.helm.release.v1.app.v1"} {
		found["the reserved name "+name] = attack{configMap(name, nil), "the name is kept"}
		found["the reserved name "+name+" for a Secret"] = attack{with(configMap(name, nil), func(o *unstructured.Unstructured) { o.SetKind("Secret") }), "the name is kept"}
	}
	for _, kind := range []string{"kubernetes.io/service-account-token", "bootstrap.kubernetes.io/token", "helm.sh/release.v1", "Opaque ", "opaque", "istio.io/key-and-cert"} {
		found["a Secret of type "+kind] = attack{secret(kind), "are never copied"}
	}
	for _, kind := range []string{"v1/Pod", "v1/Service", "v1/ServiceAccount", "v1/secret", "v1/configmap", "v2/ConfigMap", "v1beta1/Secret", "/ConfigMap"} {
		version, kind, _ := strings.Cut(kind, "/")
		found["a "+kind+" of "+version] = attack{with(plain, func(o *unstructured.Unstructured) { o.SetAPIVersion(version); o.SetKind(kind) }), ""}
	}
	for _, kind := range []string{"apps/v1/Deployment", "rbac.authorization.k8s.io/v1/RoleBinding", "tenantry.io/v1alpha1/TenantAccessGrant", "example.com/v2/Rule", "example.com/v1/rule", "other.example/v1/ConfigMap"} {
		parts := strings.Split(kind, "/")
		found["a "+kind] = attack{with(plain, func(o *unstructured.Unstructured) { o.SetAPIVersion(parts[0] + "/" + parts[1]); o.SetKind(parts[2]) }), ""}
	}
	return found
}

func TestWhatIsPlantedInTheMasterIsNotCarried(t *testing.T) {
	t.Parallel()
	for name, attack := range attacks(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			source := rules.Read(attack.object)
			if source.Refusal == "" || !strings.Contains(source.Refusal, attack.words) {
				t.Fatalf("refused with %q, not %q", source.Refusal, attack.words)
			}
			if refusal := rules.Read(abridged(attack.object)).Refusal; attack.object.GetKind() != "Secret" && refusal != source.Refusal {
				t.Errorf("abridged, it is refused with %q, not %q", refusal, source.Refusal)
			}
			spec := v1alpha1.MasterTenantSyncSpec{
				Categories: []v1alpha1.SyncCategory{v1alpha1.SyncContent},
				Resources: []v1alpha1.SyncResource{{APIVersion: attack.object.GetAPIVersion(), Kind: attack.object.GetKind(),
					Names: []v1alpha1.ObjectName{v1alpha1.ObjectName(attack.object.GetName())}}},
			}
			selection := rules.Select(&spec, []*replication.Source{source})
			if len(selection.Sources) > 0 || len(selection.Problems) == 0 {
				t.Errorf("carried %v, problems %v", selection.Sources, selection.Problems)
			}
			sync := newSync(func(s *v1alpha1.MasterTenantSync) { s.Spec = spec })
			wanted := replication.Wanted(source, sync, newTenant("initech"), "acme-initech", nil)
			if object, err := wanted.Object(false); err == nil {
				t.Errorf("it was made all the same: %v", object)
			}
		})
	}
}

func TestARefusedSourceKeepsItsCopies(t *testing.T) {
	t.Parallel()
	sync, site := newSync(), newSite("initech")
	object := configMap("welcome", map[string]any{"text": "hello"})
	settle(t, site, sync, sourcesOf(sync, object))
	selection := sourcesOf(sync, with(object, labelled(v1alpha1.LabelManaged, "true")))
	place := site.place(sync, selection.Sources)
	place.Refused = selection.Refused
	if actions := replication.Actions(sync, place); len(actions) > 0 {
		t.Errorf("a source that is refused: %v", actions)
	}
	gone := with(object, func(o *unstructured.Unstructured) { o.SetDeletionTimestamp(&metav1.Time{Time: made.Add(time.Hour)}) })
	if actions := replication.Actions(sync, site.place(sync, sourcesOf(sync, gone).Sources)); verbs(actions) != "delete ConfigMap/welcome" {
		t.Errorf("a source that is being deleted: %v", actions)
	}
}

func TestWhichMarksHaveObjectsCarried(t *testing.T) {
	t.Parallel()
	selected := v1alpha1.SyncResource{APIVersion: "v1", Kind: "ConfigMap", Selector: &v1alpha1.LabelSelector{}}
	named := v1alpha1.SyncResource{APIVersion: "v1", Kind: "ConfigMap", Names: []v1alpha1.ObjectName{"motd"}}
	for want, spec := range map[string]v1alpha1.MasterTenantSyncSpec{
		"content false-positive-suppression": {Categories: []v1alpha1.SyncCategory{v1alpha1.SyncFalsePositiveSuppression, v1alpha1.SyncUsers, v1alpha1.SyncContent}},
		"email-notifications resource":       {Categories: []v1alpha1.SyncCategory{v1alpha1.SyncEmailNotifications}, Resources: []v1alpha1.SyncResource{selected}},
		"":                                   {Categories: []v1alpha1.SyncCategory{v1alpha1.SyncWhiteLabel}, Resources: []v1alpha1.SyncResource{named}},
	} {
		if got := strings.Join(replication.MarksOf(&spec), " "); got != want {
			t.Errorf("%q, not %q", got, want)
		}
	}
}
