// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/directory"
	"github.com/tenantry/tenantry/test/harness"
)

// listed is an entry as a script reads it.
type listed struct {
	Tenant, Parent, Namespace, DisplayName, Role, Host, ExpiresAt string
}

var _ = Describe("Which tenants somebody may enter", func() {
	var acme, cybercorp *v1alpha1.Tenant
	var jo string
	BeforeEach(func(ctx SpecContext) {
		acme = partner(ctx)
		cybercorp = customer(ctx, acme, "cybercorp", func(t *v1alpha1.Tenant) {
			t.Spec.DisplayName = "Cyber\u200fCorp \"Ltd\"\ufeff"
			t.Spec.CustomerAccess = v1alpha1.CustomerAccessFullAccess
		})
		jo = harness.UniqueName("jo") + "@cybercorp.example"
	})

	It("is told to them alone, by the commands that the documentation has", func(ctx SpecContext) {
		newGrant(ctx, cybercorp.Status.Namespace, jo, v1alpha1.RoleAdmin, plainName)
		Eventually(find).WithArguments(ctx, jo).Within(inTime).Should(HaveExactElements(listed{
			Tenant: "cybercorp", Parent: acme.Status.Namespace, Namespace: cybercorp.Status.Namespace,
			DisplayName: `Cyber\u200fCorp "Ltd"\ufeff`, Role: "Admin", Host: string(cybercorp.Status.Hosts[0]),
		}))

		By("and nothing else of it to anybody")
		kim := harness.UniqueName("kim") + "@cybercorp.example"
		newGrant(ctx, cybercorp.Status.Namespace, kim, v1alpha1.RoleAdmin, plainName)
		Eventually(find).WithArguments(ctx, kim).Within(inTime).Should(HaveLen(1))
		own := directory.ForUser(jo)
		for _, who := range []string{kim, jo} {
			for _, attempt := range [][]string{
				{"get", "configmaps", "-n", own.Namespace}, {"get", "configmap", own.Shard(1), "-n", own.Namespace},
				{"get", "roles,rolebindings", "-n", own.Namespace}, {"get", "namespace", own.Namespace}, {"get", "configmaps", "-A"},
				{"get", "configmaps", "-n", own.Namespace, "--field-selector", "metadata.name=" + own.Shard(0)},
				{"delete", "configmap", own.Shard(0), "-n", own.Namespace}, {"create", "configmap", own.Shard(1), "-n", own.Namespace},
				{"create", "rolebinding", "mine", "--role", own.Hash, "--user", kim, "-n", own.Namespace},
			} {
				_, err := kubectl(ctx, "", append(attempt, "--as", who)...)
				Expect(err).To(MatchError(MatchRegexp("(?i)forbidden")), "%s: %v", who, attempt)
			}
		}
		_, err := kubectl(ctx, "", "get", "configmap", own.Shard(0), "-n", own.Namespace, "--as", kim)
		Expect(err).To(MatchError(ContainSubstring("Forbidden")))

		By("nor is anybody lied to, by whoever may write ConfigMaps everywhere")
		as := configMapWriter(ctx)
		forged := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: own.Namespace, Name: own.Shard(1)}, Data: map[string]string{directory.DataKey: "{}"}}
		Expect(as.Create(ctx, forged.DeepCopy())).To(refusedBy("tenantry-directory"))
		forged.Labels = directory.Labels()
		Expect(as.Create(ctx, forged.DeepCopy())).To(refusedBy("tenantry-owned-objects"))
		forged.Name = own.Shard(0)
		Expect(as.Patch(ctx, forged, merge(`{"data":{"directory.json":"{}"}}`))).To(refusedBy("tenantry-owned-objects"))
	})

	It("follows what changes", func(ctx SpecContext) {
		grant := newGrant(ctx, cybercorp.Status.Namespace, jo, v1alpha1.RoleAdmin, plainName)
		soon := func(expected OmegaMatcher) {
			GinkgoHelper()
			Eventually(find).WithArguments(ctx, jo).Within(2 * inTime).Should(expected)
		}
		soon(HaveLen(1))
		change(ctx, cybercorp, func(t *v1alpha1.Tenant) { t.Spec.DisplayName = "Renamed" }, beReady())
		soon(HaveExactElements(HaveField("DisplayName", "Renamed")))
		Expect(admin.Patch(ctx, grant, merge(`{"spec":{"role":"Viewer"}}`))).To(Succeed())
		soon(HaveExactElements(HaveField("Role", "Viewer")))
		moved := harness.UniqueName("moved")
		change(ctx, cybercorp, subdomain(moved), beReady())
		soon(HaveExactElements(HaveField("Host", HavePrefix(moved))))
		change(ctx, cybercorp, suspend, have(v1alpha1.ConditionReady, metav1.ConditionTrue, v1alpha1.ReasonSuspended))
		soon(BeEmpty())
		change(ctx, cybercorp, resume, beReady())
		soon(HaveLen(1))
		change(ctx, acme, suspend, have(v1alpha1.ConditionReady, metav1.ConditionTrue, v1alpha1.ReasonSuspended))
		soon(BeEmpty())
		change(ctx, acme, resume, beReady())
		soon(HaveLen(1))
		end := time.Now().Add(4 * time.Second).Truncate(time.Second)
		Expect(admin.Patch(ctx, grant, merge(`{"spec":{"expiresAt":"`+end.UTC().Format(time.RFC3339)+`"}}`))).To(Succeed())
		soon(HaveExactElements(HaveField("ExpiresAt", end.UTC().Format(time.RFC3339))))
		soon(BeEmpty())
		Expect(admin.Patch(ctx, grant, merge(`{"spec":{"expiresAt":null}}`))).To(Succeed())
		soon(HaveLen(1))
		Expect(admin.Delete(ctx, cybercorp)).To(Succeed())
		soon(BeEmpty())
	})

	It("is a technician's list of customers, by name and by label", func(ctx SpecContext) {
		newGrant(ctx, acme.Status.Namespace, jo, v1alpha1.RoleEditor, plainName, func(g *v1alpha1.TenantAccessGrant) {
			g.Spec.Tenants = &v1alpha1.Selection{Selector: &v1alpha1.LabelSelector{MatchLabels: map[string]v1alpha1.LabelValue{"tier": "gold"}}}
		})
		change(ctx, cybercorp, func(t *v1alpha1.Tenant) { t.Labels = map[string]string{"tier": "gold"} }, beReady())
		customer(ctx, acme, "initech", func(t *v1alpha1.Tenant) { t.Labels = map[string]string{"tier": "gold"} })
		Eventually(find).WithArguments(ctx, jo).Within(2 * inTime).Should(HaveExactElements(HaveField("Tenant", "cybercorp"), HaveField("Tenant", "initech")))
		change(ctx, cybercorp, func(t *v1alpha1.Tenant) { t.Labels = nil }, beReady())
		Eventually(find).WithArguments(ctx, jo).Within(2 * inTime).Should(HaveExactElements(HaveField("Tenant", "initech")))
	})

	It("is right again after the operator was killed, whatever happened meanwhile", Serial, func(ctx SpecContext) {
		kim := harness.UniqueName("kim") + "@cybercorp.example"
		lost := newGrant(ctx, cybercorp.Status.Namespace, jo, v1alpha1.RoleAdmin, plainName)
		Eventually(find).WithArguments(ctx, jo).Within(inTime).Should(HaveLen(1))
		manager.Kill()
		manager = nil
		Expect(admin.Delete(ctx, lost)).To(Succeed())
		newGrant(ctx, cybercorp.Status.Namespace, kim, v1alpha1.RoleViewer, plainName)
		startManager(ctx)
		Eventually(find).WithArguments(ctx, jo).WithContext(ctx).Should(BeEmpty())
		Eventually(find).WithArguments(ctx, kim).WithContext(ctx).Should(HaveLen(1))
		key := directory.ForUser(jo)
		for _, object := range []client.Object{&rbacv1.Role{}, &rbacv1.RoleBinding{}} {
			Expect(admin.Get(ctx, client.ObjectKey{Namespace: key.Namespace, Name: key.Hash}, object)).To(Satisfy(apierrors.IsNotFound))
		}
	})
})

// plainName of a grant, whose subject's name is none of an object.
func plainName(grant *v1alpha1.TenantAccessGrant) { grant.Name, _, _ = strings.Cut(grant.Name, "@") }

// find runs the documented commands as somebody, and reads what they print; nothing where that is refused.
func find(ctx SpecContext, user string) ([]listed, error) {
	root, err := harness.Root()
	if err != nil {
		return nil, err
	}
	page, err := os.ReadFile(filepath.Join(root, "docs", "reference", "directory.md"))
	if err != nil {
		return nil, err
	}
	_, rest, _ := strings.Cut(string(page), "```sh\n")
	commands, _, _ := strings.Cut(rest, "```")
	script := exec.CommandContext(ctx, "bash", "-c", `kubectl() { "$KUBECTL" --as "$PERSON" "$@"; }`+"\n"+commands)
	script.Env = append(os.Environ(), "KUBECTL="+kubectlPath(), "PERSON="+user)
	var complaints strings.Builder
	script.Stderr = &complaints
	said, err := script.Output()
	if err != nil {
		if strings.Contains(complaints.String(), "Forbidden") || strings.Contains(complaints.String(), "NotFound") {
			return nil, nil
		}
		return nil, fmt.Errorf("%w: %s", err, complaints.String())
	}
	var read struct {
		Entries []listed
	}
	err = json.Unmarshal(said, &read)
	return read.Entries, err
}
