#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# Each lane finds the defects of its kind, and reports nothing where there is none.
#
#   lanes='kasan kcsan' kernels=6.1 archs=arm64 prove lanes.t
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source=../tables.sh
. "$test_dir/../tables.sh"
lanes=${lanes-$(lanes | sed 's/ .*//' | xargs)}
kernels=${kernels-6.1 6.12}
archs=${archs-arm64}

# lane  defect  report
defects() {
	cat <<'EOF'
lockdep order WARNING: possible circular locking dependency detected
lockdep sleep BUG: sleeping function called from invalid context
lockdep leak kmemleak: [1-9][0-9]* new suspected memory leaks
lockdep freed BUG planted .*: (Object padding|Poison|Right Redzone|Redzone) overwritten
kasan freed BUG: KASAN: (slab-)?use-after-free in planted_
kcsan race BUG: KCSAN: data-race in planted_racer
rt sleep BUG: sleeping function called from invalid context
EOF
}

has_lane() {
	lanes | awk -v lane="$1" -v kernel="$kernel" -v arch="$arch" '
		$1 == lane && index("," $2 ",", "," kernel ",") && index("," $3 ",", "," arch ",") { found = 1 }
		END { exit !found }'
}

# load DEFECT: in that lane
load() {
	lab run --kernel "$kernel" --arch "$arch" --lane "$lane" --dir "$tmp/planted" -- \
		sh -c "insmod planted.ko defect=$1 && rmmod planted && echo loaded"
}

test_lane() {
	tap_prefix="$lane $kernel $arch: "
	find_row archs architecture "$arch" arch cross karch image debarch debsuites compiler_package
	lab kdir "$kernel" "$arch" --lane "$lane"
	if [ "$status" -eq 122 ]; then
		skip "is built" "the mirrors do not have that kernel any more"
		return
	fi
	is "$status" 0 "is built"
	rm -rf "$tmp/planted"
	cp -r "$test_dir/planted" "$tmp/"
	# shellcheck disable=SC2154 # find_row sets them
	make -C "$(cat "$tmp/out")" M="$tmp/planted" ARCH="$karch" CROSS_COMPILE="$cross" modules >"$tmp/make.log" 2>&1
	ok $? "builds a module"
	load none
	is "$status $(cat "$tmp/out")" '0 loaded' "no defect: nothing is reported"
	# The lab reads its stdin, so the table is on another descriptor.
	while read -r of_lane defect report <&3; do
		[ "$of_lane" = "$lane" ] || continue
		load "$defect"
		is "$status" 124 "$defect: status 124"
		has "$tmp/err" "$report" "$defect: is reported"
	done 3<<-EOF
	$(defects)
	EOF
}

for kernel in $kernels; do
	for arch in $archs; do
		for lane in $lanes; do
			if has_lane "$lane"; then test_lane </dev/null; fi
		done
	done
done
tap_prefix=
lab build 5.10 arm64 --lane rt
is "$status" 2 'a lane that this kernel does not have'
has "$tmp/err" '^lab: no lane rt for 5.10 arm64: it needs a kernel of 6.12,7.3 and arm64$' 'says which have it'
lab build 6.1 arm64 --lane tsan
is "$status" 2 'no such lane'
has "$tmp/err" "^lab: no lane 'tsan' here; there is: lockdep kasan kcsan rt$" 'says which there are'
lab build debian-6.12 --lane kasan
is "$status" 2 "a lane of a kernel as Debian ships it"
done_testing
