// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "kprobe.h"
#include "lib/err.h"
#include "lib/ksyms.h"
#include "symbols.h"

struct reading {
	struct symbols *s;
	const char *(*name)(size_t i);
	size_t n;
	bool initial[UCHAR_MAX + 1];	/* of these names */
	/* All addresses: to read the file once more takes longer. */
	uint64_t *address;
	size_t addresses, room;
	bool no_memory;
};

/*
 * Mapping symbols such as $d, which some kernels list for modules, occur inside
 * functions.
 */
static bool keep_address(struct reading *r, const struct ksyms_line *l)
{
	size_t room = r->room ? 2 * r->room : 1 << 16;
	uint64_t *more;

	if (!l->address || l->name[0] == '$')
		return true;
	if (r->addresses == r->room) {
		more = reallocarray(r->address, room, sizeof(*more));
		if (!more)
			return false;
		r->address = more;
		r->room = room;
	}
	r->address[r->addresses++] = l->address;
	return true;
}

static bool take_function(void *arg, const struct ksyms_line *l)
{
	struct reading *r = arg;
	struct symbols *s = r->s;
	struct symbol *found;
	bool plain;
	size_t i;

	s->any = true;
	s->addresses |= l->address;
	r->no_memory = !keep_address(r, l);
	if (r->no_memory || !r->initial[(unsigned char)l->name[0]])
		return !r->no_memory;
	for (i = 0; i < r->n; i++)
		if (ksyms_is(l->name, r->name(i), &plain))
			break;
	if (i == r->n)
		return true;
	if (s->n == SYMBOLS) {
		s->full = true;
		return true;
	}
	found = &s->found[s->n++];
	*found = (struct symbol){ .fn = i, .start = l->address };
	found->end = l->address ? UINT64_MAX : 0;
	/* A name that is cut off is no name to attach to. */
	found->plain = plain && strlen(l->name) < sizeof(found->name);
	memcpy(found->name, l->name, strnlen(l->name, sizeof(found->name) - 1));
	strcpy(found->module, l->module);
	return true;
}

/* The symbols of modules are not sorted. */
static void find_ends(const struct reading *r)
{
	struct symbol *s = r->s->found;
	unsigned int k;
	size_t i;

	for (k = 0; k < r->s->n; k++)
		for (i = 0; i < r->addresses; i++)
			if (r->address[i] > s[k].start &&
			    r->address[i] < s[k].end)
				s[k].end = r->address[i];
}

struct symbols *symbols_find(const char *kallsyms,
			     const char *(*name)(size_t i), size_t n)
{
	struct symbols *s = calloc(1, sizeof(*s));
	struct reading r = { .s = s, .name = name, .n = n };
	int err = 0;
	size_t i;

	if (!s)
		return NULL;
	for (i = 0; i < n; i++)
		r.initial[(unsigned char)name(i)[0]] = true;
	if (ksyms_each(kallsyms, take_function, &r))
		err = errno;
	else if (r.no_memory)
		err = ENOMEM;
	else
		find_ends(&r);
	free(r.address);
	if (!err)
		return s;
	free(s);
	errno = err;
	return NULL;
}

static unsigned int count(const struct symbols *s, size_t fn,
			  const struct symbol **last)
{
	unsigned int i, n = 0;

	for (i = 0; i < s->n; i++) {
		if (!s->found[i].plain || s->found[i].fn != fn)
			continue;
		*last = &s->found[i];
		n++;
	}
	return n;
}

const struct symbol *symbols_only(const struct symbols *s, size_t fn)
{
	const struct symbol *symbol;

	return count(s, fn, &symbol) == 1 ? symbol : NULL;
}

bool symbols_twice(const struct symbols *s, size_t fn)
{
	const struct symbol *symbol;

	return count(s, fn, &symbol) > 1;
}

void symbols_explain_full(void)
{
	err_warn("this kernel has more functions and copies of functions than v7scope keeps: some calls are not counted");
}

bool symbols_add_range(struct v7s_range *range, unsigned int *ranges,
		       const struct symbol *symbol, unsigned int role)
{
	struct v7s_range new = {
		/* A return goes to its first byte; no call precedes it. */
		.start = symbol->start - (role == V7S_ROLE_RETURN ||
					   role == V7S_ROLE_GRAPH),
		.end = symbol->end, .role = role
	};
	unsigned int i;

	if (!symbol->start)
		return true;
	/* Several names at one address. */
	for (i = 0; i < *ranges; i++)
		if (range[i].start == new.start && range[i].role == role)
			return true;
	if (*ranges == V7S_RANGES)
		return false;
	range[(*ranges)++] = new;
	return true;
}
