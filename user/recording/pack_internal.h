/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/*
 * Shared by pack.c and unpack.c only. man/v7scope-recording.5 describes every
 * byte.
 */
#ifndef V7S_RECORDING_PACK_INTERNAL_H
#define V7S_RECORDING_PACK_INTERNAL_H

#include "pack.h"

/* First byte of an event: its kind, and flags for omitted fields. */
enum {
	TAG_DROPPED	= 6,
	TAG_ODD		= 7,	/* values outside the usual ranges */
	TAG_KIND	= 7,
	TAG_CPU		= 1 << 3,	/* same as the previous event */
	TAG_TASK	= 1 << 4,	/* same as the previous on that CPU */
	TAG_TABLE	= 1 << 5,	/* same as the previous event */
	TAG_STACK	= 1 << 6,	/* has a stack */
	TAG_BACK	= 1 << 7,	/* the clock went back */
};

enum {
	SIZE_ZERO	= 64,	/* codes below are powers of two */
	SIZE_OTHER	= 65,
	NO_LEVEL	= 7,	/* in three bits */
	PAGE_BITS	= 12,
};

enum { ITEM_IS_GONE = 0x80 };	/* flag in the byte of the kind */

#endif
