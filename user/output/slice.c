// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/format.h"
#include "model/names.h"
#include "source/source.h"
#include "label.h"
#include "slice.h"
#include "text.h"

static const char *name_of(const char *const *names, unsigned int count,
			   unsigned int i)
{
	return i < count ? names[i] : "?";
}

const char *slice_category(const struct v7s_record *r)
{
	const char *event = event_short_name(r->event);

	return event ? event : "?";
}

const char *slice_name(const struct v7s_record *r, char *buf, size_t size)
{
	const char *what = "";

	switch (r->event) {
	case V7S_EVENT_INSTALL:
		what = name_of(install_outcome_names, V7S_INSTALL_OUTCOME,
			       r->outcome);
		break;
	case V7S_EVENT_SPLIT:
		what = name_of(split_outcome_names, V7S_SPLIT_OUTCOME,
			       r->outcome);
		break;
	case V7S_EVENT_FREE:
		what = name_of(free_why_names, V7S_FREE_WHY, r->why);
		break;
	case V7S_EVENT_REFUSE:
		what = name_of(refuse_why_names, V7S_REFUSE_WHY, r->why);
		break;
	case V7S_EVENT_FAULT:
		what = text_access(r->why);
		break;
	}
	snprintf(buf, size, "%s%s%s", slice_category(r), *what ? " " : "", what);
	return buf;
}

bool slice_is_lost(const struct v7s_record *r)
{
	return (r->event == V7S_EVENT_INSTALL && r->outcome != V7S_WON) ||
	       (r->event == V7S_EVENT_FREE && r->why == V7S_FREE_LOST);
}

static const char *thread_name(unsigned int thread, char *buf, size_t size)
{
	*buf = 0;
	if (thread == SLICE_GAPS)
		snprintf(buf, size, " dropped");
	else if (thread)
		snprintf(buf, size, " lane %u", thread + 1);
	return buf;
}

/* Viewers truncate names, so the number comes first. */
void slice_cpu_track(uint64_t cpu, unsigned int thread, char *buf, size_t size)
{
	char more[24];

	snprintf(buf, size, "CPU %" PRIu64 "%s", cpu,
		 thread_name(thread, more, sizeof(more)));
}

void slice_table_track(const struct v7s_record *r, unsigned int thread,
		       char *buf, size_t size)
{
	char number[24] = "?", dev[V7S_DEV], more[24];
	const char *fmt = fmt_name(r->fmt);

	if (r->pgtable)
		snprintf(number, sizeof(number), "%" PRIu64,
			 (uint64_t)r->pgtable);
	snprintf(buf, size, "pgtable %s%s (dev %s, %s)", number,
		 thread_name(thread, more, sizeof(more)),
		 format_clean(r->dev, dev, sizeof(dev)), fmt ? fmt : "?");
}

static uint64_t known(uint64_t ns)
{
	return ns == UINT64_MAX ? 0 : ns;
}

struct slice_times slice_times(const struct v7s_record *r)
{
	struct slice_times t = { 0 };

	if (r->event == V7S_EVENT_INSTALL)
		t.ns = known(r->ns);
	if (r->event == V7S_EVENT_SPLIT) {
		t.wait = r->holder != -1 ? known(r->ns) : 0;
		t.hold = r->why == V7S_CONT ? known(r->hold_ns) : 0;
		t.ns = t.wait + t.hold;
	}
	/* Longer than the uptime: not a valid duration. */
	if (t.wait > r->time || t.hold > r->time || t.ns > r->time)
		t = (struct slice_times){ 0 };
	return t;
}

static struct slice_arg *add(struct slice_args *args, const char *name)
{
	struct slice_arg *a = &args->arg[args->n++];

	memset(a, 0, sizeof(*a));
	a->name = name;
	return a;
}

void slice_args(const struct traced *t, struct slice_args *args)
{
	const struct v7s_record *r = t->r;
	struct slice_arg *a;

	args->n = 0;
	if (r->pgtable)
		add(args, "pgtable")->n = r->pgtable;
	add(args, "cpu")->n = t->cpu;
	if (r->event != V7S_EVENT_FAULT)
		add(args, "task")->text = label_pid(r->comm, r->task >> 32,
						    r->task, args->task,
						    sizeof(args->task));
	if (r->event != V7S_EVENT_CREATE && r->event != V7S_EVENT_DESTROY &&
	    r->iova != UINT64_MAX) {
		a = add(args, "iova");
		a->n = r->iova;
		a->address = true;
	}
	if (r->level != UINT8_MAX)
		add(args, "level")->n = r->level;
	if (r->event == V7S_EVENT_INSTALL)
		add(args, "why")->text = name_of(install_why_names,
						 V7S_INSTALL_WHY, r->why);
	if (r->event == V7S_EVENT_SPLIT) {
		add(args, "kind")->text = name_of(split_kind_names,
						  V7S_SPLIT_KIND, r->why);
		if (r->block_size)
			add(args, "block_size")->n = r->block_size;
		add(args, "holder")->n = r->holder;
	}
	/* 0: not known */
	if ((r->event == V7S_EVENT_SPLIT || r->event == V7S_EVENT_REFUSE) &&
	    r->size)
		add(args, "size")->n = r->size;
}
