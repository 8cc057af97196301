// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// filter keeps the tenants of which something is so.
type filter func(t listedTenant, now time.Time) bool

// What tenants can be filtered by, by the columns that show it.
var (
	filterTexts = map[string]func(listedTenant) string{
		"name":        func(t listedTenant) string { return t.Name },
		"namespace":   func(t listedTenant) string { return t.Namespace },
		"company":     func(t listedTenant) string { return string(t.Spec.DisplayName) },
		"plan":        planOf,
		"status":      func(t listedTenant) string { return string(t.Status.Phase) },
		"host":        hostOf,
		"reason":      reasonOf,
		"region":      func(t listedTenant) string { return t.Spec.Region },
		"access":      func(t listedTenant) string { return string(t.Spec.CustomerAccess) },
		"super-admin": func(t listedTenant) string { return t.Status.SuperAdmin },
	}
	// filterAmounts are how much of something a tenant has, and of how much; 0 of what nothing limits.
	filterAmounts = map[string]func(listedTenant) (used, of float64){
		"agents": func(t listedTenant) (used, of float64) {
			if limits := t.Status.Effective; limits != nil && limits.Agents != nil {
				of = float64(limits.Agents.Value)
			}
			return float64(agentsOf(t)), of
		},
		"disk": func(t listedTenant) (used, of float64) {
			if usage := t.Status.Usage; usage != nil && usage.Disk != nil {
				used = usage.Disk.AsApproximateFloat64()
			}
			if limits := t.Status.Effective; limits != nil && limits.Disk != nil {
				of = limits.Disk.Value.AsApproximateFloat64()
			}
			return used, of
		},
		"assets": func(t listedTenant) (used, of float64) {
			if usage := t.Status.Usage; usage != nil {
				used = float64(usage.Assets)
			}
			return used, 0
		},
	}
	// filterTimes are since when something is so; nil: never, which is longer ago than anything.
	filterTimes = map[string]func(listedTenant) *metav1.Time{
		"age":       func(t listedTenant) *metav1.Time { return &t.CreationTimestamp },
		"last-scan": func(t listedTenant) *metav1.Time { return t.Status.LastScan },
		"activity":  func(t listedTenant) *metav1.Time { return t.Status.LastActivity },
	}
)

// filterNames are all that tenants can be filtered by, sorted.
func filterNames() []string {
	return slices.Sorted(slices.Values(slices.Concat(slices.Collect(maps.Keys(filterTexts)), slices.Collect(maps.Keys(filterAmounts)), slices.Collect(maps.Keys(filterTimes)))))
}

// comparisons say which results of a comparison, which is negative for less, an operator takes.
var comparisons = map[string]func(int) bool{
	"=":  func(c int) bool { return c == 0 },
	"!=": func(c int) bool { return c != 0 },
	"<":  func(c int) bool { return c < 0 },
	"<=": func(c int) bool { return c <= 0 },
	">":  func(c int) bool { return c > 0 },
	">=": func(c int) bool { return c >= 0 },
}

// contained is the operator of texts that hold another, in whatever case.
const contained = "~"

var filterSyntax = regexp.MustCompile(`^\s*([a-z-]+)\s*(!=|<=|>=|=|<|>|~)\s*(.*?)\s*$`)

// readFilter reads a condition such as agents>=90%, disk>40Gi, last-scan>30d or company~corp.
func readFilter(text string) (filter, error) {
	parts := filterSyntax.FindStringSubmatch(text)
	if parts == nil {
		return nil, fmt.Errorf("%q is no condition, such as agents>=90%%, disk>40Gi, last-scan>30d or company~corp", text)
	}
	column, operator, value := parts[1], parts[2], parts[3]
	read, err := filter(nil), error(nil)
	switch {
	case filterTexts[column] != nil:
		read, err = textFilter(filterTexts[column], operator, value)
	case operator == contained:
		err = errors.New("~ is for texts")
	case filterAmounts[column] != nil:
		read, err = amountFilter(filterAmounts[column], operator, value)
	case filterTimes[column] != nil:
		read, err = timeFilter(filterTimes[column], operator, value)
	default:
		err = fmt.Errorf("there is no %s: it is one of %s", column, strings.Join(filterNames(), ", "))
	}
	if err != nil {
		return nil, fmt.Errorf("%q: %w", text, err)
	}
	return read, nil
}

func textFilter(of func(listedTenant) string, operator, value string) (filter, error) {
	if operator == contained {
		value = strings.ToLower(value)
		return func(t listedTenant, _ time.Time) bool { return strings.Contains(strings.ToLower(of(t)), value) }, nil
	}
	if operator != "=" && operator != "!=" {
		return nil, fmt.Errorf("%s is for numbers; texts take =, != and ~", operator)
	}
	return func(t listedTenant, _ time.Time) bool { return strings.EqualFold(of(t), value) == (operator == "=") }, nil
}

func amountFilter(of func(listedTenant) (used, of float64), operator, value string) (filter, error) {
	holds := comparisons[operator]
	if share, percent := strings.CutSuffix(value, "%"); percent {
		wanted, err := strconv.ParseFloat(share, 64)
		if err != nil || math.IsNaN(wanted) {
			return nil, fmt.Errorf("%q is no percentage", value)
		}
		// Of nothing, nothing is no part, and anything is more than any.
		return func(t listedTenant, _ time.Time) bool {
			used, limit := of(t)
			return cmp.Or(limit, used) > 0 && holds(cmp.Compare(used*100, wanted*limit))
		}, nil
	}
	wanted, err := resource.ParseQuantity(value)
	if err != nil {
		return nil, fmt.Errorf("%q is no amount, such as 20, 40Gi or 90%%", value)
	}
	return func(t listedTenant, _ time.Time) bool {
		used, _ := of(t)
		return holds(cmp.Compare(used, wanted.AsApproximateFloat64()))
	}, nil
}

func timeFilter(of func(listedTenant) *metav1.Time, operator, value string) (filter, error) {
	wanted, err := readLength(value)
	if err != nil {
		return nil, err
	}
	holds := comparisons[operator]
	return func(t listedTenant, now time.Time) bool {
		ago := time.Duration(math.MaxInt64)
		if at := of(t); at != nil {
			ago = now.Sub(at.Time)
		}
		return holds(cmp.Compare(ago, wanted))
	}, nil
}
