# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
#
#   make try                                 a first look, on a kernel of Debian's
#   make demo                                a live report from a real kernel
#   make demo BOARD=mt8195                   the same on a driver; or rcar-gen2
#   make check                               all tests that Debian 12 can run
#   make check-all                           the same on each kernel of the lab
#   make lanes                               on kernels with debug machinery
#   make bench                               what watching costs, and how it scales
#   make scale                               only how it scales: a table of limits
#
#   make                                     v7scope for this machine, in one static file
#   make STATIC=0                            with shared libraries, as packages are built
#   make CROSS_COMPILE=aarch64-linux-gnu-    for another machine, SYSROOT= its libraries
#   make WITH_TLS=0 WITH_SECCOMP=0           without OpenSSL, without a system call filter
#
# CC, CFLAGS, CPPFLAGS, LDFLAGS, STRIP, PKG_CONFIG, CLANG, LLVM_STRIP and BPFTOOL are taken
# from the environment or the command line. STRIP=: leaves the debug information in.
#
#   make install DESTDIR= PREFIX= SYSTEMDUNITDIR=    the last empty: no units
#   make dist                                a release, which builds without npm
#   make WITH_WEB=0                          without the page of `v7scope serve`
#   make unit [SAN=1]                        unit tests, with ASan and UBSan
#   make fuzz                                a million runs of each fuzz target

VERSION		:= 0.1
PREFIX		?= /usr/local
SYSTEMDUNITDIR	?= $(PREFIX)/lib/systemd/system
# Without OpenSSL or with shared libraries, most of the binary is our own code.
CFLAGS		?= $(if $(filter 0,$(STATIC) $(WITH_TLS)),-Os,-O2) -g
CLANG		?= clang
LLVM_STRIP	?= llvm-strip
BPFTOOL		?= $(or $(shell command -v bpftool),/usr/sbin/bpftool)
PKG_CONFIG	?= pkg-config
STATIC		?= 1
WITH_TLS	?= 1
WITH_SECCOMP	?= 1
# `make check` sets it to -Werror. A release must build with compilers that warn of more.
WERROR		?=
ifeq ($(origin CC),default)
CC		:= $(CROSS_COMPILE)gcc
endif
STRIP		?= $(CROSS_COMPILE)strip

# uPlot, which draws the charts of the page, is in a release; else npm fetches it.
WITH_WEB	?= 1
no-web		:= $(filter 0,$(WITH_WEB))
UPLOT		?= $(or $(wildcard user/web/uplot),build/web/node_modules/uplot)

TARGET		:= $(shell $(CC) -dumpmachine 2>/dev/null)
arch-aarch64	:= arm64
arch-arm	:= armv7
CPU		:= $(firstword $(subst -, ,$(TARGET)))
ARCH		:= $(or $(arch-$(CPU)),$(CPU))
B		:= build/$(ARCH)$(if $(SAN),-san)$(if $(filter 0,$(STATIC)),-shared)$(if $(no-web),-noweb)$(if $(filter 0,$(WITH_TLS)),-notls)$(if $(filter 0,$(WITH_SECCOMP)),-noseccomp)

# The libraries of another machine are below CC's --sysroot=, else below SYSROOT.
sysroot		:= $(patsubst --sysroot=%,%,$(filter --sysroot=%,$(CC)))
ifneq ($(CROSS_COMPILE),)
ifeq ($(sysroot),)
ifeq ($(origin SYSROOT),undefined)
SYSROOT		:= $(shell tools/lab/lab sysroot $(ARCH))
endif
sysroot		:= $(or $(SYSROOT),$(error no libraries for $(ARCH): set SYSROOT))
sysroot-flag	:= --sysroot=$(sysroot)
endif
endif

# pkg-config looks below the same folder, unless the environment names another.
ifneq ($(sysroot),)
ifeq ($(origin PKG_CONFIG_LIBDIR),undefined)
pc-folders	:= $(wildcard $(sysroot)/usr/lib/*/pkgconfig $(sysroot)/usr/lib/pkgconfig \
		   $(sysroot)/usr/share/pkgconfig)
pc-env		:= PKG_CONFIG_SYSROOT_DIR=$(sysroot) PKG_CONFIG_LIBDIR="$$(echo $(pc-folders) | tr ' ' :)"
endif
endif
pkgs		:= $(if $(filter 1,$(WITH_TLS)),libevent_openssl libssl libcrypto) \
		   $(if $(filter 1,$(WITH_SECCOMP)),libseccomp) \
		   libevent_extra libevent_core yaml-0.1 json-c libbpf zlib ncurses
# pkg ARGUMENTS: what pkg-config prints
pkg		= $(shell $(pc-env) $(PKG_CONFIG) $(1) $(pkgs) || echo failed)
pkg-checked	= $(if $(filter failed,$(1)),$(error $(PKG_CONFIG) does not find all libraries, see above; on Debian, tools/deps installs them),$(1))
# Asked once, when first needed: `make try` installs pkg-config. libevent_openssl names
# libevent, which repeats libevent_core and libevent_extra. libcrypt and libresolv are not
# known to pkg-config everywhere.
PKG_CFLAGS	= $(eval PKG_CFLAGS := $(call pkg-checked,$(call pkg,--cflags)))$(PKG_CFLAGS)
PKG_LIBS	= $(eval PKG_LIBS := $(filter-out -levent,$(call pkg-checked,$(call pkg,--libs \
		   $(if $(filter 0,$(STATIC)),,--static)))) -lcrypt -lresolv -lm)$(PKG_LIBS)

# A static program is position-independent where the C library has a start file for that.
# It then relocates itself. The table of relocations takes 0.5 MB on arm64, and 7 KB in the
# packed form (RELR), which lld writes and glibc reads since 2.36.
ifeq ($(STATIC),0)
link		:= -pie -Wl,--as-needed,-z,relro,-z,now
else ifneq ($(filter /%,$(shell $(CC) $(sysroot-flag) -print-file-name=rcrt1.o 2>/dev/null)),)
LLD		?= $(shell grep -qs GLIBC_ABI_DT_RELR "$$($(CC) $(sysroot-flag) -print-file-name=libc.so.6)" && command -v ld.lld)
link		:= -static-pie -Wl,--gc-sections,-z,relro,-z,now \
		   $(if $(LLD),-B$(B)/lld -fuse-ld=lld -Xlinker --pack-dyn-relocs=relr)
else
link		:= -static -Wl,--gc-sections,-z,relro,-z,now
endif
harden		:= -fstack-protector-strong $(if $(findstring -pie,$(link)),-fPIE)
# The same bytes come from every folder.
same		:= -ffile-prefix-map=$(CURDIR)=. $(if $(sysroot),-ffile-prefix-map=$(sysroot)=)

# A release holds what clang, bpftool and tic make.
made		:= $(or $(wildcard bpf/made),build/bpf)
skels		:= $(patsubst bpf/%.bpf.c,$(made)/%.skel.h,$(wildcard bpf/*.bpf.c))
rooms		:= lib model source ftrace recording doctor check output http cmd
objs		:= $(patsubst user/%.c,$(B)/%.o,$(wildcard $(rooms:%=user/%/*.c))) \
		   $(B)/$(if $(no-web),none,page).o $(B)/schema.o
flags		= -std=gnu11 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64 -DVERSION='"$(VERSION)"' \
		   -DWITH_TLS=$(WITH_TLS) -DWITH_SECCOMP=$(WITH_SECCOMP) -MMD -MP \
		   -Wall -Wextra -Wdate-time $(WERROR) -Ibpf -Iuser -isystem $(made) $(sysroot-flag) \
		   $(harden) $(same) $(if $(SAN),-fsanitize=address -fsanitize=undefined \
			-fno-sanitize-recover) $(PKG_CFLAGS)

all: $(B)/v7scope $(B)/v7scope.stripped

# The BPF programs are the same for all: libbpf's headers and the kernel's
# UAPI, found where this machine's compiler finds them, are all they include.
# BTF keeps the types of the maps. The line information is removed: boards do not use it.
build/bpf/%.bpf.o: bpf/%.bpf.c | build/bpf
	$(CLANG) -g -O2 -target bpf -mcpu=v3 -Wall -Wextra $(WERROR) $(same) -MMD -MP \
		-idirafter /usr/include/$(shell gcc -print-multiarch) -c $< -o $@
	$(LLVM_STRIP) -g -R .BTF.ext -R .rel.BTF.ext --discard-all $@

build/bpf/%.skel.h: build/bpf/%.bpf.o bpf/pack
	$(BPFTOOL) gen skeleton $< name $*_bpf >$@.unpacked
	bpf/pack $< <$@.unpacked >$@.new
	rm $@.unpacked
	mv $@.new $@

# A terminal for boards that have no terminfo.
build/bpf/terminal.h: user/cmd/terminal.ti | build/bpf
	tic -o build/bpf/terminfo $<
	printf '#define TERMINAL_ENTRY "%s"\n' \
		"$$(infocmp -A build/bpf/terminfo -q -Q2 v7scope | tr -d '\n')" >$@

build/web/node_modules/uplot: user/web/package-lock.json
	user/web/fetch user/web build/web || { echo "WITH_WEB=0 leaves the page out, UPLOT=DIR" \
		"is where uPlot's npm package is unpacked" >&2; exit 1; }
	touch $@

build/web/page.c: user/web/build $(wildcard user/web/*.html user/web/*.css user/web/*.js) \
		tools/dashboards/rules.yml $(UPLOT) | build/web
	user/web/build $(UPLOT) tools/dashboards/rules.yml build/web

build/web/schema.c: user/output/schema.json | build/web
	gzip -9nc $< >build/web/schema.json.gz
	printf '#include "output/schema.h"\n\n__asm__(".section .rodata\\n.global schema_gz\\nschema_gz: .incbin \\"build/web/schema.json.gz\\"\\n.previous");\nconst size_t schema_gz_size = %d;\n' \
		$$(wc -c <build/web/schema.json.gz) >$@

compile		= $(CC) $(flags) $(CPPFLAGS) $(CFLAGS) -c $< -o $@

$(B)/%.o: user/%.c $(skels) $(made)/terminal.h | $(rooms:%=$(B)/%)
	$(compile)

$(B)/%.o: build/web/%.c | $(B)
	$(compile)

$(B)/%.o: user/web/%.c | $(B)
	$(compile)

$(B)/v7scope: $(objs) | $(B)/lld/ld.lld
	$(CC) $(if $(SAN),$(flags),$(link)) $(sysroot-flag) $(CFLAGS) $(LDFLAGS) $^ $(PKG_LIBS) -o $@

# A cross compiler looks for lld only where -B says.
$(B)/lld/ld.lld:
	mkdir -p $(@D)
	$(if $(LLD),ln -sf $(LLD) $@)

$(B)/v7scope.stripped: $(B)/v7scope
	cp $< $@
	$(STRIP) $@

include user/t/Makefile.inc
include tools/packaging/Makefile.inc

# A fresh machine has no compiler yet that the lines above could have asked, so
# each of these installs first and then starts over.
try:
	tools/deps
	$(MAKE) -j$$(nproc) CROSS_COMPILE=aarch64-linux-gnu-
	tools/stress/try

demo: lab
	$(if $(BOARD),tools/lab/boards/demo $(BOARD),tools/stress/demo)

bench: lab scale
	tools/bench/cost
	tools/bench/contention
	tools/bench/fleet
	tools/bench/agent

# Machines that do not exist, so it needs no guest.
scale: $(B)/t/scale
	mkdir -p build/bench
	$< -o build/bench/scale.json

lab:
	tools/deps
	tools/lab/lab build 6.1 arm64
	$(MAKE) CROSS_COMPILE=aarch64-linux-gnu-

build/bpf build/web $(B) $(rooms:%=$(B)/%):
	mkdir -p $@

clean:
	rm -rf build

-include $(objs:.o=.d) $(skels:.skel.h=.bpf.d)

.PRECIOUS: build/bpf/%.bpf.o build/bpf/%.skel.h
.DELETE_ON_ERROR:
.PHONY: all bench clean demo lab scale try
