/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* Parts of reports as JSON, for json_*.c. */
#ifndef V7S_OUTPUT_JSON_REPORT_H
#define V7S_OUTPUT_JSON_REPORT_H

#include "lib/json.h"
#include "model/report_top.h"
#include "out.h"

/**
 * json_interval - a new object with the fields that every report begins with
 */
json *json_interval(const char *verb, const struct report *r);

/** json_report - the report of stat, as an object */
json *json_report(const struct report *r);

/**
 * json_snapshot - the final object of stat, for a reader that polls it
 * @left: entries that are not listed
 * @buckets: list the buckets of each row, too
 */
json *json_snapshot(const struct report *r, const struct report_left *left, bool buckets);

/** json_table - a new object with number, device and format of a page table */
json *json_table(const struct row *row);

/** json_dev, json_fmt - put the name of a device or a format */
void json_dev(json *o, const char *dev);
void json_fmt(json *o, int fmt);

/** json_events - put the counts of events */
void json_events(json *o, const struct v7s_events *e,
		 const struct visibility *s);

/**
 * json_times - a histogram; NULL if it is not available
 * @buckets: list its buckets, too
 */
json *json_times(const struct v7s_hist *h, bool visible, bool final, bool buckets);

/**
 * json_flushes - TLB flushes of the period of @r, as an object
 * @buckets: list the buckets of each device, too
 */
json *json_flushes(const struct report *r, const struct flush_report *fr, bool buckets);

/** json_faults - faults of devices since the start; NULL if they are not counted */
json *json_faults(const struct report *r);

/** json_traced - an event of the stream, as an object */
json *json_traced(const struct traced *t);

/** json_frames - a stack, as an array */
json *json_frames(const struct frame *frame, unsigned int n);

/** json_exactness - put the accuracy of the counts, with reasons */
void json_exactness(json *o, const struct report *r);

#endif
