#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# The verifier before v6.8 loses track of a number that goes to the stack, or comes from
# there, through a register other than r10. It may then remove a branch that is taken. Our
# programs do not do that. A program that does is planted, and the test finds it.
set -u
here=$(dirname -- "$(readlink -f -- "$0")")
top=$here/../..
# shellcheck source-path=SCRIPTDIR source=../../tools/t/tap.sh
. "$top/tools/t/tap.sh"

# Loads and stores through copies of r10, of one program after the other.
strays() {
	llvm-objdump -d --no-show-raw-insn "$1" | awk '
		/^[0-9a-f]+ <[a-z_0-9]*>:/ { split("", copy) }
		/^ *[0-9]+:/ {
			sub(/^ *[0-9]+:[ \t]*/, "")
			n++
		}
		/^r[0-9] = r10$/ { copy[substr($0, 2, 1)] = 1; next }
		/^call/ { for (r = 0; r < 6; r++) delete copy[r]; next }
		/^[rw][0-9] [+]= / { next }
		match($0, /\(r[0-9] [-+]/) && substr($0, RSTART + 2, 1) in copy {
			print "through a copy of r10:", $0
			bad = 1
		}
		/^[rw][0-9] = / {
			to = substr($0, 2, 1)
			if (match($0, /= r[0-9]$/) && substr($0, RSTART + 3, 1) in copy)
				copy[to] = 1
			else
				delete copy[to]
		}
		END { if (!n) print "no instructions at all"; exit bad || !n }'
}

find "$top/build/bpf" -name "*.o" >"$tmp/objects"
while read -r object; do
	strays "$object" >"$tmp/out"
	ok $? "${object##*/} is followed by each verifier"
done <"$tmp/objects"

cat >"$tmp/array.c" <<'END'
__attribute__((section("x"), used)) int f(const volatile unsigned long *p)
{
	volatile unsigned long array[2] = { 1, 2 };

	return array[*p & 1];
}
END
clang -O2 -target bpf -mcpu=v3 -c "$tmp/array.c" -o "$tmp/array.o" >"$tmp/out" 2>&1
ok $? "an array: compiled"
strays "$tmp/array.o" >"$tmp/out"
[ $? -eq 1 ] && grep -q "through a copy" "$tmp/out"
ok $? "an array: found"
done_testing
