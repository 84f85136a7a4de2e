#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# The systemd units, as they are installed, by systemd's own opinion of them.
set -u
here=$(dirname -- "$0")
# shellcheck source=tools/t/tap.sh
. "$here/../../t/tap.sh"
root=$tmp/root
# Highest exposure that systemd may find, in tenths; without any setting it finds 96.
most=18 strictest=15 export_most=22

run make -s install DESTDIR="$root" PREFIX=/usr
ok $status "make install"
units=$root/usr/lib/systemd/system
for page in "$here"/../../../user/man/*.[1-9]; do
	check "installed: ${page##*/}" cmp "$page" "$root/usr/share/man/man${page##*.}/${page##*/}"
done
for verb in $(sed -n 's/^schemas[^a-z]*//p' "$here/../Makefile.inc"); do
	"$root/usr/bin/v7scope" schema "$verb" >"$tmp/schema"
	check "installed: the schema of $verb" cmp "$tmp/schema" "$root/usr/share/v7scope/schema/$verb.json"
done
for file in /usr/bin/v7scope /usr/share/bash-completion/completions/v7scope /usr/share/zsh/site-functions/_v7scope /usr/lib/systemd/system/v7scope.service /usr/lib/systemd/system/v7scope.socket /usr/lib/systemd/system/v7scope-export.service /usr/lib/systemd/system/v7scope-export.timer /usr/share/doc/v7scope/strict.conf; do
	check "installed: $file" [ -f "$root$file" ]
done
run make -s install DESTDIR="$tmp/other" PREFIX=/opt/v7 SYSTEMDUNITDIR=/etc/units
check "elsewhere: the unit starts what was installed" \
	[ -x "$tmp/other$(sed -n 's/^ExecStart=\([^ ]*\) .*/\1/p' "$tmp/other/etc/units/v7scope.service")" ]
run make -s install DESTDIR="$tmp/none" PREFIX=/usr SYSTEMDUNITDIR=
check "without systemd: no unit is installed" [ "$status $(find "$tmp/none" -name 'v7scope*.service' -o -name 'v7scope*.socket' -o -name 'v7scope*.timer')" = "0 " ]
check "without systemd: all other files are installed" [ "$(find "$tmp/none" -type f | wc -l)" = "$(($(find "$root" -type f | wc -l) - 4))" ]
run make -s install-units DESTDIR="$tmp/units" PREFIX=/usr
check "the units alone are the same" diff -r "$root/usr/lib/systemd" "$tmp/units/usr/lib/systemd"

# Each option that the unit gives is one.
"$root/usr/bin/v7scope" help serve >"$tmp/out"
grep "^ExecStart=" "$units/v7scope.service" | grep -o -- "--[a-z.-]*" >"$tmp/options"
while read -r option; do
	check "there is $option" grep -qE -- " $option( |\$)" "$tmp/out"
done <"$tmp/options"

"$root/usr/bin/v7scope" help export >"$tmp/out"
for option in $(grep "^ExecStart=" "$units/v7scope-export.service" | grep -o -- "--[a-z.-]*"); do
	check "export: there is $option" grep -qE -- " $option( |\$)" "$tmp/out"
done
folder=$(sed -n 's|^Environment=TEXTFILE=\(.*\)/v7scope.prom$|\1|p' "$units/v7scope-export.service")
is "$(sed -n 's/^ConditionPathIsDirectory=//p; s/^ReadWritePaths=-//p' "$units/v7scope-export.service" | xargs)" "$folder $folder" \
	"export: the one folder that the service writes to is that of its file"
grep -qF "$folder/v7scope.prom" "$here/../../dashboards/README.md"
ok $? "export: it is the folder of the README"

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
place() { sed "s|/usr/bin/v7scope|$root/usr/bin/v7scope|" "$units/$1.service" >"$tmp/$1.service"; }
# analyzed NAME THRESHOLD UNIT...: of the first unit's exposure. Without manual pages: they
# are not installed in this machine's /.
analyzed() {
	name=$1 threshold=$2
	shift 2
	first=$1
	# shellcheck disable=SC2046 # one word for each unit
	SYSTEMD_UNIT_PATH="$tmp:" run systemd-analyze verify --man=no $(printf " $tmp/%s" "$@")
	[ $status -eq 0 ] && ! grep -qE 'v7scope|strict' "$tmp/err"
	ok $? "${name}systemd-analyze verify has nothing to say"
	run systemd-analyze security --no-pager --offline=true --threshold="$threshold" "$tmp/$first"
	ok $status "${name}systemd-analyze security: $(sed -n 's/.*Overall exposure level for[^:]*: \(.*\)/\1/p' "$tmp/out" | tr -dc 'A-Z0-9. ')"
}
place v7scope
place v7scope-export
cp "$units/v7scope.socket" "$units/v7scope-export.timer" "$tmp/"
# A second section of the same name adds to the first, as a drop-in does.
cat "$tmp/v7scope.service" "$root/usr/share/doc/v7scope/strict.conf" >"$tmp/strict.service"
analyzed '' "$most" v7scope.service v7scope.socket
analyzed 'export: ' "$export_most" v7scope-export.service v7scope-export.timer
analyzed 'strict.conf: ' "$strictest" strict.service
# A test that could not fail would be none.
sed '/^CapabilityBoundingSet\|^PrivateNetwork\|^SystemCallFilter/d' "$tmp/v7scope.service" >"$tmp/open.service"
run systemd-analyze security --no-pager --offline=true --threshold=$most "$tmp/open.service"
check "a unit with less is found to be open" [ $status -ne 0 ]
done_testing
