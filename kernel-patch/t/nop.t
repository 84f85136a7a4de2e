#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 the v7scope authors
# An event that is off costs one NOP. Each place in the image that may branch to an event
# holds a NOP, and no other code belongs to it.
# shellcheck disable=SC2317 # functions that are called by name
# shellcheck disable=SC2154 # lib.sh sets them
# shellcheck source-path=SCRIPTDIR
set -u

# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"

# The branches' table: offsets from each field itself on arm64, addresses on arm.
# Only the lower half of an address is used: the kernel's image is smaller than 4 GiB.
sites() {
	"$cross-nm" "$tree/vmlinux" >"$tmp/symbols" || return
	# shellcheck disable=SC2046 # two words
	set -- $(sed -nE 's/^([0-9a-f]+) . __(start|stop)___jump_table$/0x\1/p' "$tmp/symbols" | sort)
	[ $# -eq 2 ] || return
	"$cross-objdump" -s --start-address="$1" --stop-address="$2" "$tree/vmlinux" >"$tmp/table" || return
	awk -v arch="$arch" -v start="$1" '
	function hex(text, i, value) {
		for (i = length(text) > 8 ? length(text) - 7 : 1; i <= length(text); i++)
			value = value * 16 + index("0123456789abcdef", substr(text, i, 1)) - 1
		return value
	}
	function little(text) {
		return hex(substr(text, 7, 2) substr(text, 5, 2) substr(text, 3, 2) substr(text, 1, 2))
	}
	FILENAME == ARGV[1] {
		if ($3 ~ /^__tracepoint_io_pgtable_/)
			event[substr($3, 14)] = hex($1)
		if ($2 ~ /^[tT]$/)
			printf "%.0f function %s\n", hex($1), $3
		next
	}
	/^ [0-9a-f]+ / { for (i = 2; i <= 5 && $i ~ /^[0-9a-f]+$/ && length($i) == 8; i++) word[n++] = little($i) }
	END {
		at = hex(substr(start, 3))
		size = arch == "arm64" ? 4 : 3
		for (i = 0; i + size <= n; i += size) {
			code = word[i]
			key = word[i + 2]
			if (arch == "arm64") {
				code += at + i * 4
				key += at + i * 4 + 8
			}
			code %= 4294967296
			key %= 4294967296
			# The key is the second field of the tracepoint.
			for (name in event)
				if (key >= event[name] && key < event[name] + 16)
					printf "%.0f site %s\n", code, name
		}
	}' "$tmp/symbols" "$tmp/table" | sort -n >"$tmp/sorted"
	# ADDRESS ITS-END FUNCTION EVENT, the addresses with what their lower half leaves out
	awk -v high="${1%????????}" '
	$2 == "function" { name = $3; next }
	{ printf "%s%08x %s%08x %s %s\n", high, $1, high, $1 + 4, name, $3 }' "$tmp/sorted" >"$tmp/sites"
	[ -s "$tmp/sites" ]
}

# The image's instruction at each site: ADDRESS FUNCTION EVENT INSTRUCTION
disassemble() {
	while read -r address end function event; do
		instruction=$("$cross-objdump" -d --no-show-raw-insn --start-address="$address" \
			--stop-address="$end" "$tree/vmlinux" |
			sed -nE 's/^ *[0-9a-f]+:[[:space:]]+//p')
		echo "$address $function $event $instruction"
	done <"$tmp/sites"
}

only_nops() { ! grep -Evq ' nop([[:space:]]+[{]0[}])?$' "$out"; }

test_kernel() {
	case $arch in
	arm64) cross=aarch64-linux-gnu ;;
	armv7) cross=arm-linux-gnueabihf ;;
	esac
	check "$where: the places that may branch to an event are found" sites
	disassemble >"$out"
	# v6.13 and later split nothing.
	for event in create destroy install split free refuse; do
		if [ "$kernel $event" = "7.3 split" ]; then
			check "$where: no place for io_pgtable_$event" sh -c "! grep -q ' io_pgtable_$event ' '$out'"
		else
			check "$where: there is a place for io_pgtable_$event" says " io_pgtable_$event "
		fi
	done
	check "$where: $(wc -l <"$out") places, each holds a NOP" only_nops
	if only_nops; then sed "s/^/# /" "$out"; fi
}

each_kernel test_kernel
