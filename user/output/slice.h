/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* An event as a slice of a track, the same in every format for trace viewers. */
#ifndef V7S_OUTPUT_SLICE_H
#define V7S_OUTPUT_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lanes.h"
#include "out.h"

/* Threads of a track: its lanes, and one for its gaps. */
enum { SLICE_GAPS = LANES, SLICE_THREADS };

enum { SLICE_NAME = 64, SLICE_TRACK = 128, SLICE_ARGS = 9 };

/** slice_name - event and outcome: "install won" */
const char *slice_name(const struct v7s_record *r, char *buf, size_t size);

/** slice_category - "install" */
const char *slice_category(const struct v7s_record *r);

/** slice_is_lost - a lost install, or a table freed after one */
bool slice_is_lost(const struct v7s_record *r);

/** slice_cpu_track - name of a thread of a CPU's track */
void slice_cpu_track(uint64_t cpu, unsigned int thread, char *buf, size_t size);

/** slice_table_track - name of a thread of the track of the page table of @r */
void slice_table_track(const struct v7s_record *r, unsigned int thread,
		       char *buf, size_t size);

/** struct slice_times - durations; the slice ends when its event was emitted */
struct slice_times {
	uint64_t wait, hold;	/* splits only */
	uint64_t ns;		/* of the slice; 0: an instant */
};

struct slice_times slice_times(const struct v7s_record *r);

/** struct slice_args - what a viewer shows of an event, without its stack */
struct slice_args {
	unsigned int n;
	struct slice_arg {
		const char *name;
		const char *text;	/* NULL: a number */
		int64_t n;
		bool address;		/* @n is unsigned, in hexadecimal */
	} arg[SLICE_ARGS];
	char task[64];
};

void slice_args(const struct traced *t, struct slice_args *args);

#endif
