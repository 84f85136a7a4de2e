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

# Loads and stores through copies of r10, of one program after the other. A register is a
# copy if it is one on any path to the instruction.
strays() {
	llvm-objdump -d --no-show-raw-insn "$1" | awk '
		# out[r]: the copies after the k-th instruction
		function step(k, text, to, from) {
			text = code[k]
			for (r = 0; r < 10; r++)
				out[r] = copy[k, r]
			if (text ~ /^call/) {
				for (r = 0; r < 6; r++)
					out[r] = 0
			} else if (text ~ /^[rw][0-9] = /) {
				to = substr(text, 2, 1)
				from = text ~ /^r[0-9] = r[0-9]+$/ ? substr(text, 7) : ""
				out[to] = from == 10 || (from != "" && copy[k, from])
			}
		}
		function follow(next_k) {
			for (r = 0; r < 10; r++)
				if (out[r] && !copy[next_k, r])
					copy[next_k, r] = changed = 1
		}
		function judge(k, parts) {
			do {
				changed = 0
				for (k = 1; k <= n; k++) {
					step(k)
					if (match(code[k], /goto [+-][0-9]+/))
						follow(at[number[k] + 1 + substr(code[k], RSTART + 5, RLENGTH - 5)])
					if (code[k] !~ /^(goto|exit)/ && k < n)
						follow(k + 1)
				}
			} while (changed)
			for (k = 1; k <= n; k++)
				if (match(code[k], /\(r[0-9] [-+]/) && copy[k, substr(code[k], RSTART + 2, 1)]) {
					print "through a copy of r10:", code[k]
					bad = 1
				}
			all += n
			n = 0
			split("", copy)
			split("", at)
		}
		/^[0-9a-f]+ <[a-z_0-9]*>:/ { judge() }
		/^ *[0-9]+:/ {
			number[++n] = $1 + 0
			at[number[n]] = n
			sub(/^ *[0-9]+:[ \t]*/, "")
			code[n] = $0
		}
		END { judge(); if (!all) print "no instructions at all"; exit bad || !all }'
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
