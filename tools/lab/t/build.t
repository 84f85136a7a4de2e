#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# lab build: its checks, the failures that it survives, and a tree made from another one,
# which must equal a tree made from nothing.
# shellcheck disable=SC2317 # functions that are called by name
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"
cache=${XDG_CACHE_HOME:-$HOME/.cache}/v7scope
built=
# Remove the kernels that only these tests use.
forget() { [ -z "$built" ] || rm -rf "$built"; rm -rf "$tmp"; }
trap forget EXIT

lab kdir 6.1 arm64 --stock
stock=$(cat "$tmp/out")
[ -s "$stock/arch/arm64/boot/Image" ] && [ -s "$stock/Module.symvers" ] && [ -s "$stock/vmlinux" ]
ok $? 'kdir --stock: an image, Module.symvers, vmlinux'
lab kdir 6.1 arm64 --stock
is "$(cat "$tmp/out") $(cat "$tmp/err")" "$stock " 'kdir: the second call uses the cache, without a message'
lab kdir 6.1 arm64
series=$(cat "$tmp/out")
[ "$series" != "$stock" ] && [ -s "$series/arch/arm64/boot/Image" ]
ok $? 'kdir: another folder with the series'

# One of the two trees was made from the other by patches put in or taken out.
while read -r file; do
	original=$series/../orig/$file
	if grep -qxF "$file" "$series/../added"; then
		[ -e "$series/$file" ] && [ ! -e "$stock/$file" ]
		ok $? "$file: with the series only"
	else
		cmp -s "$original" "$stock/$file" && ! cmp -s "$series/$file" "$stock/$file"
		ok $? "$file: pristine without the series, changed with it"
	fi
done <"$series/../touched"
mkdir "$tmp/fresh"
while read -r file; do
	[ ! -e "$stock/$file" ] || (cd "$stock" && cp --parents "$file" "$tmp/fresh")
done <"$series/../touched"
# shellcheck disable=SC2013 # names without spaces
for patch in $(cat "$test_dir/../../../kernel-patch/v6.1/series"); do
	patch -d "$tmp/fresh" -p1 -s --fuzz=0 --no-backup-if-mismatch <"$test_dir/../../../kernel-patch/v6.1/$patch" >"$tmp/patch.log" 2>&1
	ok $? "$patch applies with patch --fuzz=0"
done
(cd "$tmp/fresh" && find . -type f) | while read -r file; do cmp "$tmp/fresh/$file" "$series/$file"; done >"$tmp/differ" 2>&1
is "$(cat "$tmp/differ")" '' "the series' tree holds what patch(1) makes of it"

# The folders of builds that asked for something, unfinished ones included.
asked_for() { grep -ls -e "$1" "$cache"/kernel/6.1-arm64-stock-*/wanted; }

echo "CONFIG_NO_SUCH_SYMBOL_$$=y" >"$tmp/unknown.config"
echo 'CONFIG_MTD_BLOCK=y
# CONFIG_PRINTK_TIME is not set' >"$tmp/dropped.config"
lab build 6.1 arm64 --stock --config "$tmp/unknown.config" --config "$tmp/dropped.config"
is "$status" 1 'a configuration that the kernel does not accept: status 1'
has "$tmp/err" 'Kconfig dropped .*: CONFIG_MTD_BLOCK CONFIG_NO_SUCH_SYMBOL_[0-9]+$' 'an unknown symbol and one without its dependencies: named'
is "$(asked_for "CONFIG_NO_SUCH_SYMBOL_$$")" '' 'nothing left behind'

echo frob >"$tmp/damaged.patch"
lab build 6.1 arm64 --patch "$tmp/damaged.patch"
is "$status" 1 'a malformed patch: status 1'
has "$tmp/err" 'damaged.patch is damaged' 'a patch that is none: says so'
sed 's/^ #include/ #frob/' "$test_dir/../../../user/t/lab/planted/hold.patch" >"$tmp/other.patch"
lab build 6.1 arm64 --patch "$tmp/other.patch"
is "$status" 1 'a patch for another kernel: status 1'
has "$tmp/err" 'other.patch does not apply to' 'a patch for another kernel: says so'

# A configuration of its own makes a kernel that nobody has built yet.
echo "CONFIG_DEFAULT_HOSTNAME=\"lab-$$\"" >"$tmp/own.config"
mkdir -p "$tmp/a/init" "$tmp/b/init"
cp "$stock/init/version.c" "$tmp/a/init/" && sed "s/%s version %s/%s lab-$$ %s/" "$tmp/a/init/version.c" >"$tmp/b/init/version.c"
(cd "$tmp" && diff -u a/init/version.c b/init/version.c) >"$tmp/own.patch"
in_the_middle() { grep -q ": $step .*\.\.\.\$" "$tmp/err" && pgrep -P "$pid" -x "$command" >"$tmp/job.pid"; }
while read -r signal step command; do
	env --default-signal=INT "$lab" build 6.1 arm64 --stock --config "$tmp/own.config" --patch "$tmp/own.patch" >"$tmp/out" 2>"$tmp/err" &
	pid=$!
	until_true 300 in_the_middle
	ok $? "$signal: the build is at: $step"
	read -r job <"$tmp/job.pid"
	kill -"$signal" "$pid"
	wait $pid 2>/dev/null
	[ -n "$job" ] && until_true 20 gone "$job"
	ok $? "$signal: its $command is gone"
	is "$(asked_for "lab-$$" | grep -v '[.]part/')" '' "$signal: no finished kernel"
done <<EOF
INT copy cp
KILL make make
EOF
"$lab" kdir 6.1 arm64 --stock --config "$tmp/own.config" --patch "$tmp/own.patch" >"$tmp/first" 2>"$tmp/first.err" &
first=$!
lab kdir 6.1 arm64 --stock --config "$tmp/own.config" --patch "$tmp/own.patch"
wait $first
is "$? $status" '0 0' 'two builds of one kernel at once: both succeed'
is "$(cat "$tmp/first")" "$(cat "$tmp/out")" 'two builds of one kernel at once: the same folder'
cat "$tmp/first.err" "$tmp/err" >"$tmp/both.err"
is "$(grep -c 'built in' "$tmp/both.err") $(grep -c 'waiting for another lab' "$tmp/both.err")" '1 1' 'two builds of one kernel at once: one builds, the other reports that it waits'
built=$(dirname "$(cat "$tmp/out")")
lab run --stock --config "$tmp/own.config" --patch "$tmp/own.patch" -- cat /proc/sys/kernel/hostname /proc/version
is "$(sed 's/\(^Linux lab-[0-9]*\) .*/\1/' "$tmp/out" | xargs)" "lab-$$ Linux lab-$$" 'after interruptions: the requested kernel, with its patch'
done_testing
