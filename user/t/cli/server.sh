# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# shellcheck shell=sh disable=SC2154 # $tmp is tap.sh's, $v7scope the test's
# A server that is being tested: for tests that have tap.sh.

server=
trap 'test -z "$server" || kill "$server" 2>/dev/null; rm -rf "$tmp"' EXIT

# Says where, and has gone on since: nothing is answered before it is attached.
is_up() {
	port=$(sed -n 's|.*//127.0.0.1:\([0-9]*\)/$|\1|p' "$tmp/log")
	[ -n "$port" ] || return 1
	curl -sk -o /dev/null "$scheme://127.0.0.1:$port/-/ready"
	# Connected, and closed for want of a certificate.
	case $? in 0 | 56 | 52 | 35) ;; *) return 1 ;; esac
}

# start ARGS...: a server, $v7scope's, at $url once it is ready
start() {
	: >"$tmp/log"
	"$v7scope" serve --web.listen-address 127.0.0.1:0 "$@" >"$tmp/server" 2>"$tmp/log" &
	server=$!
	scheme=http
	! grep -qs '^tls_server_config' "$tmp/web.yml" || scheme=https
	until_true 60 is_up || bail "the server does not come up: $(cat "$tmp/log")"
	# shellcheck disable=SC2034
	url=$scheme://127.0.0.1:$port
}

# stop NAME [SIGNAL]: it ends well
stop() {
	kill -"${2:-TERM}" "$server"
	status=0
	wait "$server" || status=$?
	server=
	cp "$tmp/log" "$tmp/err"
	check "$1" [ $status -eq 0 ]
}

# of FIELD: of the server's /proc/PID/status
of() {
	sed -n "s/^$1:[^0-9a-f]*\([0-9a-f]*\).*/\1/p" "/proc/$server/status"
}

# How many files the server has open.
open_files() {
	find "/proc/$server/fd" -mindepth 1 2>/dev/null | wc -l
}
