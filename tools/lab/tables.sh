# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2034
# What the lab knows: a new kernel, architecture or board is a row here and a
# fragment in config/.

# kernel  suites (first to name a version wins nothing: the newest does)  package
kernels() {
	cat <<'EOF'
6.1 bookworm,bookworm-security linux-source-6.1
EOF
}

# name  cross prefix  kernel's ARCH  image  Debian's name and the suites of its tree  packages to build
archs() {
	cat <<'EOF'
arm64 aarch64-linux-gnu- arm64 arch/arm64/boot/Image arm64 bookworm,bookworm-security gcc-aarch64-linux-gnu
EOF
}

# board  arch  emulator  machine  cpu  MiB  console
boards() {
	cat <<'EOF'
virt arm64 qemu-system-aarch64 virt cortex-a57 1024 ttyAMA0
EOF
}

# What the target's Debian tree holds: the cross sysroot's libraries, and the
# guest's programs.
sysroot_packages='libc6-dev libbpf-dev libelf-dev zlib1g-dev libjson-c-dev bpftool busybox-static'

kernel_row() {
	while read -r kernel suites package; do
		[ "$kernel" = "$1" ] && return 0
	done <<EOF
$(kernels)
EOF
	misuse "no kernel '$1' here; there is: $(kernels | sed 's/ .*//' | xargs)"
}

arch_row() {
	while read -r arch cross karch image debarch debsuites compiler_package; do
		[ "$arch" = "$1" ] && return 0
	done <<EOF
$(archs)
EOF
	misuse "no architecture '$1' here; there is: $(archs | sed 's/ .*//' | xargs)"
}

board_row() {
	while read -r board board_arch emulator machine cpu memory console; do
		[ "$board $board_arch" = "$1 $2" ] && return 0
	done <<EOF
$(boards)
EOF
	misuse "no board '$1' for $2 here; there is: $(boards | awk -v a="$2" '$2 == a { print $1 }' | xargs)"
}
