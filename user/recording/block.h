/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/*
 * The blocks of a recording, see man/v7scope-recording.5. Each block has its
 * own checksum, and can be read without the others.
 */
#ifndef V7S_RECORDING_BLOCK_H
#define V7S_RECORDING_BLOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum {
	BLOCK_VERSION	= 3,
	BLOCK_HEADER	= 48,		/* bytes */
	BLOCK_FULL	= 64 << 10,	/* payload that completes a block */
	BLOCK_MAX	= 96 << 10,	/* limit, with the last item */
};

enum block_type {
	BLOCK_ABOUT	= 1,	/* kernel, source and start time */
	BLOCK_EVENTS,
	BLOCK_READING,		/* all counters, or the changed ones */
	BLOCK_LOST,		/* blocks that could not be written */
	BLOCK_END,		/* the recording is complete */
	BLOCK_FLUSHES,		/* TLB flushes at the reading that follows */
};

/* Flags; the next three are for readings, which may take several blocks. */
enum {
	BLOCK_RING	= 1,	/* the file overwrites its oldest blocks */
	BLOCK_FIRST	= 2,
	BLOCK_LAST	= 4,
	BLOCK_ALL	= 8,	/* all counters, not only the changed ones */
	BLOCK_SAME	= 16,	/* flushes: the timeouts are in an earlier block */
};

/** struct block - the header of a block */
struct block {
	unsigned int type, flags, version;
	uint32_t size;		/* bytes of the payload */
	uint64_t number;	/* from 0; continues across rotated files */
	uint64_t time;		/* CLOCK_MONOTONIC, ns: latest item */
	uint64_t events;	/* events recorded before this block */
	uint32_t count;		/* events in the block */
	uint32_t crc;		/* CRC-32, payload only */
};

/** block_seal - write the header into the BLOCK_HEADER bytes before @payload */
void block_seal(struct block *b, uint8_t *payload);

/** struct blocks - an open recording, complete or not */
struct blocks;

/** struct damage - the unreadable part between two blocks */
struct damage {
	uint64_t from, to;	/* offsets in the file */
	uint64_t blocks;	/* missing blocks, from the numbers */
	uint64_t events;	/* missing events, likewise */
	uint64_t from_time, to_time;
	bool at_end;		/* at the end of the file: loss unknown */
};

/**
 * blocks_open - open @path, or standard input for "-"; NULL after a printed
 * error
 */
struct blocks *blocks_open(const char *path);

/**
 * blocks_next - read the next valid block
 *
 * Return: 1; 0 at the end; -1 after a printed error. @d describes the damage
 * before the block; all 0: no damage. The payload is valid until the next call.
 */
int blocks_next(struct blocks *f, struct block *b, const uint8_t **payload,
		struct damage *d);

/**
 * blocks_rewind - go back to the start; false for a pipe, which stays where it
 * is
 */
bool blocks_rewind(struct blocks *f);

void blocks_close(struct blocks *f);

#endif
