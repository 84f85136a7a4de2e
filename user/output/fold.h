/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* Lines of text that fit 80 columns. */
#ifndef V7S_OUTPUT_FOLD_H
#define V7S_OUTPUT_FOLD_H

#include <stdio.h>

enum { FOLD_COLUMNS = 80 };

/** struct fold - an output line; it continues indented before column 80 */
struct fold {
	FILE *f;
	unsigned int column;	/* column of the next character */
	unsigned int indent;	/* indentation of continued lines */
};

/** fold_item - print text that must not be divided, after @gap spaces */
__attribute__((format(printf, 3, 4)))
void fold_item(struct fold *l, unsigned int gap, const char *fmt, ...);

/** fold_text - print text that may be divided at its spaces */
__attribute__((format(printf, 2, 3)))
void fold_text(struct fold *l, const char *fmt, ...);

/** fold_end - end the line */
void fold_end(struct fold *l);

/** fold_line - print a complete line that may be divided at its spaces */
__attribute__((format(printf, 2, 3)))
void fold_line(FILE *f, const char *fmt, ...);

#endif
