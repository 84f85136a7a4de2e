/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The blocks that a recording is made of, see man/v7scope-recording.5: each has
 * its own checksum, and can be read without any other.
 */
#ifndef V7S_RECORDING_BLOCK_H
#define V7S_RECORDING_BLOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum {
	BLOCK_VERSION	= 1,
	BLOCK_HEADER	= 48,		/* bytes */
	BLOCK_FULL	= 64 << 10,	/* bytes of a payload: nothing more is added */
	BLOCK_MAX	= 96 << 10,	/* with what was being added then */
};

enum block_type {
	BLOCK_ABOUT	= 1,	/* of what kernel, from which source, since when */
	BLOCK_EVENTS,
	BLOCK_READING,		/* of all counters, or of those that changed */
	BLOCK_LOST,		/* blocks that could not be written */
	BLOCK_END,		/* the recording is complete */
};

/* Of a block; the last three of a reading, which may take several. */
enum {
	BLOCK_RING	= 1,	/* of a file in which the oldest is overwritten */
	BLOCK_FIRST	= 2,
	BLOCK_LAST	= 4,
	BLOCK_ALL	= 8,	/* all counters, not only those that changed */
};

/** struct block - one of them, as its header tells */
struct block {
	unsigned int type, flags, version;
	uint32_t size;		/* of the payload */
	uint64_t number;	/* from 0; goes on in the next file of a rotation */
	uint64_t time;		/* CLOCK_MONOTONIC, ns: of the last thing in it */
	uint64_t events;	/* recorded before this block, since the start */
	uint32_t count;		/* of events in it */
	uint32_t crc;		/* of the payload */
};

/** block_seal - the header of a block, in the BLOCK_HEADER bytes before @payload */
void block_seal(struct block *b, uint8_t *payload);

/** struct blocks - a file of them, be it complete or not */
struct blocks;

/** struct damage - what lies between two blocks that could be read */
struct damage {
	uint64_t from, to;	/* bytes of the file */
	uint64_t blocks;	/* that are missing, as their numbers tell */
	uint64_t events;	/* the same of events */
	uint64_t from_time, to_time;
	bool at_end;		/* nothing comes behind: how much is not known */
};

/** blocks_open - @path, or standard input if it is "-"; NULL: said why */
struct blocks *blocks_open(const char *path);

/**
 * blocks_next - the next block that can be read, and its payload
 *
 * Returns 1; 0 at the end; -1 after an error that was told of. What had to be
 * left out before it is in @d, which is all 0 if nothing was. The payload is
 * valid until the next call.
 */
int blocks_next(struct blocks *f, struct block *b, const uint8_t **payload,
		struct damage *d);

/** blocks_rewind - to begin again; false of a pipe, which goes on where it is */
bool blocks_rewind(struct blocks *f);

void blocks_close(struct blocks *f);

#endif
