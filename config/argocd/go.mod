// The test of Argo CD's scripts, in a module of its own so that the operator's go.mod stays small.
module github.com/tenantry/tenantry/config/argocd

go 1.26.0

require (
	github.com/yuin/gopher-lua v1.1.2
	sigs.k8s.io/yaml v1.6.0
)

require go.yaml.in/yaml/v2 v2.4.2 // indirect
