/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* A system call filter (seccomp) for the process that serves the network. */
#ifndef V7S_HTTP_SANDBOX_H
#define V7S_HTTP_SANDBOX_H

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
 * loaded: open everything else before. Returns -1 if @how requires the filter and it
 * cannot be installed. A missing filter is reported either way.
 */
int sandbox_enter(enum sandbox how);

#endif
