#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# A release: it is always the same, and builds with a C compiler and the libraries alone.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"
cd "$top" || bail "no tree"
[ -e .git ] || skip_all "a release is made from git"
git diff --quiet HEAD -- bpf user/cmd/terminal.ti || skip_all "a release is what is committed, and bpf/ has changes"
version=$(sed -n 's/^VERSION[^0-9]*//p' Makefile)
tar=v7scope-$version.tar.gz

run make -s dist
ok $status "make dist"
cp "build/$tar" "$tmp/first.tar.gz" || bail "no release"
check "the checksum is that of the release" env -C build sha256sum -c "$tar.sha256"
run env TZ=Asia/Tokyo sh -c 'umask 077; make -s dist'
check "a second release is equal" cmp "build/$tar" "$tmp/first.tar.gz"

mkdir "$tmp/path"
tar -xzf "$tmp/first.tar.gz" -C "$tmp" || bail "cannot extract the release"
cd "$tmp/v7scope-$version" || bail "the release has another folder"
has tools/packaging/CHANGELOG "^$version\$" "the changes of $version are listed"
check "each minified script stands beside its source" [ -s user/web/uplot/dist/uPlot.iife.js ]
for program in clang bpftool llvm-strip npm node tic infocmp git; do
	printf '#!/bin/sh\necho "%s is started" >&2\nexit 1\n' "$program" >"$tmp/path/$program"
done
chmod +x "$tmp/path"/*
PATH=$tmp/path:$PATH run make -s -j"$(nproc)" STATIC=0 BPFTOOL=bpftool
ok $status "builds without clang, bpftool, npm, tic and git"
machine=$(gcc -dumpmachine | cut -d- -f1)
check "and runs" "build/$machine-shared/v7scope" version
check "with its page" [ -s build/web/page.html.gz ]
check "nothing was made again" [ ! -e build/bpf/v7scope.skel.h ]
rm -r bpf/made
PATH=$tmp/path:$PATH run make -s STATIC=0 BPFTOOL=bpftool build/bpf/v7scope.skel.h
check "planted: without the files that are in the release, clang is started" grep -q 'clang is started' "$tmp/err"

# Objects of other sources than those in the release
git clone -q --shared "$top" "$tmp/changed" && echo '/* changed */' >>"$tmp/changed/bpf/hist.h" || bail "cannot clone"
run make -s -C "$tmp/changed" dist -o build/web/node_modules/uplot
has "$tmp/err" '^dist: a release is what is committed; commit your changes of bpf/' "planted: a change that is not committed is refused"
done_testing
