# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors

V7SCOPE_VERSION = 0.1
V7SCOPE_SITE = $(call qstrip,$(BR2_PACKAGE_V7SCOPE_SITE))
V7SCOPE_SOURCE = v7scope-$(V7SCOPE_VERSION).tar.gz
V7SCOPE_LICENSE = GPL-2.0+, MIT (uPlot)
V7SCOPE_LICENSE_FILES = LICENSE user/web/uplot/LICENSE
V7SCOPE_DEPENDENCIES = host-pkgconf json-c libbpf libevent libseccomp libxcrypt \
	libyaml ncurses openssl zlib

# Buildroot strips, if it is to.
V7SCOPE_OPTS = STATIC=0 STRIP=: PREFIX=/usr

define V7SCOPE_BUILD_CMDS
	$(TARGET_MAKE_ENV) $(TARGET_CONFIGURE_OPTS) $(MAKE) -C $(@D) $(V7SCOPE_OPTS)
endef

define V7SCOPE_INSTALL_TARGET_CMDS
	$(TARGET_MAKE_ENV) $(TARGET_CONFIGURE_OPTS) $(MAKE) -C $(@D) $(V7SCOPE_OPTS) \
		DESTDIR=$(TARGET_DIR) SYSTEMDUNITDIR= install
endef

define V7SCOPE_INSTALL_INIT_SYSTEMD
	$(TARGET_MAKE_ENV) $(MAKE) -C $(@D) $(V7SCOPE_OPTS) DESTDIR=$(TARGET_DIR) install-units
endef

$(eval $(generic-package))
