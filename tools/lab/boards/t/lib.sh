# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# shellcheck shell=sh
# For the boards' tests. In the environment: boards, kernels, arch, transfers,
# runs; what they are without it is what make check has time for. $options are more of
# them for lab build.
# shellcheck source-path=SCRIPTDIR source=../../t/lib.sh
. "$(dirname -- "$0")/../../t/lib.sh"
here=$top/tools/lab/boards
boards=${boards-mt8195}
kernels=${kernels-6.1}
arch=${arch-arm64}
options=${options-}

[ -f "$top/build/$arch/v7scope" ] || bail "no build/$arch/v7scope; build it first, see the README"

# stage BOARD KERNEL [OPTION of lab kdir]...: a new folder for the guest, with the load
stage() {
	board=$1 kernel=$2
	shift 2
	rm -rf "$tmp/guest"
	mkdir "$tmp/guest"
	# shellcheck disable=SC2086 # options are words
	module=$("$here/build" load "$kernel" "$arch" --board "$board" $options "$@" 2>"$tmp/err") &&
		cp "$module" "$here/watch" "$tmp/guest/" && return
	sed 's/^/# /' "$tmp/err"
	bail "cannot build dmaload.ko for $kernel $arch"
}

# on BOARD KERNEL [OPTION of lab run]... -- CMD...
on() {
	board=$1 kernel=$2
	shift 2
	# shellcheck disable=SC2086
	lab run --board "$board" $options --kernel "$kernel" --arch "$arch" --dir "$tmp/guest" \
		--account "$tmp/account" --log "$tmp/log" --timeout "${limit-900}" "$@"
}

# run_plants NAME SCRIPT: SCRIPT in the guest, with the first words of $tmp/rows, the
# plants. Fails if it did not run to its end. $access is that of the faults.
# shellcheck disable=SC2046,SC2034,SC2154 # words; tests use it, and set these
run_plants() {
	cp "$test_dir/$2" "$tmp/guest/"
	# The IPMMU does not report the access.
	case $board in mt8195) access=\"read\" ;; *) access=null ;; esac
	on "$board" "$kernel" --allow-splat="$(sed -n 's/^report //p' "$here/$board/board" | head -n 1)" -- \
		sh "$2" $(sed 's/ .*//' "$tmp/rows")
	if [ "$status" -eq 122 ]; then
		skip "$1" "$(tail -n 1 "$tmp/err")"
		return 1
	fi
	is "$status" 0 "$1: runs"
	[ "$status" -eq 0 ] || { sed 's/^/# /' "$tmp/out" "$tmp/err"; return 1; }
}

# account FILTER: of iommu-sim's
account() { jq -c "$1" "$tmp/account"; }
result() { jq -c "$1" "$tmp/guest/result.json"; }
