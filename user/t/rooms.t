#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# The rooms of user/: each includes only what its line in the table allows, no two
# files include each other in a circle, and each header compiles by itself.
set -u
here=$(dirname -- "$(readlink -f -- "$0")")
top=$here/../..
# shellcheck source-path=SCRIPTDIR source=../../tools/t/tap.sh
. "$top/tools/t/tap.sh"

# A room, and the rooms that it may include besides itself.
cat >"$tmp/allowed" <<'EOT'
lib
model lib
source model lib
ftrace source model lib
recording source model lib
doctor ftrace source model lib
check doctor model lib
output check doctor recording source model lib
http lib
cmd lib model source recording doctor check output http
EOT

# shellcheck disable=SC2317 # called by run
# includes DIR: "room/file room/included" for each include of another file of DIR
includes() {
	(cd "$1" && grep -HE '^#include "' -- */*.[ch]) | while IFS=: read -r file line; do
		name=${line#*\"}
		name=${name%\"*}
		case $name in
		*/*) echo "$file $name" ;;
		*) [ ! -f "$1/${file%/*}/$name" ] || echo "$file ${file%/*}/$name" ;;
		esac
	done
}

# shellcheck disable=SC2317
# upward DIR: each include that the table does not allow
upward() {
	includes "$1" | awk '
		NR == FNR { for (i = 1; i <= NF; i++) may[$1, $i] = 1; next }
		{ split($1, a, "/"); split($2, b, "/") }
		(a[1], a[1]) in may && !((a[1], b[1]) in may) { print $1 " includes " $2 }
	' "$tmp/allowed" -
}

# shellcheck disable=SC2317
# circles DIR: the files of each circle. A file and its headers count as one.
circles() {
	includes "$1" | sed -E "s/(_internal)?\\.[ch]( |$)/\\2/g" | awk '$1 != $2' |
		tsort 2>&1 >/dev/null | sed 's/^tsort: //' | grep -v '^-'
}

# A copy of the rooms alone: user/t and user/web have rules of their own.
mkdir "$tmp/user"
while read -r room _; do
	cp -r "$top/user/$room" "$tmp/user/" || bail "no copy of user/$room"
done <"$tmp/allowed"

run upward "$tmp/user"
check "no room includes what its line does not allow" [ ! -s "$tmp/out" ]
run circles "$tmp/user"
check "no circle but a file and its own header" [ ! -s "$tmp/out" ]
unknown=$(cd "$top/user" && find . -mindepth 2 -name '*.[ch]' | cut -d/ -f2 | sort -u |
	grep -vxF -e t -e web -e "$(cut -d' ' -f1 "$tmp/allowed")")
check "each folder with code is a room" [ -z "$unknown" ]

# Planted: what these look for is found.
echo '#include "cmd/opts.h"' >>"$tmp/user/lib/err.c"
run upward "$tmp/user"
check "an include that goes up is found" grep -qx 'lib/err.c includes cmd/opts.h' "$tmp/out"
echo '#include "model.h"' >>"$tmp/user/model/counts.h"
echo '#include "counts.h"' >>"$tmp/user/model/model.h"
run circles "$tmp/user"
check "a circle is found" grep -q 'model/counts' "$tmp/out"

# alone HEADER: compiles by itself
alone() {
	"${CC:-cc}" -std=gnu11 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -Wall -Wextra -Werror -fsyntax-only \
		-I"$top/bpf" -I"$top/user" -x c "$1" 2>>"$tmp/err"
}
: >"$tmp/err"
for header in "$top"/user/*/*.h "$top"/bpf/abi.h "$top"/bpf/kprobe.h "$top"/bpf/flush.h "$top"/bpf/fault.h; do
	case $header in */t/*) continue ;; esac
	alone "$header" || echo "$header"
done >"$tmp/out"
check "each header compiles by itself" [ ! -s "$tmp/out" ]
echo 'struct planted { uint64_t n; };' >"$tmp/planted.h"
run alone "$tmp/planted.h"
check "a header that lacks an include is found" [ "$status" -ne 0 ]

done_testing
