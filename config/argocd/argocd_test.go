// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

// Package argocd runs the scripts for Argo CD as Argo CD's own tests of its customizations do.
package argocd

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"

	lua "github.com/yuin/gopher-lua"
	"sigs.k8s.io/yaml"
)

const tenant = "tenantry.io/Tenant"

func TestHealth(t *testing.T) {
	var suite struct {
		Tests []struct {
			InputPath    string
			HealthStatus map[string]any
		}
	}
	read(t, tenant+"/health_test.yaml", &suite)
	inputs, err := filepath.Glob(tenant + "/testdata/*.yaml")
	if err != nil || len(inputs) != len(suite.Tests) {
		t.Fatalf("%d inputs, %d tests: %v", len(inputs), len(suite.Tests), err)
	}
	for _, test := range suite.Tests {
		t.Run(filepath.Base(test.InputPath), func(t *testing.T) {
			if got := run(t, tenant+"/health.lua", filepath.Join(tenant, test.InputPath)); !reflect.DeepEqual(got, test.HealthStatus) {
				t.Errorf("got %v, want %v", got, test.HealthStatus)
			}
		})
	}
}

func TestActions(t *testing.T) {
	const dir = tenant + "/actions"
	var suite struct {
		DiscoveryTests []struct {
			InputPath string
			Result    []struct {
				Name     string
				Disabled bool
			}
		}
		ActionTests []struct{ Action, InputPath, ExpectedOutputPath string }
	}
	read(t, dir+"/action_test.yaml", &suite)
	for _, test := range suite.DiscoveryTests {
		want := map[string]any{}
		for _, action := range test.Result {
			want[action.Name] = map[string]any{"disabled": action.Disabled}
		}
		if got := run(t, dir+"/discovery.lua", filepath.Join(dir, test.InputPath)); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %v, want %v", test.InputPath, got, want)
		}
	}
	for _, test := range suite.ActionTests {
		var want any
		read(t, filepath.Join(dir, test.ExpectedOutputPath), &want)
		if got := run(t, filepath.Join(dir, test.Action, "action.lua"), filepath.Join(dir, test.InputPath)); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %v, want %v", test.Action, got, want)
		}
	}
}

// run returns what a script returns for an object.
func run(t *testing.T, script, input string) any {
	t.Helper()
	var object map[string]any
	read(t, input, &object)
	state := lua.NewState(lua.Options{SkipOpenLibs: true})
	defer state.Close()
	lua.OpenBase(state)
	state.SetGlobal("obj", toLua(state, object))
	if err := state.DoFile(script); err != nil {
		t.Fatal(err)
	}
	return fromLua(state.Get(-1))
}

func toLua(state *lua.LState, value any) lua.LValue {
	switch v := value.(type) {
	case string:
		return lua.LString(v)
	case float64:
		return lua.LNumber(v)
	case bool:
		return lua.LBool(v)
	case []any:
		table := state.NewTable()
		for _, item := range v {
			table.Append(toLua(state, item))
		}
		return table
	case map[string]any:
		table := state.NewTable()
		for key, item := range v {
			table.RawSetString(key, toLua(state, item))
		}
		return table
	}
	return lua.LNil
}

func fromLua(value lua.LValue) any {
	switch v := value.(type) {
	case lua.LString:
		return string(v)
	case lua.LNumber:
		return float64(v)
	case lua.LBool:
		return bool(v)
	case *lua.LTable:
		fields := map[string]any{}
		v.ForEach(func(key, item lua.LValue) { fields[key.String()] = fromLua(item) })
		return fields
	}
	return nil
}

func read(t *testing.T, path string, into any) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(content, into); err != nil {
		t.Fatal(err)
	}
}
