#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 the v7scope authors
# kernel-patch/check finds faults: one is planted in each patch.
set -u

# shellcheck disable=SC2154 # lib.sh sets them
# shellcheck source-path=SCRIPTDIR
# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
tree=$("$lab" source 6.1) || bail "no source of 6.1"
mkdir -p "$tmp/kernel-patch/v6.1" "$tmp/a/drivers/iommu" "$tmp/b/drivers/iommu"
cp "$top/kernel-patch/check" "$tmp/kernel-patch"
ln -s "$top/tools" "$tmp/tools"

# plant NAME: what standard input, a sed script, makes of io-pgtable.c
file=drivers/iommu/io-pgtable.c
cp "$tree/$file" "$tmp/a/$file"
plant() {
	sed -f - "$tmp/a/$file" >"$tmp/b/$file"
	{
		cat <<EOF
From 0000000000000000000000000000000000000000 Mon Sep 17 00:00:00 2001
From: Test <test@example.com>
Date: Thu, 1 Jan 2026 00:00:00 +0000
Subject: [PATCH] iommu/io-pgtable: Plant a fault that is $1

One sentence that says why this is done, for checkpatch's sake.

Signed-off-by: Test <test@example.com>
---
EOF
		(cd "$tmp" && diff -u "a/$file" "b/$file")
	} >"$tmp/kernel-patch/v6.1/$1.patch"
	echo "$1.patch" >>"$tmp/kernel-patch/v6.1/series"
	cp "$tmp/b/$file" "$tmp/a/$file"
}

plant 0001-harmless <<'EOF'
/^#include <linux\/types.h>/a #include <linux/sizes.h>
EOF
plant 0002-untidy <<'EOF'
/^#include <linux\/sizes.h>/a static int io_pgtable_untidy __maybe_unused=1;
EOF
plant 0003-unused <<'EOF'
/^#include <linux\/sizes.h>/a static const int io_pgtable_unused = 1;
EOF
plant 0004-sloppy <<'EOF'
/^#include <linux\/sizes.h>/a int io_pgtable_sloppy;
EOF
plant 0005-broken <<'EOF'
/^#include <linux\/sizes.h>/a #error broken
EOF
sed -i '/^#include <linux\/sizes.h>/i #include <linux/bits.h>' "$tmp/a/$file"
plant 0006-misplaced <<'EOF'
/^#include <linux\/bits.h>/d
EOF

(cd "$tmp" && kernel-patch/check --arch x86_64 v6.1) >"$tmp/out" 2>&1
status=$?
check "faults make it fail" test $status -eq 1
check "a clean patch passes" says '^ok .*0001 adds no remark'
check "style is looked at" says '^not ok .*0002 is clean under checkpatch'
check "what W=1 says is looked at" says '^not ok .*0003 adds no remark'
check "what sparse says is looked at" says '^not ok .*0004 adds no remark'
check "a patch that does not build fails" says '^not ok .*0005 builds for x86_64'
check "a patch that does not apply fails" says '^not ok .*0006 applies with git am'
sed -i '/0006/d' "$tmp/kernel-patch/v6.1/series"
(cd "$tmp" && kernel-patch/check --arch x86_64 --last-only v6.1) >"$tmp/out" 2>&1
check "--last-only: the last patch is compiled" says '^not ok .*0005 builds for x86_64'
check "--last-only: no other patch is compiled" sh -c "! grep '0003 builds' '$tmp/out'"
check "--last-only: the style of each is looked at" says '^not ok .*0002 is clean under checkpatch'
echo 0006-misplaced.patch >>"$tmp/kernel-patch/v6.1/series"
"$tmp/kernel-patch/check" --apply-only --last-only v6.1 >"$tmp/out" 2>&1
check "--last-only with --apply-only is misuse" test $? -eq 2
"$tmp/kernel-patch/check" v0.1 >"$tmp/out" 2>&1
check "a base that is not there is misuse" test $? -eq 2
"$tmp/kernel-patch/check" --tree /nowhere v6.1 >"$tmp/out" 2>&1
check "a tree that is not there is misuse" test $? -eq 2

# Hunk by hunk, on a tree of somebody's that holds nothing but the one file: first
# as it was released, then with a line more, then with one that is not the same.
mkdir -p "$tmp/bsp/drivers/iommu"
pristine=$tree/$file
hunks() {
	sed "$1" "$pristine" >"$tmp/bsp/$file"
	"$tmp/kernel-patch/check" --tree "$tmp/bsp" --apply-only v6.1 >"$tmp/out" 2>&1
}
hunk="^# $file, hunk 1, line [0-9]*"
hunks ''
check "what applies to a tree is told" says "$hunk.*: applies\$"
hunks '1i /* one more line */'
check "an offset is told" says "$hunk.*: applies with offset 1\$"
hunks 's/linux\/types\.h/linux\/others.h/'
check "a hunk that does not apply is told" says "$hunk.*: does not apply\$"
check "the patches behind it are tried, too" says '^# v6.1 on .*: of 6 hunks'
check "--apply-only says that nothing was compiled" says '^# v6.1 on .*[(]applies, not compiled[)]$'
hunks 's/$/\r/'
check "CRLF is named where a hunk does not apply" says "$hunk.*: does not apply: the file has CRLF line ends\$"
check "what lifts CRLF is named" says '^# Files with CRLF line ends: convert'
hunks 's/linux\/types\.h/linux\/others.h/'
check "CRLF is not named without CRLF" sh -c "! grep -q CRLF '$out'"
rm "$tmp/bsp/$file"
"$tmp/kernel-patch/check" --tree "$tmp/bsp" --apply-only v6.1 >"$tmp/out" 2>&1
check "a tree without the file is misuse" test $? -eq 2
done_testing
