/* SPDX-License-Identifier: GPL-2.0 */
#ifndef V7S_MODEL_REPORT_FILTER_H
#define V7S_MODEL_REPORT_FILTER_H

#include "model.h"

/**
 * report_filter - leave nothing but a page table (0: all), a device (NULL: all)
 *
 * In place. The total becomes that of what is left. What found no slot may be
 * of anything: it stays, but is in no total then.
 */
void report_filter(struct report *r, uint64_t pgtable, const char *dev);

#endif
