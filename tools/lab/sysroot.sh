# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# shellcheck shell=sh disable=SC2154 # sourced by lab, with the others
# lab sysroot: the target's Debian packages, extracted and not installed. The
# cross compiler's sysroot, and the guest's programs.

verb_sysroot() {
	[ $# -eq 1 ] || misuse "sysroot wants an architecture, as in: lab sysroot arm64"
	arch_row "$1"
	find_sysroot
	echo "$sysroot"
}

more_packages=

# find_sysroot: sets sysroot to the tree that has them, and $more_packages too.
find_sysroot() {
	sysroot_packages="$sysroot_packages $more_packages"
	of_arch=$arch
	[ -z "$more_packages" ] || of_arch=$arch+$(echo "$more_packages" | sha256sum | cut -c 1-8)
	apt_state "$debsuites" "$debarch"
	# shellcheck disable=SC2086
	files=$(ask install --yes --download-only --print-uris $sysroot_packages | awk '{ print $2 }' | sort)
	key=$(printf 'layout 3\n%s\n' "$files" | sha256sum | cut -c 1-16)
	sysroot=$cache/sysroot/$of_arch-$key
	if [ -z "$files" ]; then
		# shellcheck disable=SC2012 # names of our own making
		sysroot=$(ls -td "$cache/sysroot/$of_arch-"????????????????/ 2>/dev/null | head -n 1)
		sysroot=${sysroot%/}
		[ -n "$sysroot" ] || rm -f "$apt/failed"
		[ -n "$sysroot" ] || die "cannot download the $debarch packages: $(apt_error). Look to the network and apt's mirrors, and run this again"
		say "cannot ask the mirrors for the newest $debarch packages ($(apt_error)); going on with ${sysroot##*/}"
		return
	fi
	[ ! -d "$sysroot" ] || return 0
	lock 8 "sysroot-$arch"
	[ -d "$sysroot" ] || make_sysroot
	unlock 8
}

make_sysroot() {
	work=$sysroot.part
	scratch=$work
	rm -rf "$work"
	need_space 1024 "the $debarch packages"
	mkdir -p "$work/tree/usr/bin" "$work/tree/usr/sbin" "$work/tree/usr/lib" "$work/debs/partial" || die "cannot write to $cache"
	# The guest mounts there.
	(cd "$work/tree" && mkdir proc sys dev tmp host root run && ln -s usr/bin usr/sbin usr/lib .) || die "cannot write to $work"
	start_ticker "download $(echo "$files" | wc -l) $debarch packages"
	# shellcheck disable=SC2086
	run_job apt-get -c "$apt/conf" -qq -o "Dir::Cache::archives=$work/debs" install --yes --download-only \
		$sysroot_packages >"$apt/log" 2>&1
	set -- $?
	stop_ticker
	if [ "$1" -ne 0 ]; then
		failed "download" "cannot download the $debarch packages: $(apt_error). Look to the network and apt's mirrors, and run this again"
	fi
	start_ticker "extract $debarch packages"
	for file in $files; do
		# dpkg-deb -x would put folders in the place of the links.
		# shellcheck disable=SC2016 # the inner shell expands it
		run_job sh -c 'dpkg-deb --fsys-tarfile "$1" | tar -xp -C "$2" --keep-directory-symlink' \
			sh "$work/debs/$file" "$work/tree" 2>"$apt/log" ||
			failed "extract" "cannot extract $file: $(tail -n 1 "$apt/log")"
	done
	stop_ticker
	# Programs that start others take it for granted.
	[ -e "$work/tree/usr/bin/sh" ] || ln -s busybox "$work/tree/usr/bin/sh" || die "cannot write to $work"
	mv "$work/tree" "$sysroot" || die "cannot rename $work/tree"
	rm -rf "$work"
	scratch=
}
