// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package edge

import (
	"os/exec"
	"path/filepath"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gexec"
	authenticationv1 "k8s.io/api/authentication/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// lifetime of tokens and certificates, longer than the suite.
const lifetime = 4 * time.Hour

// start runs a program until the suite ends. Of the environment it has what command says, and no more.
func start(command *exec.Cmd) *gexec.Session {
	GinkgoHelper()
	command.Env = append([]string{}, command.Env...)
	command.SysProcAttr = dieWithParent()
	session, err := gexec.Start(command, GinkgoWriter, GinkgoWriter)
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(func() { session.Terminate().Wait(time.Minute) })
	return session
}

// kubeconfigOf writes a kubeconfig with a token of a ServiceAccount, and returns its path.
func kubeconfigOf(ctx SpecContext, namespace, account string) string {
	GinkgoHelper()
	request := &authenticationv1.TokenRequest{Spec: authenticationv1.TokenRequestSpec{
		ExpirationSeconds: new(int64(lifetime.Seconds())),
	}}
	token, err := cluster.Clientset.CoreV1().ServiceAccounts(namespace).CreateToken(ctx, account, request, metav1.CreateOptions{})
	Expect(err).NotTo(HaveOccurred())
	path := filepath.Join(GinkgoT().TempDir(), "kubeconfig")
	Expect(clientcmd.WriteToFile(clientcmdapi.Config{
		Clusters: map[string]*clientcmdapi.Cluster{account: {
			Server:                   cluster.Config.Host,
			CertificateAuthority:     cluster.Config.CAFile,
			CertificateAuthorityData: cluster.Config.CAData,
		}},
		AuthInfos:      map[string]*clientcmdapi.AuthInfo{account: {Token: token.Status.Token}},
		Contexts:       map[string]*clientcmdapi.Context{account: {Cluster: account, AuthInfo: account}},
		CurrentContext: account,
	}, path)).To(Succeed())
	return path
}
