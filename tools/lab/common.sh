# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# shellcheck shell=sh
# Messages, locks, long jobs and clean-up.

cache=${XDG_CACHE_HOME:-$HOME/.cache}/v7scope
failure=1
job=
job_signal=TERM
ticker=
scratch=

say() { printf 'lab: %s\n' "$*" >&2; }

die() {
	stop_ticker
	say "$*"
	exit "$failure"
}

misuse() {
	say "$*"
	say "see: lab help"
	exit 2
}

clean_up() {
	trap '' INT TERM HUP
	stop_ticker
	if [ -n "$job" ]; then
		kill "-$job_signal" -- "-$job" 2>/dev/null || kill "-$job_signal" "$job" 2>/dev/null
		wait "$job" 2>/dev/null
		# Its leader is gone, but its other members may still be at their last write.
		tries=0
		while kill -0 -- "-$job" 2>/dev/null && [ $((tries += 1)) -le 100 ]; do
			sleep 0.05
		done
	fi
	[ -z "$scratch" ] || rm -rf -- "$scratch"
}
trap clean_up EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# In the background and waited for, because a shell that waits for a child in
# the foreground leaves a signal pending until that child ends. Its own session
# makes it one group to end; the death signal covers a lab that was killed -9.
run_job() {
	setsid setpriv --pdeathsig TERM -- "$@" &
	job=$!
	wait "$job"
	set -- $?
	job=
	return "$1"
}

# start_ticker WHAT [COMMAND...]: until stop_ticker, show WHAT, the line that
# COMMAND prints, and the time; one line that changes on a terminal, a new line
# each 15 s elsewhere.
start_ticker() {
	ticker_what=$1
	shift
	ticker_start=$(date +%s)
	say "$ticker_what ..."
	(
		trap - EXIT INT TERM HUP
		last=$ticker_start
		while sleep 1 >/dev/null 2>&1 && kill -0 $$ 2>/dev/null; do
			now=$(date +%s)
			if [ -t 2 ]; then
				printf '\r\033[K%s' "$(ticker_line "$@" | cut -c 1-"${COLUMNS:-79}")" >&2
			elif [ $((now - last)) -ge 15 ]; then
				last=$now
				ticker_line "$@" >&2
			fi
		done
	) 6>&- 7>&- 8>&- 9>&- &
	ticker=$!
}

ticker_line() {
	now=$(date +%s)
	printf 'lab: %s: %ss %s\n' "$ticker_what" $((now - ticker_start)) "$([ $# -eq 0 ] || "$@")"
}

stop_ticker() {
	[ -n "$ticker" ] || return 0
	kill "$ticker" 2>/dev/null
	wait "$ticker" 2>/dev/null
	ticker=
	[ ! -t 2 ] || printf '\r\033[K' >&2
}

# lock FD NAME [shared]: hold the named lock on FD until `unlock FD`. Who holds
# several takes them in the order kernel (9), base (6, never waited for),
# source or tree (8), lists (7).
lock() {
	mkdir -p "$cache/lock" || die "cannot write to $cache: set XDG_CACHE_HOME to a folder of yours"
	touch "$cache/lock/$2" || die "cannot write to $cache/lock: make it yours, or set XDG_CACHE_HOME to a folder of yours"
	eval "exec $1>>\"\$cache/lock/\$2\""
	set -- "$1" "$2" "${3:+-s}"
	# shellcheck disable=SC2086 # no third argument, no word
	# Not worth a word when it is short.
	flock -w 1 $3 "$1" && return
	say "waiting for another lab, which is at work on $2"
	# shellcheck disable=SC2086
	run_job flock $3 "$1" || die "cannot lock $cache/lock/$2"
}

unlock() { eval "exec $1>&-"; }

# need_tools FILE: each line a command and the Debian package that holds it.
need_tools() {
	missing=
	while read -r needed needed_package; do
		command -v "$needed" >/dev/null || missing="$missing $needed_package"
	done
	[ -z "$missing" ] || die "missing tools; install them with: apt-get install$missing"
}

# need_space MIB WHAT
need_space() {
	mkdir -p "$cache" || die "cannot write to $cache: set XDG_CACHE_HOME to a folder of yours"
	free=$(df -Pk "$cache" | awk 'NR == 2 { print int($4 / 1024) }')
	[ "$free" -ge "$1" ] ||
		die "$2 takes $1 MiB and $cache has $free MiB left: make room, or set XDG_CACHE_HOME to a larger disk"
}

# failed STEP MESSAGE: dies, of the disk when that is what failed it.
failed() {
	free=$(df -Pk "$cache" | awk 'NR == 2 { print int($4 / 1024) }')
	[ "$free" -gt 64 ] || die "$1 failed: the disk of $cache is full ($free MiB left): make room and run this again"
	die "$2"
}

case $cache in
*[[:space:]:]*) die "the kernel does not build below a folder with spaces or colons: set XDG_CACHE_HOME to one without ($cache)" ;;
esac
