/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
#ifndef V7S_LIB_CAPS_H
#define V7S_LIB_CAPS_H

#include <stdbool.h>

/* The headers of older kernels do not have all of these names. */
enum {
	V7S_CAP_SYS_ADMIN	= 21,
	V7S_CAP_SYS_RESOURCE	= 24,
	V7S_CAP_SYSLOG		= 34,
	V7S_CAP_PERFMON		= 38,
	V7S_CAP_BPF		= 39,
};

/** caps_effective - true if we have this capability, or if it is not known */
bool caps_effective(int cap);

/** caps_for_bpf - true if we may load and attach the programs */
bool caps_for_bpf(void);

/**
 * caps_drop - give up all capabilities for good
 *
 * If @bpf, keep the one that bpf() needs on this kernel: bpf() reads the
 * stacks, everything else is in shared memory. Start a command that needs our
 * capabilities before. Returns the name of the capability kept, "none" if there
 * is none; NULL, with errno, on failure.
 */
const char *caps_drop(bool bpf);

/** caps_needed - the capability that caps_drop() would keep */
const char *caps_needed(bool bpf);

#endif
