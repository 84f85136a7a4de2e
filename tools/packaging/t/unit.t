#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# The systemd units, as they are installed, by systemd's own opinion of them.
set -u
here=$(dirname -- "$0")
# shellcheck source=tools/t/tap.sh
. "$here/../../t/tap.sh"
root=$tmp/root
# What exposure systemd may find, in tenths; it finds 96 where a unit has nothing.
most=18 strictest=15

run make -s install DESTDIR="$root" PREFIX=/usr
ok $status "make install"
units=$root/usr/lib/systemd/system
for page in "$here"/../../../user/man/*.[1-9]; do
	check "installed: ${page##*/}" cmp "$page" "$root/usr/share/man/man${page##*.}/${page##*/}"
done
for file in /usr/bin/v7scope /usr/lib/systemd/system/v7scope.service /usr/lib/systemd/system/v7scope.socket /usr/share/doc/v7scope/strict.conf; do
	check "installed: $file" [ -f "$root$file" ]
done
run make -s install DESTDIR="$tmp/other" PREFIX=/opt/v7 SYSTEMDUNITDIR=/etc/units
check "elsewhere: the unit starts what was installed" \
	[ -x "$tmp/other$(sed -n 's/^ExecStart=\([^ ]*\) .*/\1/p' "$tmp/other/etc/units/v7scope.service")" ]

# Each option that the unit gives is one.
"$root/usr/bin/v7scope" help serve >"$tmp/out"
grep "^ExecStart=" "$units/v7scope.service" | grep -o -- "--[a-z.-]*" >"$tmp/options"
while read -r option; do
	check "there is $option" grep -qE -- " $option( |\$)" "$tmp/out"
done <"$tmp/options"

# strict.conf is for kernels with the events. On others, kprobes need the symbols of
# /proc/kallsyms and their addresses.
! grep -qE '^(ProtectKernelTunables|ProtectKernelLogs)=yes|^ProcSubset=' "$units/v7scope.service"
ok $? "the unit leaves /proc/kallsyms visible"
is "$(sed -n 's/^\(Ambient\|CapabilityBoundingSet\)[^=]*=//p' "$units/v7scope.service" | sort -u)" \
	"CAP_BPF CAP_PERFMON CAP_SYSLOG" "the unit's capabilities"
# Time for all starts and the pauses between them, with room for a slow board.
is "$(sed -n 's/^\(Restart\|RestartSec\|StartLimitBurst\|StartLimitIntervalSec\)=//p' "$units/v7scope.service" | xargs)" \
	"5min 3 on-failure 5" "a service that cannot work is started three times"

if ! command -v systemd-analyze >/dev/null; then
	skip "systemd-analyze" "it is not installed"
	done_testing
fi
# The program is where it is installed, and not at / of this machine.
sed "s|/usr/bin/v7scope|$root/usr/bin/v7scope|" "$units/v7scope.service" >"$tmp/v7scope.service"
cp "$units/v7scope.socket" "$tmp/"
# Without manual pages: they are not installed in this machine's /.
SYSTEMD_UNIT_PATH="$tmp:" run systemd-analyze verify --man=no "$tmp/v7scope.service" "$tmp/v7scope.socket"
[ $status -eq 0 ] && ! grep -q v7scope "$tmp/err"
ok $? "systemd-analyze verify has nothing to say"
run systemd-analyze security --no-pager --offline=true --threshold=$most "$tmp/v7scope.service"
ok $status "systemd-analyze security: $(sed -n 's/.*Overall exposure level for[^:]*: \(.*\)/\1/p' "$tmp/out" | tr -dc 'A-Z0-9. ')"
# A second section of the same name adds to the first, as a drop-in does.
cat "$tmp/v7scope.service" "$root/usr/share/doc/v7scope/strict.conf" >"$tmp/strict.service"
SYSTEMD_UNIT_PATH="$tmp:" run systemd-analyze verify --man=no "$tmp/strict.service"
[ $status -eq 0 ] && ! grep -q strict "$tmp/err"
ok $? "strict.conf: systemd-analyze verify has nothing to say"
run systemd-analyze security --no-pager --offline=true --threshold=$strictest "$tmp/strict.service"
ok $status "strict.conf: systemd-analyze security: $(sed -n 's/.*Overall exposure level for[^:]*: \(.*\)/\1/p' "$tmp/out" | tr -dc 'A-Z0-9. ')"
# A test that could not fail would be none.
sed '/^CapabilityBoundingSet\|^PrivateNetwork\|^SystemCallFilter/d' "$tmp/v7scope.service" >"$tmp/open.service"
run systemd-analyze security --no-pager --offline=true --threshold=$most "$tmp/open.service"
check "a unit with less is found to be open" [ $status -ne 0 ]
done_testing
