# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# shellcheck shell=sh
# For tests that run the load in the lab: TAP, and the load on each kernel.
#
# From the environment: kernels, archs and formats, what to run on, and options,
# more of them for lab build. Tests that are about the load itself use the first.

top=$(readlink -f -- "$(dirname -- "$0")/../../..")
stress=$top/tools/stress
lab=$top/tools/lab/lab
# shellcheck source-path=SCRIPTDIR source=../../t/tap.sh
. "$top/tools/t/tap.sh"

kernels=${kernels-6.1}
archs=${archs-arm64}
formats=${formats-arm_v7s arm_32_lpae_s1 arm_64_lpae_s1 arm_64_lpae_s2}
options=${options-}
kernel=${kernels%% *}
arch=${archs%% *}

# each COMMAND...: once on each kernel and architecture that there is
each() {
	for kernel in $kernels; do
		for arch in $archs; do
			tap_prefix="$kernel $arch: "
			build >"$tmp/output" 2>&1
			if [ $? -eq 122 ]; then
				skip "$*" "$(tail -n 1 "$tmp/output")"
			else
				"$@"
			fi
		done
	done
}

# build [LAB-OPTION]...: the load for the kernel
# shellcheck disable=SC2086 # options are words
build() { "$stress/build" "$kernel" "$arch" $options "$@"; }

# stage DIR [LAB-OPTION]...: a folder for the guest, with the load for the kernel
stage() {
	stage_dir=$1
	shift
	mkdir -p "$stage_dir" &&
		module=$(build "$@" 2>"$tmp/output") &&
		cp "$module" "$stress/exact" "$stage_dir/" && return
	cat "$tmp/output" >&2
	bail "cannot build v7stress.ko for $kernel $arch"
}

need_v7scope() {
	[ -f "$top/build/$arch/v7scope" ] ||
		bail "no build/$arch/v7scope; build it with make, see the README for CROSS_COMPILE"
}

# guest DIR [LAB-OPTION]... -- CMD...
guest() {
	guest_dir=$1
	shift
	# shellcheck disable=SC2086
	"$lab" run --kernel "$kernel" --arch "$arch" $options --timeout "${timeout-900}" --dir "$guest_dir" "$@"
}

# load NAME [PARAMETER=VALUE]...: runs it in the guest, with all who count it, and
# leaves what they saw in $tmp/NAME
load() {
	load_dir=$tmp/$1
	shift
	need_v7scope
	rm -rf "$load_dir"
	stage "$load_dir"
	guest "$load_dir" -- sh exact "$@"
}

# agree NAME [PARAMETER=VALUE]...: and they must agree. Histograms need a cmpxchg
# that v5.10 does not have from 32-bit Arm; elsewhere nothing may be missing.
agree() {
	load "$@" && "$stress/verdict" "$tmp/$1" || return
	[ "$kernel $arch" = '5.10 armv7' ] || [ ! -s "$tmp/$1/hist.none" ]
}

# field NAME EXPRESSION: of the load's result
field() { jq -c "$2" "$tmp/$1/result.json"; }
