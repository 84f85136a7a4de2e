#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# Each thing that a machine can lack is named in one line, with its remedy.
# shellcheck disable=SC2034,SC2154,SC2317 # the lab's own parts, and their variables
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"
lab_dir=$test_dir/..
top=$tmp/project
export XDG_CACHE_HOME="$tmp/cache"

# in_lab COMMAND...: in a shell that holds the lab's parts.
in_lab() {
	(
		for part in common tables fetch sysroot series build gate; do
			# shellcheck source=/dev/null
			. "$lab_dir/$part.sh"
		done
		"$@"
	) >"$tmp/out" 2>"$tmp/err"
	status=$?
}

lacking() { printf 'sh dash\nno-such-tool some-package\nno-other-tool other-package\n' | need_tools; }
in_lab lacking
is "$status $(cat "$tmp/err")" '1 lab: missing tools; install them with: apt-get install some-package other-package' 'missing tools'

in_lab need_space 999999999 'a kernel'
is "$status" 1 'no space: status 1'
has "$tmp/err" '^lab: a kernel takes 999999999 MiB and .* has [0-9]+ MiB left: make room, or set XDG_CACHE_HOME' 'no space: says so'
df() { printf 'Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/x 100 100 0 100%% /\n'; }
in_lab failed copy 'cannot copy'
has "$tmp/err" '^lab: copy failed: the disk of .* is full \(0 MiB left\)' 'a step failed on a full disk: the disk is named'
unset -f df
in_lab failed copy 'cannot copy'
is "$(cat "$tmp/err")" 'lab: cannot copy' 'a step failed on another: what failed'

# A mirror that nobody listens on.
offline() {
	mirror() { echo http://127.0.0.1:9/debian; }
	"$@"
}
in_lab offline source_package bookworm linux-source-6.1
is "$status" 1 'no network: status 1'
has "$tmp/err" '^lab: cannot download linux-source-6.1: [EW]: .*127.0.0.1.*run this again$' 'no network: says so'
in_lab offline source_package bookworm linux-source-6.1
is "$status" 1 'no network: still not taken for done'
touch "$tmp/cache/v7scope/source/linux-source-6.1_6.1.9-1_all.deb" "$tmp/cache/v7scope/source/linux-source-6.1_6.1.10-1_all.deb"
chosen() { offline source_package bookworm linux-source-6.1 && echo "${deb##*/}"; }
in_lab chosen
is "$status $(cat "$tmp/out")" '0 linux-source-6.1_6.1.10-1_all.deb' 'no network, but sources in the cache: the newest of them'
has "$tmp/err" 'going on with' 'no network, but sources in the cache: says so'
gone() { apt_state() { apt=$tmp; apt_fresh=yes; }; ask() { :; }; source_package bookworm linux-source-5.10; }
in_lab gone
is "$status" 122 'a kernel that the mirrors lack: a status of its own'
has "$tmp/err" '^lab: the mirrors have no linux-source-5.10 any more$' 'a kernel that the mirrors lack: says so'
touch "$tmp/cache/v7scope/source/linux-source-7.9_7.9.1-1_all.deb" "$tmp/cache/v7scope/source/linux-source-7.10_7.10.1-1_all.deb"
newest() { offline source_package trixie-backports 'linux-source-7.*' && echo "$package"; }
in_lab newest
is "$status $(cat "$tmp/out")" '0 linux-source-7.10' 'no network, a package for each version: the newest in the cache'
debian_tree() { arch_row arm64; offline find_sysroot; }
in_lab debian_tree
is "$status" 1 'no network for the Debian tree: status 1'
has "$tmp/err" '^lab: cannot download the arm64 packages: ' 'no network for the Debian tree: says so'
nowhere() { mirror() { :; }; source_package bookworm linux-source-6.1; }
rm -rf "$tmp/cache"
in_lab nowhere
has "$tmp/err" "names no Debian mirror .*add one to /etc/apt/sources.list" "no mirror in the machine's apt: says so"

# Series that cannot be: told before anything long.
mix() {
	without=${without-}
	deb=linux-source-6.1_6.1.9-1_all.deb
	work=$tmp/work base=$tmp/base
	rm -rf "$work"
	mkdir -p "$work" "$base/tree" "$base/orig"
	echo another series >"$base/tree/file"
	printf 'one\ntwo\nthree\n' >"$base/orig/file"
	true >"$base/added"
	echo file >"$base/touched"
	mix_series 6.1 "$@"
	cat "$work/scratch/file"
}
mkdir -p "$top/kernel-patch/v6.1"
change() { printf -- '--- a/file\n+++ b/file\n@@ -1,3 +1,3 @@\n one\n-%s\n+%s\n three\n' "$2" "$3" >"$top/kernel-patch/v6.1/$1"; }
change a.patch two 2
change b.patch 2 II
change c.patch four IV
in_lab mix
is "$(cat "$tmp/out")" 'one
two
three' 'no patch: as it was'
in_lab mix a.patch b.patch
is "$(cat "$tmp/out")" 'one
II
three' 'two patches, in their order'
in_lab mix b.patch
is "$status" 1 'a patch that does not apply: status 1'
has "$tmp/err" '^lab: b.patch does not apply to linux-source-6.1_6.1.9-1_all.deb: error: ' 'a patch that does not apply: named'
in_lab mix d.patch
has "$tmp/err" 'the series names d.patch, which is not in' 'a patch that is not there: named'
head -c 45 "$top/kernel-patch/v6.1/a.patch" >"$top/kernel-patch/v6.1/e.patch"
in_lab mix e.patch
has "$tmp/err" '^lab: e.patch is damaged: error: ' 'a damaged patch: named'

# --without: the fix goes, its test stays; what builds on its lines goes with it.
printf -- '--- /dev/null\n+++ b/file-kunit.c\n@@ -0,0 +1 @@\n+test of a\n' >>"$top/kernel-patch/v6.1/a.patch"
leave() {
	out=$1
	shift
	title=title without=$out
	mix "$@" && cat "$work/scratch/file-kunit.c"
}
in_lab leave a.patch a.patch
is "$(cat "$tmp/out")" 'one
two
three
test of a' '--without: the fix is out, its test is in'
in_lab leave a.patch a.patch b.patch
is "$(cat "$tmp/out")" 'one
two
three
test of a' '--without: a later patch on the same line is out, too'
is "$(cat "$tmp/err")" 'lab: title: later patches build on its lines and are left out too: b.pa' '--without: and named'
printf -- '--- /dev/null\n+++ b/file-kunit.c.more\n@@ -0,0 +1 @@\n+more\n' >"$top/kernel-patch/v6.1/f.patch"
more() { leave "$@" >/dev/null && cat "$work/scratch/file-kunit.c.more"; }
in_lab more a.patch a.patch b.patch f.patch
is "$(cat "$tmp/out") $(grep -o 'b.pa.*' "$tmp/err")" 'more b.pa' '--without: one behind it that does not depend on it stays'
in_lab leave b.patch a.patch b.patch
is "$(cat "$tmp/out")" 'one
2
three
test of a' '--without: the last one only'
# The option of a test, and the lines that include its file, belong to the test.
printf -- '--- a/file\n+++ b/file\n@@ -1,3 +1,6 @@\n one\n two\n three\n+#ifdef CONFIG_G_KUNIT_TEST\n+#include "file-kunit.c"\n+#endif\n' >"$top/kernel-patch/v6.1/g.patch"
printf -- '--- /dev/null\n+++ b/Kconfig\n@@ -0,0 +1 @@\n+config G_KUNIT_TEST\n' >>"$top/kernel-patch/v6.1/g.patch"
in_lab leave g.patch g.patch
is "$status" 1 '--without: a patch that changes nothing but tests: status 1'
has "$tmp/err" '^lab: --without g.patch: it changes nothing but its KUnit tests$' '--without: a patch that changes nothing but tests: named'
printf -- '--- /dev/null\n+++ b/file-kunit.c\n@@ -0,0 +1 @@\n+test of g\n--- /dev/null\n+++ b/fix\n@@ -0,0 +1 @@\n+fix\n' >>"$top/kernel-patch/v6.1/g.patch"
files() { leave "$@" && cat "$work/scratch/Kconfig" && ls "$work/scratch"; }
in_lab files g.patch g.patch
is "$(cat "$tmp/out")" 'one
two
three
#ifdef CONFIG_G_KUNIT_TEST
#include "file-kunit.c"
#endif
test of g
config G_KUNIT_TEST
Kconfig
file
file-kunit.c' '--without: the option of the test is in, and the lines that include the test'
printf 'CONFIG_A=y\nCONFIG_B=m\n# CONFIG_C is not set\nCONFIG_D="x y"\n# CONFIG_E is not set\nCONFIG_F=8\n# a comment\n' >"$tmp/wanted"
printf 'CONFIG_A=y\nCONFIG_B=m\n# CONFIG_C is not set\nCONFIG_D="x y"\nCONFIG_F=8\nCONFIG_G=y\n' >"$tmp/got"
in_lab check_config "$tmp/wanted" "$tmp/got"
is "$(cat "$tmp/out")" '' 'a configuration as wanted'
printf '# CONFIG_A is not set\nCONFIG_B=y\nCONFIG_C=y\nCONFIG_D="x"\nCONFIG_E=y\nCONFIG_F=16\n' >"$tmp/got"
in_lab check_config "$tmp/wanted" "$tmp/got"
is "$(cat "$tmp/out")" 'CONFIG_A CONFIG_B CONFIG_C CONFIG_D CONFIG_E CONFIG_F' 'each way to miss it'
true >"$tmp/got"
in_lab check_config "$tmp/wanted" "$tmp/got"
is "$(cat "$tmp/out")" 'CONFIG_A CONFIG_B CONFIG_D CONFIG_F' 'nothing there at all'
done_testing
