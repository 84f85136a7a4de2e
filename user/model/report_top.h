/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
#ifndef V7S_MODEL_REPORT_TOP_H
#define V7S_MODEL_REPORT_TOP_H

#include "report.h"

/** struct report_left - how many entries of each list were left out */
struct report_left {
	size_t tables, others, devices, tasks, pairs, stacks, cpus;
};

/**
 * report_top - keep at most @n entries of each list, and at most @n sums of older
 * page tables
 *
 * Page tables and devices that had events last come first. Otherwise, entries with most
 * lost installs come first, then entries with most events. The entries stay in their
 * order. All sums of the report stay as they are.
 *
 * Returns -1 if there is no memory; then nothing was left out.
 */
int report_top(struct report *r, size_t n, struct report_left *left);

#endif
