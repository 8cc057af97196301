// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	cmdutil "k8s.io/kubectl/pkg/cmd/util"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/cli/edit"
)

const deleteLong = `Delete a tenant: its place is closed at once, and kept for a while with all data, in which "kubectl tenant restore" brings it back. With
--purge nothing is kept, which takes verb administer on the tenant.

With --export, what "kubectl tenant export --with access" prints of the tenant is written to a file first: where that fails, nothing is deleted.

It says what goes, and has you type the tenant's name; a script says it with --confirm. It returns when the tenant is gone.`

const deleteExample = `  # One customer of acme
  kubectl tenant delete cybercorp -n acme

  # In a script
  kubectl tenant delete cybercorp -n acme --confirm cybercorp

  # With a file from which "kubectl tenant import" makes it again, and lets the same people in
  kubectl tenant delete cybercorp -n acme --export cybercorp.yaml

  # With all data, for good
  kubectl tenant delete cybercorp -n acme --purge`

// DeleteOptions deletes a Tenant.
type DeleteOptions struct {
	// Name of the Tenant.
	Name string
	// Confirm is the name again.
	Confirm string
	// Purge keeps nothing.
	Purge bool
	// Export is the file that the tenant is written to first; none if empty.
	Export string

	writing *writing
	now     func() time.Time
	genericiooptions.IOStreams
}

func newDeleteCommand(streams genericiooptions.IOStreams, cluster cluster) *cobra.Command {
	o := &DeleteOptions{IOStreams: streams, writing: newWriting(cluster), now: time.Now}
	words := words{use: "delete NAME", short: "Delete a tenant, which is kept for a while", long: deleteLong, example: deleteExample}
	cmd := o.writing.commandOnOne(words, "tenant", tenants, true, func(ctx context.Context, name string) error {
		o.Name = name
		return o.Run(ctx)
	})
	cmd.Flags().StringVar(&o.Confirm, "confirm", "", "The tenant's name again: nobody is asked.")
	cmd.Flags().BoolVar(&o.Purge, "purge", false, "Keep nothing: delete all data at once.")
	cmd.Flags().StringVar(&o.Export, "export", "", "Write the tenant, and who is let in, to this new file first.")
	utilruntime.Must(cmd.MarkFlagFilename("export", "yaml", "yml"))
	return cmd
}

// oneName takes the name of one object.
func oneName(cmd *cobra.Command, args []string) error {
	if len(args) == 1 {
		return nil
	}
	return usageError(cmd, errors.New("name one tenant"))
}

// Run deletes the Tenant that was shown, and no other that has its name by then.
func (o *DeleteOptions) Run(ctx context.Context) error {
	found, err := o.writing.cluster.find(ctx, tenants, o.Name)
	if err != nil {
		return err
	}
	object := found[0]
	if err := o.writing.mayWrite(object, nil, ""); err != nil {
		return err
	}
	shown, err := readTenant(object)
	if err != nil {
		return err
	}
	fmt.Fprintln(o.ErrOut, taken(o.writing.cluster.target(object), shown.Tenant, o.Purge, o.now()))
	fmt.Fprintln(o.ErrOut, "  "+o.writing.cluster.holdingsOf(ctx, shown.Status.Namespace).String())
	if o.writing.dryRun == cmdutil.DryRunNone {
		if err := confirm(ctx, o.IOStreams, o.Name, o.Confirm); err != nil {
			return err
		}
		if err := o.export(ctx, object); err != nil {
			return err
		}
	}
	if err := o.request(ctx, object); err != nil {
		return err
	}
	line, err := o.await(ctx, object)
	if err != nil {
		return err
	}
	return o.writing.say(o.IOStreams, object, line)
}

// export the tenant to the file that is named, if one is: a new one, so that no earlier export is lost.
func (o *DeleteOptions) export(ctx context.Context, object *unstructured.Unstructured) (err error) {
	if o.Export == "" {
		return nil
	}
	defer func() {
		if err != nil {
			err = &failure{code: codeOf(err), err: fmt.Errorf("nothing was deleted: %w", err)}
		}
	}()
	objects, err := o.writing.cluster.export(ctx, []*unstructured.Unstructured{object}, false, []string{withAccess}, o.ErrOut)
	if err != nil {
		return err
	}
	var text bytes.Buffer
	if err := printAll(&text, outputYAML, objects); err != nil {
		return err
	}
	file, err := os.OpenFile(o.Export, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644) //nolint:gosec // what belongs in Git is no secret, and the user names the file
	if err != nil {
		return err
	}
	_, err = text.WriteTo(file)
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return errors.Join(err, os.Remove(o.Export)) // half of it would pass for all
	}
	fmt.Fprintln(o.ErrOut, "exported to", o.Export)
	return nil
}

// request the deletion. One that fails leaves no Tenant behind that a later deletion would purge.
func (o *DeleteOptions) request(ctx context.Context, object *unstructured.Unstructured) error {
	if !o.Purge {
		return o.writing.delete(ctx, tenants, object)
	}
	purge := []edit.Field{edit.Set(o.Name, purgeAnnotation...)}
	marks := len(edit.Pending(object, purge)) > 0
	_, err := o.writing.change(ctx, tenants, object, purge, "")
	if err == nil {
		err = o.writing.delete(ctx, tenants, object)
	}
	if err != nil && marks && o.writing.dryRun == cmdutil.DryRunNone {
		if unmarkErr := o.unmark(context.WithoutCancel(ctx), object); unmarkErr != nil {
			fmt.Fprintf(o.ErrOut, "warning: the tenant may be left so that its deletion deletes all its data, for good: %v\n  %s\n",
				unmarkErr, o.writing.cluster.kubectl(object.GetNamespace(), "annotate", tenants.GroupResource().String(), o.Name, v1alpha1.AnnotationPurge+"-"))
		}
	}
	return err
}

// purgeAnnotation of a Tenant has its deletion delete all data.
var purgeAnnotation = []string{"metadata", "annotations", v1alpha1.AnnotationPurge}

// unmarkTimeout is how long a person who sees a deletion fail, or interrupts it, waits on.
const unmarkTimeout = 10 * time.Second

// unmark takes the annotation off that was there for a deletion which has not begun.
func (o *DeleteOptions) unmark(ctx context.Context, shown *unstructured.Unstructured) error {
	ctx, cancel := context.WithTimeout(ctx, unmarkTimeout)
	defer cancel()
	now, err := o.writing.cluster.get(ctx, tenants, shown.GetNamespace(), shown.GetName())
	switch unmark := []edit.Field{edit.Unset(purgeAnnotation...)}; {
	case apierrors.IsNotFound(err):
		return nil
	case err != nil:
		return err
	case now.GetUID() != shown.GetUID(), now.GetDeletionTimestamp() != nil, len(edit.Pending(now, unmark)) == 0:
		return nil
	default:
		_, err = o.writing.change(ctx, tenants, now, unmark, "")
		return err
	}
}

// await the end of the deletion, and return the line that says so.
func (o *DeleteOptions) await(ctx context.Context, object *unstructured.Unstructured) (line string, err error) {
	line = fmt.Sprintf("tenant %s deleted%s", o.Name, o.writing.dry())
	switch {
	case o.writing.dryRun != cmdutil.DryRunNone:
		return line, nil
	case !o.writing.wait:
		return fmt.Sprintf("tenant %s is being deleted", o.Name), nil
	}
	if err := o.writing.untilGone(ctx, tenants, object); err != nil {
		return "", err
	}
	return line + o.restoring(ctx, object.GetNamespace()), nil
}

// restoring says how to have the tenant back, and until when, if it is kept.
func (o *DeleteOptions) restoring(ctx context.Context, namespace string) string {
	kept, err := o.writing.cluster.get(ctx, retained, namespace, o.Name)
	switch {
	case apierrors.IsNotFound(err):
		return ", with all its data"
	case err != nil:
		return "" // who may not read it may not restore it
	default:
		return "; restore it until " + keptUntil(kept) + " with: " + o.writing.cluster.command("restore", o.Name)
	}
}
