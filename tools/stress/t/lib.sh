# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# For the tests of the load: TAP, and runs in the lab.

top=$(readlink -f -- "$(dirname -- "$0")/../../..")
stress=$top/tools/stress
lab=$top/tools/lab/lab
count=0

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

bail() {
	echo "Bail out! $*"
	exit 1
}

# ok NAME COMMAND...: passes if the command does. What it prints is shown if not.
ok() {
	name=$1
	shift
	count=$((count + 1))
	if "$@" >"$work/output" 2>&1; then
		echo "ok $count - $name"
	else
		echo "not ok $count - $name"
		sed 's/^/# /' "$work/output"
	fi
}

# is NAME GOT WANTED
is() {
	count=$((count + 1))
	if [ "$2" = "$3" ]; then
		echo "ok $count - $1"
	else
		echo "not ok $count - $1"
		printf '%s\n' "got:" "$2" "wanted:" "$3" | sed 's/^/# /'
	fi
}

finish() { echo "1..$count"; }

# stage DIR [LAB-OPTION]...: a folder for the guest, with the load for a kernel
stage() {
	stage_dir=$1
	shift
	mkdir -p "$stage_dir" &&
		module=$("$stress/build" 6.1 arm64 "$@" 2>"$work/output") &&
		cp "$module" "$stress/exact" "$stage_dir/" && return
	cat "$work/output" >&2
	bail "cannot build v7stress.ko"
}

need_v7scope() {
	[ -f "$top/build/arm64/v7scope" ] ||
		bail "no build/arm64/v7scope; build it with: make CROSS_COMPILE=aarch64-linux-gnu-"
}

# guest DIR [LAB-OPTION]... -- CMD...
guest() {
	guest_dir=$1
	shift
	"$lab" run --timeout 300 --dir "$guest_dir" "$@"
}

# load NAME [PARAMETER=VALUE]...: runs it in the guest, with all who count it, and
# leaves what they saw in $work/NAME
load() {
	load_dir=$work/$1
	shift
	stage "$load_dir"
	guest "$load_dir" -- sh exact "$@"
}

# agree NAME [PARAMETER=VALUE]...: and they must agree
agree() {
	load "$@" && "$stress/verdict" "$work/$1"
}

# field NAME EXPRESSION: of the load's result
field() { jq -c "$2" "$work/$1/result.json"; }
