# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# shellcheck shell=sh
# Debian's Prometheus, not installed, for tests and measurements: in a folder that its
# user removes, on a port of this machine's loopback that nobody else has.

# find_prometheus LAB: sets prometheus and promtool
find_prometheus() {
	prometheus=$("$1" package prometheus) || return
	promtool=$prometheus/usr/bin/promtool
	prometheus=$prometheus/usr/bin/prometheus
}

# start_prometheus FOLDER [OPTION]...: with FOLDER/prometheus.yml; sets prometheus_pid
# and prometheus_url. Returns when it is ready; FOLDER/log says why not.
start_prometheus() {
	prometheus_folder=$1
	shift
	"${prometheus:?}" --config.file="$prometheus_folder/prometheus.yml" --web.listen-address=127.0.0.1:0 \
		"$@" 2>"$prometheus_folder/log" &
	prometheus_pid=$!
	timeout 60 sh -c 'until grep -q "msg=\"Listening on\"" "$1" || ! kill -0 "$2" 2>/dev/null; do sleep 0.2; done' \
		- "$prometheus_folder/log" "$prometheus_pid" || return
	prometheus_url=$(sed -n 's/.*msg="Listening on" address=/http:\/\//p' "$prometheus_folder/log")
	[ -n "$prometheus_url" ] && curl -sf --retry 60 --retry-delay 1 -o /dev/null "$prometheus_url/-/ready"
}

# query EXPRESSION: now; the result as JSON, or what was wrong with it
query() { curl -sG --data-urlencode "query=$1" "$prometheus_url/api/v1/query" | jq -c 'if .status == "success" then .data.result else . end'; }

# value EXPRESSION: of the one series that there is, else nothing
value() { query "$1" | jq -r 'if length == 1 then .[0].value[1] else empty end'; }

# holds EXPRESSION: there are series of which this is true
holds() { [ "$(query "$1" | jq length)" -gt 0 ]; }

# stop PID...: and waits for its end
stop() {
	kill "$@" 2>/dev/null
	wait "$@" 2>/dev/null
}
