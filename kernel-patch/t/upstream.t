#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 the v7scope authors
# The mails for the kernel's lists: each series applies to its tree, and passes
# checkpatch. The changes of the stable series are alike: checkpatch reads those for 6.1.
# full=1 fetches the trees that are missing, and checks and compiles each patch.
set -u

# shellcheck disable=SC2154 # lib.sh sets them
# shellcheck source-path=SCRIPTDIR
# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
upstream=$top/kernel-patch/upstream
cache=${XDG_CACHE_HOME:-$HOME/.cache}/v7scope/source

# source_of KERNEL: leaves its folder in $tree, from the cache unless $full
source_of() {
	case $1 in 5.15 | 6.6) tree=; return ;; esac
	if [ -n "${full:-}" ]; then
		tree=$("$lab" source "$1")
	else
		tree=$(for dir in "$cache/source-$1-"*/tree; do [ ! -d "$dir" ] || echo "$dir"; done | tail -n 1)
	fi
}

# how SERIES: the options of kernel-patch/check
how() {
	if [ -n "${full:-}" ]; then
		echo --arch arm64 --arch armv7
	else
		case $1 in
		stable-v6.1 | *-v7.3) echo --tree "$tree" --no-build ;;
		*) echo --tree "$tree" --apply-only ;;
		esac
	fi
}

# subjects SERIES: each without its prefix, and with its continuation
subjects() {
	for mail in "$upstream/$1"/0000-cover-letter "$upstream/$1"/*.patch; do
		awk '/^Subject: / { on = 1; sub(/^Subject: \[[^]]*\] /, ""); line = $0; next }
		on && /^ / { line = line $0; next }
		on { print line; exit }' "$mail"
	done
}

for dir in "$upstream"/*/; do
	series=$(basename "$dir")
	(cd "$dir" && ls -- *.patch) >"$tmp/files"
	check "$series lists its patches" cmp -s "$tmp/files" "$dir/series"
	check "$series has subjects of up to 75 characters" test -z "$(subjects "$series" | grep -E '.{76}')"
	check "$series is addressed" grep -q '^To: .*@' "$dir/0000-cover-letter"
	source_of "${series##*v}"
	if [ -z "$tree" ]; then
		skip "$series passes kernel-patch/check" "no source of ${series##*v} here: run kernel-patch/check --tree DIR upstream/$series"
	else
		# shellcheck disable=SC2046 # one word for each option
		"$top/kernel-patch/check" $(how "$series") "upstream/$series" >"$out" 2>&1
		check "$series passes kernel-patch/check" test $? -eq 0
		check "$series was applied" says '^ok .*/0001 applies'
	fi
done

# A branch gets the fixes that the kit has for it, and no others.
fixes() {
	awk '/^From / { on = 0 }
	/^diff --git / { on = $4 == "b/drivers/iommu/io-pgtable-arm-v7s.c" }
	on && /^[-+]/ && !/^(---|\+\+\+) / && !/^-- $/' "$@"
}
for kernel in 5.10 5.15 6.1 6.6 6.12; do
	fixes "$upstream/stable-v$kernel"/*.patch >"$tmp/mailed"
	fixes "$top/kernel-patch/v$kernel"/000[34567]-*.patch >"$tmp/kit" 2>/dev/null
	if [ -s "$tmp/kit" ]; then
		check "stable-v$kernel has the fixes of v$kernel" cmp -s "$tmp/mailed" "$tmp/kit"
	else
		skip "stable-v$kernel has the fixes of v$kernel" "no series for v$kernel"
	fi
done

# sign, with a repository that has the commits, then one that has other ones.
git init -q "$tmp/linux"
git -C "$tmp/linux" config user.name 'Jane Doe'
git -C "$tmp/linux" config user.email jane@example.org
git -C "$tmp/linux" commit -q --allow-empty -m 'iommu/msm: some commit'
check "sign refuses a commit that is not there" sh -c \
	"! '$upstream/sign' msm-v7.3 '$tmp/linux' '$tmp/mails' >'$out' 2>&1"
check "sign names that commit" says 'c9220fbd7741.*no such commit'
check "sign makes no folder then" test ! -e "$tmp/mails"
"$upstream/sign" events-v7.3 "$tmp/linux" "$tmp/mails" >"$out" 2>&1
check "sign makes mails" test $? -eq 0
check "sign leaves no placeholder" test -z "$(cat "$tmp"/mails/*.patch | grep -i 'seed.*maintainers')"
is "$(grep -hc '^Signed-off-by: Jane Doe <jane@example.org>$' "$tmp"/mails/*.patch | xargs)" "0 1 1" \
	"sign signs each patch off once"
"$upstream/sign" none "$tmp/linux" "$tmp/other" >"$out" 2>&1
check "a series that is not there is misuse" test $? -eq 2
done_testing
