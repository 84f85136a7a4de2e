/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* Limits for the process that serves the network: system calls (seccomp) and files (Landlock). */
#ifndef V7S_HTTP_SANDBOX_H
#define V7S_HTTP_SANDBOX_H

#include <stddef.h>

enum sandbox {
	SANDBOX_AUTO,		/* if the kernel and the build support it */
	SANDBOX_REQUIRE,	/* fail without support */
	SANDBOX_OFF,
};

/**
 * sandbox_enter - forbid all system calls that serving does not need, for good
 *
 * Forbidden calls fail with EPERM. Files can be opened for reading only. No program
 * can be executed, no connection made, no memory mapped executable, no BPF program
 * loaded: open everything else before. If the kernel has Landlock, only files below
 * /proc, the system's certificates and the @n @folders can be opened; other files fail
 * with EACCES. Returns -1 if @how requires the filter and it cannot be installed, or if
 * Landlock fails. With SANDBOX_AUTO, both are reported only. A kernel without Landlock
 * is no failure; doctor reports it. A folder that is / or /etc is reported.
 */
int sandbox_enter(enum sandbox how, const char *const *folders, size_t n);

#endif
