// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include "counted.h"

static struct counters *counters_of(struct source *s)
{
	return *(struct counters **)s;
}

int counted_read(struct source *s, struct model *m, uint64_t now)
{
	return counters_read(counters_of(s), m, now);
}

int counted_stream(struct source *s, take_record *take, void *arg)
{
	return counters_stream(counters_of(s), UINT64_MAX, take, arg);
}

size_t counted_stream_cpus(struct source *s, struct stream_cpu *cpus,
			   size_t room)
{
	return counters_stream_cpus(counters_of(s), cpus, room);
}

unsigned int counted_stack(struct source *s, int id,
			   struct frame frame[V7S_STACK_DEPTH])
{
	return counters_stack(counters_of(s), id, frame);
}

size_t counted_programs(struct source *s, struct program_cost *costs,
			size_t room)
{
	return counters_prog_costs(counters_of(s), costs, room);
}
