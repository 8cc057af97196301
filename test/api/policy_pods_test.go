// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// podSpec has containers of every sort, none of whose images is always pulled.
func podSpec() corev1.PodSpec {
	container := func(name string) corev1.Container {
		return corev1.Container{
			Name: name, Image: "registry.example/" + name + ":1", ImagePullPolicy: corev1.PullIfNotPresent,
			Env: []corev1.EnvVar{{Name: "TWICE", Value: "a"}, {Name: "TWICE", Value: "b"}},
		}
	}
	return corev1.PodSpec{
		InitContainers: []corev1.Container{container("first"), container("second")},
		Containers:     []corev1.Container{container("main"), container("side")},
		Volumes: []corev1.Volume{
			{Name: "scratch", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}},
			{Name: "model", VolumeSource: corev1.VolumeSource{Image: &corev1.ImageVolumeSource{
				Reference: "registry.example/model:1", PullPolicy: corev1.PullIfNotPresent,
			}}},
		},
	}
}

// newPod makes a pod as c's user, once the namespace has its ServiceAccount.
func newPod(ctx SpecContext, c client.Client, namespace string, change func(*corev1.Pod)) *corev1.Pod {
	GinkgoHelper()
	Eventually(func() error {
		return k8sClient.Get(ctx, client.ObjectKey{Namespace: namespace, Name: "default"}, &corev1.ServiceAccount{})
	}).WithContext(ctx).WithTimeout(eventualTimeout).Should(Succeed())
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "web"}, Spec: podSpec()}
	change(pod)
	Expect(c.Create(ctx, pod)).To(Succeed())
	return pod
}

// podOf makes a ReplicaSet as c's user and returns the pod that kube-controller-manager makes for it.
func podOf(ctx SpecContext, c client.Client, namespace string, spec corev1.PodSpec) corev1.Pod {
	GinkgoHelper()
	labels := map[string]string{"app": "web"}
	Expect(c.Create(ctx, &appsv1.ReplicaSet{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "web"},
		Spec: appsv1.ReplicaSetSpec{
			Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: spec},
		},
	})).To(Succeed())
	var pods corev1.PodList
	Eventually(func() ([]corev1.Pod, error) {
		err := k8sClient.List(ctx, &pods, client.InNamespace(namespace), client.MatchingLabels(labels))
		return pods.Items, err
	}).WithContext(ctx).WithTimeout(eventualTimeout).Should(HaveLen(1))
	return pods.Items[0]
}

func expectPulled(pod *corev1.Pod, policy corev1.PullPolicy) {
	GinkgoHelper()
	Expect(pod.Spec.InitContainers).To(HaveEach(HaveField("ImagePullPolicy", policy)))
	Expect(pod.Spec.Containers).To(HaveEach(HaveField("ImagePullPolicy", policy)))
}

func unchanged(*corev1.Pod) {}

var _ = Describe("The images of a tenant's pods", func() {
	It("are always pulled, whoever makes the pod", func(ctx SpecContext) {
		for _, c := range []client.Client{As(person(ctx, everything)), k8sClient, exempt()} {
			pod := newPod(ctx, c, place(ctx).Name, unchanged)
			expectPulled(pod, corev1.PullAlways)
			Expect(pod.Spec.Volumes[1].Image.PullPolicy).To(Equal(corev1.PullAlways))
			Expect(pod.Spec.Volumes[0].EmptyDir).NotTo(BeNil())
			Expect(pod.Spec.Containers[0].Env).To(HaveLen(2), "the rest is as it was")
		}
	})

	DescribeTable("are not such as must not be pulled:", func(ctx SpecContext, never func(*corev1.PodSpec), field string) {
		namespace := withAccount(ctx, place(ctx).Name)
		pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "web"}, Spec: podSpec()}
		for _, c := range []client.Client{As(person(ctx, everything)), k8sClient, exempt()} {
			Expect(c.Create(ctx, pod.DeepCopy(), client.DryRunAll)).To(Succeed(), "its legal twin")
			forbidden := pod.DeepCopy()
			never(&forbidden.Spec)
			Expect(c.Create(ctx, forbidden, client.DryRunAll)).To(And(beForbiddenBy("tenantry-image-pull"), MatchError(ContainSubstring(field+": "))))
		}
		elsewhere := pod.DeepCopy()
		elsewhere.Namespace = withAccount(ctx, newNamespace(ctx))
		never(&elsewhere.Spec)
		Expect(k8sClient.Create(ctx, elsewhere, client.DryRunAll)).To(Succeed(), "where no tenant is")
	},
		Entry("a container's", func(spec *corev1.PodSpec) { spec.Containers[1].ImagePullPolicy = corev1.PullNever }, "imagePullPolicy"),
		Entry("an init container's", func(spec *corev1.PodSpec) { spec.InitContainers[0].ImagePullPolicy = corev1.PullNever }, "imagePullPolicy"),
		Entry("a volume's", func(spec *corev1.PodSpec) { spec.Volumes[1].Image.PullPolicy = corev1.PullNever }, "image.pullPolicy"),
	)

	It("are always pulled when Kubernetes' controllers make the pod", func(ctx SpecContext) {
		pod := podOf(ctx, As(person(ctx, everything)), place(ctx).Name, podSpec())
		expectPulled(&pod, corev1.PullAlways)
	})

	It("are pulled as the pod says elsewhere", func(ctx SpecContext) {
		expectPulled(newPod(ctx, k8sClient, newNamespace(ctx), unchanged), corev1.PullIfNotPresent)
	})

	It("are always pulled for debugging, too", func(ctx SpecContext) {
		c := As(person(ctx, everything))
		debug := func(pod *corev1.Pod, name string, policy corev1.PullPolicy) *corev1.Pod {
			changed := pod.DeepCopy()
			changed.ResourceVersion = "" // a scheduler may have written to the status
			changed.Spec.EphemeralContainers = append(changed.Spec.EphemeralContainers, corev1.EphemeralContainer{
				EphemeralContainerCommon: corev1.EphemeralContainerCommon{Name: name, Image: "registry.example/" + name, ImagePullPolicy: policy},
			})
			return changed
		}
		pod := debug(newPod(ctx, c, place(ctx).Name, unchanged), "one", corev1.PullIfNotPresent)
		Expect(c.SubResource("ephemeralcontainers").Update(ctx, pod)).To(Succeed())
		Expect(c.SubResource("ephemeralcontainers").Update(ctx, debug(pod, "two", corev1.PullNever))).To(beForbiddenBy("tenantry-image-pull"))
		pod = debug(pod, "two", corev1.PullAlways)
		Expect(c.SubResource("ephemeralcontainers").Update(ctx, pod)).To(Succeed())
		Expect(pod.Spec.EphemeralContainers).To(HaveLen(2))
		Expect(pod.Spec.EphemeralContainers).To(HaveEach(HaveField("EphemeralContainerCommon.ImagePullPolicy", corev1.PullAlways)))
	})
})

var _ = Describe("The nodes of a tenant's pods", func() {
	region := map[string]string{"topology.kubernetes.io/region": "eu-west", "pool": "tenants", "empty": ""}
	// placeIn makes a place whose region's nodes bear labels, and returns its name.
	placeIn := func(ctx SpecContext, labels string) string {
		GinkgoHelper()
		ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{
			GenerateName: "api-test-place-", Labels: placeLabels(), Annotations: map[string]string{v1alpha1.AnnotationNodeSelector: labels},
		}}
		Expect(operator().Create(ctx, ns)).To(Succeed())
		DeferCleanup(func(ctx SpecContext) { Expect(operator().Delete(ctx, ns)).To(Succeed()) })
		return ns.Name
	}
	const annotation = "topology.kubernetes.io/region=eu-west,pool=tenants,empty="

	It("are those of the region, whoever makes the pod", func(ctx SpecContext) {
		for _, c := range []client.Client{As(person(ctx, everything)), k8sClient, exempt()} {
			Expect(newPod(ctx, c, placeIn(ctx, annotation), unchanged).Spec.NodeSelector).To(Equal(region))
		}
	})

	It("are those of the region when Kubernetes' controllers make the pod", func(ctx SpecContext) {
		pod := podOf(ctx, As(person(ctx, everything)), placeIn(ctx, annotation), podSpec())
		Expect(pod.Spec.NodeSelector).To(Equal(region))
	})

	It("are those of the region, whatever the pod says, which may ask for more", func(ctx SpecContext) {
		pod := newPod(ctx, As(person(ctx, everything)), placeIn(ctx, annotation), func(pod *corev1.Pod) {
			pod.Spec.NodeSelector = map[string]string{"topology.kubernetes.io/region": "us-east", "disk": "ssd"}
		})
		Expect(pod.Spec.NodeSelector).To(Equal(map[string]string{
			"topology.kubernetes.io/region": "eu-west", "pool": "tenants", "empty": "", "disk": "ssd",
		}))
	})

	It("are any where the place has no region", func(ctx SpecContext) {
		for _, namespace := range []string{place(ctx).Name, placeIn(ctx, ""), newNamespace(ctx)} {
			Expect(newPod(ctx, As(person(ctx, everything)), namespace, unchanged).Spec.NodeSelector).To(BeEmpty())
		}
	})

	It("are none where what the operator wrote can't be read", func(ctx SpecContext) {
		pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: placeIn(ctx, "region"), Name: "web"}, Spec: podSpec()}
		Expect(k8sClient.Create(ctx, pod, client.DryRunAll)).To(MatchError(ContainSubstring("tenantry-node-selector")))
	})
})
