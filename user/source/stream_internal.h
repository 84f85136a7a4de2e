/* SPDX-License-Identifier: GPL-2.0 */
/* The rings as stream.c reads them; a unit test puts their indices to the test. */
#ifndef V7S_SOURCE_STREAM_INTERNAL_H
#define V7S_SOURCE_STREAM_INTERNAL_H

#include "stream.h"

/*
 * What a record's clock may be off from ours: the kernel takes it without
 * waiting for an update of the clock that is under way.
 */
#define CLOCK_SLACK 1000000ULL

struct cpu_ring {
	struct v7s_ring *ring;	/* shared with the programs */
	uint64_t head;		/* as last read */
	uint64_t tail;
	uint64_t time;		/* of the last record that was handed out */
	uint64_t dropped[V7S_EVENTS], filtered;
};

struct stream {
	void *map;
	size_t size;
	unsigned int cpus, records;
	uint64_t complete;	/* all records up to that time have been written */
	struct cpu_ring cpu[];
};

#endif
