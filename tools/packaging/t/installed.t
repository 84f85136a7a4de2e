#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# The Debian package on Debian: a root file system of the release for arm64, on the
# release's own kernel, with its systemd. apt installs the package, systemd starts the
# service, a scrape counts what the load did, a timer runs `v7scope check`, an upgrade restarts
# the service, and apt purges the package.
#
#   kernels='debian-6.12 debian-6.1' prove installed.t
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source=../../t/stress.sh
. "$top/tools/t/stress.sh"
need_roots
kernels=${kernels-debian-6.12}
make_release

# A kernel that cannot start programs for arm64 gets Debian's emulator for them, as long as
# this test lasts.
formats=/proc/sys/fs/binfmt_misc
forget() {
	[ ! -e "$formats/v7scope-arm64" ] || echo -1 >"$formats/v7scope-arm64"
	rm -rf --one-file-system "$tmp"
}
trap forget EXIT
if ! arch-test arm64 >/dev/null 2>&1; then
	[ -e $formats/register ] || mount -t binfmt_misc binfmt_misc $formats || bail "this kernel has no binfmt_misc"
	# The head of an ELF file for arm64, little endian, executable or shared
	echo ':v7scope-arm64:M::\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00:\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff:/usr/bin/qemu-aarch64-static:F' >$formats/register ||
		bail "cannot register the emulator for arm64"
fi

# value NAME: of what the guest said
value() { sed -n "s/^$1 //p" "$dir/values"; }

# upgrade DEB: the same package with a higher version, in $dir/upgrade
upgrade() {
	rm -rf "$tmp/x"
	mkdir "$dir/upgrade" && dpkg-deb -R "$1" "$tmp/x" && sed -i 's/^Version: .*/&+upgrade/' "$tmp/x/DEBIAN/control" &&
		dpkg-deb --root-owner-group -b "$tmp/x" "$dir/upgrade/v7scope_$version+upgrade_arm64.deb" >"$tmp/out" || bail "no upgrade"
}

for kernel in $kernels; do
	case $kernel in
	debian-6.1) release=bookworm ;;
	*) release=trixie ;;
	esac
	tap_prefix="$release, $kernel: "
	dir=$tmp/$kernel
	mkdir "$dir" || exit
	stress_for "$kernel" "$kernel" || continue
	root=$tmp/build
	make_root arm64 cross,nocheck || continue
	build -b -aarm64 -Pcross,nocheck
	ok $status "dpkg-buildpackage for arm64"
	[ $status -eq 0 ] || continue
	cp "$root/build/v7scope_${version}_arm64.deb" "$stress" "$top/tools/packaging/t/installed.guest" "$dir/" || exit
	rm -rf --one-file-system "$root"
	upgrade "$dir/v7scope_${version}_arm64.deb"

	# The libraries that the package depends on are there; apt installs nothing from outside.
	libraries=$(dpkg-deb -f "$dir/v7scope_${version}_arm64.deb" Depends | sed 's/ *([^)]*)//g; s/ *|[^,]*//g; s/ //g')
	debian "$release" "$tmp/root" --architectures=arm64 --variant=minbase --include="apt,busybox-static,curl,jq,kmod,procps,systemd,systemd-sysv,$libraries"
	ok "$status" "a root file system, by mmdebstrap"
	[ "$status" -eq 0 ] || continue
	run "$top/tools/lab/lab" run --kernel "$kernel" --root "$tmp/root" --timeout 1800 --dir "$dir" -- sh installed.guest
	cp "$tmp/out" "$dir/values"
	is "$status" 0 "it boots, and the kernel reports nothing"
	[ "$status" -eq 0 ] || continue
	is "$(value first) $(value release)" "systemd $release" "its own systemd is the first process"
	is "$(value installed)" "0 install ok installed" "apt installs the package"
	is "$(value enabled)" disabled "which does not enable the service"
	is "$(value stopped)" "0 inactive inactive" "an upgrade leaves a stopped service alone"
	[ "$(value paranoid)" = 2 ] || echo "# perf_event_paranoid $(value paranoid)"
	is "$(value start)" 0 "systemctl start v7scope"
	is "$(awk '/^v7scope_installs_total[{].*outcome="(won|-)"/ { n += $NF; hidden += /outcome="-"/ ? $NF : 0 } /^v7scope_frees_total[{].*reason="lost"/ { lost += $NF } END { print n - (hidden ? lost : 0) }' "$dir/metrics")" \
		"$(jq '.expect | .won_map + .won_split' "$dir/result")" "/metrics counts what the load counts"
	is "$(value check)" "$(jq '{pass: 0, fail: 1, "cannot tell": 3}[.result]' "$dir/check.json")" "a timer runs v7scope check, whose exit status is that of its JSON"
	is "$(jq '.figures.total.install.won' "$dir/check.json")" "$(jq '.expect | .won_map + .won_split' "$dir/result.2")" "which counted another load"
	echo "# check: $(jq -c '[.result, .config.source, (.judgements[] | select(.result != "pass" and .result != "skip") | .name)]' "$dir/check.json")"
	is "$(value upgraded)" "0 active active" "an upgrade of the running service: service and socket are active"
	is "$(value restarted) $(value deleted)" "ok 0" "it has restarted, answers, and runs the new binary"
	is "$(value purged)" 0 "apt purges the package"
	check "no file is left" cmp "$dir/before" "$dir/after"
	diff "$dir/before" "$dir/after" | sed 's/^/#   /'
	is "$(value units) $(value processes) $(value instances) $(value programs)" "0 0 0 0" "no unit, process, tracefs instance or BPF program is left"
	echo "# systemd $(value systemd)"
	[ "$(value start)" = 0 ] || sed 's/^/#   /' "$dir/journal"
	rm -rf --one-file-system "$tmp/root"
done
done_testing
