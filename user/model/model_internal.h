/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* Shared by model.c and model_state.c only. */
#ifndef V7S_MODEL_MODEL_INTERNAL_H
#define V7S_MODEL_MODEL_INTERNAL_H

#include "attribution.h"
#include "counts.h"
#include "model.h"

struct table {
	uint64_t pgtable;	/* first; 0: a sum for one device */
	uint64_t tables;
	char dev[V7S_DEV];
	uint32_t fmt;
	bool created;
	bool destroyed;
	bool live;		/* has a slot in this reading */
	bool doubt;		/* destroyed, perhaps, see model_unseen() and fold() */
	bool present;		/* in the state being loaded */
	uint64_t events, changed;	/* their number, and when it changed */
	unsigned char readings;	/* earlier readings with it; up to 2 */
	struct v7s_counts base;	/* from slots that were freed */
	struct v7s_counts now;
	struct v7s_counts then;	/* at the last report */
	struct late late;
	uint64_t attempts;	/* splits of blocks, see model_late() */
};

struct list {
	struct table *t;
	size_t n, room;
};

struct model {
	struct list tables;	/* sorted by number */
	struct list folded;	/* older ones without a slot, by device and format */
	size_t keep, keep_idle;	/* see model_keep() */
	/* Events of page tables without a slot: by device and format, and the rest. */
	struct list others;
	struct v7s_counts unnamed;
	struct late unnamed_late;
	struct v7s_counts other, other_then;	/* all of them */
	bool late, settled;	/* see model_late() */
	uint64_t destroys, destroys_then;
	uint64_t unseen;	/* see model_unseen() */
	uint64_t start, now, then;
	uint64_t seq;
	struct row *rows;	/* rows of the last report */
	struct attribution s;
};

/* tables_position - index of the page table, or where to insert it */
size_t tables_position(const struct list *l, uint64_t pgtable);

/* tables_insert - make room for a new entry at @i; NULL: no memory */
struct table *tables_insert(struct list *l, size_t i);

/*
 * tables_of_dev - the sum for a device and format, created if needed; NULL: no
 * memory
 */
struct table *tables_of_dev(struct list *l, const char *dev, uint32_t fmt);

/* model_others - the sum over all devices */
struct v7s_counts model_others(const struct model *m);

/* model_shown - the next interval starts here */
void model_shown(struct model *m);

#endif
