# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# shellcheck shell=sh disable=SC2034
# What the lab knows: a new kernel, architecture or board is a row here and a
# fragment in config/.

# kernel  suites, and a package of theirs: the newest, whichever suite has it
kernels() {
	cat <<'EOF'
5.10 bullseye,bullseye-security linux-source-5.10
6.1 bookworm,bookworm-security linux-source-6.1
6.12 trixie,trixie-security linux-source-6.12
7.3 trixie-backports linux-source-7.*
EOF
}

# kernel as Debian ships it  suites, and a package of theirs that depends on its image  arch
shipped_kernels() {
	cat <<'EOF'
debian-6.1 bookworm,bookworm-security linux-image-arm64 arm64
debian-6.12 trixie,trixie-security linux-image-arm64 arm64
debian-6.12-rt trixie,trixie-security linux-image-rt-arm64 arm64
debian-7.x trixie-backports linux-image-arm64 arm64
debian-armmp bookworm,bookworm-security linux-image-armmp armv7
EOF
}
all_kernels() { kernels && shipped_kernels; }

# name  cross prefix  kernel's ARCH  image  Debian's name and the suites of its tree  packages to build
archs() {
	cat <<'EOF'
arm64 aarch64-linux-gnu- arm64 arch/arm64/boot/Image arm64 bookworm,bookworm-security gcc-aarch64-linux-gnu
armv7 arm-linux-gnueabihf- arm arch/arm/boot/zImage armhf bookworm,bookworm-security gcc-arm-linux-gnueabihf
EOF
}

# board  arch  emulator  machine  cpu  MiB  console
boards() {
	cat <<'EOF'
virt arm64 qemu-system-aarch64 virt cortex-a57 1024 ttyAMA0
virt armv7 qemu-system-arm virt,highmem=off cortex-a15 1024 ttyAMA0
smmuv3 arm64 qemu-system-aarch64 virt,gic-version=3,iommu=smmuv3 cortex-a57 1024 ttyAMA0
mt8195 arm64 qemu-system-aarch64 virt cortex-a57 1024 ttyAMA0
rcar-gen2 arm64 qemu-system-aarch64 virt cortex-a57 1024 ttyAMA0
rcar-gen2 armv7 qemu-system-arm virt,highmem=off cortex-a15 1024 ttyAMA0
EOF
}

# lane  kernels and architectures that have its machinery  kernel arguments
# config/lane-LANE.config turns the machinery on.
lanes() {
	cat <<'EOF'
lockdep 5.10,6.1,6.12,7.3 arm64,armv7 slub_debug=FZPU
kasan 6.1,6.12,7.3 arm64,armv7
kcsan 6.1,6.12,7.3 arm64
rt 6.12,7.3 arm64
EOF
}

# What the target's Debian tree holds: the cross sysroot's libraries, and the
# guest's programs.
sysroot_packages='libc6-dev libbpf-dev libelf-dev zlib1g-dev libevent-dev libjson-c-dev libncurses-dev libseccomp-dev libssl-dev libyaml-dev bpftool busybox-static'

of=
# find_row TABLE WHAT KEY VARIABLE...: sets them to the words of the row that
# begins with KEY.
find_row() {
	table=$1 what=$2 key=$3
	shift 3
	read -r "$@" <<EOF
$("$table" | awk -v key="$key " 'index($0, key) == 1')
EOF
	eval "[ -n \"\$$1\" ]" || misuse "no $what '$key'${of:+ for $of} here; there is: $("$table" | sed 's/ .*//' | xargs)"
}

kernel_row() { find_row all_kernels kernel "$1" kernel suites package shipped_arch; }
# arch_of_kernel [ARCH]: after kernel_row, the architecture, by default the only one
# that a shipped kernel has.
arch_of_kernel() {
	arch_row "${1:-${shipped_arch:-arm64}}"
	[ -z "$shipped_arch" ] || [ "$arch" = "$shipped_arch" ] || misuse "$kernel is a kernel for $shipped_arch, not for $arch"
}
arch_row() { find_row archs architecture "$1" arch cross karch image debarch debsuites compiler_package; }
# lane_row NAME: after kernel_row and arch_row
lane_row() {
	find_row lanes lane "$1" lane lane_kernels lane_archs lane_append
	case ",$lane_kernels, ,$lane_archs," in
	*",$kernel,"*" "*",$arch,"*) ;;
	*) misuse "no lane $lane for $kernel $arch: it needs a kernel of $lane_kernels and $lane_archs" ;;
	esac
}
board_row() {
	of=$2
	find_row boards_of_arch board "$1" board board_arch emulator machine cpu memory console
}
boards_of_arch() { boards | awk -v arch="$of" '$2 == arch'; }
