/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* The counters of all CPUs, in the map that the programs share with the tool. */
#ifndef V7S_SOURCE_CPU_ROWS_H
#define V7S_SOURCE_CPU_ROWS_H

#include <stddef.h>

#include "abi.h"

struct cpu_rows {
	char *first;
	unsigned int cpus;
	unsigned int slots;	/* page tables per CPU */
};

/* The length of a row is chosen at run time, so rows are no array in C. */
static inline struct v7s_cpu_counters *cpu_row(const struct cpu_rows *r, unsigned int cpu)
{
	return (struct v7s_cpu_counters *)(r->first + cpu * V7S_ROW_SIZE((size_t)r->slots));
}

#endif
