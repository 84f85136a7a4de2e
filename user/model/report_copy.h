/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
#ifndef V7S_MODEL_REPORT_COPY_H
#define V7S_MODEL_REPORT_COPY_H

#include "model.h"

/** struct report_copy - a report that outlives the model's next reading */
struct report_copy {
	struct report r;
	struct chunk *chunks;	/* memory for its pointers */
};

/**
 * report_copy_take - replace the copy by @r; -1: no memory, the copy is empty
 */
int report_copy_take(struct report_copy *s, const struct report *r);

void report_copy_free(struct report_copy *s);

#endif
