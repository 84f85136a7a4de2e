#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# The JIT of 32-bit Arm refuses some BPF instructions. A program that has them runs in
# the interpreter, or not at all with CONFIG_BPF_JIT_ALWAYS_ON. Our programs have none of
# them. Programs that do have them are planted, and the test finds these.
set -u
here=$(dirname -- "$(readlink -f -- "$0")")
top=$here/../..
# shellcheck source-path=SCRIPTDIR source=../../tools/t/tap.sh
. "$top/tools/t/tap.sh"

# In bytes: what has no 64-bit division, no atomic operations, no calls but those
# of helpers. A call of another function has 1 where a helper's has 0.
refused() {
	llvm-objdump -d --no-leading-addr "$1" | awk '
		{ op = $1; regs = $2 }
		op ~ /^(37|3f|97|9f)$/		{ print "64-bit division:", $0; bad = 1 }
		op ~ /^(c3|db)$/		{ print "atomic operation:", $0; bad = 1 }
		op == "85" && regs != "00"	{ print "call between functions:", $0; bad = 1 }
		op ~ /^[0-9a-f][0-9a-f]$/	{ n++ }
		END { if (!n) print "no instructions at all"; exit bad || !n }'
}

# The programs of fentry.bpf.c and fault.bpf.c need atomics, and do not run on 32-bit Arm.
find "$top/build/bpf" -name "*.o" ! -name fentry.bpf.o ! -name fault.bpf.o >"$tmp/objects"
while read -r object; do
	refused "$object" >"$tmp/out"
	ok $? "${object##*/} is for each JIT"
done <"$tmp/objects"

# planted NAME PATTERN CODE
planted() {
	printf '#define SEC(name) __attribute__((section(name), used))\n%s\n' "$3" >"$tmp/$1.c"
	clang -O2 -target bpf -mcpu=v3 -c "$tmp/$1.c" -o "$tmp/$1.o" >"$tmp/out" 2>&1
	ok $? "$1: compiled"
	refused "$tmp/$1.o" >"$tmp/out"
	[ $? -eq 1 ] && grep -q "$2" "$tmp/out"
	ok $? "$1: found"
}
planted division "64-bit division" \
	'SEC("x") unsigned long f(unsigned long *p) { return p[0] / p[1]; }'
planted modulo "64-bit division" \
	'SEC("x") unsigned long f(unsigned long *p) { return p[0] % 7; }'
planted atomic "atomic operation" \
	'SEC("x") int f(long *p) { __sync_fetch_and_add(p, 1); return 0; }'
planted call "call between functions" \
	'static __attribute__((noinline)) int g(int *p) { return *p * 3; }
SEC("x") int f(int *p) { return g(p) + g(p + 1); }'

printf 'SEC' >"$tmp/empty.o"
refused "$tmp/empty.o" >"$tmp/out" 2>/dev/null
ok $((! $?)) "what cannot be read is no success"
done_testing
