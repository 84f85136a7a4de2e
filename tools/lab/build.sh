# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# shellcheck shell=sh
# lab build and lab kdir: a kernel for what goes in, made once.
#
# $cache/kernel/NAME-KEY/ is complete when it exists: it is made as .part and
# renamed. tree/ is the source with the objects in it, so that external modules
# build against it and the next variant starts from a copy.

# Raise when the way of building changes what comes out.
recipe=1
# A kernel takes 1.5 GiB of disk; this many of one version are kept, the least
# recently used ones go.
keep=12

stock=
without=
extra=
fragments=
configured=
lane=
lane_append=

# kernel_option OPTION [ARG]: eats an option that chooses the kernel; sets used
# to the number of words eaten, 0 for none.
kernel_option() {
	used=1
	case $1 in
	--stock) stock=yes ;;
	--without) need_arg "$@"; without=$2; used=2 ;;
	--without=*) without=${1#*=} ;;
	--patch) need_arg "$@"; add_patch "$2"; used=2 ;;
	--patch=*) add_patch "${1#*=}" ;;
	--config) need_arg "$@"; add_config "$2"; used=2 ;;
	--config=*) add_config "${1#*=}" ;;
	--lane) need_arg "$@"; lane=$2; used=2 ;;
	--lane=*) lane=${1#*=} ;;
	--board) need_arg "$@"; board_fragment "$2"; used=2 ;;
	--board=*) board_fragment "${1#*=}" ;;
	*) used=0 ;;
	esac
}

need_arg() { [ $# -gt 1 ] || misuse "$1 needs an argument"; }

add_config() {
	configured=yes
	add_fragment "$1"
}

add_fragment() {
	[ -r "$1" ] && [ -f "$1" ] || misuse "--config $1: cannot read that file"
	fragments="$fragments
$(readlink -f -- "$1")"
}

add_patch() {
	[ -r "$1" ] && [ -f "$1" ] || misuse "--patch $1: cannot read that file"
	extra=$(readlink -f -- "$1")
}

choose_kernel() {
	kernel_row "$1"
	arch_of_kernel "$2"
	if [ -n "$shipped_arch" ]; then
		[ -z "$without$extra$configured$lane" ] ||
			misuse "--without, --patch, --config and --lane change how a kernel is built, and $kernel is taken as Debian ships it"
		return
	fi
	[ -z "$lane" ] || lane_row "$lane"
	[ -z "$stock" ] || [ -z "$without" ] || misuse "--stock and --without exclude each other"
	[ -z "$without" ] || find_patch "$kernel" "$without"
}

verb_build() {
	parse_build "$@"
	find_kernel
	say "$title: ready in $dir"
}

verb_kdir() {
	parse_build "$@"
	if [ -n "$shipped_arch" ]; then find_headers; else find_kernel; fi
	echo "$dir/tree"
}

parse_build() {
	words=
	while [ $# -gt 0 ]; do
		kernel_option "$@"
		if [ $used -eq 0 ]; then
			case $1 in
			-*) misuse "unknown option '$1'" ;;
			esac
			words="$words $1"
			used=1
		fi
		shift $used
	done
	# shellcheck disable=SC2086
	set -- $words
	case $#-${1-} in
	2-* | 1-debian-*) ;;
	*) misuse "$verb wants a kernel and an architecture, as in: lab $verb 6.1 arm64" ;;
	esac
	choose_kernel "$1" "${2-}"
}

# find_kernel: sets dir to the chosen kernel's folder and kernel_image to what boots,
# and makes them when they are missing.
find_kernel() {
	if [ -n "$shipped_arch" ]; then
		find_shipped
		kernel_image=$dir/image
	else
		find_built
		kernel_image=$dir/tree/$image
	fi
}

find_built() {
	need_tools <<-EOF
	gcc gcc
	${cross}gcc $compiler_package
	pahole dwarves
	setpriv util-linux
	EOF
	source_package "$suites" "$package"
	describe
	hold_kernel make_kernel
}

# hold_kernel COMMAND: lock $dir, which COMMAND makes when it is missing. The lock is
# shared with us from then on, so that nobody clears the folder away.
hold_kernel() {
	while :; do
		lock 9 "$name" shared
		[ ! -d "$dir" ] || break
		unlock 9
		lock 9 "$name"
		[ -d "$dir" ] || "$1"
		unlock 9
	done
	touch "$dir/used"
}

# Everything that goes in: $inputs is the whole of it, $start the part that a
# tree must share to be a start for this one.
describe() {
	variant=series
	plus=
	[ -z "$extra" ] || plus=-$(basename -- "$extra" .patch | tr -cd A-Za-z0-9 | cut -c 1-16)
	set --
	if [ -n "$stock" ]; then
		variant=stock
	else
		# shellcheck disable=SC2046
		set -- $(series_files "$kernel")
		[ -z "$without" ] || variant=without-$(echo "$without" | cut -c 1-4)
	fi
	series_names=$*
	config=$(config_files | xargs -d '\n' cat) || die "cannot read the configuration in $lab_dir/config"
	start="recipe $recipe
source ${deb##*/}
arch $arch
compiler $("${cross}gcc" --version | head -n 1)
linker $("${cross}ld" --version | head -n 1)
pahole $(pahole --version)"
	inputs="$start
without $without${extra:+
patch $(sha256sum <"$extra")}
$(for patch in "$@"; do
		[ -r "$patches/v$kernel/$patch" ] || echo "missing $patch"
		sha256sum <"$patches/v$kernel/$patch" && echo "$patch"
	done 2>/dev/null)
$config"
	name=$kernel-$arch-$variant${lane:+-$lane}$plus-$(printf '%s\n' "$inputs" | sha256sum | cut -c 1-16)
	dir=$cache/kernel/$name
	version=${deb##*/"$package"_}
	title="Linux ${version%_all.deb} $arch $variant"
	case $variant in
	series) title="$title ($# patches)" ;;
	without*) title="$title ($# patches but ${without%.patch})" ;;
	esac
	[ -z "$extra" ] || title="$title with ${extra##*/}"
	[ -z "$lane" ] || title="$title, lane $lane"
}

config_files() {
	echo "$lab_dir/config/common.config"
	echo "$lab_dir/config/$arch.config"
	echo "$lab_dir/config/$kernel.config"
	[ ! -e "$lab_dir/config/$kernel-$arch.config" ] || echo "$lab_dir/config/$kernel-$arch.config"
	if [ -n "$series_names" ]; then
		echo "$lab_dir/config/series.config"
		[ ! -e "$lab_dir/config/series-$arch.config" ] || echo "$lab_dir/config/series-$arch.config"
	else
		echo "$lab_dir/config/stock.config"
	fi
	if [ -n "$lane" ]; then
		! grep -qx CONFIG_EXPERT=y "$lab_dir/config/lane-$lane.config" || echo "$lab_dir/config/expert.config"
		echo "$lab_dir/config/lane-$lane.config"
		[ ! -e "$lab_dir/config/$kernel-$lane.config" ] || echo "$lab_dir/config/$kernel-$lane.config"
	fi
	[ -z "$fragments" ] || echo "${fragments#?}"
}

make_kernel() {
	need_tools <<-EOF
	make make
	bc bc
	bison bison
	flex flex
	git git
	xz xz-utils
	EOF
	echo '#include <gelf.h>' | gcc -fsyntax-only -xc - 2>/dev/null || die "missing headers; install them with: apt-get install libelf-dev"
	began=$(date +%s)
	work=$dir.part
	scratch=$work
	rm -rf "$work"
	mkdir -p "$work" || die "cannot write to $cache"
	need_space 3072 "building a kernel"
	find_base
	# shellcheck disable=SC2086
	mix_series "$kernel" $series_names
	copy_tree
	put_series
	configure
	compile
	printf '%s\n' "$start" >"$work/start"
	printf '%s\n' "$inputs" >"$work/inputs"
	touch "$work/used"
	mv "$work" "$dir" || die "cannot rename $work"
	scratch=
	say "$title: built in $(($(date +%s) - began)) s"
	make_room
}

# A finished tree with the same start, to make a copy of, else the package. The
# one whose configuration is the nearest leaves the least to be rebuilt.
find_base() {
	for base in $(bases | sort -n | cut -d ' ' -f 2); do
		exec 6>>"$cache/lock/${base##*/}"
		flock -n -s 6 && [ -d "$base" ] && return
		unlock 6
	done
	base=$work
	unpack_tree
}

bases() {
	for base in "$cache/kernel/$kernel-$arch-"*; do
		[ "$(cat "$base/start" 2>/dev/null)" = "$start" ] || continue
		echo "$(printf '%s\n' "$config" | diff - "$base/wanted" | grep -c '^[<>]') $base"
	done
}

copy_tree() {
	[ "$base" != "$work" ] || return 0
	start_ticker "$title: copy ${base##*/}" copied "$work" "$base"
	run_job cp -a --reflink=auto "$base/tree" "$base/orig" "$base/added" "$work/" ||
		failed "copy" "cannot copy $base"
	stop_ticker
	unlock 6
}

unpack_tree() {
	true >"$work/added"
	true >"$work/touched"
	mkdir "$work/orig"
	unbuilt >"$work/unbuilt"
	unpack_source "$title" "$work/tree"
}

# unpack_source TITLE FOLDER: what Debian shipped in $deb, in a new FOLDER of $work,
# but for what $work/unbuilt names.
unpack_source() {
	start_ticker "$1: unpack ${deb##*/}" unpacked "$work"
	mkdir "$2"
	# shellcheck disable=SC2016 # the inner shell expands it
	run_job sh -c 'dpkg-deb --fsys-tarfile "$1" | tar -xO --wildcards "./usr/src/$2.tar.xz" |
		tar -xJ -C "$3" --strip-components=1 --exclude-from="$4"' \
		sh "$deb" "$package" "$2" "$work/unbuilt" 2>"$work/unpack.log" &&
		[ -e "$2/Makefile" ] && [ -e "$2/virt" ] ||
		failed "unpack" "cannot unpack $deb ($(tail -n 1 "$work/unpack.log")): remove it and run this again"
	stop_ticker
}

# All of it, for those who want to apply a series and build for any architecture.
verb_source() {
	[ $# -eq 1 ] || misuse "source wants a kernel, as in: lab source 6.1"
	kernel_row "$1"
	[ -z "$shipped_arch" ] || misuse "the lab takes $1 as Debian ships it; there is source of: $(kernels | sed 's/ .*//' | xargs)"
	source_package "$suites" "$package"
	name=source-$kernel-${deb##*/"$package"_}
	name=${name%_all.deb}
	dir=$cache/source/$name
	lock 9 "$name"
	if [ ! -d "$dir" ]; then
		work=$dir.part
		scratch=$work
		rm -rf "$work"
		mkdir -p "$work" || die "cannot write to $cache"
		need_space 2048 "unpacking a kernel"
		true >"$work/unbuilt"
		unpack_source "Linux $kernel" "$work/tree"
		mv "$work" "$dir" || die "cannot rename $work"
		scratch=
		# Those of older versions have served their time.
		for old in "$cache/source/source-$kernel-"*; do
			[ "$old" = "$dir" ] || rm -rf "$old"
		done
	fi
	unlock 9
	echo "$dir/tree"
}

# What no lab kernel builds, a third of the files: to unpack them and to copy
# them for each variant takes longer than to make the variant. Kconfig needs its own
# files from everywhere, and the tools that run here other architectures' headers.
unbuilt() {
	for other in alpha arc csky hexagon ia64 loongarch m68k microblaze mips nios2 openrisc parisc \
		powerpc riscv s390 sh sparc um x86 xtensa; do
		echo "*/arch/$other/*.[cS]"
	done
	for other in drivers/gpu drivers/infiniband drivers/media drivers/net/ethernet drivers/net/wireless drivers/scsi drivers/staging sound; do
		echo "*/$other/*.[ch]"
	done
	echo '*/arch/*.dts'
	echo '*/arch/*.dtsi'
}

copied() { du -sm "$1" "$2" 2>/dev/null | awk '{ m[NR] = $1 } END { printf "%d of %d MiB\n", m[1], m[2] }'; }
unpacked() { du -sm "$1" 2>/dev/null | awk '{ print $1 " MiB" }'; }

configure() {
	printf '%s\n' "$config" >"$work/wanted"
	# The banner names nothing of this machine, and is the same each time.
	make="make -C $work/tree ARCH=$karch CROSS_COMPILE=$cross KBUILD_BUILD_TIMESTAMP=2026-01-01
		KBUILD_BUILD_USER=lab KBUILD_BUILD_HOST=v7scope KBUILD_BUILD_VERSION=1"
	# shellcheck disable=SC2086 # words
	if ! $make KCONFIG_ALLCONFIG="$work/wanted" allnoconfig >"$work/make.log" 2>&1 ||
		! $make olddefconfig >>"$work/make.log" 2>&1; then
		tail -n 20 "$work/make.log" >&2
		failed "configure" "$title: cannot make its configuration"
	fi
	lost=$(check_config "$work/wanted" "$work/tree/.config")
	[ -z "$lost" ] ||
		die "$title: Kconfig dropped what the fragments ask for (unknown there, or a dependency is missing): $lost"
}

# check_config WANTED GOT: the symbols that did not come out as wanted.
check_config() {
	awk '
	function symbol(line) { sub(/^# /, "", line); sub(/[ =].*/, "", line); return line }
	!/^CONFIG_/ && !/^# CONFIG_[A-Za-z0-9_]* is not set$/ { next }
	FNR == NR { wanted[symbol($0)] = $0; next }
	{ got[symbol($0)] = $0 }
	END {
		for (s in wanted)
			if (s in got ? got[s] != wanted[s] : wanted[s] !~ /^#/)
				print s
	}' "$1" "$2" | sort | xargs
}

compile() {
	total=$(cat "$cache/kernel/objects-$kernel-$arch" 2>/dev/null || echo 0)
	[ -n "$(find "$work/tree" -maxdepth 1 -name vmlinux)" ] && total=0
	start_ticker "$title: make" made "$work/make.log" "$total"
	# modules without a module in it: Module.symvers, for those built outside.
	# shellcheck disable=SC2086
	run_job env LC_ALL=C $make -j"$(nproc)" "${image##*/}" modules >"$work/make.log" 2>&1
	set -- $?
	stop_ticker
	if [ "$1" -ne 0 ]; then
		grep -n -B 2 -A 8 -m 3 -E 'error:|\*\*\*' "$work/make.log" >&2 || tail -n 20 "$work/make.log" >&2
		# Out of the way of the next attempt, and there to be read.
		mv -f "$work/make.log" "$cache/kernel/failed-make.log"
		failed "make" "$title does not build; the whole of make's output is in $cache/kernel/failed-make.log"
	fi
	[ -s "$work/tree/$image" ] && [ -e "$work/tree/Module.symvers" ] || die "$title: make left no $image or no Module.symvers"
	# A quarter of the tree, of no use to anybody who builds modules or starts from here.
	rm -f "$work/tree/vmlinux.o" "$work/tree/.tmp_vmlinux"*
	[ "$total" -gt 0 ] || [ "$(objects "$work/make.log")" -lt 500 ] ||
		objects "$work/make.log" >"$cache/kernel/objects-$kernel-$arch"
}

objects() { grep -c '^  [A-Z]' "$1"; }

made() {
	printf '%s' "$(objects "$1")"
	[ "$2" -eq 0 ] || printf ' of about %s' "$2"
	printf ' steps, %s\n' "$(tail -n 1 "$1" | tr -s ' ' | cut -c 1-60)"
}

# Takes only what nobody uses: whoever builds a kernel or runs it holds its lock.
# A .part without a lock is what a killed lab left.
make_room() {
	{
		find "$cache/kernel" -maxdepth 2 -path "*/$kernel-$arch-*/used" ! -path '*.part/*' -printf '%T@ %h\n' | sort -rn |
			awk -v keep=$keep 'NR > keep { print $2 }'
		find "$cache/kernel" -maxdepth 1 -name '*.part'
	} |
		while read -r old; do
			old_name=${old##*/}
			(
				flock -n 5 || exit
				[ "$old" = "${old%.part}.part" ] || mv "$old" "$old.part"
				rm -rf "${old%.part}.part"
			) 5>>"$cache/lock/${old_name%.part}" 9>&-
		done
}
