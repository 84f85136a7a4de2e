// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/* The stream: one line per event. */
#include "lib/util.h"
#include "model/faults.h"
#include "model/names.h"
#include "source/source.h"
#include "json_report.h"

static const struct {
	const char *const *why, *const *outcome;
	unsigned int whys, outcomes;
	const char *why_key;
} kinds[V7S_EVENTS] = {
	[V7S_EVENT_INSTALL] = { install_why_names, install_outcome_names,
		V7S_INSTALL_WHY, V7S_INSTALL_OUTCOME, "why" },
	[V7S_EVENT_SPLIT] = { split_kind_names, split_outcome_names,
		V7S_SPLIT_KIND, V7S_SPLIT_OUTCOME, "kind" },
	[V7S_EVENT_FREE] = { free_why_names, NULL, V7S_FREE_WHY, 0, "why" },
	[V7S_EVENT_REFUSE] = { refuse_why_names, NULL, V7S_REFUSE_WHY, 0, "why" },
};

static const char *name_of(const char *const *names, unsigned int count,
			   unsigned int i)
{
	return i < count ? names[i] : NULL;
}

static void put_ns(json *o, const char *key, uint64_t ns)
{
	json_put_visible(o, key, ns != UINT64_MAX, ns);
}

static void split(json *o, const struct v7s_record *r)
{
	json_put_visible(o, "block_size", r->block_size, r->block_size);
	json_put_visible(o, "size", r->size, r->size);
	/*
	 * 0: unknown, -1: no holder. Both are numbers, as null would mean
	 * either.
	 */
	json_put(o, "holder", json_object_new_int(r->holder));
	put_ns(o, "wait_ns", r->ns);
	put_ns(o, "hold_ns", r->hold_ns);
}

static void create(json *o, const struct v7s_record *r)
{
	bool known = r->iova != UINT64_MAX;

	json_put_visible(o, "ias", known, r->iova >> 32);
	json_put_visible(o, "oas", known, r->iova & UINT32_MAX);
	json_put_visible(o, "quirks", known, r->size);
}

void json_dropped(struct printer *p, unsigned int cpu, uint64_t n, bool overrun)
{
	json *o = json_new("trace");

	json_put_text(o, "line", "dropped");
	json_put_u64(o, "cpu", cpu);
	json_put_u64(o, "dropped", n);
	json_put_text(o, "cause", overrun ? "overrun" : "ring");
	json_line(p->f, o);
}

/* A fault has no task: its interrupt runs in the context of any task. */
static void put_task(json *o, const struct v7s_record *r)
{
	const bool has = r->event != V7S_EVENT_FAULT;

	json_put_visible(o, "tgid", has && (!r->task || r->task >> 32),
			 r->task >> 32);
	json_put_visible(o, "pid", has, r->task & UINT32_MAX);
	json_put_text(o, "comm", has ? r->comm : NULL);
}

json *json_traced(const struct traced *t)
{
	const struct v7s_record *r = t->r;
	json *o = json_new("trace");

	json_put_text(o, "line", "event");
	json_put_u64(o, "time_ns", r->time);
	json_put_u64(o, "elapsed_ns",
		     r->time > t->start ? r->time - t->start : 0);
	json_put_u64(o, "cpu", t->cpu);
	put_task(o, r);
	json_put_text(o, "event", event_short_name(r->event));
	json_put_visible(o, "pgtable", r->pgtable, r->pgtable);
	json_dev(o, r->dev);
	json_fmt(o, r->fmt == (__u8)V7S_NO_FMT ? UNKNOWN : r->fmt);
	if (r->event != V7S_EVENT_CREATE && r->event != V7S_EVENT_DESTROY) {
		if (r->event != V7S_EVENT_FAULT)
			json_put_visible(o, "level", r->level != UINT8_MAX,
					 r->level);
		json_put_visible(o, "iova", r->iova != UINT64_MAX, r->iova);
	}
	if (r->event < V7S_EVENTS && kinds[r->event].why)
		json_put_text(o, kinds[r->event].why_key,
			 name_of(kinds[r->event].why, kinds[r->event].whys,
				 r->why));
	if (r->event < V7S_EVENTS && kinds[r->event].outcome)
		json_put_text(o, "outcome", name_of(kinds[r->event].outcome,
					       kinds[r->event].outcomes,
					       r->outcome));
	if (r->event == V7S_EVENT_INSTALL)
		put_ns(o, "window_ns", r->ns);
	else if (r->event == V7S_EVENT_SPLIT)
		split(o, r);
	else if (r->event == V7S_EVENT_CREATE)
		create(o, r);
	else if (r->event == V7S_EVENT_REFUSE)
		json_put_visible(o, "size", r->size, r->size);
	else if (r->event == V7S_EVENT_FAULT)
		json_put_text(o, "access", fault_access_name(r->why));
	json_put(o, "frames",
		 t->frames ? json_frames(t->frame, t->frames) : NULL);
	return o;
}

void json_record(struct printer *p, const struct traced *t)
{
	json_line(p->f, json_traced(t));
}

void json_accounts(struct printer *p, const struct report *r,
		   const struct stream_cpu *cpus, size_t n, uint64_t unshown)
{
	json *o = json_new("trace"), *a = json_object_new_array(), *sub;
	bool even = true;
	size_t i;

	json_put_text(o, "line", "account");
	json_put_text(o, "source", r->source);
	json_put_u64(o, "elapsed_ns", r->elapsed_ns);
	for (i = 0; i < n; i++) {
		const struct stream_cpu *c = &cpus[i];

		sub = json_object_new_object();
		json_put_u64(sub, "cpu", c->cpu);
		json_put_u64(sub, "emitted", c->emitted);
		json_put_u64(sub, "dropped", c->dropped);
		json_put_u64(sub, "filtered", c->filtered);
		json_put_u64(sub, "counted", c->counted);
		json_object_array_add(a, sub);
		even &= c->emitted + c->dropped + c->filtered == c->counted;
	}
	json_put(o, "cpus", a);
	json_put_u64(o, "unshown", unshown);
	json_put_bool(o, "adds_up", even);
	json_put(o, "faults", json_faults(r));
	json_put_known(o, "corrupted", r->corrupted);
	json_exactness(o, r);
	json_line(p->f, o);
}
