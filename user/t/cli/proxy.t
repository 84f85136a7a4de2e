#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# The server behind Debian's nginx with its defaults: the stream arrives at once.
# shellcheck disable=SC2154,SC2317 # server.sh sets $port; what until_true calls
set -u
here=$(dirname -- "$0")
# shellcheck source=tools/t/tap.sh
. "$here/../../../tools/t/tap.sh"
need_built
# shellcheck source=user/t/cli/server.sh
. "$here/server.sh"
# shellcheck disable=SC2034 # server.sh starts it
v7scope=$bin/fake

nginx=$("$here/../../../tools/lab/lab" package nginx 2>"$tmp/err") || skip_all "no nginx: $(tail -n 1 "$tmp/err")"
nginx=$nginx/usr/sbin/nginx
"$nginx" -v >"$tmp/out" 2>&1 || skip_all "nginx does not run here: $(tail -n 1 "$tmp/out")"

# The next snapshot comes long after a test has given up.
start -i 60 --web.listen-address "unix:$tmp/v7scope.sock"
cat >"$tmp/nginx.conf" <<CONF
daemon off; master_process off; pid $tmp/nginx.pid; error_log $tmp/nginx.log;
events { worker_connections 64; }
http {
	access_log off;
	client_body_temp_path $tmp/body; proxy_temp_path $tmp/proxy; fastcgi_temp_path $tmp/fastcgi;
	uwsgi_temp_path $tmp/uwsgi; scgi_temp_path $tmp/scgi;
	server {
		listen unix:$tmp/nginx.sock;
		location /board/ { proxy_pass http://127.0.0.1:$port/; }
		location /socket/ { proxy_pass http://unix:$tmp/v7scope.sock:/; proxy_set_header Host board.example; }
		location /buffered/ { proxy_pass http://127.0.0.1:$port/; proxy_ignore_headers X-Accel-Buffering; }
	}
}
CONF
"$nginx" -c "$tmp/nginx.conf" -p "$tmp" -e "$tmp/nginx.log" 2>"$tmp/err" &
proxy=$!
trap 'kill $proxy $server 2>/dev/null; rm -rf "$tmp"' EXIT

# by CURL-ARGS...: through the proxy
by() { curl -s --unix-socket "$tmp/nginx.sock" "$@"; }
until_true 30 by -o /dev/null http://localhost/board/-/ready || bail "nginx does not come up: $(cat "$tmp/err" "$tmp/nginx.log")"

# whole SECONDS LOCATION: does the first snapshot of the stream arrive, with its end?
whole() {
	timeout 60 curl -sN --unix-socket "$tmp/nginx.sock" "http://localhost/$2/api/v1/stream" >"$tmp/stream" &
	reader=$!
	whole=0
	until_true "$1" grep -q '^$' "$tmp/stream" || whole=1
	kill $reader
	wait $reader
	return $whole
}

is "$(by -o "$tmp/out" -w '%{http_code}' http://localhost/board/metrics)" 200 "metrics"
is "$(by -H 'Accept-Encoding: gzip' http://localhost/board/api/v1/snapshot | gunzip | jq .schema)" 2 "a snapshot in gzip"
check "the stream: a snapshot arrives at once" whole 10 board
is "$(! whole 3 buffered; echo $?)" 0 "this nginx would keep its end without our header"
is "$(by -o "$tmp/out" -w '%{http_code}' http://localhost/socket/metrics)" 200 "metrics by a Unix socket, under any name"
check "the stream by a Unix socket: a snapshot arrives at once" whole 10 socket
kill $proxy
wait $proxy
is $? 0 "nginx ends well"
stop "it ends well"
done_testing
