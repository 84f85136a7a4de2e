/* SPDX-License-Identifier: GPL-2.0 */
#ifndef V7S_MODEL_REPORT_COPY_H
#define V7S_MODEL_REPORT_COPY_H

#include "model.h"

/** struct report_copy - a report that stays when the model goes on */
struct report_copy {
	struct report r;
	struct chunk *chunks;	/* what it points to */
};

/** report_copy_take - @r in the place of what @s had; -1: no memory, @s is empty */
int report_copy_take(struct report_copy *s, const struct report *r);

void report_copy_free(struct report_copy *s);

#endif
