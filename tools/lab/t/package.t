#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# lab package: programs that run beside the guest and are not installed.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"
export XDG_CACHE_HOME="$tmp/cache"

lab package hello
is "$status" 0 'status 0'
folder=$(cat "$tmp/out")
is "$("$folder/usr/bin/hello" 2>&1)" 'Hello, world!' 'a program out of it runs'
ls -li "$folder/usr/bin/hello" >"$tmp/before"
lab package hello
is "$(cat "$tmp/out")" "$folder" 'again: the same folder'
is "$(ls -li "$folder/usr/bin/hello")" "$(cat "$tmp/before")" 'again: from the cache'
is "$(cat "$tmp/err")" '' 'again: nothing to say'

# A killed one leaves half of it.
rm -rf "$folder"
mkdir "$folder.part"
: >"$folder.part/rest"
lab package hello
is "$status $(ls "$folder")" '0 usr' 'what a killed lab left is cleared away'

printf 'no package' >"$tmp/cache/v7scope/source/$(basename "$folder").deb"
rm -rf "$folder"
lab package hello
is "$status $(cat "$tmp/out")" '1 ' 'a package that is damaged: status 1'
has "$tmp/err" '^lab: cannot extract .*: remove it, and run this again' 'a package that is damaged: says what to do'
is "$(ls "$tmp/cache/v7scope/package")" '' 'a package that is damaged: nothing left behind'

lab package no-such-package-at-all
is "$status" 122 'none of that name: status 122'
has "$tmp/err" '^lab: the mirrors have no no-such-package-at-all any more' 'none of that name: says so'
done_testing
