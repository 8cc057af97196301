// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"strings"

	"github.com/spf13/cobra"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/tenantry/tenantry/internal/directory"
)

// Exit codes, which scripts rely on.
const (
	exitOK        = 0
	exitFailure   = 1
	exitUsage     = 2
	exitNotFound  = 3
	exitForbidden = 4
	// exitConflict: somebody else has written it meanwhile, or keeps it as Git has it.
	exitConflict = 5
	exitTimeout  = 6
	// exitRefused: by a policy, by what the kind allows, or for want of a licence.
	exitRefused = 7
	// exitPending: there is something to do, as a plan says.
	exitPending = 8
	// exitInterrupted is 128 and the number of the signal, as shells have it.
	exitInterrupted = 130
)

// exitStatus is that of a command which the plugin started, and which has said itself what is wrong.
type exitStatus int

func (s exitStatus) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

// failure is an error with an exit code and a command that helps.
type failure struct {
	code int
	err  error
	hint string
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// usageError says that cmd was called the wrong way.
func usageError(cmd *cobra.Command, err error) error {
	return &failure{code: exitUsage, err: err, hint: cmd.CommandPath() + " --help"}
}

// unknownError says that cmd does not know value, a what, and which values come near.
func unknownError(cmd *cobra.Command, what, value string, near []string) error {
	message := fmt.Sprintf("unknown %s %q", what, value)
	if len(near) > 0 {
		message += "; did you mean " + strings.Join(near, ", ") + "?"
	}
	return usageError(cmd, errors.New(message))
}

// explain says what an error of the API server's means for who called, and what to do about it.
func explain(err error) error {
	var unreached *url.Error
	switch policy, reason, denied := refusal(err); {
	case denied:
		return &failure{code: exitRefused, err: fmt.Errorf("refused by policy %s: %s", policy, reason)}
	case apierrors.IsInvalid(err):
		return &failure{code: exitRefused, err: err}
	case apierrors.IsConflict(err), apierrors.IsAlreadyExists(err):
		return &failure{code: exitConflict, err: err}
	case errors.As(err, &unreached) && !errors.Is(err, context.Canceled):
		return &failure{code: exitFailure, err: fmt.Errorf("the cluster can't be reached: %w", unreached.Err), hint: "kubectl cluster-info"}
	case apierrors.IsForbidden(err) && strings.Contains(err.Error(), quotaRefusal):
		return &failure{code: exitRefused, err: fmt.Errorf("there is none left of what is asked for: %w", err)}
	case apierrors.IsForbidden(err):
		return &failure{code: exitForbidden, err: err, hint: "kubectl auth whoami"}
	case apierrors.IsUnauthorized(err):
		return &failure{code: exitForbidden, err: fmt.Errorf("the cluster does not know you: %w", err), hint: "kubectl auth whoami"}
	case apierrors.IsNotFound(err) && unserved(err):
		return &failure{code: exitNotFound, err: errors.New("this cluster serves no tenants: Tenantry is not installed in it"), hint: "kubectl config current-context"}
	case apierrors.IsNotFound(err):
		return &failure{code: exitNotFound, err: err}
	default:
		return err
	}
}

// quotaRefusal is in what the API server says where a quota is used up.
const quotaRefusal = "exceeded quota: "

// policyRefusal is how the API server words the refusal of an admission policy.
var policyRefusal = regexp.MustCompile(`(?s)ValidatingAdmissionPolicy '([^']+)' with binding '[^']+' denied request: (.*)`)

// refusal says which admission policy refused a request, and why.
func refusal(err error) (policy, reason string, denied bool) {
	var status apierrors.APIStatus
	if !errors.As(err, &status) {
		return "", "", false
	}
	match := policyRefusal.FindStringSubmatch(status.Status().Message)
	if match == nil {
		return "", "", false
	}
	return match[1], match[2], true
}

// unserved says whether a kind was not found, and not one object of it.
func unserved(err error) bool {
	var status apierrors.APIStatus
	return errors.As(err, &status) && (status.Status().Details == nil || status.Status().Details.Name == "")
}

// noArguments refuses arguments of a command that takes none.
func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return usageError(cmd, fmt.Errorf("%s takes no arguments, and got %q", cmd.CommandPath(), args))
}

// printable says what is wrong, in its lines. What others wrote, which an error may tell, can't move the cursor or colour a terminal.
func printable(err error) string {
	lines := strings.Split(err.Error(), "\n")
	for i, line := range lines {
		lines[i] = directory.Printable(line)
	}
	return strings.Join(lines, "\n")
}

// report writes an error, and what helps, for people, and returns the exit code.
func report(w io.Writer, err error) int {
	if err == nil {
		return exitOK
	}
	if errors.Is(err, context.Canceled) {
		return exitInterrupted
	}
	if ended, ok := errors.AsType[exitStatus](err); ok {
		return int(ended)
	}
	fmt.Fprintln(w, "error:", printable(err))
	var failed *failure
	if !errors.As(err, &failed) {
		return exitFailure
	}
	if failed.hint != "" {
		fmt.Fprintln(w, "hint:", failed.hint)
	}
	return failed.code
}
