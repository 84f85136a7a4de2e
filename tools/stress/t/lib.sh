# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# For the tests of the load: TAP, and runs in the lab.
#
# From the environment: kernels, archs and formats, what to run on, and options,
# more of them for lab build. Tests that are about the load itself use the first.

top=$(readlink -f -- "$(dirname -- "$0")/../../..")
stress=$top/tools/stress
lab=$top/tools/lab/lab
count=0

kernels=${kernels-6.1}
archs=${archs-arm64}
formats=${formats-arm_v7s arm_32_lpae_s1 arm_64_lpae_s1 arm_64_lpae_s2}
options=${options-}
kernel=${kernels%% *}
arch=${archs%% *}
on=

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

bail() {
	echo "Bail out! $*"
	exit 1
}

# each COMMAND...: once on each kernel and architecture that there is
each() {
	for kernel in $kernels; do
		for arch in $archs; do
			on="$kernel $arch: "
			build >"$work/output" 2>&1
			if [ $? -eq 122 ]; then
				skip "$*" "$(tail -n 1 "$work/output")"
			else
				"$@"
			fi
		done
	done
}

skip() {
	count=$((count + 1))
	echo "ok $count - $on$1 # SKIP $2"
}

# ok NAME COMMAND...: passes if the command does. What it prints is shown if not.
ok() {
	name=$1
	shift
	count=$((count + 1))
	if "$@" >"$work/output" 2>&1; then
		echo "ok $count - $on$name"
	else
		echo "not ok $count - $on$name"
		sed 's/^/# /' "$work/output"
	fi
}

# is NAME GOT WANTED
is() {
	count=$((count + 1))
	if [ "$2" = "$3" ]; then
		echo "ok $count - $on$1"
	else
		echo "not ok $count - $on$1"
		printf '%s\n' "got:" "$2" "wanted:" "$3" | sed 's/^/# /'
	fi
}

finish() { echo "1..$count"; }

# build [LAB-OPTION]...: the load for the kernel
# shellcheck disable=SC2086 # options are words
build() { "$stress/build" "$kernel" "$arch" $options "$@"; }

# stage DIR [LAB-OPTION]...: a folder for the guest, with the load for the kernel
stage() {
	stage_dir=$1
	shift
	mkdir -p "$stage_dir" &&
		module=$(build "$@" 2>"$work/output") &&
		cp "$module" "$stress/exact" "$stage_dir/" && return
	cat "$work/output" >&2
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
# leaves what they saw in $work/NAME
load() {
	load_dir=$work/$1
	shift
	need_v7scope
	rm -rf "$load_dir"
	stage "$load_dir"
	guest "$load_dir" -- sh exact "$@"
}

# agree NAME [PARAMETER=VALUE]...: and they must agree. Histograms need a cmpxchg
# that v5.10 does not have from 32-bit Arm; elsewhere nothing may be missing.
agree() {
	load "$@" && "$stress/verdict" "$work/$1" || return
	[ "$kernel $arch" = '5.10 armv7' ] || [ ! -s "$work/$1/hist.none" ]
}

# field NAME EXPRESSION: of the load's result
field() { jq -c "$2" "$work/$1/result.json"; }
