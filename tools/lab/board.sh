# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# shellcheck shell=sh disable=SC2154,SC2034 # sourced by lab, with the others
# A board with hardware that iommu-sim plays: a folder in boards/. A board that
# has none there (virt) is what the emulator makes of it.

board_dir=
account=
flush_us=
board_machine=
# The gate asks for more to look for.
more_reports=board_reports

# board_fragment BOARD: what its kernel needs, for those that only build one.
board_fragment() {
	case $(boards) in
	*"
$1 "* | "$1 "*) ;;
	*) misuse "no board '$1' here; there is: $(boards | awk '{ print $1 }' | sort -u | xargs)" ;;
	esac
	# A shipped kernel has what it was built with.
	[ -n "${shipped_arch-}" ] || [ ! -e "$lab_dir/boards/$1/kernel.config" ] || add_fragment "$lab_dir/boards/$1/kernel.config"
}

# find_board: after board_row.
find_board() {
	board_fragment "$board"
	[ -e "$lab_dir/boards/$board/board" ] || return 0
	board_dir=$lab_dir/boards/$board
	[ -z "$shipped_arch" ] || [ -n "$(board_table module)" ] ||
		misuse "the lab knows no module of $kernel with the driver of $board; take a kernel that the lab builds"
}

check_board() {
	[ -z "$flush_us" ] || is_number "$flush_us" 1 99999 ||
		misuse "--flush-us wants microseconds, 1 to 99999, not '$flush_us'"
	[ -n "$board_dir" ] || [ -z "$account$flush_us" ] ||
		misuse "--account and --flush-us are about a board's IOMMU, and $board has none"
	[ -z "$account" ] || [ -z "$board_dir" ] || true >"$account" || die "cannot write to $account"
}

# board_table KEY: the values of all lines of the board's table with that key.
board_table() { sed -n "s/^$1 //p" "$board_dir/board"; }

# The hardware, before the guest starts.
make_board() {
	# Numbers from 1 up, a line each: the guest can tell whether it read the right ones.
	[ "$board" != smmuv3 ] || seq 1 9000000 | head -c 64M >"$scratch/disk" || die "cannot write to $scratch"
	[ -n "$board_dir" ] || return 0
	need_tools <<-EOF
	dtc device-tree-compiler
	fdtoverlay device-tree-compiler
	EOF
	sim=$("$lab_dir/boards/build" sim) || die "there is no iommu-sim, see above"
	if [ -n "$shipped_arch" ]; then
		[ -n "$(find "$dir/lib/modules" -name "$(board_table module).ko*")" ] ||
			die "$title has no module $(board_table module), the driver for $board"
		# The guest writes the addresses when it has loaded the module.
		true >"$scratch/driver"
		driver=late=$(comma "$scratch/driver")
	else
		grep -qsF "\"$(board_table compatible)\"" "$dir/tree/$(board_table source)" ||
			die "$title: $(board_table source) does not know $(board_table compatible): take another kernel"
		driver=$(sort "$dir/tree/System.map" | awk -v name="$(board_table text)" -f "$lab_dir/functions.awk")
		[ -n "$driver" ] || die "$title has no driver for $board"
		free=$(awk -v name="$(board_table free)" '$3 == name { print $1 }' "$dir/tree/System.map")
		driver=text=$driver${free:+,free=$free}
	fi
	board_tree >"$scratch/tree.log" 2>&1 || {
		cat "$scratch/tree.log" >&2
		die "cannot make the device tree of $board"
	}
	board_machine=,memory-backend=ram
}

# put_driver ROOT: into the initramfs, what init needs to load the driver of the board
put_driver() {
	for key in module compatible text free; do
		printf '%s=%s\n' "$key" "$(quote "$(board_table "$key")")"
	done >"$scratch/board" &&
		install -D -m 644 "$scratch/board" "$1/lab/board" &&
		install -m 644 "$lab_dir/functions.awk" "$1/lab/functions.awk"
}

# The emulator's own device tree with the board's nodes in it
board_tree() {
	"$emulator" -nodefaults -no-user-config -display none -machine "$machine,dumpdtb=$scratch/virt.dtb" \
		-cpu "$cpu" -m "$memory" -smp "$smp" &&
		gcc -E -P -nostdinc -undef -x assembler-with-cpp "$board_dir/nodes.dts" >"$scratch/nodes.dts" &&
		dtc -q -I dts -O dtb -o "$scratch/nodes.dtbo" "$scratch/nodes.dts" &&
		fdtoverlay -i "$scratch/virt.dtb" -o "$scratch/board.dtb" "$scratch/nodes.dtbo"
}

# A message of the driver about its hardware counts as a report, too.
board_reports() {
	[ -z "$board_dir" ] || { board_table timeout && board_table report; }
}

board_verdict() {
	[ -n "$board_dir" ] || return 0
	[ -z "$account" ] || cp "$scratch/account" "$account" || die "cannot write to $account"
	board_table timeout >"$scratch/timeout"
	timeouts=$(grep -acE -f "$scratch/timeout" "$scratch/log")
	[ "$timeouts" -eq 0 ] || say "$board: the driver waited in vain for its IOMMU $timeouts times"
}
