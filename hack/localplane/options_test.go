// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"flag"
	"reflect"
	"strings"
	"testing"
)

func TestFlagsMayStandAnywhereOnTheCommandLine(t *testing.T) {
	for _, line := range []string{
		"--dir bin/a --kill restart etcd",
		"restart --dir bin/a etcd --kill",
		"restart etcd --kill --dir=bin/a",
	} {
		o, err := parseOptions(strings.Fields(line))
		if err != nil {
			t.Errorf("%s: %v", line, err)
			continue
		}
		if o.verb != "restart" || o.component != etcd || o.dir != "bin/a" || !o.kill {
			t.Errorf("%s: parsed as %+v", line, o)
		}
	}
}

func TestWrongCommandLinesAreRefusedWithAReason(t *testing.T) {
	for line, reason := range map[string]string{
		"sideways":               `unknown verb "sideways"`,
		"stop":                   "stop takes 1 argument(s), not 0",
		"up now":                 "up takes 0 argument(s), not 1",
		"stop kubelet":           `unknown component "kubelet": it is one of etcd, kube-apiserver`,
		"up --colour":            "flag provided but not defined",
		"up --set etcd":          "COMPONENT.FLAG=VALUE",
		"up --set etcd.=1":       "COMPONENT.FLAG=VALUE",
		"up --set etcd=1":        "COMPONENT.FLAG=VALUE",
		"up --set kubelet.v=1":   `unknown component "kubelet"`,
		"up --timeout yesterday": "invalid value",
	} {
		_, err := parseOptions(strings.Fields(line))
		if !errors.Is(err, errUsage) || !strings.Contains(err.Error(), reason) {
			t.Errorf("%s: error %v, want one that says %q and where the usage is", line, err, reason)
		}
	}
}

func TestHelpIsNoError(t *testing.T) {
	for _, line := range []string{"", "help", "--help", "up -h"} {
		if _, err := parseOptions(strings.Fields(line)); !errors.Is(err, flag.ErrHelp) {
			t.Errorf("%q: error %v, want flag.ErrHelp", line, err)
		}
	}
}

func TestSetMayBeRepeatedAndItsValueMayHoldAnything(t *testing.T) {
	o, err := parseOptions(strings.Fields("up --set etcd.log-level=debug --set kube-apiserver.v=4 --set kube-apiserver.feature-gates=A=true,B.c=false"))
	if err != nil {
		t.Fatal(err)
	}
	want := componentFlags{
		etcd:      {"log-level": "debug"},
		apiserver: {"v": "4", "feature-gates": "A=true,B.c=false"},
	}
	if !reflect.DeepEqual(o.flags, want) {
		t.Errorf("got %v, want %v", o.flags, want)
	}
}

func TestAnUpReplacesOnlyWhatItNames(t *testing.T) {
	remembered := componentFlags{etcd: {"log-level": "debug"}}
	given := componentFlags{apiserver: {"v": "4"}}
	for _, c := range []struct {
		line      string
		flags     componentFlags
		scheduler bool
	}{
		{"up", remembered, true},
		{"up --set kube-apiserver.v=4", given, true},
		{"up --scheduler=false", remembered, false},
		{"up --defaults", nil, false},
		{"up --defaults --scheduler --set kube-apiserver.v=4", given, true},
	} {
		o, err := parseOptions(strings.Fields(c.line))
		if err != nil {
			t.Fatal(err)
		}
		s := &state{Flags: remembered, Scheduler: true}
		s.take(o)
		if !reflect.DeepEqual(s.Flags, c.flags) || s.Scheduler != c.scheduler {
			t.Errorf("%s: flags %v, scheduler %v; want %v, %v", c.line, s.Flags, s.Scheduler, c.flags, c.scheduler)
		}
	}
}
