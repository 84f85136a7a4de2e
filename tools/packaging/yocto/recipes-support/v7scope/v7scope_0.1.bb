# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
SUMMARY = "Lost races, splits, lock waits and tables of Arm IOMMU page tables"
SECTION = "console/tools"
LICENSE = "GPL-2.0-or-later & MIT"
LIC_FILES_CHKSUM = "file://LICENSE;md5=b234ee4d69f5fce4486a80fdaf4a4263 \
                    file://user/web/uplot/LICENSE;md5=e6317ce4dbbe5c9f1c6946e3aba62296"

# Set V7SCOPE_RELEASES to the folder or the address that holds the release, and
# SRC_URI[sha256sum] to the checksum beside it, in local.conf or a bbappend. The release holds
# this recipe, so that its checksum cannot be in here.
V7SCOPE_RELEASES ?= "file://"
SRC_URI = "${V7SCOPE_RELEASES}/${BP}.tar.gz"

DEPENDS = "json-c libbpf libevent libseccomp libxcrypt libyaml ncurses openssl zlib"

inherit pkgconfig bash-completion
COMPATIBLE_HOST = "(arm|aarch64|x86_64).*-linux.*"

# The debug information goes to the package of its own. The units are where systemd of this
# distribution looks for them.
EXTRA_OEMAKE = "STATIC=0 STRIP=: PREFIX=${prefix} SYSTEMDUNITDIR=${systemd_system_unitdir}"

do_install() {
    oe_runmake install DESTDIR=${D}
}

PACKAGES =+ "${PN}-zsh-completion ${PN}-units"
FILES:${PN}-zsh-completion = "${datadir}/zsh"
FILES:${PN}-units = "${systemd_system_unitdir}"
RDEPENDS:${PN}-units = "${PN}"
