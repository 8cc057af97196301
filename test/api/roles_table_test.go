// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	"maps"
	"slices"
	"strings"
)

// rightsOfRoles is who may do what where the role is bound: what config/rbac/roles is held to, and so written
// by hand. What is not in it nobody may. A line of headings heads those that follow it, and rolesOfHeadings
// says which roles have the rights of which; - is nothing; a line of one name (resource=name) adds to that of
// the resource; and the letters are:
//
//	r  get, list and watch                              A  administer
//	w  create, update, patch, delete, deletecollection  P  publish
//	g  get        c  create        u  update and patch  S  assign
//
//nolint:dupword // a table repeats itself
const rightsOfRoles = `
role                                       owner  admin  editor  viewer  reporter
pods                                       rw     rw     rw      r       -
pods/log                                   g      g      g       g       -
pods/exec                                  gc     gc     gc      -       -
pods/attach                                gc     gc     gc      -       -
pods/portforward                           gc     gc     gc      -       -
pods/eviction                              c      c      c       -       -
deployments.apps                           rw     rw     rw      r       -
deployments/scale.apps                     gu     gu     gu      -       -
replicasets.apps                           rw     rw     rw      r       -
replicasets/scale.apps                     gu     gu     gu      -       -
statefulsets.apps                          rw     rw     rw      r       -
statefulsets/scale.apps                    gu     gu     gu      -       -
daemonsets.apps                            rw     rw     rw      r       -
jobs.batch                                 rw     rw     rw      r       -
cronjobs.batch                             rw     rw     rw      r       -
horizontalpodautoscalers.autoscaling       rw     rw     rw      r       -
poddisruptionbudgets.policy                rw     rw     rw      r       -
services                                   rw     rw     rw      r       -
ingresses.networking.k8s.io                rw     rw     rw      r       -
httproutes.gateway.networking.k8s.io       rw     rw     rw      r       -
persistentvolumeclaims                     rw     rw     rw      r       -
configmaps                                 rw     rw     rw      r       -
configmaps=tenantry                        -      -      -       -       g
configmaps=scan-ledger                     -      -      -       -       g
assetinventories.tenantry.io               rw     rw     rw      r       r
scanschedules.tenantry.io                  rw     rw     r       r       r
networkpolicies.networking.k8s.io          rw     rw     r       r       -
serviceaccounts                            rw     rw     r       r       -
secrets                                    rw     rw     -       -       -
resourcequotas                             r      r      r       r       -
limitranges                                r      r      r       r       -
events                                     r      r      r       r       -
events.events.k8s.io                       r      r      r       r       -
tenantaccessgrants.tenantry.io             r      r      r       r       -

role                                       staff-owner    staff-admin    staff-editor    staff-viewer    staff-reporter
tenants.tenantry.io                        rwA            rwA            ru              r               r
retainedtenants.tenantry.io                ru             ru             r               r               -
licenseplans.tenantry.io                   rw             rw             r               r               -
whitelabelprofiles.tenantry.io             rw             rw             rw              r               -
mastertenantsyncs.tenantry.io              rwP            rwP            r               r               -
scanschedules.tenantry.io                  rw             rw             r               r               r

role                                               people-owner  people-admin  staff-people-owner    staff-people-admin
tenantaccessgrants.tenantry.io                     rw            rw            rw                    rw
tenantaccessgrants.tenantry.io=Owner               S             -             S                     -
tenantaccessgrants.tenantry.io=Admin               S             S             S                     -
tenantaccessgrants.tenantry.io=Editor              S             S             S                     -
tenantaccessgrants.tenantry.io=Viewer              S             S             S                     -
tenantaccessgrants.tenantry.io=Reporter            S             S             S                     -
tenantaccessgrants.tenantry.io=delegate:Owner      -             -             S                     -
tenantaccessgrants.tenantry.io=delegate:Admin      -             -             S                     S
tenantaccessgrants.tenantry.io=delegate:Editor     -             -             S                     S
tenantaccessgrants.tenantry.io=delegate:Viewer     -             -             S                     S
tenantaccessgrants.tenantry.io=delegate:Reporter   -             -             S                     S
roles.rbac.authorization.k8s.io                    rw            rw            rw                    rw
rolebindings.rbac.authorization.k8s.io             rw            rw            rw                    rw

role                                       super-admin
pricelists.tenantry.io                     rw

role                                       domain
tenants.tenantry.io                        r
`

// rolesOfHeadings are the roles, with the headings of rightsOfRoles whose rights they have together.
var rolesOfHeadings = map[string][]string{
	"owner":                 {"owner", "people-owner"},
	"limited-owner":         {"owner"},
	"admin":                 {"admin", "people-admin"},
	"limited-admin":         {"admin"},
	"editor":                {"editor"},
	"viewer":                {"viewer"},
	"reporter":              {"reporter"},
	"partner-owner":         {"owner", "staff-owner", "staff-people-owner"},
	"partner-limited-owner": {"owner", "staff-owner"},
	"partner-admin":         {"admin", "staff-admin", "staff-people-admin"},
	"partner-limited-admin": {"admin", "staff-admin"},
	"partner-editor":        {"editor", "staff-editor"},
	"partner-viewer":        {"viewer", "staff-viewer"},
	"partner-reporter":      {"reporter", "staff-reporter"},
	"super-admin":           {"super-admin"},
	"domain":                {"domain"},
}

// nobodys are the resources on which no role has any right, of those that are most worth having.
const nobodys = `
*  *.*  *.tenantry.io  *.apps  */status  secrets/status
namespaces  namespaces/status  namespaces/finalize  nodes  nodes/proxy  persistentvolumes  bindings
serviceaccounts/token  resourcequotas/status  pods/status  pods/proxy  pods/binding  pods/ephemeralcontainers  pods/resize
endpoints  services/proxy  services/status  replicationcontrollers  podtemplates
endpointslices.discovery.k8s.io  leases.coordination.k8s.io  controllerrevisions.apps  daemonsets/scale.apps  deployments/status.apps
ingresses/status.networking.k8s.io  ingressclasses.networking.k8s.io  ipaddresses.networking.k8s.io
gateways.gateway.networking.k8s.io  gatewayclasses.gateway.networking.k8s.io  referencegrants.gateway.networking.k8s.io
listenersets.gateway.networking.k8s.io  grpcroutes.gateway.networking.k8s.io  httproutes/status.gateway.networking.k8s.io
certificates.cert-manager.io  issuers.cert-manager.io  resourceclaims.resource.k8s.io
storageclasses.storage.k8s.io  priorityclasses.scheduling.k8s.io  certificatesigningrequests.certificates.k8s.io
clusterroles.rbac.authorization.k8s.io  clusterrolebindings.rbac.authorization.k8s.io
clusterroles.rbac.authorization.k8s.io=cluster-admin  clusterroles.rbac.authorization.k8s.io=tenantry:viewer
customresourcedefinitions.apiextensions.k8s.io  apiservices.apiregistration.k8s.io
validatingadmissionpolicies.admissionregistration.k8s.io  mutatingadmissionpolicybindings.admissionregistration.k8s.io
tokenreviews.authentication.k8s.io  subjectaccessreviews.authorization.k8s.io  localsubjectaccessreviews.authorization.k8s.io
users  groups  users=system:admin  groups=system:masters  uids.authentication.k8s.io
tenants/status.tenantry.io  tenants/finalizers.tenantry.io  tenantaccessgrants/status.tenantry.io  retainedtenants/status.tenantry.io
licenseplans/status.tenantry.io  pricelists/status.tenantry.io  scanschedules/status.tenantry.io  mastertenantsyncs/status.tenantry.io
assetinventories/status.tenantry.io  whitelabelprofiles/status.tenantry.io
`

// verbsOf are the verbs that a letter of rightsOfRoles stands for.
var verbsOf = map[rune][]string{
	'r': {"get", "list", "watch"},
	'w': {"create", "update", "patch", "delete", "deletecollection"},
	'g': {"get"},
	'c': {"create"},
	'u': {"update", "patch"},
	'A': {"administer"},
	'P': {"publish"},
	'S': {"assign"},
}

// usualVerbs are those of every resource, and all of them at once; ownVerbs those of a few.
var (
	usualVerbs = slices.Concat(verbsOf['r'], verbsOf['w'], []string{"*"})
	ownVerbs   = []string{"bind", "escalate", "impersonate", "administer", "publish", "assign", "override", "inherit"}
)

// expectation is what rightsOfRoles says: the roles and resources in order, and what a role may, as
// "verb resource".
type expectation struct {
	roles, resources []string
	rights           map[string]map[string]bool
}

func expectedRights() expectation {
	want := expectation{rights: map[string]map[string]bool{}}
	var columns []string
	for line := range strings.Lines(rightsOfRoles) {
		fields := strings.Fields(line)
		switch {
		case len(fields) == 0:
		case fields[0] == "role":
			columns = fields[1:]
		default:
			want.resources = append(want.resources, fields[0])
			for i, heading := range columns {
				want.add(heading, fields[0], fields[i+1])
			}
		}
	}
	want.roles = slices.Sorted(maps.Keys(rolesOfHeadings))
	want.resources = slices.Compact(slices.Sorted(slices.Values(want.resources)))
	return want
}

// add gives rights to all roles under a heading.
func (e expectation) add(heading, resource, letters string) {
	for role, headings := range rolesOfHeadings {
		if !slices.Contains(headings, heading) {
			continue
		}
		if e.rights[role] == nil {
			e.rights[role] = map[string]bool{}
		}
		for _, letter := range letters {
			for _, verb := range verbsOf[letter] {
				e.rights[role][verb+" "+resource] = true
			}
		}
	}
}

// may says whether a role may do what said says: who may do it with all of a resource may with one of them.
func (e expectation) may(role, said string) bool {
	resource, _, _ := strings.Cut(said, "=")
	return e.rights[role][said] || e.rights[role][resource]
}

// cells are all verbs on all resources of the table; those of few resources on kinds of Tenantry's and of RBAC's
// and on ServiceAccounts.
func (e expectation) cells() []string {
	special := slices.DeleteFunc(slices.Clone(e.resources), func(resource string) bool {
		return !strings.Contains(resource, ".tenantry.io") && !strings.Contains(resource, ".rbac.") && resource != "serviceaccounts"
	})
	return slices.Concat(cells(e.resources, usualVerbs), cells(special, ownVerbs))
}

// cells are all verbs on all resources, as "verb resource".
func cells(resources, verbs []string) []string {
	var all []string
	for _, resource := range resources {
		for _, verb := range verbs {
			all = append(all, verb+" "+resource)
		}
	}
	return all
}
