/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
#ifndef V7S_MODEL_REPORT_FILTER_H
#define V7S_MODEL_REPORT_FILTER_H

#include "model.h"

/**
 * report_filter - keep one page table (0: all) and one device (NULL: all)
 *
 * The report is changed in place, and the total becomes the sum of the rest.
 * Events without a slot may belong to any page table: they stay in other, but
 * are not in the total.
 */
void report_filter(struct report *r, uint64_t pgtable, const char *dev);

#endif
