/* SPDX-License-Identifier: GPL-2.0 */
/* What writers and readers of recordings agree on: man/v7scope-recording.5. */
#ifndef V7S_RECORDING_H
#define V7S_RECORDING_H

#include "model/model.h"

/* What was asked for, in the block that says what a recording is of. */
enum {
	ABOUT_TASKS	= 1,
	ABOUT_STACKS	= 2,
	ABOUT_LOST_ONLY	= 4,
	ABOUT_CORRUPTS	= 8,	/* the kernel loses the address of what it splits */
	ABOUT_OVERRUNS	= 16,	/* of trace buffers: what is dropped was not counted */
	ABOUT_TEXT	= 255,	/* bytes of each text, without the final 0 */
	ABOUT_MAX	= 7 * (ABOUT_TEXT + 3) + 8 * 10,
};

/* What can be seen, a bit each, in this order. */
enum { SEEN_BITS = 38 };
_Static_assert(sizeof(struct visibility) == SEEN_BITS,
	       "a new bit comes last, also in the man page");

#endif
