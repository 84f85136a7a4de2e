/* SPDX-License-Identifier: GPL-2.0 */
/* Parts of a report as text, of out_text*.c. */
#ifndef V7S_OUTPUT_TEXT_H
#define V7S_OUTPUT_TEXT_H

#include "out.h"

/* Of a list, in a report; JSON has all of it. */
#define TEXT_LINES 20

/** text_account - all that is known of a page table */
void text_account(FILE *f, const struct row *row, const struct visibility *s);

/*
 * Lists of a report, @max lines or so at most. With @pgtable, those of this
 * page table only.
 */
void text_tasks(FILE *f, const struct report *r, uint64_t pgtable, size_t max);
void text_pairs(FILE *f, const struct report *r, uint64_t pgtable, size_t max);
void text_stacks(FILE *f, const struct report *r, uint64_t pgtable, size_t max);
void text_cpus(FILE *f, const struct report *r);

/** text_histogram - as bars; @width: of the terminal */
void text_histogram(FILE *f, const char *title, const struct v7s_hist *h,
		    bool final, unsigned int width);

#endif
