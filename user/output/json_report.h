/* SPDX-License-Identifier: GPL-2.0 */
/* Parts of reports as JSON, of out_json*.c. */
#ifndef V7S_OUTPUT_JSON_REPORT_H
#define V7S_OUTPUT_JSON_REPORT_H

#include "lib/json.h"
#include "out.h"

/** json_interval - an object with what each report begins with */
json *json_interval(const char *verb, const struct report *r);

/** json_report - an object with a report, as of stat */
json *json_report(const struct report *r);

/** json_table - an object with what a page table is known by */
json *json_table(const struct row *row);

/** json_dev, json_fmt - put what a device or a format is called */
void json_dev(json *o, const char *dev);
void json_fmt(json *o, int fmt);

/** json_events - put counts of events */
void json_events(json *o, const struct v7s_events *e, const struct visibility *s);

/** json_times - a histogram; null if it is not seen */
json *json_times(const struct v7s_hist *h, bool visible, bool final);

/** json_frames - a stack, as an array */
json *json_frames(const struct frame *frame, unsigned int n);

/** json_who - put tasks, waits, stacks, cpus and what found no slot there */
void json_who(json *o, const struct report *r);

/** json_exactness - put what is behind the figures, and how good they are */
void json_exactness(json *o, const struct report *r);

#endif
