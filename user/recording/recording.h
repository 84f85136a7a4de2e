/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* Shared by writer and reader of recordings: man/v7scope-recording.5. */
#ifndef V7S_RECORDING_H
#define V7S_RECORDING_H

#include "model/model.h"

/*
 * Flags of BLOCK_ABOUT: options of the recording, and properties of the kernel.
 */
enum {
	ABOUT_TASKS	= 1,
	ABOUT_STACKS	= 2,
	ABOUT_LOST_ONLY	= 4,
	ABOUT_CORRUPTS	= 8,	/* the kernel loses addresses of sections */
	ABOUT_OVERRUNS	= 16,	/* dropped events are not counted */
	ABOUT_TEXT	= 255,	/* bytes of each text, without the final 0 */
	ABOUT_MAX	= 7 * (ABOUT_TEXT + 3) + 8 * 10,
};

/* struct visibility, a bit per member, in this order. */
enum { VISIBILITY_BITS = 40, VISIBILITY_BITS_1 = 38 /* in format 1 */ };
_Static_assert(sizeof(struct visibility) == VISIBILITY_BITS,
	       "a new bit needs a new format, also in the man page");

#endif
