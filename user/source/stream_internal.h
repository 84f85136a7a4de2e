/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* The rings as stream.c reads them; a unit test sets their indices. */
#ifndef V7S_SOURCE_STREAM_INTERNAL_H
#define V7S_SOURCE_STREAM_INTERNAL_H

#include "stream.h"

/*
 * Maximum error of a record's time: the kernel reads the clock without waiting
 * for an update in progress.
 */
#define CLOCK_SLACK 1000000ULL

struct cpu_ring {
	struct v7s_ring *ring;	/* shared with the programs */
	uint64_t head;		/* as last read */
	uint64_t tail;
	uint64_t time;		/* time of the last record handed out */
	uint64_t dropped[V7S_EVENTS], filtered;
};

struct stream {
	void *map;
	size_t size;
	unsigned int cpus, records;
	/* All records up to that time have been written. */
	uint64_t complete;
	struct cpu_ring cpu[];
};

#endif
