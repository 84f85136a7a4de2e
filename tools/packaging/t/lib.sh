# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# shellcheck shell=sh
# shellcheck source-path=SCRIPTDIR source=../../t/tap.sh
. "$(dirname -- "$0")/../../t/tap.sh"
top=$(readlink -f -- "$(dirname -- "$0")/../../..")
# The flags of the make that runs the tests are not part of a packager's environment.
unset MAKEFLAGS MFLAGS MAKELEVEL WERROR CC CFLAGS CPPFLAGS LDFLAGS STRIP CROSS_COMPILE SAN

# copy TO: the sources as they are now, and the npm package, so that nothing is fetched
copy() {
	mkdir -p "$1/build/web" &&
		(cd "$top" && git ls-files -z --cached --others --exclude-standard | tar -c --null -T - --ignore-failed-read 2>/dev/null) | tar -x -C "$1" &&
		cp -a "$top/build/web/node_modules" "$top/build/web/package-lock.json" "$1/build/web/" &&
		touch "$1/build/web/node_modules/uplot"
}

# need_roots: what makes Debian's root file systems
need_roots() {
	[ "$(id -u)" -eq 0 ] || skip_all "only root can make Debian's root file systems and enter them"
	"$top/tools/deps" arch-test debian-archive-keyring dpkg-dev mmdebstrap qemu-user-static >&2 || bail "no mmdebstrap, see above"
	# shellcheck source=tools/lab/fetch.sh
	. "$top/tools/lab/fetch.sh"
	uri=$(mirror 0)
	[ -n "$uri" ] || bail "the machine's apt names no Debian mirror"
}

# debian RELEASE FOLDER OPTION...: a root file system of Debian, by mmdebstrap
debian() {
	release=$1 folder=$2
	shift 2
	run mmdebstrap --mode=root "$@" "$release" "$folder" "deb $uri $release main"
}

# inside FOLDER COMMAND...: run it there as root, with /proc and /sys and without a
# network. All that it starts ends with it.
# shellcheck disable=SC2016 # the inner shell expands it
inside() {
	run unshare --mount --pid --net --fork --kill-child sh -c '
		ip link set lo up && mount -t proc proc "$1/proc" && mount --rbind /sys "$1/sys" && exec chroot "$@"' sh "$@"
}

# make_release: the sources that dpkg-buildpackage takes
make_release() {
	native=$(dpkg --print-architecture)
	version=$(sed -n 's/^VERSION[^0-9]*//p' "$top/Makefile")-1
	run "$top/tools/packaging/deb" --release "$tmp/release"
	[ $status -eq 0 ] || bail "no release: $(tail -n 3 "$tmp/err")"
}

# make_root ARCH PROFILES: $root, of $release, with what the package says it needs to be built for ARCH. A mirror
# that is just being changed is no fault of the package.
make_root() {
	# shellcheck disable=SC2016 # mmdebstrap's shell expands it
	debian "$release" "$root" --variant=buildd --architectures="$native,$1" --include=lintian,"${2:+crossbuild-essential-$1}" \
		--customize-hook="copy-in $tmp/release /" --customize-hook='mv "$1/release" "$1/build"' \
		--customize-hook='chroot "$1" sh -c "apt-get build-dep --yes --host-architecture='"$1 --build-profiles=$2"' ./build/v7scope-*/"'
	[ $status -ne 0 ] || return 0
	! grep '^E: Failed to fetch\|Mirror sync' "$tmp/err" >"$tmp/out" || { skip "a root of $release" "$(head -n 1 "$tmp/out")"; return 1; }
	ok $status "a root of $release, with all that the package needs"
	return 1
}

# build [OPTION...]: the packages, by a user of the root, in /build
build() {
	chown -R 65534:65534 "$root/build" || bail "no release in $root"
	# shellcheck disable=SC2016
	inside "$root" setpriv --reuid 65534 --regid 65534 --clear-groups env -i PATH=/usr/bin:/bin HOME=/nonexistent LC_ALL=C.UTF-8 \
		sh -c 'cd /build/v7scope-* && exec dpkg-buildpackage -us -uc "$@"' sh "$@"
	cp "$tmp/out" "$tmp/log"
	tail -n 40 "$tmp/log" >"$tmp/out"
}
