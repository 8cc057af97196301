// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package harness

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

const (
	// labelNode is the name of a fake node, by which its program knows it.
	labelNode = "tenantry.example/fake-node"
	// startTimeout is how long a node may take to run its first pod.
	startTimeout = time.Minute
)

// Node is a fake node of kwok's: the scheduler puts pods on it, which run and end without a kubelet, as
// hack/nodes/stages.yaml says.
type Node struct {
	cluster *Cluster
	name    string
	command *exec.Cmd
}

// StartNode adds a fake node to the cluster and returns when pods run on it.
func (c *Cluster) StartNode(ctx context.Context) (*Node, error) {
	root, err := Root()
	if err != nil {
		return nil, err
	}
	n := &Node{cluster: c, name: UniqueName("fake")}
	// Nothing is listened on: it serves logs and shells, which nobody asks for.
	n.command = exec.Command(filepath.Join(root, "bin", "kwok"), "--kubeconfig", c.kubeconfig, "--config", filepath.Join(root, "hack", "nodes", "stages.yaml"),
		"--manage-nodes-with-label-selector", labelNode+"="+n.name, "--node-port", "0", "--server-address", "")
	n.command.SysProcAttr = dieWithParent()
	if err := n.command.Start(); errors.Is(err, os.ErrNotExist) {
		return nil, errors.New("bin/kwok is not built: run `make bin/kwok`")
	} else if err != nil {
		return nil, fmt.Errorf("starting a fake node: %w", err)
	}
	node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: n.name, Labels: map[string]string{labelNode: n.name}}}
	if err := c.Client.Create(ctx, node); err != nil {
		return nil, errors.Join(fmt.Errorf("making a fake node: %w", err), n.Stop(ctx))
	}
	if err := n.takesPods(ctx); err != nil {
		return nil, errors.Join(err, n.Stop(ctx))
	}
	return n, nil
}

// takesPods returns when the scheduler has put a pod on the node, and the pod runs there.
func (n *Node) takesPods(ctx context.Context) error {
	pod := Pod(metav1.NamespaceDefault, n.name)
	pod.Spec.NodeSelector = map[string]string{labelNode: n.name}
	if err := n.cluster.Client.Create(ctx, pod); err != nil {
		return fmt.Errorf("making a pod for fake node %s: %w", n.name, err)
	}
	err := wait.PollUntilContextTimeout(ctx, 100*time.Millisecond, startTimeout, true, func(ctx context.Context) (bool, error) {
		err := n.cluster.Client.Get(ctx, client.ObjectKeyFromObject(pod), pod)
		return pod.Status.Phase == corev1.PodRunning, err
	})
	if err != nil && pod.Spec.NodeName == "" {
		err = fmt.Errorf("no scheduler puts a pod on fake node %s: give the plane one, with `make plane-up PLANE_FLAGS=--scheduler`: %w", n.name, err)
	}
	return errors.Join(err, n.cluster.Client.Delete(ctx, pod, client.GracePeriodSeconds(0)))
}

// Stop takes the node away, with the pods that are on it: nobody else would say that they are gone.
func (n *Node) Stop(ctx context.Context) error {
	defer func() {
		_ = n.command.Process.Kill() // an error says that it is dead already
		_ = n.command.Wait()
	}()
	node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: n.name}}
	if err := n.cluster.Client.Patch(ctx, node, client.RawPatch(types.MergePatchType, []byte(`{"spec":{"unschedulable":true}}`))); err != nil {
		return client.IgnoreNotFound(err)
	}
	pods := &corev1.PodList{}
	if err := n.cluster.Client.List(ctx, pods, client.MatchingFields{"spec.nodeName": n.name}); err != nil {
		return err
	}
	for i := range pods.Items {
		if err := client.IgnoreNotFound(n.cluster.Client.Delete(ctx, &pods.Items[i], client.GracePeriodSeconds(0))); err != nil {
			return err
		}
	}
	return n.cluster.Client.Delete(ctx, node)
}
