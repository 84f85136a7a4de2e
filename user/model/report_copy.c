// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <stdlib.h>
#include <string.h>

#include "faults.h"
#include "report_copy.h"

struct chunk {
	struct chunk *next;
	max_align_t data[];
};

/* Copy @size bytes; NULL if there is no memory, or nothing to copy. */
static void *keep(struct report_copy *s, const void *p, size_t size,
		  bool *failed)
{
	struct chunk *c = p && size ? malloc(sizeof(*c) + size) : NULL;

	if (!c) {
		*failed |= p && size;
		return NULL;
	}
	c->next = s->chunks;
	s->chunks = c;
	return memcpy(c->data, p, size);
}

static const char *keep_text(struct report_copy *s, const char *text,
			     bool *failed)
{
	return keep(s, text, text ? strlen(text) + 1 : 0, failed);
}

#define KEEP(list, n)							\
	(r->list = keep(s, r->list, r->n * sizeof(*r->list), &failed))
#define KEEP_TEXT(text) ((text) = keep_text(s, text, &failed))

/*
 * Symbols, and the reasons why something is unknown, live as long as the
 * source.
 */
int report_copy_take(struct report_copy *s, const struct report *from)
{
	struct report *r = &s->r;
	bool failed = false;
	size_t i;

	report_copy_free(s);
	*r = *from;
	KEEP(rows, nrows);
	KEEP(others, nothers);
	KEEP(devices, ndevices);
	KEEP(tasks, ntasks);
	KEEP(pairs, npairs);
	KEEP(stacks, nstacks);
	KEEP(cpus, ncpus);
	KEEP(overruns, noverruns);
	r->faults = keep(s, r->faults, sizeof(*r->faults), &failed);
	for (i = 0; i < r->nrows && !failed; i++)
		KEEP_TEXT(r->rows[i].dev);
	for (i = 0; i < r->nothers && !failed; i++)
		KEEP_TEXT(r->others[i].dev);
	for (i = 0; i < r->ndevices && !failed; i++)
		KEEP_TEXT(r->devices[i].dev);
	for (i = 0; i < r->ntasks && !failed; i++) {
		KEEP_TEXT(r->tasks[i].dev);
		KEEP_TEXT(r->tasks[i].comm);
	}
	for (i = 0; i < r->npairs && !failed; i++) {
		KEEP_TEXT(r->pairs[i].dev);
		KEEP_TEXT(r->pairs[i].waiter_comm);
		KEEP_TEXT(r->pairs[i].holder_comm);
	}
	for (i = 0; i < r->nstacks && !failed; i++)
		KEEP_TEXT(r->stacks[i].dev);
	r->total.dev = r->other.dev = NULL;
	if (failed)
		report_copy_free(s);
	return failed ? -1 : 0;
}

void report_copy_free(struct report_copy *s)
{
	struct chunk *c, *next;

	for (c = s->chunks; c; c = next) {
		next = c->next;
		free(c);
	}
	*s = (struct report_copy){ 0 };
}
