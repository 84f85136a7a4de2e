#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The command line: what makes no sense is told in one line, with status 2.
set -u
here=$(dirname -- "$0")
# shellcheck source=user/t/tap.sh
. "$here/tap.sh"

# usage ARGS...: one line on stderr, nothing on stdout, status 2
usage() {
	run "$tool" "$@"
	[ $status -eq 2 ] && [ ! -s "$tmp/out" ] && [ "$(wc -l <"$tmp/err")" -eq 1 ] &&
		grep -q '^v7scope: .*v7scope\|^v7scope: stat: -[in] takes\|no command' "$tmp/err"
	ok $? "refused: ${*:-nothing}"
}

# prints ARGS...: something on stdout, nothing on stderr, status 0
prints() {
	run "$tool" "$@"
	[ $status -eq 0 ] && [ -s "$tmp/out" ] && [ ! -s "$tmp/err" ]
	ok $? "prints: $*"
}

run "$tool"
check "no verb: usage on stderr, status 2" [ "$status $(grep -c usage "$tmp/err")" = "2 1" ]
usage frob
usage --frob
usage help frob
usage help stat doctor

for value in '' ' ' abc 1x 0x1 -1 0 1e99 99999999999999999999999; do
	for option in -i --interval -n --count; do
		usage stat $option "$value"
	done
	usage stat "--interval=$value"
	usage stat "--count=$value"
done
for value in 0.09 86400.1 86401 . 1. .5 nan inf 1,5; do
	usage stat -i "$value"
done
for value in 1.5 1000000001; do
	usage stat -n "$value"
done
for option in -i --interval -n --count --frob -x --json=1 --verbose=1 --help=1 frob --; do
	usage stat $option
done
usage stat --json frob
usage stat -i 1 true
for option in -x --frob --json=1 --help=1 frob; do
	usage doctor $option
done

prints --help
prints -h
prints --version
prints help
for verb in stat doctor; do
	prints help $verb
	prints $verb --help
	prints $verb -h
done
check "the version is one line" [ "$("$tool" --version | grep -c '^v7scope [0-9]')" -eq 1 ]

# Bytes of an argument are not let through to a terminal.
run "$tool" "$(printf '\033[31mfrob')"
check "no control bytes on stderr" [ "$(tr -d '[:print:]\n' <"$tmp/err" | wc -c)" -eq 0 ]

run sh -c '"$1" --help >/dev/full' sh "$tool"
[ $status -eq 1 ] && grep -q 'cannot write' "$tmp/err"
ok $? "a full disk is an error"
done_testing
