#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# Bad input: status 2 and one line that says what is wrong, before any work starts.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"

# refused MESSAGE ARGUMENT...
refused() {
	message=$1
	shift
	lab "$@"
	is "$status" 2 "lab $*: status 2"
	has "$tmp/err" "$message" "lab $*: says what is wrong"
	is "$(cat "$tmp/out")" '' "lab $*: nothing on stdout"
}

refused 'no verb .boot' boot
refused 'wants a kernel and an architecture' build
refused 'wants a kernel and an architecture' kdir 6.1
refused 'wants a kernel and an architecture' build 6.1 arm64 more
refused "no kernel '2.4' here; there is: 5.10 6.1 6.12 7.3" build 2.4 arm64
refused "no architecture 'vax' here; there is: arm64 armv7" build 6.1 vax
refused "unknown option '--fast'" build 6.1 arm64 --fast
refused '--without needs an argument' build 6.1 arm64 --without
refused '--stock and --without exclude' build 6.1 arm64 --stock --without 0001
refused 'has no such patch' build 6.1 arm64 --without 9999
refused 'means more than one' build 6.1 arm64 --without 00
refused '--patch needs an argument' build 6.1 arm64 --patch
refused '--patch .*: cannot read that file' build 6.1 arm64 --patch "$tmp/none"
refused '--patch .*: cannot read that file' run --patch "$tmp" -- true
refused 'cannot read that file' build 6.1 arm64 --config "$tmp/none"
refused 'source wants a kernel' source
refused "no kernel '2.4'" source 2.4
refused 'wants an architecture' sysroot
refused "no architecture 'vax'" sysroot vax
refused 'package wants a Debian package' package
refused "'../x' is no name of a Debian package" package ../x
refused "'-x' is no name of a Debian package" package -x
refused 'run wants a command' run
refused 'run wants a command' run --stock --
refused "unknown option '--fast'" run --fast -- true
refused "unknown option '--fast'" run --fast=1 true
refused "no kernel '2.4'" run --kernel 2.4 -- true
refused "no board 'fridge' for arm64 here; there is: virt" run --board fridge -- true
true >"$tmp/fragment"
refused 'debian-armmp is a kernel for armv7, not for arm64' run --kernel debian-armmp --arch arm64 -- true
refused 'debian-6.1 is taken as Debian ships it' run --kernel debian-6.1 --without 0001 -- true
refused 'debian-6.1 is taken as Debian ships it' kdir debian-6.1 --config "$tmp/fragment"
refused 'no module of debian-6.12 with the driver of rcar-gen2' run --kernel debian-6.12 --board rcar-gen2 -- true
refused 'the lab takes debian-6.1 as Debian ships it' source debian-6.1
refused "no board 'smmuv3' for armv7" run --board smmuv3 --arch armv7 -- true
refused '--systemd needs a kernel as Debian ships it' run --systemd -- true
refused '--root /proc: this folder is no Debian root file system' run --kernel debian-6.12 --root /proc -- true
refused "not '0'" run --smp 0 -- true
refused "not '9'" run --smp=9 -- true
refused "not 'two'" run --smp two -- true
refused "not ''" run --timeout= -- true
refused "not '1s'" run --timeout 1s -- true
refused "not '99999999999999999999'" run --timeout 99999999999999999999 -- true
refused 'one CPU only' run --icount --smp 2 -- true
refused 'no such folder' run --dir "$tmp/none" -- true
refused 'cannot read that file' run --tool "$tmp" -- true
refused 'no extended regular expression' run '--allow-splat=(' -- true
refused 'no extended regular expression' run --allow-splat= -- true
for forward in '' 9100 :9100 9100: 65536:1 1:0 1:65536 -1:1 a:b 1:2:3 1:2,restrict=off; do
	refused "--forward wants HOSTPORT:GUESTPORT, as in 0:9100, not '$forward'" run "--forward=$forward" -- true
done
refused '--forward needs an argument' run --forward
refused '--log needs an argument' run --log

lab
is "$status" 2 'no verb: status 2'
has "$tmp/err" '^usage: lab build' 'no verb: the usage'
lab help
is "$status" 0 'help: status 0'
has "$tmp/out" '^usage: lab build' 'help: the usage on stdout'

XDG_CACHE_HOME="$tmp/a folder" "$lab" help >"$tmp/out" 2>"$tmp/err"
is $? 1 'a cache folder with a space: status 1'
has "$tmp/err" 'set XDG_CACHE_HOME' 'a cache folder with a space: what to do'

lab run --log "$tmp/none/log" -- true
is "$status" 125 'a log that cannot be written: not the status of a command'
has "$tmp/err" 'cannot write the log' 'a log that cannot be written: says so'
done_testing
