# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# shellcheck shell=sh
# TAP for all tests in sh. Values come first and the name last, except before a
# command, which takes the rest of the line:
#
#   ok STATUS NAME          is GOT WANTED NAME      has FILE ERE NAME
#   check NAME COMMAND...   skip NAME REASON        skip_all REASON
#
# $tmp is a folder of the test's own. If a test fails, the ends of $tmp/out and
# $tmp/err are shown.

tap_count=0
tap_failed=0
# Stands before each name: a test that runs on several kernels says on which.
tap_prefix=
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# tap_result STATUS NAME: the line alone
tap_result() {
	tap_count=$((tap_count + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $tap_count - $tap_prefix$2"
		return
	fi
	echo "not ok $tap_count - $tap_prefix$2"
	tap_failed=1
}

# tap_show: what the last commands said
tap_show() {
	for tap_file in tap.check out err; do
		[ ! -s "$tmp/$tap_file" ] || tail -n 60 "$tmp/$tap_file" | cut -c 1-2000 | sed "s/^/# ${tap_file#tap.}: /"
	done
}

# ok STATUS NAME: passes if STATUS is 0
ok() {
	tap_result "$1" "$2"
	[ "$1" -eq 0 ] || tap_show
}

# check NAME COMMAND...: passes if the command does; its output is shown if not.
check() {
	tap_name=$1
	shift
	tap_status=0
	"$@" 9>&1 >"$tmp/tap.check" 2>&1 || tap_status=$?
	ok $tap_status "$tap_name"
	rm -f "$tmp/tap.check"
}

# is GOT WANTED NAME: passes if both are the same text
is() {
	tap_status=0
	[ "$1" = "$2" ] || tap_status=1
	tap_result $tap_status "$3"
	[ $tap_status -eq 0 ] || { printf '%s\n' "got: $1" "wanted: $2" | sed 's/^/# /' && tap_show; }
}

# has FILE ERE NAME: passes if a line of the file matches
has() {
	tap_status=0
	grep -qE -e "$2" "$1" || tap_status=1
	tap_result $tap_status "$3"
	[ $tap_status -eq 0 ] || { { echo "no line matches: $2" && cat "$1"; } | sed 's/^/# /' && tap_show; }
}

skip() {
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - $tap_prefix$1 # SKIP $2"
}

# skip_all REASON: instead of the first test
skip_all() {
	echo "1..0 # SKIP $*"
	exit 0
}

# bail REASON: also from a command that check runs
bail() {
	{ echo "Bail out! $*" >&9; } 2>/dev/null || echo "Bail out! $*"
	exit 1
}

done_testing() {
	echo "1..$tap_count"
	exit $tap_failed
}

# need_built: for tests of $tool, this machine's v7scope, and of programs in $bin
need_built() {
	: "${tool:?the v7scope to be tested}" "${bin:?where the test programs are}"
}

# shellcheck disable=SC2034
# run COMMAND...: its output in $tmp/out and $tmp/err, its status in $status
run() {
	status=0
	"$@" >"$tmp/out" 2>"$tmp/err" || status=$?
}

# json NAME FILTER [OPTION of jq]...: the JSON that run printed fulfills FILTER, and stays
# in $tmp/out
json() {
	tap_name=$1 tap_filter=$2
	shift 2
	cp "$tmp/out" "$tmp/json"
	run jq -e "$@" "$tap_filter" "$tmp/json"
	ok $status "$tap_name"
	cp "$tmp/json" "$tmp/out"
}

# until_true SECONDS COMMAND...: wait until the command succeeds, at most that long
until_true() {
	tap_limit=$(($(date +%s) + $1))
	shift
	until "$@"; do
		[ "$(date +%s)" -lt "$tap_limit" ] || return 1
		sleep 0.1
	done
}

# gone PID: no such process, or a zombie, whose new parent may be slow to reap it
gone() { ! kill -0 "$1" 2>/dev/null || grep -q "^State:.Z" "/proc/$1/status" 2>/dev/null; }

# until_caught PID: it has blocked the signals that end it, to handle them; a minute at most
until_caught() {
	tap_tries=6000
	until grep -q '^SigBlk:.*1400[23]$' "/proc/$1/status" || [ $tap_tries -eq 0 ]; do
		tap_tries=$((tap_tries - 1))
		sleep 0.01
	done
}
