/* SPDX-License-Identifier: GPL-2.0 */
#ifndef V7S_LIB_CAPS_H
#define V7S_LIB_CAPS_H

#include <stdbool.h>

/* Also in the headers of older kernels, where these have no names. */
enum {
	V7S_CAP_SYS_ADMIN	= 21,
	V7S_CAP_SYS_RESOURCE	= 24,
	V7S_CAP_PERFMON		= 38,
	V7S_CAP_BPF		= 39,
};

/** caps_effective - do we have this capability; true if that cannot be told */
bool caps_effective(int cap);

/** caps_for_bpf - do we have what loading and attaching the programs takes */
bool caps_for_bpf(void);

/**
 * caps_drop - give up all capabilities, for good
 *
 * But for the one that bpf() takes on this kernel, if @bpf: stacks are read by
 * it, everything else is read from shared memory. A command that is to have our
 * capabilities must have been started before. Returns the name of what is kept,
 * "none" if nothing is; NULL if they cannot be dropped, which errno tells.
 */
const char *caps_drop(bool bpf);

/** caps_needed - what caps_drop() would keep, without dropping anything */
const char *caps_needed(bool bpf);

#endif
