// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>

#include "lib/ksyms.h"
#include "lib/util.h"
#include "stacks.h"

struct list {
	struct list *next;
	struct trace trace;
};

struct stacks {
	int map_fd;
	struct ksyms *ksyms;
	struct list *all;	/* each once */
	struct trace *by_id[V7S_STACK_IDS];
	bool known[V7S_STACK_IDS];
	int wanted[V7S_STACK_IDS];
	size_t nwanted;
};

void trace_forget(struct trace *t)
{
	unsigned int i;

	for (i = 0; i < t->frames; i++)
		free((char *)t->frame[i].symbol);
}

void traces_name(struct ksyms *k, struct trace *const *trace, size_t n)
{
	struct ksym *sym = calloc(n * V7S_STACK_DEPTH, sizeof(*sym)), *found;
	size_t syms = 0, i;
	struct frame *f;

	if (!sym)
		return;
	for (i = 0; i < n; i++)
		for (f = trace[i]->frame;
		     f < trace[i]->frame + trace[i]->frames; f++)
			sym[syms++].address = f->address;
	qsort(sym, syms, sizeof(*sym), ksyms_by_address);
	ksyms_resolve(k, sym, syms);
	for (i = 0; i < n; i++) {
		for (f = trace[i]->frame;
		     f < trace[i]->frame + trace[i]->frames; f++) {
			found = bsearch(&(struct ksym){ .address = f->address },
					sym, syms, sizeof(*sym),
					ksyms_by_address);
			if (!found->name)
				continue;
			f->symbol = strdup(found->name);
			f->offset = f->address - found->start;
		}
	}
	for (i = 0; i < syms; i++)
		free(sym[i].name);
	free(sym);
}

struct stacks *stacks_new(int map_fd)
{
	struct stacks *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->map_fd = map_fd;
	s->ksyms = ksyms_open();
	return s;
}

void stacks_free(struct stacks *s)
{
	struct list *l, *next;

	if (!s)
		return;
	for (l = s->all; l; l = next) {
		next = l->next;
		trace_forget(&l->trace);
		free(l);
	}
	ksyms_close(s->ksyms);
	free(s);
}

/* "bpf_prog_", 16 digits, "_" and the name; no other symbol looks like that. */
static bool is_program(const char *symbol)
{
	return !strncmp(symbol, "bpf_prog_", 9) &&
	       strspn(symbol + 9, "0123456789abcdef") == 16;
}

static bool is_tracing(const char *symbol)
{
	/* From the program outwards to the functions that the driver calls. */
	static const char *const prefixes[] = {
		"bpf_trampoline_", "bpf_trace_run", "__bpf_trace_", "__traceiter_",
		"io_pgtable_trace_", "__io_pgtable_trace_",
		"arm_v7s_trace_", "arm_lpae_trace_",
	};
	size_t i;

	if (!symbol)
		return false;
	for (i = 0; i < ARRAY_SIZE(prefixes); i++)
		if (!strncmp(symbol, prefixes[i], strlen(prefixes[i])))
			return true;
	return is_program(symbol);
}

static void leave_out_tracing(struct trace *t)
{
	unsigned int i, out = 0;

	for (i = 0; i < t->frames; i++)
		if (is_tracing(t->frame[i].symbol))
			out = i + 1;
	for (i = 0; i < out; i++)
		free((char *)t->frame[i].symbol);
	t->frames -= out;
	memmove(t->frame, t->frame + out, t->frames * sizeof(*t->frame));
}

/* @t, or the same one that is there already. */
static struct trace *keep(struct stacks *s, struct trace *t)
{
	struct list *l;
	unsigned int i;

	for (l = s->all; l; l = l->next) {
		if (l->trace.frames != t->frames)
			continue;
		for (i = 0; i < t->frames; i++)
			if (l->trace.frame[i].address != t->frame[i].address)
				break;
		if (i == t->frames)
			break;
	}
	if (!l) {
		l = malloc(sizeof(*l));
		if (l) {
			l->trace = *t;
			l->next = s->all;
			s->all = l;
			return &l->trace;
		}
	}
	trace_forget(t);
	return l ? &l->trace : NULL;
}

/* Look up all wanted stacks with one pass over the kernel's symbols. */
static void look_up(struct stacks *s)
{
	struct trace *t = calloc(s->nwanted, sizeof(*t));
	struct trace **list = calloc(s->nwanted, sizeof(*list));
	__u64 ips[V7S_STACK_DEPTH];
	size_t i, k;

	if (!t || !list)
		goto out;
	for (i = 0; i < s->nwanted; i++) {
		__u32 id = s->wanted[i];

		if (bpf_map_lookup_elem(s->map_fd, &id, ips))
			memset(ips, 0, sizeof(ips));
		for (k = 0; k < V7S_STACK_DEPTH && ips[k]; k++)
			t[i].frame[k].address = ips[k];
		t[i].frames = k;
		list[i] = &t[i];
	}
	traces_name(s->ksyms, list, s->nwanted);
	for (i = 0; i < s->nwanted; i++) {
		leave_out_tracing(&t[i]);
		if (t[i].frames)
			s->by_id[s->wanted[i]] = keep(s, &t[i]);
	}
out:
	free(list);
	free(t);
	s->nwanted = 0;
}

static void want(struct stacks *s, int id)
{
	if (s->known[id])
		return;
	s->known[id] = true;
	s->wanted[s->nwanted++] = id;
}

/*
 * Look up all new stacks at once, because reading the symbols takes long, and
 * new stacks often come together.
 */
const struct trace *stacks_get(struct stacks *s, int id)
{
	__u32 *previous = NULL, key;

	if (id < 0 || id >= V7S_STACK_IDS)
		return NULL;
	if (!s->known[id]) {
		want(s, id);
		for (; !bpf_map_get_next_key(s->map_fd, previous, &key);
		     previous = &key)
			want(s, key);
		look_up(s);
	}
	return s->by_id[id];
}
