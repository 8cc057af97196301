// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/test/harness"
)

// offence makes a pod that is not allowed of one that is.
type offence struct {
	what   string
	commit func(*corev1.Pod)
	// against are all that the Pod Security Standards have against the pod, by their own words: no
	// other reason makes it refused.
	against []string
}

// refusesPods tries the offences one by one, and their legal twin.
func refusesPods(ctx SpecContext, p *person, offences ...offence) {
	GinkgoHelper()
	for _, o := range offences {
		pod := harness.Pod(p.place, harness.UniqueName("pod"))
		o.commit(pod)
		err := p.Create(ctx, pod)
		Expect(err).To(refused(), o.what)
		Expect(standards(err)).To(ConsistOf(o.against), "%s: %v", o.what, err)
	}
	p.make(ctx, harness.Pod(p.place, harness.UniqueName("pod")))
}

// inContainers is an offence of a container, and the same of an init container.
func inContainers(what string, commit func(*corev1.SecurityContext), against ...string) []offence {
	return []offence{
		{what, func(pod *corev1.Pod) { commit(pod.Spec.Containers[0].SecurityContext) }, against},
		{what + ", of an init container", func(pod *corev1.Pod) {
			first := pod.Spec.Containers[0].DeepCopy()
			first.Name = "first"
			commit(first.SecurityContext)
			pod.Spec.InitContainers = []corev1.Container{*first}
		}, against},
		{what + ", of one container of several", func(pod *corev1.Pod) {
			second := pod.Spec.Containers[0].DeepCopy()
			second.Name = "second"
			commit(second.SecurityContext)
			pod.Spec.Containers = append(pod.Spec.Containers, *second)
		}, against},
	}
}

// standards are what the Pod Security Standards have against a pod: what stands before the brackets in
// `violates PodSecurity "restricted:latest": host namespaces (hostIPC=true), privileged (...)`.
func standards(err error) []string {
	_, list, found := strings.Cut(err.Error(), `violates PodSecurity "restricted:latest": `)
	if !found {
		return nil
	}
	var names []string
	depth, name := 0, strings.Builder{}
	for _, char := range list {
		switch {
		case char == '(':
			depth++
			if depth == 1 {
				names = append(names, strings.Trim(name.String(), ", "))
				name.Reset()
			}
		case char == ')':
			depth--
		case depth == 0:
			name.WriteRune(char)
		}
	}
	return names
}

func blockAddCapabilities(ctx SpecContext, p *person) {
	var offences []offence
	for _, capability := range []corev1.Capability{"NET_ADMIN", "SYS_TIME", "NET_RAW", "CHOWN", "ALL"} {
		offences = append(offences, inContainers("adds "+string(capability), func(s *corev1.SecurityContext) {
			s.Capabilities.Add = []corev1.Capability{capability}
		}, "unrestricted capabilities")...)
	}
	refusesPods(ctx, p, offences...)
}

func requireDropAll(ctx SpecContext, p *person) {
	refusesPods(ctx, p, append(
		inContainers("drops nothing", func(s *corev1.SecurityContext) { s.Capabilities = nil }, "unrestricted capabilities"),
		inContainers("drops but one", func(s *corev1.SecurityContext) { s.Capabilities.Drop = []corev1.Capability{"NET_RAW"} }, "unrestricted capabilities")...,
	)...)
}

func requireNonRoot(ctx SpecContext, p *person) {
	inPod := func(what string, commit func(*corev1.Pod), against ...string) offence {
		return offence{what, commit, against}
	}
	refusesPods(ctx, p, append(append(
		inContainers("says root is fine", func(s *corev1.SecurityContext) { s.RunAsNonRoot = new(false) }, "runAsNonRoot != true"),
		inContainers("is root", func(s *corev1.SecurityContext) { s.RunAsUser = new(int64(0)) }, "runAsUser=0")...),
		inPod("says nothing of root", func(pod *corev1.Pod) { pod.Spec.SecurityContext.RunAsNonRoot = nil }, "runAsNonRoot != true"),
		inPod("says root is fine for all", func(pod *corev1.Pod) { pod.Spec.SecurityContext.RunAsNonRoot = new(false) }, "runAsNonRoot != true"),
		inPod("is root in all containers", func(pod *corev1.Pod) { pod.Spec.SecurityContext.RunAsUser = new(int64(0)) }, "runAsUser=0"),
	)...)
	// The Pod Security Standards let these pass.
	for what, commit := range map[string]func(*corev1.PodSecurityContext){
		"says nothing of root": func(s *corev1.PodSecurityContext) { s.RunAsNonRoot = nil },
		"is root":              func(s *corev1.PodSecurityContext) { s.RunAsUser = new(int64(0)) },
	} {
		pod := harness.Pod(p.place, harness.UniqueName("pod"))
		pod.Spec.HostUsers = new(false)
		commit(pod.Spec.SecurityContext)
		Expect(p.Create(ctx, pod)).To(refusedBy("tenantry-pod-users"), what)
	}
	ownUsers := harness.Pod(p.place, harness.UniqueName("pod"))
	ownUsers.Spec.HostUsers = new(false)
	p.make(ctx, ownUsers)
}

func blockPrivileged(ctx SpecContext, p *person) {
	// Kubernetes takes no pod that is privileged and says that it does not escalate.
	refusesPods(ctx, p, inContainers("is privileged", func(s *corev1.SecurityContext) {
		s.Privileged, s.AllowPrivilegeEscalation = new(true), nil
	}, "privileged", "allowPrivilegeEscalation != false")...)
}

func blockPrivilegeEscalation(ctx SpecContext, p *person) {
	refusesPods(ctx, p, append(
		inContainers("may escalate", func(s *corev1.SecurityContext) { s.AllowPrivilegeEscalation = new(true) }, "allowPrivilegeEscalation != false"),
		inContainers("says nothing of it", func(s *corev1.SecurityContext) { s.AllowPrivilegeEscalation = nil }, "allowPrivilegeEscalation != false")...,
	)...)
}

func blockHostPath(ctx SpecContext, p *person) {
	var offences []offence
	for _, path := range []string{"/", "/tmp", "/var/run/containerd/containerd.sock"} {
		offences = append(offences, offence{"mounts " + path, func(pod *corev1.Pod) {
			mount(pod, corev1.VolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: path}})
		}, []string{"restricted volume types"}})
	}
	refusesPods(ctx, p, offences...)
}

// mount gives a pod's first container a volume.
func mount(pod *corev1.Pod, source corev1.VolumeSource) {
	pod.Spec.Volumes = []corev1.Volume{{Name: "data", VolumeSource: source}}
	pod.Spec.Containers[0].VolumeMounts = []corev1.VolumeMount{{Name: "data", MountPath: "/data"}}
}

func blockHostNetwork(ctx SpecContext, p *person) {
	ports := func(port corev1.ContainerPort) func(*corev1.Pod) {
		return func(pod *corev1.Pod) { pod.Spec.Containers[0].Ports = []corev1.ContainerPort{port} }
	}
	refusesPods(ctx, p,
		offence{"is in the host's network", func(pod *corev1.Pod) { pod.Spec.HostNetwork = true }, []string{"host namespaces"}},
		offence{"takes a port of the host", ports(corev1.ContainerPort{ContainerPort: 8086, HostPort: 8086}), []string{"hostPort"}},
		offence{"takes a port of the host's loopback", ports(corev1.ContainerPort{ContainerPort: 53, HostPort: 53, HostIP: "127.0.0.1", Protocol: corev1.ProtocolUDP}), []string{"hostPort"}},
	)
	withPort := harness.Pod(p.place, harness.UniqueName("pod"))
	ports(corev1.ContainerPort{ContainerPort: 8086})(withPort)
	p.make(ctx, withPort)
}

func blockHostPID(ctx SpecContext, p *person) {
	refusesPods(ctx, p, offence{"sees the host's processes", func(pod *corev1.Pod) { pod.Spec.HostPID = true }, []string{"host namespaces"}})
}

func blockHostIPC(ctx SpecContext, p *person) {
	refusesPods(ctx, p, offence{"shares the host's memory", func(pod *corev1.Pod) { pod.Spec.HostIPC = true }, []string{"host namespaces"}})
}

func requireAlwaysPull(ctx SpecContext, p *person) {
	second := func(pod *corev1.Pod, policy corev1.PullPolicy) corev1.Container {
		container := pod.Spec.Containers[0].DeepCopy()
		container.Name, container.ImagePullPolicy = "second", policy
		return *container
	}
	for what, never := range map[string]func(*corev1.Pod){
		"a container": func(pod *corev1.Pod) { pod.Spec.Containers[0].ImagePullPolicy = corev1.PullNever },
		"one of several": func(pod *corev1.Pod) {
			pod.Spec.Containers = append(pod.Spec.Containers, second(pod, corev1.PullNever))
		},
		"an init container":  func(pod *corev1.Pod) { pod.Spec.InitContainers = []corev1.Container{second(pod, corev1.PullNever)} },
		"an image as volume": func(pod *corev1.Pod) { mount(pod, imageVolume(corev1.PullNever)) },
	} {
		pod := harness.Pod(p.place, harness.UniqueName("pod"))
		never(pod)
		Expect(p.Create(ctx, pod)).To(refusedBy("tenantry-image-pull"), what)
	}
	for _, policy := range []corev1.PullPolicy{"", corev1.PullIfNotPresent, corev1.PullAlways} {
		pod := harness.Pod(p.place, harness.UniqueName("pod"))
		pod.Spec.Containers[0].ImagePullPolicy = policy
		pod.Spec.InitContainers = []corev1.Container{second(pod, policy)}
		mount(pod, imageVolume(policy))
		p.make(ctx, pod)
		made := &corev1.Pod{}
		Expect(admin.Get(ctx, client.ObjectKeyFromObject(pod), made)).To(Succeed())
		Expect(made.Spec.Containers).To(HaveEach(HaveField("ImagePullPolicy", corev1.PullAlways)), "what was %q", policy)
		Expect(made.Spec.InitContainers).To(HaveEach(HaveField("ImagePullPolicy", corev1.PullAlways)), "what was %q", policy)
		Expect(made.Spec.Volumes).To(ContainElement(HaveField("Image.PullPolicy", corev1.PullAlways)), "what was %q", policy)
	}
}

func imageVolume(policy corev1.PullPolicy) corev1.VolumeSource {
	return corev1.VolumeSource{Image: &corev1.ImageVolumeSource{Reference: "registry.example/model:1", PullPolicy: policy}}
}

func requireClaims(ctx SpecContext, p *person) {
	var offences []offence
	for what, source := range map[string]corev1.VolumeSource{
		"NFS":   {NFS: &corev1.NFSVolumeSource{Server: "192.0.2.1", Path: "/"}},
		"iSCSI": {ISCSI: &corev1.ISCSIVolumeSource{TargetPortal: "192.0.2.1", IQN: "iqn.2001-04.example:storage", Lun: 0}},
		"FC":    {FC: &corev1.FCVolumeSource{TargetWWNs: []string{"50060e801049cfd1"}, Lun: new(int32(0))}},
	} {
		offences = append(offences, offence{"mounts " + what, func(pod *corev1.Pod) { mount(pod, source) }, []string{"restricted volume types"}})
	}
	refusesPods(ctx, p, offences...)
	claiming := harness.Pod(p.place, harness.UniqueName("pod"))
	mount(claiming, corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: "data"}})
	p.make(ctx, claiming)
}
