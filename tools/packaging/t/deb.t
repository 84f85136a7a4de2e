#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# The Debian packages, on fresh Debian roots: built with their tests by a user without
# privileges and without a network, from a release; without a complaint of lintian;
# installed and purged. On the last release, also built for arm64 and armhf.
#
#   releases='bookworm trixie' prove deb.t
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"
need_roots
releases=${releases-bookworm trixie}
make_release

# complaints ARCH: of lintian, about the packages
complaints() {
	inside "$root" lintian --allow-root --fail-on error,warning "/build/v7scope_${version}_$1.changes"
	[ $status -eq 0 ] && ! grep -q '^[EW]:' "$tmp/out"
	ok $? "lintian: no error and no warning"
	sed 's/^/#   /' "$tmp/out"
}

# hardened FILE
hardened() {
	readelf -hldW "$1" >"$tmp/out"
	has "$tmp/out" "Type: +DYN" "position-independent"
	has "$tmp/out" "GNU_RELRO" "relocations become read-only"
	has "$tmp/out" "BIND_NOW|FLAGS.* NOW" "all symbols are bound at the start"
	readelf --dyn-syms -W "$1" >"$tmp/out"
	has "$tmp/out" "__stack_chk_fail" "the stack is protected"
	has "$tmp/out" "__[a-z]*_chk@" "fortified"
}

# sizes ARCH
sizes() {
	deb=$root/build/v7scope_${version}_$1.deb
	rm -rf "$tmp/x"
	dpkg-deb -x "$deb" "$tmp/x"
	ok $? "the package can be extracted"
	size=$(stat -c %s "$tmp/x/usr/bin/v7scope")
	check "the binary: $size bytes, at most 750000" [ "$size" -le 750000 ]
	check "the package: $(stat -c %s "$deb") bytes; installed: $(dpkg-deb -f "$deb" Installed-Size) KiB" true
	hardened "$tmp/x/usr/bin/v7scope"
}

# files: of the root, but for the logs and lists of apt and dpkg, and caches
files() {
	(cd "$root" && find . \( -path ./proc -o -path ./build -o -path ./var/lib/dpkg -o -path ./var/log -o -path ./var/cache -o -path ./var/lib/apt \) -prune -o -print) | sort
}

for release in $releases; do
	tap_prefix="$release: "
	root=$tmp/$release
	make_root "$native" "" || continue
	build
	ok $status "dpkg-buildpackage, source and binary, with the tests"
	[ $status -eq 0 ] || continue
	has "$tmp/log" "^Files=[0-9]+, Tests=[0-9]{4}," "the tests ran"
	complaints "$native"
	sizes "$native"
	case $release in
	bookworm) units=lib/systemd/system ;;
	*) units=usr/lib/systemd/system ;;
	esac
	for path in etc/default/v7scope $units/v7scope.service $units/v7scope.socket usr/share/man/man1/v7scope.1.gz \
		usr/share/bash-completion/completions/v7scope usr/share/zsh/vendor-completions/_v7scope usr/share/v7scope/schema/stat.json; do
		check "holds /$path" [ -s "$tmp/x/$path" ]
	done
	check "the debug information has a package" [ -s "$root/build/v7scope-dbgsym_${version}_$native.deb" ]

	files >"$tmp/before"
	inside "$root" sh -c "apt-get install --yes /build/v7scope_${version}_$native.deb /build/v7scope-dashboards_${version}_all.deb"
	ok $status "apt-get installs both"
	inside "$root" v7scope version
	ok $status "it runs"
	check "dashboards: the rules" cmp "$top/tools/dashboards/rules.yml" "$root/usr/share/v7scope/dashboards/rules.yml"
	inside "$root" apt-get purge --yes v7scope v7scope-dashboards
	ok $status "apt-get purges both"
	files >"$tmp/after"
	check "and leaves nothing" diff "$tmp/before" "$tmp/after"
	rm -rf --one-file-system "$root"
done

for arch in arm64 armhf; do
	[ "$arch" != "$native" ] || continue
	tap_prefix="$release, for $arch: "
	root=$tmp/$release-$arch
	make_root "$arch" cross,nocheck || continue
	build -b "-a$arch" -Pcross,nocheck
	ok $status "dpkg-buildpackage"
	[ $status -eq 0 ] || continue
	complaints "$arch"
	sizes "$arch"
	rm -rf --one-file-system "$root"
done
tap_prefix=
check "the debian folder leaves the sources as they are" [ ! -e "$top/debian" ]
done_testing
