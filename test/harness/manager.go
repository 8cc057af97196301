// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package harness

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
)

// The ServiceAccount that the manager runs as, and its lease.
const (
	ManagerNamespace = "tenantry-system"
	ManagerAccount   = "tenantry-manager"
	ManagerLease     = "tenantry-manager"
)

// ManagerOptions say how to run the manager.
type ManagerOptions struct {
	// Cluster to manage.
	Cluster *Cluster
	// Via is the proxy to reach the API server through; nil: straight.
	Via *Proxy
	// Binary to run; default: bin/manager of the repository.
	Binary string
	// Configure changes config/manager/config.yaml before it is used.
	Configure func(*configv1alpha1.Configuration)
}

// Manager is a running manager process, under its own ServiceAccount and with the rights of
// config/rbac only.
type Manager struct {
	// LogFile is where its output goes, and ConfigFile what it is configured by.
	LogFile, ConfigFile string

	command *exec.Cmd
	health  string
	metrics string
	exited  chan struct{}
	exit    error
}

// StartManager starts a manager and returns at once; Ready waits for it.
func StartManager(ctx context.Context, options ManagerOptions) (*Manager, error) {
	root, err := Root()
	if err != nil {
		return nil, err
	}
	if options.Binary == "" {
		options.Binary = filepath.Join(root, "bin", "manager")
	}
	if _, err := os.Stat(options.Binary); err != nil {
		return nil, fmt.Errorf("%s is not built: run `make build`", options.Binary)
	}
	dir, err := os.MkdirTemp("", "tenantry-manager-")
	if err != nil {
		return nil, err
	}
	m := &Manager{LogFile: filepath.Join(dir, "manager.log"), exited: make(chan struct{})}
	kubeconfig := filepath.Join(dir, "kubeconfig")
	if err := options.Cluster.writeManagerKubeconfig(ctx, kubeconfig, options.Via); err != nil {
		return nil, err
	}
	m.ConfigFile = filepath.Join(dir, "config.yaml")
	if err := m.writeConfig(m.ConfigFile, filepath.Join(root, "config", "manager", "config.yaml"), options.Configure); err != nil {
		return nil, err
	}
	return m, m.start(options.Binary, "--config", m.ConfigFile, "--kubeconfig", kubeconfig)
}

func (m *Manager) start(binary string, arguments ...string) error {
	log, err := os.Create(m.LogFile)
	if err != nil {
		return err
	}
	defer log.Close() // the process has its own handle
	m.command = exec.Command(binary, arguments...)
	m.command.Stdout, m.command.Stderr = log, log
	m.command.SysProcAttr = dieWithParent()
	if err := m.command.Start(); err != nil {
		return fmt.Errorf("starting the manager: %w", err)
	}
	go func() {
		m.exit = m.command.Wait()
		close(m.exited)
	}()
	return nil
}

// Ready waits until the manager's caches are filled. It need not lead.
func (m *Manager) Ready(ctx context.Context) error {
	return m.poll(ctx, "ready", func() bool {
		_, err := m.get(ctx, m.health+"/readyz")
		return err == nil
	})
}

// Leading waits until the manager holds the lease and has started its workers.
func (m *Manager) Leading(ctx context.Context) error {
	return m.poll(ctx, "leading", func() bool {
		metrics, err := m.Metrics(ctx)
		return err == nil && metrics.Sum("controller_runtime_max_concurrent_reconciles") > 0
	})
}

func (m *Manager) poll(ctx context.Context, what string, done func() bool) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-m.exited:
			return fmt.Errorf("the manager ended before it was %s: %s; its last lines:\n%s", what, fmt.Sprint(m.exit), m.Tail(20))
		case <-ctx.Done():
			return fmt.Errorf("the manager is not %s: %w; its last lines:\n%s", what, ctx.Err(), m.Tail(20))
		case <-tick.C:
		}
	}
	return nil
}

// Kill ends the manager without a word (SIGKILL) and returns when it is dead.
func (m *Manager) Kill() {
	_ = m.command.Process.Kill() // an error says that it is dead already
	<-m.exited
}

// Discard removes what the manager was started with, its log included. It must have ended.
func (m *Manager) Discard() error { return os.RemoveAll(filepath.Dir(m.LogFile)) }

// Pause stops the process where it is (SIGSTOP), as a long stall of its machine would.
func (m *Manager) Pause() error { return m.command.Process.Signal(syscall.SIGSTOP) }

// Continue lets a paused process go on.
func (m *Manager) Continue() error { return m.command.Process.Signal(syscall.SIGCONT) }

// Terminate asks the manager to end (SIGTERM) and waits for it. Ending with another exit code than 0
// is an error; one that does not end before ctx does is killed.
func (m *Manager) Terminate(ctx context.Context) error {
	if err := m.command.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case <-m.exited:
	case <-ctx.Done():
		m.Kill()
		return fmt.Errorf("the manager did not end on SIGTERM: %w; its last lines:\n%s", ctx.Err(), m.Tail(20))
	}
	if m.exit != nil {
		return fmt.Errorf("the manager ended with %w; its last lines:\n%s", m.exit, m.Tail(20))
	}
	return nil
}

// Wait waits for the manager to end by itself and returns how it did: nil is exit code 0.
func (m *Manager) Wait() error {
	<-m.exited
	return m.exit
}

// Exited is closed when the process has ended.
func (m *Manager) Exited() <-chan struct{} { return m.exited }

// Pid of the process.
func (m *Manager) Pid() int { return m.command.Process.Pid }

// Tail is the last lines that the manager wrote.
func (m *Manager) Tail(lines int) string {
	data, err := os.ReadFile(m.LogFile)
	if err != nil {
		return err.Error()
	}
	all := strings.Split(strings.TrimRight(string(data), "\n"), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}

// Metrics reads the manager's metrics.
func (m *Manager) Metrics(ctx context.Context) (Metrics, error) {
	body, err := m.get(ctx, m.metrics+"/metrics")
	if err != nil {
		return nil, err
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("parsing the manager's metrics: %w", err)
	}
	return families, nil
}

// Metrics are families of metrics by name.
type Metrics map[string]*dto.MetricFamily

// Sum of the counters, gauges, or counts of a family's histograms whose labels have the given values,
// as pairs of name and value.
func (m Metrics) Sum(family string, labels ...string) float64 {
	var sum float64
	for _, metric := range m[family].GetMetric() {
		if !matches(metric, labels) {
			continue
		}
		sum += metric.GetCounter().GetValue() + metric.GetGauge().GetValue() + float64(metric.GetHistogram().GetSampleCount())
	}
	return sum
}

func matches(metric *dto.Metric, labels []string) bool {
	have := map[string]string{}
	for _, pair := range metric.GetLabel() {
		have[pair.GetName()] = pair.GetValue()
	}
	for i := 0; i+1 < len(labels); i += 2 {
		if have[labels[i]] != labels[i+1] {
			return false
		}
	}
	return true
}

func (m *Manager) get(ctx context.Context, url string) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s: %s", url, response.Status, body)
	}
	return string(body), err
}
