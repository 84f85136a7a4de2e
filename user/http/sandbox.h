/* SPDX-License-Identifier: GPL-2.0 */
/* What a process that listens to anybody may ask of the kernel: next to nothing. */
#ifndef V7S_HTTP_SANDBOX_H
#define V7S_HTTP_SANDBOX_H

enum sandbox {
	SANDBOX_AUTO,		/* where this kernel and this build can */
	SANDBOX_REQUIRE,	/* else fail */
	SANDBOX_OFF,
};

/**
 * sandbox_enter - from here on the kernel refuses what serving does not take
 *
 * For good, with EPERM. Files can be opened for reading; no program can be run, no
 * connection made, no memory become executable, no BPF program loaded. All that is
 * needed beyond this is to be open before. Returns -1 if it was required and
 * cannot be; either way has said so.
 */
int sandbox_enter(enum sandbox how);

#endif
