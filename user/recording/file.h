/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/*
 * The file of a recorder, or its sequence of rotated files. Only writer.c uses
 * it.
 */
#ifndef V7S_RECORDING_FILE_H
#define V7S_RECORDING_FILE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** struct recorder_plan - where to write, and how much */
struct recorder_plan {
	const char *path;
	bool memory;		/* in memory; @path is only for errors */
	bool force;		/* overwrite an existing file or device */
	/* In bytes; 0: no limit. */
	uint64_t max_size;	/* recording ends at this size */
	uint64_t keep_last;	/* the oldest blocks are overwritten */
	uint64_t rotate;	/* PATH.0001 is followed by PATH.0002, ... */
	uint64_t files;		/* rotated files to keep, of all runs; 0: all */
};

/** struct recfile - state of the file; the recorder clears @fresh */
struct recfile {
	const struct recorder_plan *plan;
	char path[PATH_MAX];
	int fd;			/* -1: no file is open */
	bool stream;		/* a pipe: written bytes cannot be undone */
	bool fresh;		/* new file, still without all counters */
	bool failed;		/* the file was missing for a time; printed */
	uint64_t bytes;		/* offset of the next block */
	uint64_t end;		/* size of the file */
	uint64_t written;	/* bytes in all files */
	uint64_t files;		/* created by this run */
	uint64_t number;	/* of the rotated file; continues earlier runs */
	struct tail *tail;	/* not NULL: blocks go there, and not to the file */
};

/** struct tail - blocks in memory, see recfile_copy() */
struct tail {
	uint8_t *bytes;
	size_t size;
};

/**
 * recfile_open - create the first file; @plan must stay valid. -1 after a
 * printed error
 */
int recfile_open(struct recfile *f, const struct recorder_plan *plan);

/** recfile_put - write all bytes or none; returns 0 or the errno */
int recfile_put(struct recfile *f, const uint8_t *bytes, size_t size);

/**
 * recfile_copy - a ring in memory, with the blocks of @tail as its newest
 *
 * Returns the bytes, for free(), and their number in @len. NULL: errno says why.
 */
uint8_t *recfile_copy(const struct recfile *f, const struct tail *tail,
		      size_t *len);

/**
 * recfile_may_resume - may writing resume after a failed write
 *
 * Requires room for more than one block, so that the loss is a single period.
 */
bool recfile_may_resume(const struct recfile *f);

/** recfile_look - create a new file if somebody has removed the current one */
void recfile_look(struct recfile *f);

/** recfile_writeback - start writeback now, not when the kernel decides to */
void recfile_writeback(const struct recfile *f);

/**
 * recfile_close - sync and close; -1 after a printed error: data may not be on
 * disk
 */
int recfile_close(struct recfile *f);

/**
 * recfile_next - create the next file after recfile_close(); retried on failure
 */
void recfile_next(struct recfile *f);

#endif
