/* SPDX-License-Identifier: GPL-2.0 */
#ifndef V7S_SNAPSHOT_H
#define V7S_SNAPSHOT_H

#include "model.h"

/** struct snapshot - a report that stays when the model goes on */
struct snapshot {
	struct report r;
	struct chunk *chunks;	/* what it points to */
};

/** snapshot_take - @r in the place of what @s had; -1: no memory, @s is empty */
int snapshot_take(struct snapshot *s, const struct report *r);

void snapshot_free(struct snapshot *s);

#endif
