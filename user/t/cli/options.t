#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# The command line: each mistake is told in one line, with status 2. The list of verbs and
# options comes from the help, so that none is left out.
set -u
here=$(dirname -- "$0")
# shellcheck source=tools/t/tap.sh
. "$here/../../../tools/t/tap.sh"
need_built

# usage ARGS...: one line on stderr that helps, nothing on stdout, status 2
usage() {
	run timeout 10 "$tool" "$@"
	[ $status -eq 2 ] && [ ! -s "$tmp/out" ] && [ "$(wc -l <"$tmp/err")" -eq 1 ] &&
		grep -q "^v7scope: .*\(v7scope\|: --[a-z.-]* takes \|no command\|no source\)" "$tmp/err"
	ok $? "refused: $(printf '%s ' "${@:-nothing}" | cut -c 1-72)"
}

# prints ARGS...: something on stdout, nothing on stderr, status 0
prints() {
	run timeout 10 "$tool" "$@"
	[ $status -eq 0 ] && [ -s "$tmp/out" ] && [ ! -s "$tmp/err" ]
	ok $? "prints: $*"
}

# bad VALUE: values that an option whose help calls its value so refuses, a line each
bad() {
	printf '%s\n' '' ' ' -1
	huge=99999999999999999999999
	case $1 in
	SECONDS) printf '%s\n' 0 0x1 1x abc 1e99 $huge 0.09 86400.1 86401 . 1. .5 nan inf 1,5 ;;
	COUNT) printf '%s\n' 0 0x1 1x abc 1e99 $huge 1.5 1000000001 ;;
	NUMBER) printf '%s\n' 0 0x1 1x abc 1e99 $huge 9223372036854775808 18446744073709551616 ;;
	TABLES) printf '%s\n' 0 0x40 64x abc 1e99 $huge 32 65 96 2047 4096 ;;
	RECORDS) printf '%s\n' 0 0x10 16x abc 1e99 $huge 8 15 17 48 65535 131072 ;;
	SIZE) printf '%s\n' 0 0x1 1x abc 1e99 $huge 1.5M 262143 255K 1025T 1125899906842625 K 1KK 18446744073709551615T ;;
	SIZES) printf '%s\n' 0 abc $huge 255K 1M, 1M,0 1M,10000 1M,x ,3 1M,1,1 $huge,3 $huge$huge$huge,3 ;;
	TIME) printf '%s\n' 0 0s 10 1x 999ms 31d -1s 1.5 s .5s 1.s ${huge}d 1,5s ;;
	PROFILE) printf '%s\n' frob FLEET Full fleet, ;;
	FORM) printf '%s\n' frob Perfetto chrome trace.data ;;
	LIMIT) printf '%s\n' = frob=1 hold_max hold_max= hold_max=5 hold_max=-1ms hold_max=1.5ns hold_max=${huge}s \
		lost_share=5 lost_share=101% lost_share=-1% refused=1.5 refused=-1 refused=$huge ;;
	LIST) printf '%s\n' frob INSTALL install, ,install install,,free install,frob ;;
	LOG) printf '%s\n' frob JSON logfmt text,json ;;
	HOW) printf '%s\n' frob AUTO auto, yes 0 ;;
	SOURCE) printf '%s\n' frob bpf2 BPF ;;
	KIB) printf '%s\n' 0 0x10 16x abc 1e99 $huge 15 1048577 1.5 ;;
	FILE) printf '%s\n' /no/such / "$tmp" ;;
	ADDRESS) printf "%s\n" 10053 localhost :x :65536 : example.org:10053 ::1:10053 "[::1]" "[::g]:1" "[fe80::1]:1" 1.2.3:80 1.2.3.256:80 $huge:1 :$huge http://127.0.0.1:10053 unix: unix:x unix:/run/ "unix:/$(printf %0107d 0)" ;;
	HOSTS) printf "%s\n" , a, ,a a,,b a:80 http://a "*." "*a" "a.*" "**" .a "*..a" "[::1]" "a b" a/b "$(printf %0256d 0)" ;;
	DEVICES) printf "%s\n" 0 0x1 1x abc 1e99 $huge 1.5 1025 ;;
	NAME.prom) printf "%s\n" .prom /tmp/.prom /tmp/v7scope /tmp/v7scope.prom.tmp /tmp/ ;;
	PATH) printf '%05000d\n' 0 ;;
	# A device may be called anything that is not too long.
	DEVICE) printf '%s\n' 12345678901234567890123456789012 $huge$huge ;;
	*) return 1 ;;
	esac
}

# refuses VERB OPTION VALUE: each of the values that VALUE must not have
refuses() {
	bad "$3" >"$tmp/bad" || { ok 1 "what $1 $2 refuses as $3 is known to this test"; return; }
	while IFS= read -r each <&3; do
		case $3$each in 'DEVICE ' | DEVICE-1 | 'PATH ' | PATH-1) continue ;; esac
		usage "$1" "$2" "$each"
		case $2 in --*) usage "$1" "$2=$each" ;; esac
	done 3<"$tmp/bad"
}

run "$tool"
check "no verb: usage on stderr, status 2" [ "$status $(grep -c usage "$tmp/err")" = "2 1" ]
usage frob
usage --frob
usage help frob
usage help stat doctor

verbs=$("$tool" help | sed -n 's/^  \([a-z]*\)  .*/\1/p')
check "there are verbs" [ "$(echo "$verbs" | wc -l)" -ge 5 ]
options=0
for verb in $verbs; do
	prints help "$verb"
	prints "$verb" --help
	prints "$verb" -h
	for option in --frob -x frob --help=1; do
		usage "$verb" $option
	done
	"$tool" help "$verb" | sed -n 's/^  \(-[a-z]\|  \)[, ]  *--\([a-z.-]*\)  *\([A-Z]*\)\( .*\)\{0,1\}$/\1 --\2 \3/p' >"$tmp/options"
	while read -r letter option value <&4; do
		case $letter in --*) value=$option option=$letter letter= ;; esac
		options=$((options + 1))
		if [ -z "$value" ]; then
			usage "$verb" "$option=1"
			continue
		fi
		usage "$verb" "$option"
		refuses "$verb" "$option" "$value"
		[ -z "$letter" ] || { usage "$verb" "$letter"; refuses "$verb" "$letter" "$value"; }
	done 4<"$tmp/options"
	grep -q 'CMD' "$tmp/out" || "$tool" help "$verb" | grep -q -- '-- CMD' || continue
	usage "$verb" --
	usage "$verb" true
	usage "$verb" --json frob
done
check "options were found" [ $options -ge 30 ]
usage top -- true
# A value that there need not be.
for instance in '' / . .. a/b ../a "$(printf %0128d 0)"; do
	usage stat --boot="$instance"
done
usage stat --boot --source bpf
usage stat --source kprobe --boot=boot
usage serve --metrics-profile fleet --max-devices 4
usage export --textfile a.prom --max-devices 4 --metrics-profile fleet

prints --help
prints -h
prints --version
prints help
prints -V
prints version
check "each help line fits 80 columns" \
	[ "$(for verb in '' $verbs; do "$tool" help $verb; done | awk 'length($0) > 80' | wc -l)" -eq 0 ]
usage stst
check "a misspelt verb: the nearest one is named" grep -q "did you mean 'stat'?" "$tmp/err"
usage xxxxxxxx
check "nothing like it: no guess" [ "$(grep -c 'did you mean' "$tmp/err")" -eq 0 ]
check "the version is one line" [ "$("$tool" --version | grep -c '^v7scope [0-9]')" -eq 1 ]

# Bytes of an argument are not let through to a terminal.
run "$tool" "$(printf '\033[31mfrob')"
check "no control bytes on stderr" [ "$(tr -d '[:print:]\n' <"$tmp/err" | wc -c)" -eq 0 ]

run sh -c '"$1" --help >/dev/full' sh "$tool"
[ $status -eq 1 ] && grep -q 'cannot write' "$tmp/err"
ok $? "a full disk is an error"
done_testing
