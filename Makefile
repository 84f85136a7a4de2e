# SPDX-License-Identifier: GPL-2.0
#
#   make demo                                a live report from a real kernel
#   make check                               all tests that Debian 12 can run
#   make bench                               what watching costs
#
#   make                                     v7scope for this machine
#   make CROSS_COMPILE=aarch64-linux-gnu-    for another, SYSROOT= its libraries
#   make install DESTDIR= PREFIX=
#   make unit [SAN=1]                        unit tests, with ASan and UBSan

VERSION		:= 0.1
PREFIX		?= /usr/local
CFLAGS		?= -O2 -g -Werror
CLANG		?= clang
LLVM_STRIP	?= llvm-strip
BPFTOOL		?= $(or $(shell command -v bpftool),/usr/sbin/bpftool)
PKG_LIBS	:= -lbpf -lelf -lz -ljson-c
CC		:= $(CROSS_COMPILE)$(if $(filter default,$(origin CC)),gcc,$(CC))
STRIP		:= $(CROSS_COMPILE)strip

TARGET		:= $(shell $(CC) -dumpmachine 2>/dev/null)
arch-aarch64	:= arm64
arch-arm	:= armv7
CPU		:= $(firstword $(subst -, ,$(TARGET)))
ARCH		:= $(or $(arch-$(CPU)),$(CPU))
B		:= build/$(ARCH)$(if $(SAN),-san)

ifneq ($(CROSS_COMPILE),)
ifeq ($(origin SYSROOT),undefined)
SYSROOT		:= $(shell tools/lab/lab sysroot $(ARCH))
endif
sysroot-flag	:= --sysroot=$(or $(SYSROOT),$(error no libraries for $(ARCH): set SYSROOT))
endif

objs		:= $(patsubst user/%.c,$(B)/%.o,$(wildcard user/*.c))
flags		:= -std=gnu11 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64 -DVERSION='"$(VERSION)"' -MMD -MP \
		   -Wall -Wextra -Ibpf -Iuser -isystem build/bpf $(sysroot-flag) \
		   $(if $(SAN),-fsanitize=address -fsanitize=undefined \
			-fno-sanitize-recover)

all: $(B)/v7scope $(B)/v7scope.stripped

# The BPF programs are the same for all: libbpf's headers and the kernel's
# UAPI, found where this machine's compiler finds them, are all they include.
build/bpf/v7scope.bpf.o: bpf/v7scope.bpf.c | build/bpf
	$(CLANG) -g -O2 -target bpf -mcpu=v3 -Wall -Wextra -Werror -MMD -MP \
		-idirafter /usr/include/$(shell gcc -print-multiarch) -c $< -o $@
	$(LLVM_STRIP) -g $@

build/bpf/v7scope.skel.h: build/bpf/v7scope.bpf.o
	$(BPFTOOL) gen skeleton $< name v7scope_bpf >$@.new
	mv $@.new $@

$(B)/%.o: user/%.c build/bpf/v7scope.skel.h | $(B)
	$(CC) $(flags) $(CPPFLAGS) $(CFLAGS) -c $< -o $@

$(B)/v7scope: $(objs)
	$(CC) $(if $(SAN),$(flags),-static) $(sysroot-flag) $(CFLAGS) $(LDFLAGS) $^ $(PKG_LIBS) -o $@

$(B)/v7scope.stripped: $(B)/v7scope
	$(STRIP) -o $@ $<

unit-tests	:= $(patsubst user/%.c,$(B)/%,$(wildcard user/t/*_test.c))
unit-objs	:= $(filter-out %/main.o %/cmd_stat.o %/cmd_doctor.o,$(objs))

unit: $(B)/v7scope $(unit-tests)
	tool=$(B)/v7scope bin=$(B)/t CMOCKA_MESSAGE_OUTPUT=TAP \
		prove $(unit-tests) $(wildcard user/t/*.t)

# This one includes its source, to get at what is static there.
$(B)/t/source_bpf_test: included := %/source_bpf.o

$(B)/t/%: user/t/%.c $(unit-objs) | $(B)/t
	$(CC) $(flags) $(CPPFLAGS) $(CFLAGS) $< \
		$(filter-out $(included),$(unit-objs)) \
		$(LDFLAGS) $(PKG_LIBS) -lcmocka -o $@

# A fresh machine has no compiler yet that the lines above could have asked, so
# each of these installs first and then starts over.
demo: lab
	tools/stress/demo

check: lab
	$(MAKE) check-tests

bench: lab
	tools/bench/cost

lab:
	tools/deps
	tools/lab/lab build 6.1 arm64
	$(MAKE) CROSS_COMPILE=aarch64-linux-gnu-

lab-tests	:= $(wildcard user/t/lab/*.t tools/*/t/*.t kernel-patch/t/*.t)

check-tests: $(B)/v7scope $(unit-tests)
	tool=$(B)/v7scope bin=$(B)/t CMOCKA_MESSAGE_OUTPUT=TAP \
		prove --timer $(unit-tests) $(wildcard user/t/*.t) $(lab-tests)

install: all
	install -D -m 755 $(B)/v7scope.stripped $(DESTDIR)$(PREFIX)/bin/v7scope
	install -D -m 644 user/man/v7scope.1 \
		$(DESTDIR)$(PREFIX)/share/man/man1/v7scope.1

build/bpf $(B) $(B)/t:
	mkdir -p $@

clean:
	rm -rf build

-include $(objs:.o=.d) $(wildcard $(B)/t/*.d) build/bpf/v7scope.bpf.d

.DELETE_ON_ERROR:
.PHONY: all bench check check-tests clean demo install lab unit
