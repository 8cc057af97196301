#!/usr/bin/env bash
# Copyright The Tenantry Authors.
# SPDX-License-Identifier: Apache-2.0

# What the demo prints, and how. To be sourced.
#
# A command is shown as a user types it and run as it is shown; $shown is the last one, for the
# message of a failure.

shown=
section=0
began=$SECONDS

if [[ -t 1 && -z ${NO_COLOR:-} && ${TERM:-dumb} != dumb ]]; then
	bold=$'\e[1m' dim=$'\e[2m' blue=$'\e[34m' green=$'\e[32m' red=$'\e[31m' plain=$'\e[0m'
else
	bold='' dim='' blue='' green='' red='' plain=''
fi

elapsed() { printf '%d:%02d' $(((SECONDS - began) / 60)) $(((SECONDS - began) % 60)); }

# heading TITLE begins a section and says how long the demo has run.
heading() {
	section=$((section + 1))
	printf '\n%s%d  %-72s%s %s%s%s\n\n' "$bold" "$section" "$1" "$plain" "$dim" "$(elapsed)" "$plain"
}

# say TEXT... tells something, a line each.
say() { printf '   %s\n' "$@" | sed 's/ *$//'; }

# good TEXT says that something went as it should.
good() { printf '   %s✓%s %s\n\n' "$green" "$plain" "$1"; }

show() {
	shown=$1
	printf '   %s$ %s%s\n' "$blue" "$1" "$plain"
}

# indent copies its input, line by line as it comes.
indent() {
	local line
	while IFS= read -r line || [[ -n $line ]]; do printf '   %s\n' "$line"; done
}

# run COMMAND shows a command and runs it; it must succeed.
run() {
	show "$1"
	eval "$1" 2>&1 | indent
	echo
}

# refused COMMAND shows a command that must fail, and what the API server says.
refused() {
	local said
	show "$1"
	if said=$(eval "$1" 2>&1); then
		die "this was accepted, and should have been refused"
	fi
	fold -s -w 96 <<<"$said" | sed 's/ *$//' | indent
	echo
}
