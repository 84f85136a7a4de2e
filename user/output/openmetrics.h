/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* Prometheus' text format 0.0.4, and OpenMetrics 1.0. */
#ifndef V7S_OUTPUT_OPENMETRICS_H
#define V7S_OUTPUT_OPENMETRICS_H

#include <stdio.h>

#include "lib/procself.h"
#include "model/model.h"

/**
 * struct metrics - the devices that have their own series: these never leave
 */
struct metrics;

enum metrics_profile { METRICS_FULL, METRICS_FLEET };

enum {
	METRICS_DEVICES	= 32,		/* default */
	/* Default and most, so that a board has at most 250 series. */
	METRICS_FLEET_DEVICES = 3,
};

/**
 * metrics_new - series for at most @max_devices devices; NULL: no memory
 *
 * The other devices are added up as device="other". 0: the profile's default.
 */
struct metrics *metrics_new(enum metrics_profile profile,
			    unsigned int max_devices);
void metrics_free(struct metrics *m);

enum metrics_form { METRICS_TEXT, METRICS_OPENMETRICS };

/** metrics_types - the media type of each form, as in a Content-Type header */
extern const char *const metrics_types[];

struct program_cost;
struct flush_report;
struct fault_counts;

/** struct measured - data to print beside the report */
struct measured {
	const char *version, *kernel, *machine;
	uint64_t start;			/* Unix time of the start, ns */
	const struct program_cost *programs;
	size_t nprograms;		/* 0: not available on this kernel */
	const struct self *self;	/* NULL: not available, or not wanted */
	const struct flush_report *flushes;	/* NULL: not available */
	const struct fault_counts *faults;	/* NULL: not available */
};

/**
 * metrics_print - print a final report as metrics
 *
 * Return: -1 without memory; then nothing was printed.
 */
int metrics_print(struct metrics *m, FILE *f, enum metrics_form form,
		  const struct report *r, const struct measured *more);

#endif
