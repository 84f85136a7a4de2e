/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* Parts of a report as text, for text_*.c and top. */
#ifndef V7S_OUTPUT_TEXT_H
#define V7S_OUTPUT_TEXT_H

#include "out.h"

/* Longest list in a report; JSON has the complete list. */
#define TEXT_LINES 20

/** text_account - print all counts of a page table */
void text_account(FILE *f, const struct row *row, const struct visibility *s);

/*
 * Print the lists of a report, at most @max entries each. @pgtable: only this
 * page table; 0: all.
 */
void text_tasks(FILE *f, const struct report *r, uint64_t pgtable, size_t max);
void text_pairs(FILE *f, const struct report *r, uint64_t pgtable, size_t max);
void text_stacks(FILE *f, const struct report *r, uint64_t pgtable, size_t max);
void text_cpus(FILE *f, const struct report *r);

/** text_more - print how many entries a list leaves out */
void text_more(FILE *f, size_t n);

/** text_frames - print a stack in one line, innermost first */
void text_frames(FILE *f, const struct frame *frame, unsigned int n);

/** text_faults - print the number of faults and the last one, in a line */
void text_faults(FILE *f, const struct report *r);

struct flush_report;

/** text_flushes - print all TLB flushes since the start, and their rate, in a line */
void text_flushes(FILE *f, const struct flush_report *all, double per_second);

/** text_access - the access of a fault, for people */
const char *text_access(unsigned int access);

struct figure;
struct fold;

/** text_figures - add the figures of a judgement or a finding to a line */
void text_figures(struct fold *line, const struct figure *figure, int n);

/** text_histogram - print a histogram as bars; @width is the terminal's */
void text_histogram(FILE *f, const char *title, const struct v7s_hist *h,
		    bool final, unsigned int width);

#endif
