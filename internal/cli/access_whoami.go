// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"
	authenticationv1 "k8s.io/api/authentication/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/access"
	"github.com/tenantry/tenantry/internal/cli/contexts"
	"github.com/tenantry/tenantry/internal/directory"
)

const accessWhoamiLong = `Show who the API server says that you are, and how you come into a tenant's place: the one that is named or, where none is, the one that the
context leads to, or -n. It warns where your access ends within a day, and where the tenant is suspended.

For programs it prints a list: the SelfSubjectReview and, where you may see them, the grants that let you in. -o name names the grants alone.`

const accessWhoamiExample = `  # Who you are, and what you may be where the context leads to
  kubectl tenant access whoami

  # In customer cybercorp of acme
  kubectl tenant access whoami acme/cybercorp

  # Your groups, for a script
  kubectl tenant access whoami -o jsonpath='{.items[0].status.userInfo.groups}'`

// AccessWhoamiOptions shows who the caller is, and how they come in.
type AccessWhoamiOptions struct {
	// Name of the Tenant, or PARENT/NAME; empty: the one whose place is meant.
	Name string

	cluster cluster
	output  *output
	now     func() time.Time
	genericiooptions.IOStreams
}

func newAccessWhoamiCommand(streams genericiooptions.IOStreams, cluster cluster) *cobra.Command {
	o := &AccessWhoamiOptions{IOStreams: streams, cluster: cluster, output: newOutput(), now: time.Now}
	words := words{use: "whoami [NAME]", short: "Show who you are, and how you are let in", long: accessWhoamiLong, example: accessWhoamiExample}
	cmd := words.command()
	cmd.ValidArgsFunction = cluster.completeNames(tenants, 1)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := o.Complete(args); err != nil {
			return usageError(cmd, err)
		}
		return o.Run(cmd.Context())
	}
	o.output.addFlags(cmd)
	return cmd
}

// Complete takes the name from the arguments.
func (o *AccessWhoamiOptions) Complete(args []string) error {
	if len(args) > 1 {
		return errors.New("name one tenant, or none")
	}
	if len(args) == 1 {
		if err := validName(args[0]); err != nil {
			return err
		}
		o.Name = args[0]
	}
	return o.output.validate()
}

// Run prints who the caller is, also where they are let in nowhere.
func (o *AccessWhoamiOptions) Run(ctx context.Context) error {
	client, err := o.cluster.kubernetes()
	if err != nil {
		return err
	}
	review, err := whoami(ctx, client)
	if err != nil {
		return explain(err)
	}
	me := caller{review: review}
	way, refused := o.way(ctx)
	if refused == nil && way != nil {
		if me, err = o.cluster.caller(ctx, review, *way); err != nil {
			return explain(err)
		}
	}
	if err := o.print(me); err != nil {
		return err
	}
	return refused
}

// way into the place that is meant; nil where that is no tenant's.
func (o *AccessWhoamiOptions) way(ctx context.Context) (*entrance, error) {
	config, from, err := o.cluster.kubeconfig()
	if err != nil {
		return nil, err
	}
	namespace, err := o.cluster.namespace()
	if err != nil {
		return nil, err
	}
	settings := o.cluster.settings(ctx, namespace)
	inside := settings["name"] != ""
	tenant, known := contexts.Of(&config, from)
	name := o.Name
	switch {
	case inside:
		tenant = contexts.Tenant{Name: settings["name"], Parent: settings["parent"], Namespace: namespace}
	case name == "" && (!known || tenant.Namespace != namespace): // else it is closed, and nobody reads its settings
		return nil, nil //nolint:nilnil // the context leads to no tenant's place
	}
	if name == "" {
		name = tenant.String()
	}
	way, err := o.cluster.entrance(ctx, name)
	inside = inside && (name == tenant.Name || name == tenant.String())
	if code := codeOf(err); inside && (code == exitForbidden || code == exitNotFound) { // members of a group have no directory
		return &entrance{tenant: tenant, admitted: true}, nil
	}
	return &way, err
}

// caller is who the API server says that one is, and how they come into a tenant's place.
type caller struct {
	review *authenticationv1.SelfSubjectReview
	// way into the place; nil if none is meant.
	way *entrance
	// ways are all by which one is let in, or was, as far as one may see them; hidden says that there may be others.
	ways   []person
	hidden bool
}

// caller reads how the caller comes in.
func (c cluster) caller(ctx context.Context, review *authenticationv1.SelfSubjectReview, way entrance) (caller, error) {
	me := caller{review: review, way: &way}
	tenant := way.object
	if tenant == nil {
		tenant = &v1alpha1.Tenant{ObjectMeta: metav1.ObjectMeta{Namespace: way.tenant.Parent, Name: way.tenant.Name}}
		tenant.Status.Namespace = way.tenant.Namespace
	}
	all, err := c.peopleOf(ctx, tenant)
	if err != nil {
		return me, err
	}
	me.take(all, tenant)
	me.way.tenant.Cluster = c.name()
	return me, nil
}

// take those of a tenant's people who are the caller, and the strongest of what is in effect: what they may there, and until when. A directory
// tells of their own grants, and of none of their groups'.
func (c *caller) take(all people, tenant *v1alpha1.Tenant) {
	c.ways = slices.DeleteFunc(all.ways(tenant), func(one person) bool { return !c.is(one.subject) })
	c.hidden = all.hidden
	if !c.way.admitted {
		return
	}
	inEffect := slices.DeleteFunc(slices.Clone(c.ways), func(one person) bool { return one.grant != nil && one.reason != v1alpha1.ReasonGranted })
	if c.way.role != "" {
		own := person{role: v1alpha1.Role(c.way.role)}
		if c.way.ends != nil {
			own.until = new(metav1.NewTime(*c.way.ends))
		}
		inEffect = append(inEffect, own)
	}
	if len(inEffect) == 0 {
		return
	}
	strongest := slices.MinFunc(inEffect, func(a, b person) int {
		return cmp.Or(cmp.Compare(slices.Index(roles, a.role), slices.Index(roles, b.role)), sooner(b.until, a.until))
	})
	c.way.role, c.way.ends = string(strongest.role), nil
	if strongest.until != nil {
		c.way.ends = &strongest.until.Time
	}
}

// sooner compares when two accesses end; one that does not end ends last.
func sooner(a, b *metav1.Time) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return 1
	case b == nil:
		return -1
	default:
		return a.Compare(b.Time)
	}
}

// is says whether a subject is the caller, or one of their groups.
func (c *caller) is(subject access.Subject) bool {
	user := c.review.Status.UserInfo
	if subject.Kind == v1alpha1.SubjectGroup {
		return slices.Contains(user.Groups, subject.Name)
	}
	return subject == directory.SubjectOf(user.Username)
}

// page of who the caller is.
func (c *caller) page(now time.Time) *page {
	p := &page{}
	p.say("User", c.review.Status.UserInfo.Username)
	p.sayAll("Groups", c.review.Status.UserInfo.Groups)
	if c.way == nil {
		return p
	}
	p.say("Tenant", fmt.Sprintf("%s (cluster %s)", c.way.tenant, c.way.tenant.Cluster))
	p.say("Namespace", c.way.tenant.Namespace)
	switch {
	case !c.way.admitted:
		p.say("Role", "none: you are not let in now")
	case c.way.role == "":
		p.say("Role", "none of a tenant's: you are let in by what is bound besides, or is not yours to see")
	case len(c.ways) == 0:
		p.say("Role", c.way.role+", by what is not yours to see")
	default:
		p.say("Role", c.way.role)
	}
	if c.way.ends != nil {
		p.say("Expires", ends(new(metav1.NewTime(*c.way.ends)), now))
	}
	return p
}

// print who the caller is.
func (o *AccessWhoamiOptions) print(me caller) error {
	if me.way != nil {
		me.way.warn(o.ErrOut, o.now())
	}
	if o.output.forPeople() {
		if err := me.page(o.now()).print(o.Out, o.output.look(o.Out)); err != nil {
			return err
		}
		title := "How you are let in"
		if me.hidden {
			title += " (as far as you may see it)"
		}
		return section(o.Out, o.output.look(o.Out), title, peopleColumns(o.now()), me.ways)
	}
	printer, err := o.output.printer()
	if err != nil {
		return err
	}
	objects, err := me.objects(o.output.format() != "name") // a review has no name
	if err != nil {
		return err
	}
	return printer.PrintObj(asList(objects), o.Out)
}

// objects are the grants of the caller's, after the API server's word on who they are, if that is asked for.
func (c *caller) objects(reviewed bool) ([]*unstructured.Unstructured, error) {
	var all []runtime.Object
	if reviewed {
		review := c.review.DeepCopy()
		review.SetGroupVersionKind(authenticationv1.SchemeGroupVersion.WithKind("SelfSubjectReview"))
		all = append(all, review)
	}
	for _, way := range c.ways {
		if way.grant != nil {
			all = append(all, way.grant)
		}
	}
	objects := make([]*unstructured.Unstructured, 0, len(all))
	for _, object := range all {
		fields, err := runtime.DefaultUnstructuredConverter.ToUnstructured(object)
		if err != nil {
			return nil, err
		}
		objects = append(objects, &unstructured.Unstructured{Object: fields})
	}
	return objects, nil
}
