#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# The units under systemd, on a kernel as Debian ships it, which has none of the events:
# start, scrape, stop. Where the service cannot work, systemd gives up.
#
#   kernels='debian-6.12 debian-7.x' prove systemd.t
# shellcheck disable=SC2016 # jq expands it
# shellcheck source-path=SCRIPTDIR source=../../lab/t/lib.sh
. "$(dirname -- "$0")/../../lab/t/lib.sh"
# shellcheck source=../../t/stress.sh
. "$top/tools/t/stress.sh"
kernels=${kernels-debian-6.12}
packaging=$top/tools/packaging

# value NAME: of what the guest said
value() { sed -n "s/^$1 //p" "$dir/values"; }

# won NAME: won installs, of all devices
won() {
	awk '/^v7scope_installs_total[{].*outcome="(won|-)"/ { n += $NF; hidden += /outcome="-"/ ? $NF : 0 } /^v7scope_frees_total[{].*reason="lost"/ { lost += $NF }
		END { printf "%d\n", n - (hidden ? lost : 0) }' "$dir/$1.metrics"
}

# worked NAME TEXT
worked() {
	is "$(value "$1.start")" 0 "$2: it starts"
	is "$(value "$1.page")" 200 "$2: it serves"
	is "$(value "$1.CapEff") $(value "$1.CapPrm") $(value "$1.CapAmb") $(value "$1.Seccomp")" \
		"0000000000000000 0000000000000000 0000000000000000 2" "$2: no capability is left, and a system call filter is on"
	is "$(won "$1")" "$(jq '.expect | .won_map + .won_split' "$dir/$1.result")" \
		"$2: won installs are those of the load"
	is "$(value "$1.Result") $(value "$1.ExecMainStatus") $(value "$1.ActiveState")" "success 0 inactive" "$2: it stops"
	[ "$(value "$1.start")" = 0 ] || sed 's/^/#   /' "$dir/$1.journal"
}

for kernel in $kernels; do
	tap_prefix="$kernel: "
	dir=$tmp/$kernel
	mkdir "$dir" || exit
	stress_for "$kernel" "$kernel" || continue
	cp "$stress" "$packaging/v7scope.service" "$packaging/v7scope.socket" "$packaging/strict.conf" \
		"$test_dir/systemd.guest" "$dir/" || exit
	lab run --kernel "$kernel" --systemd --packages curl --timeout 1800 --dir "$dir" -- sh systemd.guest
	cp "$tmp/out" "$dir/values"
	is "$status" 0 "it boots with systemd, and the kernel reports nothing"
	[ "$status" -eq 0 ] || continue
	is "$(value first)" systemd "systemd is the first process"
	if [ "$(value default.start)" = 0 ]; then
		worked default "perf_event_paranoid $(value paranoid)"
	else
		has "$dir/default.journal" '^v7scope: .*perf_event_paranoid' "perf_event_paranoid $(value paranoid): the service names it"
	fi
	worked unit "with its own capabilities"
	check "with its own capabilities: it is not root" [ "$(value unit.Uid)" -ne 0 ]
	is "$(value unit.CapBnd)" 000000c400000000 "with its own capabilities: BPF, PERFMON and SYSLOG are all"
	worked root "as root"
	is "$(value strict.capabilities)" "cap_perfmon cap_bpf" "strict.conf: the capabilities"
	check "strict.conf: it cannot start without the events" [ "$(value strict.start)" -ne 0 ]
	is "$(value strict.SubState)" failed "strict.conf: systemd gives up"
	is "$(grep -c '^v7scope.service: Main process exited' "$dir/strict.journal")" 3 "strict.conf: after three starts"
	sed 's/^/#   /' "$dir/strict.journal"
	is "$(value strict.scrape)" 000 "strict.conf: a scrape starts it no more"
	echo "# systemd $(value systemd), up after $(value boot) s"
done
done_testing
