/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/*
 * Shared by pack.c, unpack.c and pack_flushes.c only. man/v7scope-recording.5
 * describes every byte.
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

/* Largest size of a frame without its symbol. */
enum { PACK_FRAME = 16 };

/** pack_frames - pack a stack; longer symbols are cut to @max bytes */
uint8_t *pack_frames(uint8_t *p, const struct frame *frame,
		     unsigned int frames, size_t max);

/** unpack_frames - unpack a stack; its symbols point into the input */
void unpack_frames(struct wire *w, struct trace *t);

/** pack_counters - pack @n counters, most of which are 0 */
uint8_t *pack_counters(uint8_t *p, const __u64 *counter, size_t n);

/**
 * unpack_counters - unpack the first @room counters of a format @version
 *
 * @index: maps an index of that version to ours; NULL: it is the same.
 * Skips the other ones, which are from a later version. Returns the number of
 * counters up to the last one that is not 0.
 */
size_t unpack_counters(struct wire *w, unsigned int version,
		       size_t (*index)(unsigned int version, size_t i),
		       __u64 *counter, size_t room);

#endif
