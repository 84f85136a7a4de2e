/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* Faults of devices, counted beside the events of page tables, and shown among them. */
#ifndef V7S_CMD_FAULTS_H
#define V7S_CMD_FAULTS_H

#include "model/faults.h"
#include "beside.h"

/** enum faults_use - a verb's use of faults */
enum faults_use {
	FAULTS_NONE,
	FAULTS_SHOWN,	/* if the kernel and our privileges show them; else go on */
	FAULTS_COUNTED,	/* if they cannot be counted, say why and go on */
};

/** struct faults_source - all zero: faults are not counted */
struct faults_source {
	struct beside b;
	const char *dev;	/* only the faults of this device; NULL: all */
	bool queued;		/* somebody takes them as records */
	struct fault_tally tally;
	/*
	 * The stream hands out an event up to two readings after the event. A fault
	 * waits as long, for its place among the events. So the queue holds the
	 * faults of three readings.
	 */
	struct v7s_fault wait[3 * V7S_FAULTS];	/* a ring */
	unsigned int first, n;
	/* Faults queued before the last reading, and before the one before it */
	unsigned int before, due;
};

/**
 * faults_open - count faults too, if the kernel shows them
 *
 * Does nothing if the filter of @want leaves faults out. Returns -1, after a message, if
 * the filter names faults and they cannot be counted.
 */
int faults_open(struct faults_source *f, const struct source_want *want,
		enum faults_use use);

/** faults_read - all faults since the start, in @c; NULL: not available */
const struct fault_counts *faults_read(struct faults_source *f,
				       struct fault_counts *c);

/** faults_gather - fetch the faults since the last call into the tally and the queue */
void faults_gather(struct faults_source *f);

/** faults_tally - of all faults gathered; NULL: not available */
const struct fault_tally *faults_tally(const struct faults_source *f);

/** faults_before - hand on the faults in the queue that are older than @time, as records */
void faults_before(struct faults_source *f, uint64_t time, take_record *take,
		   void *arg);

/**
 * faults_due - hand on the faults that have waited as long as an event can
 *
 * @until: the time up to which the stream is complete. Later faults keep their place
 * in the queue, as long as it has room for those of the next reading.
 */
void faults_due(struct faults_source *f, uint64_t until, take_record *take, void *arg);

#endif
