/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* Common to the sources that count in BPF programs. */
#ifndef V7S_SOURCE_COUNTED_H
#define V7S_SOURCE_COUNTED_H

#include "counters.h"

/*
 * Operations on the counters. The first member of such a struct source is its
 * struct counters *.
 */
int counted_read(struct source *s, struct model *m, uint64_t now);
int counted_stream(struct source *s, take_record *take, void *arg);
size_t counted_stream_cpus(struct source *s, struct stream_cpu *cpus,
			   size_t room);
unsigned int counted_stack(struct source *s, int id,
			   struct frame frame[V7S_STACK_DEPTH]);
size_t counted_programs(struct source *s, struct program_cost *costs,
			size_t room);

#define COUNTED_OPS							\
	.read		= counted_read,				\
	.stream		= counted_stream,			\
	.stream_cpus	= counted_stream_cpus,			\
	.stack		= counted_stack,				\
	.programs	= counted_programs

#endif
