/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What pack.c writes and unpack.c reads, and nobody else. Every byte is described in
 * man/v7scope-recording.5.
 */
#ifndef V7S_RECORDING_PACK_INTERNAL_H
#define V7S_RECORDING_PACK_INTERNAL_H

#include "pack.h"

/* The first byte of an event: what it is, and what need not be said again. */
enum {
	TAG_DROPPED	= 6,
	TAG_ODD		= 7,	/* has values that are not known here */
	TAG_KIND	= 7,
	TAG_CPU		= 1 << 3,	/* of the event before */
	TAG_TASK	= 1 << 4,	/* of the event before, on that CPU */
	TAG_TABLE	= 1 << 5,	/* of the event before */
	TAG_STACK	= 1 << 6,	/* has one */
	TAG_BACK	= 1 << 7,	/* the clock went back */
};

enum {
	SIZE_ZERO	= 64,	/* behind the powers of two */
	SIZE_OTHER	= 65,
	NO_LEVEL	= 7,	/* in three bits */
	PAGE_BITS	= 12,
};

enum { ITEM_IS_GONE = 0x80 };	/* in its kind */

#endif
