// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package edge

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gexec"
	corev1 "k8s.io/api/core/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"

	"github.com/tenantry/tenantry/test/harness"
)

const (
	// edgeNamespace has the edge's ServiceAccounts, and the Secret of its issuer.
	edgeNamespace = "edge-tests"
	// ingressClass is what Traefik serves.
	ingressClass = "edge-tests"
	// issuer is the ClusterIssuer of the tests' authority.
	issuer = "edge-tests"
	// wildcard is the host of Traefik's default certificate, where a route names none.
	wildcard = "*.tenantry.example"
)

// ingress is the way in from outside: Traefik, with cert-manager beside it.
type ingress struct {
	// address of the entry point for HTTPS.
	address string
	// authority signs Traefik's default certificate, and what specs put in place of cert-manager's.
	authority *harness.Authority
	// roots are trusted by whoever asks from outside: the authority and cert-manager's issuer, in PEM.
	roots []byte
	// processes end with the suite.
	processes []*gexec.Session
}

// startEdge installs and starts the edge, and returns when cert-manager issues certificates. Traefik
// serves by then or some milliseconds later.
func startEdge(ctx SpecContext) *ingress {
	GinkgoHelper()
	root, err := harness.Root()
	Expect(err).NotTo(HaveOccurred())
	programs := filepath.Join(root, "bin", "edge")
	Expect(filepath.Join(programs, "traefik")).To(BeAnExistingFile(), "it is not built: run `make bin/edge`")

	e := &ingress{address: freeAddress()}
	e.authority, err = harness.NewAuthority("edge-tests", time.Now().Add(-time.Hour), time.Now().Add(lifetime))
	Expect(err).NotTo(HaveOccurred())
	installKinds(ctx, filepath.Join(programs, "crds"))
	apply(ctx, "namespace.yaml")
	apply(ctx, "traefik.yaml")
	apply(ctx, "cert-manager.yaml")
	e.startTraefik(ctx, filepath.Join(programs, "traefik"))
	e.start(exec.Command(filepath.Join(programs, "cert-manager"),
		"--kubeconfig", kubeconfigOf(ctx, edgeNamespace, "cert-manager"),
		"--cluster-resource-namespace", edgeNamespace, "--enable-gateway-api"))
	e.roots = slices.Concat(e.authority.Roots(), issuersCertificate(ctx))
	return e
}

// start runs a program of the edge until the suite ends.
func (e *ingress) start(command *exec.Cmd) {
	GinkgoHelper()
	e.processes = append(e.processes, start(command))
}

// issuersCertificate waits until cert-manager has made the authority of its issuer.
func issuersCertificate(ctx SpecContext) []byte {
	GinkgoHelper()
	secret := &corev1.Secret{}
	Eventually(func() error {
		return admin.Get(ctx, client.ObjectKey{Namespace: edgeNamespace, Name: "authority"}, secret)
	}).WithContext(ctx).Should(Succeed())
	return secret.Data[corev1.TLSCertKey]
}

// installKinds installs cert-manager's kinds. A cluster that has them keeps its own.
func installKinds(ctx SpecContext, dir string) {
	GinkgoHelper()
	installed := &metav1.PartialObjectMetadata{}
	installed.SetGroupVersionKind(apiextensionsv1.SchemeGroupVersion.WithKind("CustomResourceDefinition"))
	err := admin.Get(ctx, client.ObjectKey{Name: "certificates.cert-manager.io"}, installed)
	if err == nil {
		return
	}
	Expect(err).To(Satisfy(apierrors.IsNotFound))
	_, err = envtest.InstallCRDs(cluster.Config, envtest.CRDInstallOptions{Paths: []string{dir}, ErrorIfPathMissing: true})
	Expect(err).NotTo(HaveOccurred())
}

// startTraefik starts it as its chart does: what comes in by HTTPS ends here, and goes to the pods.
func (e *ingress) startTraefik(ctx SpecContext, binary string) {
	GinkgoHelper()
	dir := GinkgoT().TempDir()
	tls, err := e.authority.TLS(time.Now().Add(-time.Hour), time.Now().Add(lifetime), wildcard)
	Expect(err).NotTo(HaveOccurred())
	for name, data := range tls {
		Expect(os.WriteFile(filepath.Join(dir, name), data, 0o600)).To(Succeed())
	}
	stores := fmt.Sprintf("tls: {stores: {default: {defaultCertificate: {certFile: %q, keyFile: %q}}}}\n",
		filepath.Join(dir, corev1.TLSCertKey), filepath.Join(dir, corev1.TLSPrivateKeyKey))
	file := filepath.Join(dir, "dynamic.yaml")
	Expect(os.WriteFile(file, []byte(stores), 0o600)).To(Succeed())

	command := exec.Command(binary,
		"--global.checknewversion=false",
		"--log.level=INFO", "--log.nocolor=true",
		"--entrypoints.websecure.address="+e.address,
		"--entrypoints.websecure.http.tls=true",
		"--providers.providersthrottleduration=100ms",
		"--providers.file.filename="+file,
		"--providers.kubernetesingress=true",
		"--providers.kubernetesingress.ingressclass="+ingressClass,
		"--providers.kubernetesingress.allowexternalnameservices=true",
		"--providers.kubernetesgateway=true",
	)
	command.Env = []string{"KUBECONFIG=" + kubeconfigOf(ctx, edgeNamespace, "traefik"), "HTTP_PROXY=" + pods.url()}
	e.start(command)
}

// apply makes what a manifest of testdata says, and takes it away again with the suite, the last first.
func apply(ctx SpecContext, file string) {
	GinkgoHelper()
	data, err := os.ReadFile(filepath.Join("testdata", file))
	Expect(err).NotTo(HaveOccurred())
	decoder := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(data), len(data))
	for {
		object := &unstructured.Unstructured{}
		err := decoder.Decode(&object.Object)
		if errors.Is(err, io.EOF) {
			return
		}
		Expect(err).NotTo(HaveOccurred())
		Expect(admin.Apply(ctx, client.ApplyConfigurationFromUnstructured(object), client.FieldOwner("edge-tests"), client.ForceOwnership)).To(Succeed())
		DeferCleanup(func(ctx SpecContext) {
			Expect(client.IgnoreNotFound(admin.Delete(ctx, object))).To(Succeed())
			Eventually(func() error {
				return admin.Get(ctx, client.ObjectKeyFromObject(object), object)
			}).WithContext(ctx).Should(Satisfy(apierrors.IsNotFound))
		})
	}
}

// freeAddress of the loopback that nobody listens on.
func freeAddress() string {
	GinkgoHelper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	Expect(err).NotTo(HaveOccurred())
	defer listener.Close()
	return listener.Addr().String()
}
