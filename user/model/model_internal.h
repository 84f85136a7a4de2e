/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of the model share, and nobody else: model.c, model_state.c. */
#ifndef V7S_MODEL_MODEL_INTERNAL_H
#define V7S_MODEL_MODEL_INTERNAL_H

#include "attribution.h"
#include "model.h"

struct table {
	uint64_t pgtable;	/* first; 0: so many of one device, added up */
	uint64_t tables;
	char dev[V7S_DEV];
	uint32_t fmt;
	bool created;
	bool destroyed;
	bool present;		/* in the state that is being loaded */
	unsigned char readings;	/* before the last one that it was in; up to 2 */
	struct v7s_counts base;	/* of slots that are no more */
	struct v7s_counts now;
	struct v7s_counts then;	/* at the last report */
};

struct list {
	struct table *t;
	size_t n, room;
};

struct model {
	struct list tables;	/* by number */
	struct list folded;	/* destroyed ones, by device and format */
	size_t keep;		/* so many destroyed ones before that */
	struct v7s_counts other, other_then;
	uint64_t destroys, destroys_then;
	uint64_t start, now, then;
	uint64_t seq;
	struct row *rows;	/* of the last report */
	struct attribution s;
};

/* tables_position - where the page table is, or would be */
size_t tables_position(const struct list *l, uint64_t pgtable);

/* tables_insert - makes room for a new entry at @i; NULL: no memory */
struct table *tables_insert(struct list *l, size_t i);

/* tables_of_dev - the sum of those of a device and format, which is made; NULL: no memory */
struct table *tables_of_dev(struct list *l, const char *dev, uint32_t fmt);

/* model_shown - the next interval begins here */
void model_shown(struct model *m);

#endif
