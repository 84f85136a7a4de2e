# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 the v7scope authors
# shellcheck shell=sh
# For the tests of the series: TAP, and the kernels to try them on.
#
# $kernels and $archs say which; "all" is all that the lab has. An architecture
# may be followed by a fragment of the lab's configuration, as in armv7/no-lpae.
# $options are more of them for lab build.

top=$(readlink -f -- "$(dirname -- "$0")/../..")
lab=$top/tools/lab/lab
# shellcheck source-path=SCRIPTDIR source=../../tools/t/tap.sh
. "$top/tools/t/tap.sh"
kernels=${kernels:-6.1}
archs=${archs:-arm64}
options=${options-}
[ "$kernels" != all ] || kernels='5.10 6.1 6.12 7.3'
[ "$archs" != all ] || archs='arm64 armv7'

out=$tmp/out
true >"$out"

says() { grep -Eq -- "$1" "$out"; }

# each_kernel COMMAND: runs it for each kernel and architecture, with $kernel, $arch,
# its build folder in $tree, and $where for the reader.
each_kernel() {
	for kernel in $kernels; do
		for arch in $archs; do
			where="$kernel $arch"
			fragment=
			[ "$arch" = "${arch%/*}" ] ||
				fragment="--config $top/tools/lab/config/${arch#*/}.config"
			arch=${arch%/*}
			if available; then "$1"; fi
		done
	done
	done_testing
}

# A kernel that Debian's mirrors no longer have is no failure: each belongs to a
# suite, and those move on.
# shellcheck disable=SC2034 # $tree is for the tests
available() {
	# shellcheck disable=SC2086 # no fragment, no word
	tree=$("$lab" kdir "$kernel" "$arch" $fragment $options)
	case $? in
	0) return 0 ;;
	122) skip "$where" "Debian's mirrors have no such kernel any more" ;;
	*) check "$where is there" false ;;
	esac
	return 1
}

# boot [LAB-OPTION]... -- COMMAND...: in that kernel
boot() {
	# shellcheck disable=SC2086
	"$lab" run --kernel "$kernel" --arch "$arch" $fragment $options "$@"
}
