# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# shellcheck shell=sh disable=SC2154 # sourced by lab, with the others
# lab run: boots a kernel, runs one command in it, hands its output and status out.

verb_run() {
	parse_run "$@"
	shift "$skip"
	# From here on a status of 1 would be taken for the command's.
	failure=125
	need_tools <<-EOF
	$emulator qemu-system-arm
	setpriv util-linux
	timeout coreutils
	cpio cpio
	EOF
	[ -z "$log" ] || true >"$log" || die "cannot write the log to $log"
	find_kernel
	find_sysroot
	make_scratch
	make_guest "$@"
	make_board
	boot
	verdict
}

# Sets skip to the number of words in front of the command.
parse_run() {
	kernel=6.1 arch='' board=virt seconds=900
	smp='' icount='' dir_host='' tool='' append='' log='' more_packages='' forwards='' systemd='' guest_root=''
	allowed=
	all=$#
	while [ $# -gt 0 ]; do
		# --name=value is --name value
		case $1 in
		--?*=*)
			option=${1%%=*} value=${1#*=} words=1
			;;
		--stock | --icount | --systemd) option=$1 value='' words=1 ;;
		--)
			shift
			break
			;;
		-*) option=$1 value=${2-} words=2 ;;
		*) break ;;
		esac
		case $option in
		--stock) stock=yes ;;
		--icount) icount=yes ;;
		--systemd) systemd=yes more_packages="$more_packages systemd" ;;
		--without | --patch | --config | --lane | --kernel | --arch | --board | --account | --flush-us | --smp | --dir | --root | --tool | --packages | --forward | --append | --timeout | --log | --allow-splat)
			[ $# -ge "$words" ] || misuse "$option needs an argument" ;;
		*) misuse "unknown option '$option'" ;;
		esac
		case $option in
		--without) without=$value ;;
		--patch) add_patch "$value" ;;
		--config) add_config "$value" ;;
		--lane) lane=$value ;;
		--kernel) kernel=$value ;;
		--arch) arch=$value ;;
		--board) board=$value ;;
		--account) account=$value ;;
		--flush-us) flush_us=$value ;;
		--smp) smp=$value ;;
		--dir) dir_host=$value ;;
		--root) guest_root=$value systemd=yes ;;
		--tool) tool=$value ;;
		--packages)
			case $value in
			'' | *[!a-z0-9+.\ -]*) misuse "--packages: '$value' is no list of Debian packages" ;;
			esac
			more_packages="$more_packages $value"
			;;
		--forward) add_forward "$value" ;;
		--append) append=$value ;;
		--timeout) seconds=$value ;;
		--log) log=$value ;;
		--allow-splat)
			[ -n "$value" ] && valid_expression "$value" || misuse "--allow-splat: '$value' is no extended regular expression"
			allowed="$allowed$value
"
			;;
		esac
		shift "$words"
	done
	[ $# -gt 0 ] || misuse "run wants a command, as in: lab run -- uname -a"
	skip=$((all - $#))
	choose_kernel "$kernel" "$arch"
	board_row "$board" "$arch"
	find_board
	check_run
}

check_run() {
	is_number "$seconds" 1 86400 || misuse "--timeout wants seconds, 1 to 86400, not '$seconds'"
	[ -z "$smp" ] || is_number "$smp" 1 8 || misuse "--smp wants a number from 1 to 8, not '$smp'"
	if [ -n "$icount" ]; then
		[ "${smp:-1}" -eq 1 ] || misuse "--icount counts on one CPU only: leave --smp $smp out"
		smp=1
	fi
	smp=${smp:-2}
	[ -z "$systemd" ] || [ -n "$shipped_arch" ] ||
		misuse "--systemd needs a kernel as Debian ships it: the lab's $kernel lacks what systemd needs"
	if [ -n "$guest_root" ]; then
		[ -x "$guest_root/bin/busybox" ] && [ -e "$guest_root/lib/systemd/systemd" ] ||
			misuse "--root $guest_root: this folder is no Debian root file system with busybox-static and systemd"
		guest_root=$(readlink -f -- "$guest_root")
	fi
	if [ -n "$dir_host" ]; then
		[ -d "$dir_host" ] || misuse "--dir $dir_host: there is no such folder"
		dir_host=$(readlink -f -- "$dir_host")
	fi
	if [ -n "$tool" ]; then
		[ -f "$tool" ] && [ -r "$tool" ] || misuse "--tool $tool: cannot read that file"
		tool=$(readlink -f -- "$tool")
	elif [ -z "$guest_root" ] && [ -f "$top/build/$arch/v7scope" ]; then
		tool=$top/build/$arch/v7scope
	fi
	check_board
}

add_forward() {
	case $1 in
	*:*) is_number "${1%%:*}" 0 65535 && is_number "${1#*:}" 1 65535 ;;
	*) false ;;
	esac || misuse "--forward wants HOSTPORT:GUESTPORT, as in 0:9100, not '$1'"
	forwards="$forwards,hostfwd=tcp:127.0.0.1:${1%%:*}-:${1#*:}"
}

is_number() {
	case $1 in
	'' | *[!0-9]* | ??????*) return 1 ;;
	esac
	[ "$1" -ge "$2" ] && [ "$1" -le "$3" ]
}

# Below the cache, each with its own lock, so that what a killed lab left there
# is seen as such and cleared away by the next one.
make_scratch() {
	mkdir -p "$cache/run" || die "cannot write to $cache"
	lock 7 run
	for old in "$cache/run"/*; do
		(flock -n 5 && rm -rf "$old") 5>>"$old/lock"
	done 2>/dev/null
	scratch=$(mktemp -d "$cache/run/XXXXXX") || die "cannot write to $cache/run"
	exec 8>"$scratch/lock"
	flock -n 8 || die "cannot lock $scratch"
	unlock 7
}

# quote WORD: as a word of a shell script, a newline at its end included.
quote() {
	printf "'"
	printf '%s\n' "$1" | sed "s/'/'\\\\''/g; \$s/\$/'/"
}

make_guest() {
	{
		printf 'set -- \\\n'
		for word in "$@"; do
			quote "$word" | sed '$s/$/ \\/'
		done
		echo
	} >"$scratch/command"
	# /dev/console is in the initramfs that each kernel has built in.
	root=$scratch/root
	install -D -m 755 "$sysroot/bin/busybox" "$root/bin/busybox" &&
		ln -s busybox "$root/bin/sh" &&
		install -m 755 "$lab_dir/init" "$root/init" &&
		install -D -m 644 "$lab_dir/session" "$root/lab/session" &&
		install -D -m 755 "$lab_dir/debian" "$root/usr/local/bin/debian" &&
		install -D -m 644 "$scratch/command" "$root/lab/command" &&
		{ [ -z "$tool" ] || install -m 755 "$tool" "$root/bin/v7scope"; } &&
		{ [ -z "$dir_host" ] || true >"$root/lab/host"; } &&
		{ [ -z "$forwards" ] || true >"$root/lab/forward"; } &&
		{ [ -z "$systemd" ] || true >"$root/lab/systemd"; } &&
		{ [ -z "$guest_root" ] || true >"$root/lab/root"; } &&
		{ [ -z "$shipped_arch" ] || put_modules "$root"; } &&
		{ [ -z "$shipped_arch" ] || [ -z "$board_dir" ] || put_driver "$root"; } &&
		(cd "$root" && find . | cpio -o -H newc -R 0:0 --quiet) >"$scratch/initramfs" ||
		die "cannot make the initramfs"
	rm -rf "$root"
}

boot() {
	mkfifo "$scratch/out" "$scratch/err" || die "cannot make pipes in $scratch"
	true >"$scratch/status"
	set -- -nodefaults -no-user-config -display none -monitor none -no-reboot \
		-machine "$machine$board_machine" -cpu "$cpu" -m "$memory" -smp "$smp" \
		-kernel "$kernel_image" -initrd "$scratch/initramfs" \
		-append "console=$console loglevel=8 panic=-1 oops=panic $lane_append $append" \
		-serial "file:$scratch/log" \
		-global virtio-mmio.force-legacy=false \
		-device virtio-serial-device,id=ports
	if [ -n "$icount" ]; then
		set -- "$@" -accel tcg -icount shift=0,sleep=off
	else
		set -- "$@" -accel tcg,thread=multi
	fi
	port=0
	for stream in out err status ${board_dir:+${shipped_arch:+driver}}; do
		port=$((port + 1))
		set -- "$@" -chardev "file,id=$stream,path=$(comma "$scratch/$stream")" \
			-device "virtserialport,bus=ports.0,nr=$port,chardev=$stream,name=lab.$stream"
	done
	set -- "$@" -fsdev "local,id=debian,path=$(comma "${guest_root:-$sysroot}"),security_model=none,readonly=on" \
		-device virtio-9p-device,fsdev=debian,mount_tag=debian
	[ -z "$shipped_arch" ] ||
		set -- "$@" -fsdev "local,id=modules,path=$(comma "$dir/lib/modules"),security_model=none,readonly=on" \
			-device virtio-9p-device,fsdev=modules,mount_tag=modules
	[ -z "$dir_host" ] ||
		set -- "$@" -fsdev "local,id=host,path=$(comma "$dir_host"),security_model=none,multidevs=remap" \
			-device virtio-9p-device,fsdev=host,mount_tag=host
	if [ -n "$forwards" ]; then
		set -- "$@" -netdev "user,id=net,ipv6=off,restrict=on$forwards" -device virtio-net-device,netdev=net \
			-chardev "pipe,id=monitor,path=$(comma "$scratch/monitor")" -mon chardev=monitor,mode=readline
	fi

	if [ "$board" = smmuv3 ]; then
		# The lab's own devices are no PCI devices: nothing behind the IOMMU is ours.
		behind=disable-legacy=on,iommu_platform=on
		set -- "$@" -drive "if=none,id=disk,format=raw,file=$(comma "$scratch/disk")" \
			-device "virtio-blk-pci,drive=disk,$behind" \
			-netdev user,id=behind,restrict=on -device "virtio-net-pci,netdev=behind,romfile=,$behind" \
			-device "virtio-rng-pci,$behind" -device edu,dma_mask=0xffffffff
	fi
	if [ -n "$board_dir" ]; then
		set -- "$@" -object "memory-backend-memfd,id=ram,size=${memory}M,share=on" -dtb "$scratch/board.dtb" \
			-plugin "$(comma "$sim"),board=$board,$driver,result=$(comma "$scratch/account")${flush_us:+,latency_us=$flush_us}"
	fi

	cat <"$scratch/out" 8>&- 9>&- &
	readers=$!
	cat <"$scratch/err" >&2 8>&- 9>&- &
	readers="$readers $!"
	[ -z "$forwards" ] || tell_forwards
	# Held open by us until the emulator has ended: the readers end then, also when
	# it failed before it opened them.
	exec 3>"$scratch/out" 4>"$scratch/err"
	began=$(date +%s)
	job_signal=KILL
	setpriv --pdeathsig KILL -- timeout -s KILL "$seconds" \
		setpriv --pdeathsig KILL -- "$emulator" "$@" >"$scratch/emulator" 2>&1 3>&- 4>&- 5>&- 6>&- 8>&- &
	job=$!
	wait "$job"
	ended=$?
	job=
	exec 3>&- 4>&- 5>&- 6>&-
	# shellcheck disable=SC2086
	wait $readers
}

# Only the emulator knows which port it was given: asked as soon as it has them all.
tell_forwards() {
	mkfifo "$scratch/monitor.in" "$scratch/monitor.out" || die "cannot make pipes in $scratch"
	sed -un 's/.*TCP\[HOST_FORWARD\] *[0-9]* *\([0-9.]*\) *\([0-9]*\) *[0-9.]* *\([0-9]*\).*/lab: \1:\2 is port \3 of the guest/p' \
		<"$scratch/monitor.out" >&2 8>&- 9>&- &
	readers="$readers $!"
	exec 5>"$scratch/monitor.out" 6<>"$scratch/monitor.in"
	echo 'info usernet' >&6
}

# A comma ends an option of QEMU's unless it is doubled.
comma() { printf '%s' "$1" | sed 's/,/,,/g'; }

verdict() {
	[ -e "$scratch/log" ] || true >"$scratch/log"
	[ -z "$log" ] || tr -d '\r' <"$scratch/log" >"$log" || die "cannot write the log to $log"
	board_verdict
	printf '%s' "$allowed" >"$scratch/allowed"
	[ "$lane" != kcsan ] || races_elsewhere "$scratch/log" >>"$scratch/allowed"
	if ! gate "$scratch/log" "$scratch/allowed" >"$scratch/found"; then
		cat "$scratch/found" >&2
		say "the kernel's log holds a report, see above"
		exit 124
	fi
	if [ "$ended" -eq 137 ] && [ $(($(date +%s) - began)) -ge "$seconds" ]; then
		tail -n 12 "$scratch/log" | tr -d '\r' >&2
		say "no end after $seconds s (--timeout); above, the last the kernel said"
		exit 123
	fi
	status=$(sed -n 's/^status \([0-9][0-9]*\)$/\1/p' "$scratch/status")
	[ -z "$status" ] || exit "$status"
	tail -n 12 "$scratch/log" | tr -d '\r' >&2
	cat "$scratch/emulator" >&2
	say "the guest died without a status; above, the last that the kernel and the emulator said"
	exit 125
}
