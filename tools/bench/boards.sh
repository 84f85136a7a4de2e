# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# shellcheck shell=sh disable=SC2154 # sourced by fleet and agent, which set work, snapshots and started
# Boards that are played: files with what a guest showed, served to Prometheus. The file of
# a board changes with time, as its metrics would.

# until_true SECONDS COMMAND...: wait until the command succeeds, at most that long
until_true() {
	limit=$(($(date +%s) + $1))
	shift
	until "$@"; do
		[ "$(date +%s)" -lt "$limit" ] || return 1
		sleep 0.2
	done
}

# The kernel chose the port.
port() {
	socket=$(find /proc/$httpd/fd -lname 'socket:*' -printf '%l\n' 2>/dev/null | tr -dc '0-9\n' | head -n 1)
	[ -n "$socket" ] && port=$(awk -v inode="$socket" '$4 == "0A" && $10 == inode { sub(/.*:/, "", $2); print $2 }' /proc/net/tcp) &&
		[ -n "$port" ] && port=$(printf '%d' "0x$port")
}

tick=0
turn() {
	ln -s "tick.$((tick % snapshots))" "$work/www/next" && mv -T "$work/www/next" "$work/www/now"
	tick=$((tick + 1))
}

# serve_boards BUSYBOX: serves $work/snapshot.N; sets port, and adds the server to $started
serve_boards() {
	# Eight phases, so that the boards are not all the same; at the end of what was
	# recorded a board starts over, as after a restart.
	i=0
	while [ $i -lt "$snapshots" ]; do
		mkdir -p "$work/www/tick.$i"
		for phase in 0 1 2 3 4 5 6 7; do
			ln -s "../../snapshot.$(((i + phase * snapshots / 8) % snapshots))" "$work/www/tick.$i/$phase"
		done
		i=$((i + 1))
	done
	turn
	"$1" httpd -f -p 127.0.0.1:0 -h "$work/www" &
	httpd=$!
	started="$started $httpd"
	until_true 10 port
}

# targets NAME COUNT
targets() {
	seq "$2" | jq -s --arg at "127.0.0.1:$port" --arg name "$1" 'map({targets: [$at],
		labels: {instance: "\($name)-\(.)", __metrics_path__: "/now/\(. % 8)"}})'
}

# own METRIC: of Prometheus itself, over all labels
own() {
	curl -s "$prometheus_url/metrics" |
		awk -F '[{ ]' -v name="$1" '$1 == name { sub(/.* /, ""); sum += $0 } END { printf "%.0f\n", sum }'
}
