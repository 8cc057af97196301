#!/usr/bin/env bash
# Copyright The Tenantry Authors.
# SPDX-License-Identifier: Apache-2.0

# What the demo stands on: builds, a plane of its own in bin/demo, the manager, and the end of them.
# To be sourced, in the root of the repository, after screen.sh.

plane=bin/demo
log=$plane/logs/manager.log
config=$plane/run/manager.yaml
pidfile=$plane/run/manager.pid
manager=
ticker=
cause="this did not work"

# die CAUSE ends the demo.
die() {
	cause=$1
	exit 1
}

interrupted() {
	trap '' INT TERM HUP
	exit 130
}

# leave is how every demo ends: nothing of it runs on, unless it is to be kept. After a failure, logs
# and state stay for a look. Whatever fails in here, or who reads the output no more, the rest is done.
leave() {
	local status=$?
	trap '' INT TERM HUP PIPE
	set +e
	if ((status == 0)) && [[ ${KEEP:-} == 1 ]]; then
		return
	fi
	((status == 0)) || explain "$status" >&2
	[[ -z $ticker ]] || kill "$ticker"
	stop_manager
	if ((status == 0)); then
		remove_plane
	elif [[ -d $plane ]]; then
		echo "Stopping the plane, which takes some seconds ..." >&2
		if plane_down; then
			echo "Nothing of the demo runs any more; its logs are in $plane/logs." >&2
		else
			echo "The plane could not be stopped. Do so with: make plane-clean PLANE=demo" >&2
		fi
	fi
}

# plane_down is in a process group of its own, so that a second Ctrl-C does not end it.
plane_down() (
	set -m
	bin/localplane down --dir "$plane" >/dev/null 2>&1 &
	wait "$!"
)

# explain STATUS says what is known of a failure.
explain() {
	if (($1 == 130)); then
		printf '\nInterrupted.\n'
		return 0
	fi
	printf '\n%serror:%s %s\n' "$red" "$plain" "$cause"
	[[ -z $shown ]] || printf 'The last command was:\n  $ %s\n' "$shown"
	[[ ! -s $log ]] || printf 'The end of %s:\n%s\n' "$log" "$(tail -n 10 "$log" | cut -c 1-240 | sed 's/^/  /')"
}

if [[ -x bin/localplane ]] && bin/localplane status --dir "$plane" >/dev/null 2>&1; then
	echo "error: a demo runs already, kept or in another terminal. To use it: export KUBECONFIG=\$PWD/$plane/kubeconfig
To end it and remove all that is in it: kill \$(cat $pidfile); make plane-clean PLANE=demo" >&2
	exit 1
fi
trap leave EXIT
trap interrupted INT TERM HUP
# As a user's shell has it, not as the make that may have called this.
export MAKEFLAGS=--no-print-directory

# build makes the programs and Kubernetes, and says so every now and then while it takes long.
build() {
	local said ok=1 from=$SECONDS
	say "Building the operator (a few minutes the first time, while Go fetches and compiles its modules) ..."
	(while sleep 20; do say "  $((SECONDS - from)) s: building ..."; done) &
	ticker=$!
	said=$("${MAKE:-make}" build bin/localplane 2>&1) || ok=
	kill "$ticker" && ticker=
	[[ -n $ok ]] || die "the build failed:
$(tail -n 30 <<<"$said")"
	say "Built in $((SECONDS - from)) s."
	bin/localplane build 2>&1 >/dev/null | indent
}

plane_up() {
	stop_kept_manager
	remove_plane
	# The controller manager's default of 20 requests a second would be the clock.
	bin/localplane up --dir "$plane" --bin bin \
		--set kube-controller-manager.kube-api-qps=1000 --set kube-controller-manager.kube-api-burst=2000 2>&1 | indent
	export KUBECONFIG=$PWD/$plane/kubeconfig PATH=$PWD/bin:$PATH
}

remove_plane() { bin/localplane clean --dir "$plane" 2>/dev/null; }

# offer_kinds spares the tour a wait: Kubernetes looks for new kinds to count when it starts, and then
# every 30 s.
offer_kinds() {
	kubectl apply --server-side --field-manager=tenantry-install -k config/crd >/dev/null
	kubectl wait --for=condition=Established --timeout=60s -f config/crd/bases >/dev/null
	bin/localplane restart kube-controller-manager --dir "$plane" >/dev/null 2>&1
}

# start_manager returns when the manager leads. It listens on no port, as those may be taken.
start_manager() {
	cat >"$config" <<-CONFIG
		apiVersion: config.tenantry.io/v1alpha1
		kind: Configuration
		baseDomain: tenantry.example
		metrics: {bindAddress: "0"}
		health: {bindAddress: "0"}
	CONFIG
	CONFIG=$PWD/$config nohup hack/run.sh >>"$log" 2>&1 </dev/null &
	manager=$!
	echo "$manager" >"$pidfile"
	kubectl wait --for=create lease/tenantry-manager --namespace tenantry-system --timeout=30s >/dev/null
	kubectl wait --for=jsonpath='{.spec.holderIdentity}' lease/tenantry-manager --namespace tenantry-system --timeout=30s >/dev/null
}

stop_manager() {
	[[ -n $manager ]] || return 0
	kill "$manager" 2>/dev/null || true
	wait "$manager" 2>/dev/null || true
	manager=
	rm -f "$pidfile"
}

# stop_kept_manager ends the manager of a demo that was kept, if the process is still that one.
stop_kept_manager() {
	[[ -f $pidfile ]] || return 0
	local pid
	pid=$(<"$pidfile")
	[[ $(ps -p "$pid" -o args= || true) == *"$PWD/$config"* ]] || return 0
	kill "$pid"
	while kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
}
