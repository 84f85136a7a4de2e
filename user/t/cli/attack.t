#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# The server under attack (attack.c), built with ASan and UBSan if $san names that build.
# It keeps answering, stays within its memory and its files, and leaks nothing.
# connections=N and slow=N make it longer.
# shellcheck disable=SC2016,SC2317 # a hash begins with a dollar sign; what until_true calls
set -u
here=$(dirname -- "$0")
# shellcheck source=tools/t/tap.sh
. "$here/../../../tools/t/tap.sh"
need_built
# shellcheck source=user/t/cli/server.sh
. "$here/server.sh"
v7scope=${san:-$bin/fake}
connections=${connections:-1000} slow=${slow:-200}
# ASan keeps at most 1 MB of freed memory. LeakSanitizer needs ptrace, which the sandbox
# forbids.
export ASAN_OPTIONS=quarantine_size_mb=1
unsafe='--sandbox off'
# kB that malloc and the sanitizers may use in addition
slack=${slack:-6144}

# attack NAME STATUS WHAT...
attack() {
	attack_name=$1
	shift
	run "$bin/attack" "$port" "$@"
	ok $status "$attack_name: $(tail -n 1 "$tmp/out")"
}

# bounded NAME: no more open files than before, and at most $slack kB more memory
bounded() {
	now=$(of VmRSS)
	echo "$rss kB before, $now kB now, files $files" >"$tmp/err"
	check "$1: memory, $rss kB before, $now kB now" [ "$now" -le $((rss + slack)) ]
	same_files() { [ "$(open_files)" -le "$files" ]; }
	check "$1: no file is left open" until_true 30 same_files
}

# A small attack makes malloc allocate its arenas before memory is measured.
warm_up() {
	{ "$bin/attack" "$port" "$1" storm 100 && "$bin/attack" "$port" "$1" headers 10 1000; } >"$tmp/out" ||
		bail "$(cat "$tmp/out")"
	rss=$(of VmRSS) files=$(open_files)
}

# unharmed NAME: serve ends with status 0, and its log has no report of a sanitizer. The
# log mentions requests for another host once.
unharmed() {
	stop "$1"
	check "$1: no more is said than where it serves" \
		[ "$(grep -cvE '^v7scope: (serving at|attached|refused a request: host) ' "$tmp/log")" -eq 0 ]
	check "$1: no client fills the log" [ "$(grep -c refused "$tmp/log")" -le 1 ]
}

# shellcheck disable=SC2086 # options
start $unsafe
warm_up 200
attack "open, shapes" 200 shapes 0
attack "open, connections" 200 storm "$connections"
attack "open, slow ones" 200 slow "$slow"
attack "open, clients that take no answer" 200 starve 70 1
attack "open, clients that take no answer, of another address" 200 starve 70 2
attack "open, a huge header" 200 headers 1 1000000
attack "open, many headers" 200 headers 100000 10
bounded open
unharmed open

printf 'basic_auth_users:\n  alice: %s\n' '$2y$04$DWvECn4KMl7ik6q85lmmbOk4fBCZBhPb/QCgS7Rf.M7yw5RB/D0qC' >"$tmp/web.yml"
# shellcheck disable=SC2086
start $unsafe --web.config.file "$tmp/web.yml"
warm_up 401
attack "users, shapes" 401 shapes 1
attack "users, connections" 401 storm "$connections"
attack "users, slow ones" 401 slow "$slow"
attack "users, clients that take no answer" 401 starve 70 1
attack "users, a huge header" 401 headers 1 1000000
attack "users, many headers" 401 headers 100000 10
bounded users
unharmed users

# Bytes that are no TLS, which nothing answers.
if [ "${with_tls:-1}" -eq 1 ]; then
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -keyout "$tmp/key" -out "$tmp/crt" \
		-subj /CN=x -addext subjectAltName=IP:127.0.0.1 >"$tmp/out" 2>&1 || bail "no key: $(cat "$tmp/out")"
	printf '%s\n' tls_server_config: '  cert_file: crt' '  key_file: key' >"$tmp/web.yml"
	# shellcheck disable=SC2086
	start $unsafe --web.config.file "$tmp/web.yml"
	curl -s --cacert "$tmp/crt" -o "$tmp/out" "$url/metrics?[1-10]"
	warm_up 0
	attack "TLS, shapes" 0 shapes 1
	attack "TLS, connections" 0 storm "$connections"
	attack "TLS, slow ones" 0 slow "$slow"
	attack "TLS, a huge header" 0 headers 1 1000000
	check "TLS: a request after the attack" curl -s --cacert "$tmp/crt" -o "$tmp/out" "$url/metrics"
	bounded TLS
	unharmed TLS
	rm -f "$tmp/web.yml"
fi

# As few files as can be.
real=$v7scope
printf '#!/bin/sh\nulimit -n 32\nexec "%s" "$@"\n' "$(readlink -f "$real")" >"$tmp/limited"
chmod +x "$tmp/limited"
v7scope=$tmp/limited
# shellcheck disable=SC2086
start $unsafe
check "32 files: the limit is set" [ "$(sed -n 's/^Max open files *\([0-9]*\).*/\1/p' "/proc/$server/limits")" -eq 32 ]
warm_up 200
attack "32 files, connections" 200 storm $((connections / 2))
attack "32 files, slow ones" 200 slow "$slow"
check "32 files: metrics" curl -s -o "$tmp/out" "$url/metrics"
bounded "32 files"
unharmed "32 files"
v7scope=$real

# A counter that begins again from 0.
export FAKE_WRAP=30 FAKE_STEPS=1000
# shellcheck disable=SC2086
start $unsafe -i 0.1
series() { curl -s "$url/metrics" | grep "^v7scope_installs_total{.*${1-}"; }
huge() { series "} [0-9]\{20\}$" >"$tmp/out"; }
small() { series >"$tmp/out" && ! huge; }
# Ready, it may not have read any yet.
check "a counter just below the wrap" until_true 60 huge
before=$(series | wc -l)
check "the counter wraps" until_true 60 small
check "a wrapped counter: as many series as before" [ "$(series | wc -l)" -eq "$before" ]
curl -s "$url/api/v1/snapshot" | jq -e ".total.install.attempts >= 0" >"$tmp/out" 2>"$tmp/err"
ok $? "a wrapped counter: the snapshot is JSON"
unharmed "a wrapped counter"
done_testing
