/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* Write a recording, see man/v7scope-recording.5. */
#ifndef V7S_RECORDING_WRITER_H
#define V7S_RECORDING_WRITER_H

#include "model/model_state.h"
#include "source/source.h"
#include "file.h"

struct recorder;
struct flush_report;

/** struct recorder_about - origin of the data */
struct recorder_about {
	uint64_t start;		/* CLOCK_MONOTONIC, ns */
	const struct source_want *want;
	const struct visibility *visible;
	const char *source;
	bool corrupts;		/* report->corrupted is known */
	bool overruns;		/* report->overruns is known */
};

/** struct recorded - the result of a recording */
struct recorded {
	uint64_t events;	/* all events, written or not */
	uint64_t lost;		/* failed to write */
	uint64_t over;		/* came after the end of the recording */
	uint64_t bytes;		/* written to all files */
	uint64_t files;
	const char *path;	/* latest file */
	bool failed;		/* not all is written; an error was printed */
};

/* Smallest limit of a file: it holds all counters of a few page tables. */
#define RECORDER_MIN (256ULL << 10)

/** recorder_open - open a recorder and its file; NULL after a printed error */
struct recorder *recorder_open(const struct recorder_plan *plan);

/** recorder_begin - write the origin; call before the functions below */
void recorder_begin(struct recorder *r, const struct recorder_about *about);

/** recorder_event - record an event, with its stack if @frames is not 0 */
void recorder_event(struct recorder *r, unsigned int cpu,
		    const struct v7s_record *record, const struct frame *frame,
		    unsigned int frames);

/**
 * recorder_flushes - TLB flushes since the start, for the next readings
 *
 * Without a call, the recording has none.
 */
void recorder_flushes(struct recorder *r, const struct flush_report *fr);

/**
 * recorder_reading - record all counters of @m, and the accuracy in @report
 *
 * All earlier events are in the file on return. @last completes the file.
 * Return: -1 after a printed error: recording cannot continue.
 */
int recorder_reading(struct recorder *r, const struct model *m,
		     const struct report *report, const struct stream_cpu *cpus,
		     size_t ncpus, bool last);

/**
 * recorder_copy - a copy of a recording in memory that is complete up to now
 *
 * Its last reading and its end are in the copy only, so that copies take no place in the
 * ring. Arguments as of recorder_reading(). Returns the bytes, for free(), and their
 * number in @len; NULL: out of memory.
 */
uint8_t *recorder_copy(struct recorder *r, const struct model *m,
		       const struct report *report,
		       const struct stream_cpu *cpus, size_t ncpus, size_t *len);

/** recorder_over - has the file reached its size */
bool recorder_over(const struct recorder *r);

/** recorder_stop - end the recording; later events count as over */
void recorder_stop(struct recorder *r);

void recorder_result(const struct recorder *r, struct recorded *result);

/** recorder_close - close; -1 after a printed error: data may not be on disk */
int recorder_close(struct recorder *r);

#endif
