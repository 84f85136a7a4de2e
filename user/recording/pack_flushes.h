/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* Pack TLB flushes into the payload of a block, and unpack them. */
#ifndef V7S_RECORDING_PACK_FLUSHES_H
#define V7S_RECORDING_PACK_FLUSHES_H

#include "lib/varint.h"
#include "source/flush_counts.h"

/**
 * pack_flushes - pack all flushes since the start into at most BLOCK_MAX bytes
 *
 * Flushes by task and by stack are left out. The last timeouts start at @late.
 */
uint8_t *pack_flushes(uint8_t *p, const struct flush_report *fr,
		      uint8_t **late);

/** struct unpacked_flushes - the report points into the struct and the input */
struct unpacked_flushes {
	struct flush_report r;	/* without the total */
	struct flush_visibility visible;
	struct flush_timeout timeout[V7S_TIMEOUTS];
	const uint8_t *late;	/* start of the packed timeouts */
};

/** unpack_flushes - unpack a block with format @version; false if it is invalid */
bool unpack_flushes(struct wire *w, unsigned int version,
		    struct unpacked_flushes *u);

#endif
