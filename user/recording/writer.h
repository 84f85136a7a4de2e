/* SPDX-License-Identifier: GPL-2.0 */
/* What writes a recording, see man/v7scope-recording.5. */
#ifndef V7S_RECORDING_WRITER_H
#define V7S_RECORDING_WRITER_H

#include "model/model_state.h"
#include "source/source.h"
#include "file.h"

struct recorder;

/** struct recorder_about - what the figures are of */
struct recorder_about {
	uint64_t start;		/* CLOCK_MONOTONIC, ns */
	const struct source_want *want;
	const struct visibility *visible;
	const char *source;
	bool corrupts;		/* see struct report, corrupted */
	bool overruns;		/* and overruns, which readings then have */
};

/** struct recorded - what has become of it */
struct recorded {
	uint64_t events;	/* seen, be they written or not */
	uint64_t lost;		/* could not be written */
	uint64_t over;		/* came when nothing more was to be recorded */
	uint64_t bytes;		/* written, to all files */
	uint64_t files;
	const char *path;	/* the last of these */
	bool failed;		/* to write all, which has been told of */
};

/* The smallest that still hold all counters of some page tables. */
#define RECORDER_MIN (256ULL << 10)

/** recorder_open - and the file; NULL: said why */
struct recorder *recorder_open(const struct recorder_plan *plan);

/** recorder_begin - once it is known of what; before all that follows */
void recorder_begin(struct recorder *r, const struct recorder_about *about);

/** recorder_event - with its stack, if @frames is not 0 */
void recorder_event(struct recorder *r, unsigned int cpu,
		    const struct v7s_record *record, const struct frame *frame,
		    unsigned int frames);

/**
 * recorder_reading - all counters, as @m has them, and what @report says of them
 *
 * What came up to then is in the file when this returns. With @last, that is
 * complete. -1: recording cannot go on, which has been said.
 */
int recorder_reading(struct recorder *r, const struct model *m,
		     const struct report *report, const struct stream_cpu *cpus,
		     size_t ncpus, bool last);

/** recorder_over - nothing more is to be recorded: the file has its size */
bool recorder_over(const struct recorder *r);

/** recorder_stop - from here on events are counted as over */
void recorder_stop(struct recorder *r);

void recorder_result(const struct recorder *r, struct recorded *result);

/** recorder_close - -1 if what was written may not be on the disk: said why */
int recorder_close(struct recorder *r);

#endif
