#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# The build, as distributions call it: their flags and compilers, and what hardens the
# program.
# shellcheck disable=SC2015,SC2016 # $ is for the shell that is started
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"
cd "$top" || bail "no tree"
make -s build/web/page.c || bail "there is no page"
copy "$tmp/tree" || bail "cannot copy the tree"
cd "$tmp/tree" || bail "no copy"
jobs=$(nproc)

# shellcheck disable=SC2317 # called by check
# builds ARGUMENT...: with warnings as errors, from the start but for the BPF programs
builds() {
	rm -rf build/x86_64* build/arm*
	make -s -j"$jobs" WERROR=-Werror "$@"
}

# hard FILE WHAT: position-independent, relocations read-only once started, and a canary
hard() {
	readelf -hldW "$1" >"$tmp/out" 2>"$tmp/err"
	has "$tmp/out" "Type: +DYN" "$2: position-independent"
	has "$tmp/out" "GNU_RELRO" "$2: relocations become read-only"
	has "$tmp/out" "NOW" "$2: all symbols are bound at the start"
	check "$2: no stack that can be executed" sh -c '! grep "GNU_STACK.* RWE" "$0"' "$tmp/out"
}

# canary FILE WHAT: functions with arrays check the stack
canary() {
	nm "$1" >"$tmp/out" 2>"$tmp/err"
	has "$tmp/out" "__stack_chk_fail" "$2: the stack is protected"
}

machine=$(gcc -dumpmachine | cut -d- -f1)
check "CPPFLAGS=-D_FORTIFY_SOURCE=3, CFLAGS with -std=gnu17: no warning" \
	builds CPPFLAGS=-D_FORTIFY_SOURCE=3 CFLAGS="-O2 -g -std=gnu17"
hard "build/$machine/v7scope.stripped" static
canary "build/$machine/v7scope" static
check "static: it runs" "build/$machine/v7scope" version
check "static: no shared library" sh -c '! readelf -d "$0" | grep NEEDED' "build/$machine/v7scope"

check "STATIC=0" builds STATIC=0
hard "build/$machine-shared/v7scope.stripped" shared
canary "build/$machine-shared/v7scope" shared
check "shared: it runs" "build/$machine-shared/v7scope" version
readelf -d "build/$machine-shared/v7scope" >"$tmp/out"
has "$tmp/out" "NEEDED.*libbpf" "shared: libbpf is a library"
check "shared: no library that repeats another" sh -c '! grep "libevent-" "$0"' "$tmp/out"
size=$(stat -c %s "build/$machine-shared/v7scope.stripped")
check "shared: $size bytes, at most 750000" [ "$size" -le 750000 ]

check "CC=clang from the environment" env CC=clang make -s -j"$jobs" WERROR=-Werror "build/$machine-noweb/v7scope" WITH_WEB=0
check "clang: it runs" "build/$machine-noweb/v7scope" version

sysroot=$("$top/tools/lab/lab" sysroot arm64) || bail "no sysroot for arm64"
check "CC with --sysroot=, STRIP of its own" \
	builds CC="aarch64-linux-gnu-gcc --sysroot=$sysroot" STRIP=aarch64-linux-gnu-strip
readelf -h build/arm64/v7scope.stripped >"$tmp/out"
has "$tmp/out" "Machine: +AArch64" "CC with --sysroot=: the other machine's program"
hard build/arm64/v7scope.stripped "arm64, static"
size=$(stat -c %s build/arm64/v7scope.stripped)
check "arm64, static: $size bytes, at most 6500000" [ "$size" -le 6500000 ]

# The build uses each tool that the environment names. A missing one is an error with its cause.
rm build/arm64/v7scope.stripped
check "STRIP=: leaves the debug information in" make -s STRIP=: CC="aarch64-linux-gnu-gcc --sysroot=$sysroot"
check "STRIP=: ..." cmp build/arm64/v7scope build/arm64/v7scope.stripped
run make -s PKG_CONFIG=/nonexistent/pkg-config STATIC=0 WITH_WEB=0
check "without pkg-config: an error" [ "$status" -ne 0 ]
has "$tmp/err" "/nonexistent/pkg-config does not find all libraries" "without pkg-config: the cause"
run env PKG_CONFIG_LIBDIR=/nonexistent make -s STATIC=0 WITH_WEB=0
has "$tmp/err" "Package '?libbpf'?.*not found|No package 'libbpf' found" "without libbpf.pc: the library is named"
run make -s CLANG=/nonexistent/clang -W bpf/flush.bpf.c build/bpf/flush.bpf.o
has "$tmp/err" "/nonexistent/clang" "CLANG is used"
run make -s BPFTOOL=/nonexistent/bpftool -W build/bpf/flush.bpf.o build/bpf/flush.skel.h
has "$tmp/err" "/nonexistent/bpftool" "BPFTOOL is used"

# A warning is an error in `make check` only.
echo 'static int planted(void) { return 0; }' >>user/lib/err.c
check "a warning does not stop a build" make -s "build/$machine/lib/err.o"
run make -s -W user/lib/err.c WERROR=-Werror "build/$machine/lib/err.o"
check "a warning stops the build of make check" [ "$status" -ne 0 ]
make -n -W user/lib/err.c check-tests 2>/dev/null | grep -e "-c user/lib/err.c -o build/$machine/" >"$tmp/out"
has "$tmp/out" "-Werror" "make check sets WERROR"
done_testing
