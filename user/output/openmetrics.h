/* SPDX-License-Identifier: GPL-2.0 */
/* Prometheus' text format 0.0.4, and OpenMetrics 1.0. */
#ifndef V7S_OUTPUT_OPENMETRICS_H
#define V7S_OUTPUT_OPENMETRICS_H

#include <stdio.h>

#include "lib/procself.h"
#include "model/model.h"

/** struct metrics - which devices have been shown: they stay, whatever comes */
struct metrics;

/**
 * metrics_new - of at most so many devices, NULL: no memory
 *
 * The rest are added up as device="other".
 */
struct metrics *metrics_new(unsigned int max_devices);
void metrics_free(struct metrics *m);

enum metrics_form { METRICS_TEXT, METRICS_OPENMETRICS };

/** metrics_types - of the forms, as a Content-Type header has them */
extern const char *const metrics_types[];

struct program_cost;

/** struct measured - what there is to print, but for the report */
struct measured {
	const char *version, *kernel, *machine;
	uint64_t start;			/* of the watching, since the epoch, ns */
	const struct program_cost *programs;
	size_t nprograms;		/* 0: the kernel does not tell */
	const struct self *self;	/* NULL: not known, or not asked for */
};

/**
 * metrics_print - a final report as metrics
 *
 * -1: no memory, and nothing was printed.
 */
int metrics_print(struct metrics *m, FILE *f, enum metrics_form form,
		  const struct report *r, const struct measured *more);

#endif
