#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# The same bytes from two folders, by two users, at two dates, in two time zones.
# shellcheck disable=SC2015,SC2016 # $ is for the shell that is started
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"
cd "$top" || bail "no tree"
make -s build/web/page.c || bail "there is no page"
machine=$(gcc -dumpmachine | cut -d- -f1)
first=$tmp/a second=$tmp/another/folder/with/a/longer/name
# The other user goes through it.
chmod 755 "$tmp"
copy "$first" && copy "$second" || bail "cannot copy the tree"

build="make -s -j$(nproc)"
# shellcheck disable=SC2086 # words
check "the first build" env -C "$first" LC_ALL=C TZ=UTC $build
prefix=
if [ "$(id -u)" -eq 0 ]; then
	chown -R nobody "$tmp/another"
	prefix='setpriv --reuid=nobody --clear-groups --'
else
	skip "another user" "not started as root"
fi
if command -v faketime >/dev/null; then
	later="faketime -f +400d"
else
	skip "another date" "faketime is not installed"
	later=
fi
# shellcheck disable=SC2086
check "the second build" env -C "$second" HOME=/nonexistent TZ=Asia/Tokyo LC_ALL=C.UTF-8 \
	$prefix $later sh -c "umask 077; $build"
for file in bpf/v7scope.bpf.o bpf/kprobe.skel.h bpf/terminal.h web/page.html.gz "$machine/v7scope" "$machine/v7scope.stripped"; do
	check "equal: $file" cmp "$first/build/$file" "$second/build/$file"
done
check "no folder of the build in the program" sh -c '! grep -qF -e "$1" "$0"' "$first/build/$machine/v7scope" "$first"

# Headers of another machine: their folder is not in the debug information.
sysroot=$(tools/lab/lab sysroot arm64) || bail "no sysroot for arm64"
ln -s "$sysroot" "$tmp/elsewhere"
for root in "$sysroot" "$tmp/elsewhere"; do
	check "an object with headers of ${root##*/}" make -s -C "$first" CROSS_COMPILE=aarch64-linux-gnu- SYSROOT="$root" -W user/http/auth.c build/arm64/http/auth.o
	mv "$first/build/arm64/http/auth.o" "$tmp/${root##*/}.o"
done
check "equal: with headers from two folders" cmp "$tmp/${sysroot##*/}.o" "$tmp/elsewhere.o"

# A test that could not fail would be none.
check "planted: without the map of folders, a build" make -s -C "$first" same= -W user/lib/err.c "build/$machine/lib/err.o"
check "planted: is not equal" sh -c '! cmp -s "$1" "$0"' "$first/build/$machine/lib/err.o" "$second/build/$machine/lib/err.o"
done_testing
