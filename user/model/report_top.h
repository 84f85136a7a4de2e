/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
#ifndef V7S_MODEL_REPORT_TOP_H
#define V7S_MODEL_REPORT_TOP_H

#include "report.h"

/** struct report_left - how many entries of each list were left out */
struct report_left {
	size_t tables, tasks, pairs, stacks;
};

/**
 * report_top - keep at most @n entries of each list
 *
 * Page tables that had events last come first. Otherwise, entries with most lost installs
 * come first, then entries with most events. Sums of older page tables stay. All
 * sums of the report stay as they are.
 */
void report_top(struct report *r, size_t n, struct report_left *left);

#endif
