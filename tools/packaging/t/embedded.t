#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# Buildroot's package and Yocto's recipe: their commands, run on a release with Debian's cross
# compilers and libraries, in the environment that Buildroot and bitbake give them; and the
# files that they install. With the trees of these projects, also by their own tools:
#
#   BUILDROOT=DIR OE_CORE=DIR BITBAKE=DIR prove embedded.t
# shellcheck disable=SC2016 # make and the recipe expand it
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"
packaging=$top/tools/packaging
recipe=$packaging/yocto/recipes-support/v7scope/v7scope_0.1.bb
mk=$packaging/buildroot/package/v7scope/v7scope.mk
version=$(sed -n 's/^VERSION[^0-9]*//p' "$top/Makefile")

run make -s -C "$top" dist
[ $status -eq 0 ] || bail "no release: $(tail -n 3 "$tmp/err")"
cp "$top/build/v7scope-$version.tar.gz" "$tmp/" || bail "no release"
(cd "$tmp" && sha256sum "v7scope-$version.tar.gz") >"$tmp/sha256"

# extract TO: the release
extract() { mkdir -p "$1" && tar -xzf "$tmp/v7scope-$version.tar.gz" -C "$1" --strip-components=1 || bail "cannot extract the release"; }

# installed FOLDER: the files there
installed() { (cd "$1" && find . -type f -o -type l) | sed 's/^\.//' | sort; }

# Buildroot's names for what it gives a package
stub() {
	cat <<-STUB
	qstrip = \$(strip \$(subst ",,\$(1)))
	INSTALL = install
	TARGET_DIR = $1/target
	TARGET_MAKE_ENV = PATH="\$(PATH)"
	TARGET_CONFIGURE_OPTS = AR=$3ar AS=$3as LD=$3ld NM=$3nm CC="$3gcc --sysroot=$2" STRIP=$3strip OBJCOPY=$3objcopy \\
		CPPFLAGS="-D_LARGEFILE_SOURCE -D_LARGEFILE64_SOURCE -D_FILE_OFFSET_BITS=64" CFLAGS="-O2 -g0 -D_FORTIFY_SOURCE=1" LDFLAGS="" PKG_CONFIG=pkg-config
	include $mk
	$1/src/.built: ; \$(V7SCOPE_BUILD_CMDS)
	$1/src/.installed: ; \$(V7SCOPE_INSTALL_TARGET_CMDS)
	$1/src/.units: ; \$(V7SCOPE_INSTALL_INIT_SYSTEMD)
	STUB
}

cat >"$tmp/buildroot.files" <<'FILES'
/usr/bin/v7scope
/usr/share/bash-completion/completions/v7scope
/usr/share/doc/v7scope/strict.conf
/usr/share/zsh/site-functions/_v7scope
FILES

while read -r arch cross machine defconfig; do
	sysroot=$("$top/tools/lab/lab" sysroot "$arch") || bail "no sysroot for $arch"
	tap_prefix="Buildroot, $arch: "
	dir=$tmp/br-$arch
	extract "$dir/src"
	stub "$dir" "$sysroot" "$cross" >"$dir/Makefile"
	run make -f "$dir/Makefile" "$dir/src/.built"
	ok $status "V7SCOPE_BUILD_CMDS"
	run make -f "$dir/Makefile" "$dir/src/.installed"
	ok $status "V7SCOPE_INSTALL_TARGET_CMDS"
	readelf -h "$dir/target/usr/bin/v7scope" >"$tmp/out"
	has "$tmp/out" "Machine: +$machine" "the binary is for the target"
	installed "$dir/target" | grep -v '^/usr/share/\(man\|v7scope/schema\)/' >"$tmp/out"
	check "it installs what it should, and no unit" diff "$tmp/buildroot.files" "$tmp/out"
	run make -f "$dir/Makefile" "$dir/src/.units"
	check "the units with systemd" [ "$status $(installed "$dir/target" | grep -c '^/usr/lib/systemd/system/v7scope\(\.service\|\.socket\|-export\.service\|-export\.timer\)$')" = "0 4" ]
	planted=$dir/planted.mk
	sed 's/STATIC=0/STATIC=0 PKG_CONFIG=false/' "$mk" >"$planted"
	sed "s|^include .*|include $planted|" "$dir/Makefile" >"$dir/Makefile.planted"
	check "planted: a library that is not found fails the build" sh -c '! make -s -B -f "$0" "$1"' "$dir/Makefile.planted" "$dir/src/.built"

	if [ -e "${BUILDROOT-}/package/pkg-generic.mk" ]; then
		out=$tmp/out-$arch
		cp -R "$packaging/buildroot" "$dir/external" && sed 's/^/sha256  /' "$tmp/sha256" >>"$dir/external/package/v7scope/v7scope.hash" || bail "cannot copy"
		run make -C "$BUILDROOT" O="$out" BR2_EXTERNAL="$dir/external" "$defconfig"
		printf 'BR2_PACKAGE_V7SCOPE=y\nBR2_PACKAGE_V7SCOPE_SITE="file://%s"\n' "$tmp" >>"$out/.config"
		run make -C "$BUILDROOT" O="$out" olddefconfig
		check "$defconfig takes the package" grep -q '^BR2_PACKAGE_V7SCOPE=y' "$out/.config"
		# The toolchain and the libraries are Debian's: nothing is downloaded.
		mkdir -p "$out/target"
		run make -C "$BUILDROOT" O="$out" BR2_TAR_HOST_DEPENDENCY= TAR=tar V7SCOPE_DEPENDENCIES= V7SCOPE_ADD_TOOLCHAIN_DEPENDENCY=NO \
			V7SCOPE_ADD_SKELETON_DEPENDENCY=NO TARGET_CROSS="$cross" TARGET_CC="${cross}gcc --sysroot=$sysroot" PKG_CONFIG_HOST_BINARY=pkg-config v7scope
		ok $status "make v7scope of $defconfig: download, check of the checksums, extract, build, install"
		installed "$out/target" >"$tmp/out"
		check "the same files" sh -c 'grep -vxF -f "$0" "$1" | grep -v "^/usr/share/\(man\|v7scope/schema\)/" | diff /dev/null -' "$tmp/buildroot.files" "$tmp/out"
	else
		skip "make v7scope of $defconfig" "BUILDROOT names no tree of Buildroot"
	fi

	tap_prefix="Yocto, $arch: "
	dir=$tmp/oe-$arch
	extract "$dir/src"
	options=$(sed -n 's/^EXTRA_OEMAKE = "\(.*\)"/\1/p' "$recipe" | sed 's|\${prefix}|/usr|; s|\${systemd_system_unitdir}|/usr/lib/systemd/system|')
	# oemake ARGUMENT...: as bitbake runs make
	# shellcheck disable=SC2086
	oemake() {
		run env CC="${cross}gcc -fstack-protector-strong -O2 -D_FORTIFY_SOURCE=2 -Wformat -Wformat-security --sysroot=$sysroot" \
			STRIP="${cross}strip" CPPFLAGS="" CFLAGS="-O2 -g -pipe" LDFLAGS="-Wl,-O1 -Wl,--hash-style=gnu -Wl,--as-needed -Wl,-z,relro,-z,now" \
			make -C "$dir/src" $options "$@"
	}
	oemake
	ok $status "do_compile"
	sed -n '/^do_install()/,/^}/p' "$recipe" >"$tmp/install"
	is "$(sed -n 's/^ *oe_runmake //p' "$tmp/install")" 'install DESTDIR=${D}' "do_install is what is tried here"
	oemake install DESTDIR="$dir/image"
	ok $status "do_install"
	# Patterns of oe-core's bitbake.conf and bash-completion.bbclass, and those of the recipe
	{
		printf '%s\n' '/usr/bin/*' /usr/share/man /usr/share/doc /usr/share/v7scope /usr/share/bash-completion
		sed -n 's/^FILES:.* = "\(.*\)"/\1/p' "$recipe" | sed 's|\${datadir}|/usr/share|; s|\${systemd_system_unitdir}|/usr/lib/systemd/system|'
	} | sed 's|[/*]*$||; s|^|^|; s|$|(/\|$)|' >"$tmp/patterns"
	check "each file has a package" sh -c '! grep -vE -f "$0"' "$tmp/patterns" <<-LIST
	$(installed "$dir/image")
	LIST
	grep -v systemd "$tmp/patterns" >"$tmp/patterns.planted"
	check "planted: a file without a package is noticed" grep -qvE -f "$tmp/patterns.planted" <<-LIST
	$(installed "$dir/image")
	LIST
done <<EOF2
arm64 aarch64-linux-gnu- AArch64 qemu_aarch64_virt_defconfig
armv7 arm-linux-gnueabihf- ARM qemu_arm_vexpress_defconfig
EOF2

tap_prefix="Yocto: "
is "$(sed -n 's|.*file://LICENSE;md5=\([0-9a-f]*\).*|\1|p' "$recipe")" "$(md5sum <"$top/LICENSE" | cut -d ' ' -f 1)" "the licence is that of the recipe"
is "$(sed -n 's|^sha256  \([0-9a-f]*\)  LICENSE$|\1|p' "$packaging/buildroot/package/v7scope/v7scope.hash")" "$(sha256sum <"$top/LICENSE" | cut -d ' ' -f 1)" "the licence is that of Buildroot's list"
if [ -x "${BITBAKE-}/bin/bitbake" ] && [ -e "${OE_CORE-}/meta/conf/layer.conf" ]; then
	mkdir -p "$tmp/oe/conf" && cp -R "$packaging/yocto" "$tmp/oe/meta-v7scope" && cp -R "$top/kernel-patch/v6.12" "$tmp/oe/meta-v7scope/recipes-kernel/linux/files/v7scope-series" || bail "cannot copy the layer"
	printf 'BBPATH = "${TOPDIR}"\nBBFILES ?= ""\nBBLAYERS = "%s/meta %s/oe/meta-v7scope"\n' "$OE_CORE" "$tmp" >"$tmp/oe/conf/bblayers.conf"
	cat >"$tmp/oe/conf/local.conf" <<-EOF
	MACHINE = "qemuarm64"
	BB_NO_NETWORK = "1"
	INHERIT:remove = "sanity"
	USER_CLASSES = ""
	HOSTTOOLS = "sh bash cat cp mv rm ls mkdir sed awk grep python3 tar gzip install make find"
	HOSTTOOLS_NONFATAL = ""
	V7SCOPE_RELEASES = "file://$tmp"
	EOF
	chmod 755 "$tmp" && chown -R 65534:65534 "$tmp/oe"
	# bitbake FILE: its variables; bitbake refuses root
	bitbake() {
		run setpriv --reuid 65534 --regid 65534 --clear-groups env -i PATH="$BITBAKE/bin:/usr/bin:/bin:/usr/sbin:/sbin" HOME="$tmp/oe" LC_ALL=en_US.UTF-8 \
			sh -c 'cd "$0" && exec bitbake -b "$1" -e' "$tmp/oe" "$1"
	}
	bitbake "$tmp/oe/meta-v7scope/recipes-support/v7scope/v7scope_0.1.bb"
	ok $status "bitbake reads the recipe"
	has "$tmp/out" '^EXTRA_OEMAKE="STATIC=0 STRIP=: PREFIX=/usr SYSTEMDUNITDIR=/usr/lib/systemd/system"' "bitbake: the options of make"
	has "$tmp/out" '^FILES:v7scope=".*/usr/share/v7scope ' "bitbake: the schemas have a package"
else
	skip "bitbake" "BITBAKE and OE_CORE name no trees of bitbake and openembedded-core"
fi
done_testing
