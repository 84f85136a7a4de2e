/* SPDX-License-Identifier: GPL-2.0 */
/* The file that a recorder writes to, or one after the other; of recorder.c alone. */
#ifndef V7S_RECORDING_FILE_H
#define V7S_RECORDING_FILE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** struct recorder_plan - where to, and how much of it */
struct recorder_plan {
	const char *path;
	bool force;		/* overwrite what is there */
	/* In bytes; 0: no limit. */
	uint64_t max_size;	/* nothing more is recorded then */
	uint64_t keep_last;	/* the oldest is overwritten */
	uint64_t rotate;	/* PATH.0001 is followed by PATH.0002, ... */
	uint64_t files;		/* of these, so many are kept; 0: all */
};

/** struct recfile - all of it is to be read, and @fresh to be cleared */
struct recfile {
	const struct recorder_plan *plan;
	char path[PATH_MAX];
	int fd;			/* -1: there is none now */
	bool stream;		/* a pipe: nothing can be taken back */
	bool fresh;		/* a new one, without all counters */
	bool failed;		/* to be there all the time, which has been told of */
	uint64_t bytes;		/* where the next block goes */
	uint64_t written;	/* to all files */
	uint64_t files;
};

/** recfile_open - the first; @plan is to stay. -1: said why */
int recfile_open(struct recfile *f, const struct recorder_plan *plan);

/** recfile_put - all of it or nothing; the errno if it is nothing */
int recfile_put(struct recfile *f, const uint8_t *bytes, size_t size);

/**
 * recfile_may_resume - writing again what could not be written
 *
 * Not before there is room for more than the next block: what is lost is to be one
 * stretch of time.
 */
bool recfile_may_resume(const struct recfile *f);

/**
 * recfile_look - is it still there; else there is a new one
 *
 * Somebody has removed it: what he does not want is gone, the rest goes on.
 */
void recfile_look(struct recfile *f);

/** recfile_writeback - begin to write now what the kernel would only some time later */
void recfile_writeback(const struct recfile *f);

/** recfile_close - -1 if what was written may not be on the disk: said why */
int recfile_close(struct recfile *f);

/** recfile_next - after recfile_close(); where it cannot be made it is tried again */
void recfile_next(struct recfile *f);

#endif
