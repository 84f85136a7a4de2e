# SPDX-License-Identifier: GPL-2.0
#
#   make demo                                a live report from a real kernel
#   make demo BOARD=mt8195                   the same on a driver; or rcar-gen2
#   make check                               all tests that Debian 12 can run
#   make check-all                           the same on each kernel of the lab
#   make bench                               what watching costs
#
#   make                                     v7scope for this machine
#   make CROSS_COMPILE=aarch64-linux-gnu-    for another, SYSROOT= its libraries
#   make WITH_TLS=0 WITH_SECCOMP=0           without OpenSSL, without a system call filter
#   make install DESTDIR= PREFIX= SYSTEMDUNITDIR=
#   make dist                                a release, which builds without npm
#   make WITH_WEB=0                          without the page of `v7scope serve`
#   make unit [SAN=1]                        unit tests, with ASan and UBSan
#   make fuzz                                a million runs of each fuzz target

VERSION		:= 0.1
PREFIX		?= /usr/local
SYSTEMDUNITDIR	?= $(PREFIX)/lib/systemd/system
CFLAGS		?= -O2 -g -Werror
CLANG		?= clang
LLVM_STRIP	?= llvm-strip
BPFTOOL		?= $(or $(shell command -v bpftool),/usr/sbin/bpftool)
WITH_TLS	?= 1
WITH_SECCOMP	?= 1
PKG_LIBS	:= $(if $(filter 1,$(WITH_TLS)),-levent_openssl -lssl -lcrypto) \
		   $(if $(filter 1,$(WITH_SECCOMP)),-lseccomp) -lyaml -lcrypt -lresolv \
		   -levent_extra -levent_core -lbpf -lelf -lz -ljson-c -lncurses -ltinfo -lm
CC		:= $(CROSS_COMPILE)$(if $(filter default,$(origin CC)),gcc,$(CC))
STRIP		:= $(CROSS_COMPILE)strip

# uPlot, which draws the charts of the page, is in a release; else npm fetches it.
WITH_WEB	?= 1
no-web		:= $(filter 0,$(WITH_WEB))
UPLOT		?= $(or $(wildcard user/web/uplot),build/web/node_modules/uplot)

TARGET		:= $(shell $(CC) -dumpmachine 2>/dev/null)
arch-aarch64	:= arm64
arch-arm	:= armv7
CPU		:= $(firstword $(subst -, ,$(TARGET)))
ARCH		:= $(or $(arch-$(CPU)),$(CPU))
B		:= build/$(ARCH)$(if $(SAN),-san)$(if $(no-web),-noweb)$(if $(filter 0,$(WITH_TLS)),-notls)$(if $(filter 0,$(WITH_SECCOMP)),-noseccomp)

ifneq ($(CROSS_COMPILE),)
ifeq ($(origin SYSROOT),undefined)
SYSROOT		:= $(shell tools/lab/lab sysroot $(ARCH))
endif
sysroot-flag	:= --sysroot=$(or $(SYSROOT),$(error no libraries for $(ARCH): set SYSROOT))
endif

skels		:= $(patsubst bpf/%.bpf.c,build/bpf/%.skel.h,$(wildcard bpf/*.bpf.c))
rooms		:= lib model source ftrace recording doctor check output http cmd
objs		:= $(patsubst user/%.c,$(B)/%.o,$(wildcard $(rooms:%=user/%/*.c))) \
		   $(B)/$(if $(no-web),none,page).o
flags		:= -std=gnu11 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64 -DVERSION='"$(VERSION)"' \
		   -DWITH_TLS=$(WITH_TLS) -DWITH_SECCOMP=$(WITH_SECCOMP) -MMD -MP \
		   -Wall -Wextra -Ibpf -Iuser -isystem build/bpf $(sysroot-flag) \
		   $(if $(SAN),-fsanitize=address -fsanitize=undefined \
			-fno-sanitize-recover)

all: $(B)/v7scope $(B)/v7scope.stripped

# The BPF programs are the same for all: libbpf's headers and the kernel's
# UAPI, found where this machine's compiler finds them, are all they include.
# Of BTF they keep what describes the maps; the lines of the source are of no use
# to a board.
build/bpf/%.bpf.o: bpf/%.bpf.c | build/bpf
	$(CLANG) -g -O2 -target bpf -mcpu=v3 -Wall -Wextra -Werror -MMD -MP \
		-idirafter /usr/include/$(shell gcc -print-multiarch) -c $< -o $@
	$(LLVM_STRIP) -g -R .BTF.ext -R .rel.BTF.ext --discard-all $@

build/bpf/%.skel.h: build/bpf/%.bpf.o
	$(BPFTOOL) gen skeleton $< name $*_bpf >$@.new
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
		$(UPLOT) | build/web
	user/web/build $(UPLOT) build/web

compile		= $(CC) $(flags) $(CPPFLAGS) $(CFLAGS) -c $< -o $@

$(B)/%.o: user/%.c $(skels) build/bpf/terminal.h | $(rooms:%=$(B)/%)
	$(compile)

$(B)/%.o: build/web/%.c | $(B)
	$(compile)

$(B)/%.o: user/web/%.c | $(B)
	$(compile)

# Protecting what is relocated would take a page of 64K here, and nothing is.
$(B)/v7scope: $(objs)
	$(CC) $(if $(SAN),$(flags),-static -Wl,--gc-sections,-z,norelro) $(sysroot-flag) $(CFLAGS) $(LDFLAGS) $^ $(PKG_LIBS) -o $@

$(B)/v7scope.stripped: $(B)/v7scope
	$(STRIP) -o $@ $<

unit-tests	:= $(patsubst user/t/unit/%.c,$(B)/t/%,$(wildcard user/t/unit/*_test.c))
unit-objs	:= $(filter-out %/main.o %/watch.o $(B)/cmd/cmd_%.o,$(objs))
fuzz-targets	:= $(patsubst user/t/fuzz/%.c,build/fuzz/%,$(wildcard user/t/fuzz/*.c))

# abuse, attack, forbidden and activate stand alone: some run in guests, too.
helpers		:= $(addprefix $(B)/t/,fake abuse attack forbidden) $(fuzz-targets)

unit: $(B)/v7scope $(unit-tests) $(helpers)
	tool=$(B)/v7scope bin=$(B)/t CMOCKA_MESSAGE_OUTPUT=TAP \
		prove $(unit-tests) $(wildcard user/t/cli/*.t bpf/t/*.t)

$(B)/t/%: user/t/unit/%.c $(unit-objs) | $(B)/t
	$(CC) $(flags) $(CPPFLAGS) $(CFLAGS) $< $(unit-objs) \
		$(LDFLAGS) $(PKG_LIBS) -lcmocka -o $@

# The tool with figures that are known beforehand, to test its verbs with.
$(B)/t/fake: user/t/cli/fake.c $(filter-out %/source/source.o,$(objs)) | $(B)/t
	$(CC) $(flags) $(CPPFLAGS) $(CFLAGS) $< \
		$(filter-out %/source/source.o,$(objs)) $(LDFLAGS) $(PKG_LIBS) -o $@

$(B)/t/abuse $(B)/t/attack $(B)/t/activate: $(B)/t/%: user/t/cli/%.c | $(B)/t
	$(CC) $(flags) $(if $(SAN),,-static) $(CPPFLAGS) $(CFLAGS) $< $(LDFLAGS) -o $@

$(B)/t/forbidden: user/t/cli/forbidden.c $(B)/http/sandbox.o $(B)/lib/err.o | $(B)/t
	$(CC) $(flags) $(if $(SAN),,-static) $(CPPFLAGS) $(CFLAGS) $(filter %.c %.o,$^) $(LDFLAGS) \
		$(if $(filter 0,$(WITH_SECCOMP)),,-lseccomp) -o $@

# The fuzz targets, of user/t/fuzz, each with what it needs of all that unit tests
# can have.
fuzz-flags	:= -std=gnu11 -D_GNU_SOURCE -DVERSION='"fuzz"' -MMD -MP -Iuser -Ibpf -isystem build/bpf -O1 -g \
		   -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all

build/fuzz/o/%.o: user/%.c $(skels) build/bpf/terminal.h | $(rooms:%=build/fuzz/o/%)
	$(CLANG) $(fuzz-flags) -c $< -o $@

build/fuzz/all.a: $(patsubst $(B)/%,build/fuzz/o/%,$(filter-out %/page.o %/none.o,$(unit-objs)))
	rm -f $@
	ar rcs $@ $^

build/fuzz/%: user/t/fuzz/%.c build/fuzz/all.a
	$(CLANG) $(fuzz-flags) -fsanitize=fuzzer $< build/fuzz/all.a $(PKG_LIBS) -o $@

fuzz: $(fuzz-targets) $(B)/t/fake
	tool=- bin=$(B)/t runs=1000000 prove -v user/t/cli/fuzz.t

# A fresh machine has no compiler yet that the lines above could have asked, so
# each of these installs first and then starts over.
demo: lab
	$(if $(BOARD),tools/lab/boards/demo $(BOARD),tools/stress/demo)

check: lab
	$(MAKE) CROSS_COMPILE=arm-linux-gnueabihf-
	$(MAKE) check-tests

# A base that Debian no longer has is skipped.
check-all: lab
	$(MAKE) CROSS_COMPILE=arm-linux-gnueabihf-
	$(MAKE) check-tests
	ops=6000000 prove --timer user/t/lab/stream.t
	seconds=600 faults='leak twice hold' prove --timer \
		user/t/lab/check.t user/t/lab/planted.t
	seconds=120 prove --timer user/t/lab/prometheus.t
	boards='mt8195 rcar-gen2' prove --timer $(long-tests)
	kernels='5.10 6.1 6.12 7.3' archs='arm64 armv7' seeds='1 2 3' \
		prove --timer $(matrix-tests)
	kernel-patch/check

bench: lab
	tools/bench/cost
	tools/bench/fleet

lab:
	tools/deps
	tools/lab/lab build 6.1 arm64
	$(MAKE) CROSS_COMPILE=aarch64-linux-gnu-

# Those of the first list are tried on each kernel, those of the second on one; both
# take too long for each day.
matrix-tests	:= $(addprefix user/t/lab/,doctor.t session.t attrib.t sources.t \
			boot.t) \
		   $(addprefix tools/stress/t/,exact.t matrix.t) \
		   $(addprefix kernel-patch/t/,kunit.t nop.t format.t)
long-tests	:= $(addprefix tools/lab/boards/t/,ends.t planted.t) tools/bench/t/fleet.t
lab-tests	:= $(filter-out %/session.t %/matrix.t $(long-tests), \
		   $(wildcard user/t/lab/*.t tools/*/t/*.t tools/lab/boards/t/*.t \
		   kernel-patch/t/*.t))

# The server is attacked with ASan and UBSan in it.
san-fake	:= build/$(ARCH)-san/t/fake

check-tests: $(B)/v7scope $(unit-tests) $(helpers)
	$(MAKE) SAN=1 $(san-fake)
	san=$(san-fake) tool=$(B)/v7scope bin=$(B)/t CMOCKA_MESSAGE_OUTPUT=TAP \
		prove --timer $(unit-tests) $(wildcard user/t/cli/*.t bpf/t/*.t) $(lab-tests)

install: all
	install -D -m 755 $(B)/v7scope.stripped $(DESTDIR)$(PREFIX)/bin/v7scope
	for page in user/man/*.[1-9]; do \
		install -D -m 644 $$page $(DESTDIR)$(PREFIX)/share/man/man$${page##*.}/$${page##*/} || exit; \
	done
	install -D -m 644 tools/packaging/v7scope.socket $(DESTDIR)$(SYSTEMDUNITDIR)/v7scope.socket
	sed "s|/usr/bin/|$(PREFIX)/bin/|" tools/packaging/v7scope.service >$(B)/v7scope.service
	install -m 644 $(B)/v7scope.service $(DESTDIR)$(SYSTEMDUNITDIR)/v7scope.service

# What is committed, and uPlot.
release		:= v7scope-$(VERSION)
dist: $(UPLOT)
	rm -rf build/dist build/v7scope-*.tar.gz
	mkdir -p build/dist
	git archive --prefix=$(release)/ HEAD | tar -x -C build/dist
	mkdir -p build/dist/$(release)/user/web/uplot/dist
	cp $(UPLOT)/LICENSE $(UPLOT)/package.json build/dist/$(release)/user/web/uplot
	cp $(addprefix $(UPLOT)/dist/,uPlot.iife.min.js uPlot.min.css) build/dist/$(release)/user/web/uplot/dist
	tar -c --sort=name --owner=0 --group=0 --numeric-owner --mtime=@$$(git log -1 --format=%ct) \
		-C build/dist $(release) | gzip -9n >build/$(release).tar.gz

build/bpf build/web $(B) $(B)/t $(rooms:%=$(B)/%) $(rooms:%=build/fuzz/o/%):
	mkdir -p $@

clean:
	rm -rf build

-include $(objs:.o=.d) $(wildcard $(B)/t/*.d build/fuzz/*.d build/fuzz/o/*/*.d) $(skels:.skel.h=.bpf.d)

.PRECIOUS: build/fuzz/o/%.o build/bpf/%.bpf.o build/bpf/%.skel.h
.DELETE_ON_ERROR:
.PHONY: all bench check check-all check-tests clean demo dist fuzz install lab unit
