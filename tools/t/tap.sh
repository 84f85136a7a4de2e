# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# TAP for the tests in sh, of the tool and of its BPF programs.

tap_count=0
tap_failed=0
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM

# ok STATUS NAME: passed if STATUS is 0; else shows what the test left behind.
ok() {
	tap_count=$((tap_count + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $tap_count - $2"
		return
	fi
	echo "not ok $tap_count - $2"
	tap_failed=1
	for tap_file in out err; do
		[ ! -s "$tmp/$tap_file" ] || tail -n 60 "$tmp/$tap_file" | cut -c 1-2000 | sed "s/^/# $tap_file: /"
	done
}

# check NAME COMMAND...
check() {
	tap_name=$1
	shift
	if "$@"; then ok 0 "$tap_name"; else ok 1 "$tap_name"; fi
}

bail() {
	echo "Bail out! $*"
	exit 1
}

# Of tests that run $tool, the v7scope of this machine, or what is in $bin, the
# folder of the test programs.
need_built() {
	: "${tool:?the v7scope to be tested}" "${bin:?where the test programs are}"
}

# skip WHAT-AND-WHY
skip() {
	tap_count=$((tap_count + 1))
	echo "ok $tap_count # SKIP $1"
}

# shellcheck disable=SC2034
# run COMMAND...: its output in $tmp/out and $tmp/err, its status in $status.
run() {
	status=0
	"$@" >"$tmp/out" 2>"$tmp/err" || status=$?
}

# until_caught PID: has blocked what ends it, to handle that; a minute at most
until_caught() {
	tries=6000
	until grep -q '^SigBlk:.*1400[23]$' "/proc/$1/status" || [ $tries -eq 0 ]; do
		tries=$((tries - 1))
		sleep 0.01
	done
}

done_testing() {
	echo "1..$tap_count"
	exit $tap_failed
}
