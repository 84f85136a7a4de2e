# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# shellcheck shell=sh disable=SC2154,SC2034 # sourced by lab, with the others
# Kernels as Debian ships them: the image and its modules from their packages, and a
# build folder for external modules from the headers. Nothing of the kernel is built.
#
# $cache/kernel/NAME/ of the image holds image and lib/modules/RELEASE/; NAME of the
# headers holds tree/, where external modules build. Both are kept like built kernels.

release=
# Raise when the way of making the headers' folder changes what modules become.
headers_recipe=1

# find_shipped: sets dir to the folder with the image, unpacked where it is missing.
find_shipped() {
	need_tools <<-EOF
	depmod kmod
	setpriv util-linux
	EOF
	find_release
	get_packages "linux-image-$release" "$debarch"
	name=$kernel-$arch-image-$version
	dir=$cache/kernel/$name
	title="Debian's $release ($version)"
	hold_kernel make_image
}

# find_release: sets release to that of the newest kernel of $package, like
# 6.1.0-50-arm64.
find_release() {
	apt_state "$suites" "$debarch"
	release=$(depends "$package" | sed -n 's/^linux-image-\([0-9]\)/\1/p' | head -n 1)
	[ -z "$release" ] || return 0
	[ "$apt_fresh" = yes ] ||
		die "cannot ask the mirrors for $package ($(apt_error)): look to the network and apt's mirrors, and run this again"
	failure=$unavailable
	die "the mirrors have no $package for $debarch in $suites (any more)"
}

depends() { apt-cache -c "$apt/conf" depends "$1" 2>/dev/null | sed -n 's/^  Depends: //p'; }

# get_packages PACKAGE DEBARCH: downloads it and, where Debian splits a kernel into
# several packages, all of the same release that it depends on. Sets debs to the files
# and version to the package's version.
get_packages() {
	parts="$1 $(depends "$1" | grep -x "linux-[a-z]*-$release" | xargs)"
	debs=
	for part in $parts; do
		source_package "$suites" "$part" "$2"
		[ -n "$debs" ] || { version=${deb##*/"$1"_}; version=${version%_*.deb}; }
		debs="$debs $deb"
	done
}

# begin_work MIB: an empty folder, which becomes $dir when it is complete
begin_work() {
	work=$dir.part
	scratch=$work
	rm -rf "$work"
	mkdir -p "$work/root" || die "cannot write to $cache"
	need_space "$1" "unpacking a kernel"
}

end_work() {
	touch "$work/used"
	mv "$work" "$dir" || die "cannot rename $work"
	scratch=
	keep=4
	make_room
}

# unpack_debs FOLDER: what $debs hold
unpack_debs() {
	for deb in $debs; do
		start_ticker "$title: unpack ${deb##*/}" unpacked "$work"
		run_job dpkg-deb -x "$deb" "$1" ||
			failed "unpack" "cannot unpack $deb, see above: remove it, and run this again"
		stop_ticker
	done
}

make_image() {
	begin_work 1024
	unpack_debs "$work/root"
	# The places differ between releases: /boot or the folder of the modules, and that one
	# in /lib or /usr/lib.
	mkdir -p "$work/lib/modules" || die "cannot write to $work"
	vmlinuz=$(find "$work/root" -type f -name 'vmlinuz*' | head -n 1)
	modules=$(find "$work/root" -type d -path "*lib/modules/$release" | head -n 1)
	[ -n "$vmlinuz" ] && [ -n "$modules" ] || die "$title: its packages hold no image or no modules"
	mv "$vmlinuz" "$work/image" && mv "$modules" "$work/lib/modules/" || die "cannot write to $work"
	# The package leaves this to the machine where it is installed.
	depmod -b "$work" "$release" || die "$title: depmod failed, see above"
	rm -rf "$work/root"
	end_work
}

# boot_modules MODULE...: the files of these and of all that they need, in
# $dir/lib/modules/$release. Modules that are built in have no line there.
boot_modules() {
	awk -v wanted="$*" '
	BEGIN { split(wanted, w, " "); for (i in w) is[w[i]] = 1 }
	{
		name = $1
		sub(/^.*\//, "", name)
		sub(/\.ko.*/, "", name)
		gsub(/-/, "_", name)
		if (name in is)
			for (i = 1; i <= NF; i++) { sub(/:$/, "", $i); print $i }
	}' "$dir/lib/modules/$release/modules.dep" | sort -u
}

# put_modules ROOT: into the initramfs, what it takes to mount the folder of all modules
put_modules() {
	modules=lib/modules/$release
	mkdir -p "$1/$modules" &&
		(cd "$dir/$modules" && { boot_modules virtio_mmio 9pnet_virtio 9p && ls modules.dep modules.alias modules.softdep modules.builtin; } |
			cpio -pdLm --quiet "$1/$modules")
}

# find_headers: sets dir to the folder whose tree/ is a build folder for modules.
find_headers() {
	need_tools <<-EOF
	gcc gcc
	make make
	${cross}gcc $compiler_package
	setpriv util-linux
	EOF
	find_release
	headers=linux-headers-$release
	get_packages "$headers" "$debarch"
	all_debs=$debs
	headers_version=$version
	for part in $(depends "$headers" | grep -E '^linux-headers-.*-common'); do
		source_package "$suites" "$part" "$debarch"
		all_debs="$all_debs $deb"
	done
	# Programs of the build run here and not on the target.
	source_package "$suites" "$(depends "$headers" | grep -m 1 '^linux-kbuild-')"
	all_debs="$all_debs $deb"
	debs=$all_debs
	name=$kernel-$arch-headers-$headers_version-gcc$("${cross}gcc" -dumpversion)-$headers_recipe
	dir=$cache/kernel/$name
	title="Debian's headers of $release ($headers_version)"
	hold_kernel make_headers
}

make_headers() {
	begin_work 512
	unpack_debs "$work/root"
	tree=$work/root/usr/src/$headers
	[ -e "$tree/Makefile" ] && [ -e "$tree/Module.symvers" ] || die "$title: its packages hold no build folder"
	# They are made for /usr/src.
	sed -i "s,/usr/src/,$dir/root/usr/src/,g" "$tree/Makefile" || die "cannot write to $work"
	# It holds BTF only, for BTF of external modules, which takes the pahole of that release.
	rm -f "$tree/vmlinux"
	echo "override CC = ${cross}gcc" >>"$tree/.kernelvariables"
	# A compiler before GCC 14 aligns no cold functions, and ftrace needs aligned functions
	# on arm64. Without these symbols the kernel makes no function cold.
	echo | "${cross}gcc" -fmin-function-alignment=8 -fsyntax-only -xc - 2>/dev/null ||
		sed -i '/CONFIG_CC_HAS_\(MIN\|SANE\)_FUNCTION_ALIGNMENT[ =]/d' "$tree/include/config/auto.conf" "$tree/include/generated/autoconf.h" ||
		die "cannot write to $work"
	wrap_programs
	ln -s "root/usr/src/$headers" "$work/tree" || die "cannot write to $work"
	end_work
}

# The suite may be newer than this machine, whose C library does not run its programs then.
wrap_programs() {
	find "$work"/root/usr/lib/linux-kbuild-*/scripts -type f -perm -100 >"$work/programs"
	while read -r program; do
		ldd "$program" 2>&1 | grep -q 'not found' || continue
		if [ ! -d "$work/libc" ]; then
			# Backports are built with what their release has.
			source_package "${suites%-backports}" libc6
			scratch=$work
			dpkg-deb -x "$deb" "$work/libc" || failed "unpack" "cannot unpack $deb, see above: remove it, and run this again"
			loader=$(cd "$work" && find libc -name 'ld-linux*.so.*' | head -n 1)
			library=$(cd "$work" && find libc -name libc.so.6 | head -n 1)
		fi
		mv "$program" "$program.elf" || die "cannot write to $work"
		cat >"$program" <<-EOF
		#!/bin/sh
		exec $dir/$loader --argv0 "\$0" --library-path $dir/${library%/*} "\$0.elf" "\$@"
		EOF
		chmod 755 "$program" || die "cannot write to $work"
	done <"$work/programs"
}
