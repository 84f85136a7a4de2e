// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/* Every field is described in man/v7scope-json.5. */
#include "source/flush_counts.h"
#include "json_report.h"

static json *causes(const struct flush_report *fr,
		    const struct v7s_flush_counts *c)
{
	json *o = fr->causes ? json_object_new_object() : NULL;
	int i;

	for (i = 0; o && i < V7S_CAUSES; i++)
		json_put_visible(o, flush_cause_names[i], fr->visible->cause[i],
				 c->cause[i]);
	return o;
}

static json *account(json *o, const struct report *r,
		     const struct flush_report *fr,
		     const struct v7s_flush_counts *c, bool timeouts, bool buckets)
{
	const struct flush_visibility *s = fr->visible;
	int i;

	json_put_u64(o, "flushes", flush_counts_begun(c));
	json_put_u64(o, "per_second", flush_counts_per_second(c, r));
	for (i = 0; i < V7S_FLUSH_KINDS; i++)
		json_put_visible(o, flush_kind_names[i], s->begun[i],
				 c->begun[i]);
	json_put(o, "causes", causes(fr, c));
	json_put(o, "range_bytes",
		 json_times(&c->size, fr->causes && s->sizes, r->final,
			    buckets));
	json_put_visible(o, "timeouts", timeouts, c->timeouts);
	json_put_visible(o, "waits", s->waits, c->waits);
	json_put(o, "flush_ns", json_times(&c->flush, true, r->final, buckets));
	json_put(o, "lock_wait_ns",
		 json_times(&c->wait, s->waits, r->final, buckets));
	return o;
}

static void put(json *o, const struct report *r, const struct flush_report *fr,
		bool buckets)
{
	const struct flush_visibility *s = fr->visible;
	bool by_dev = s->timeouts && s->timeouts_by_dev;
	json *list, *sub;
	size_t i;

	json_put_text(o, "driver", fr->driver);
	json_put_text(o, "lock", fr->lock);
	list = json_object_new_array();
	for (i = 0; i < fr->f.devs; i++) {
		sub = json_object_new_object();
		json_dev(sub, fr->f.dev[i].dev);
		json_object_array_add(list, account(sub, r, fr,
						    &fr->f.dev[i].c, by_dev,
						    buckets));
	}
	json_put(o, "devices", list);
	json_put(o, "other", account(json_object_new_object(), r, fr,
				&fr->f.dev[FLUSHES_DEVS].c, by_dev, true));
	json_put(o, "total",
		 account(json_object_new_object(), r, fr, &fr->total,
				s->timeouts, true));
	json_put_text(o, "waits_why", s->waits_why);
}

json *json_flushes(const struct report *r, const struct flush_report *fr, bool buckets)
{
	json *o = json_object_new_object();

	put(o, r, fr, buckets);
	return o;
}

static json *timeouts(const struct report *r, const struct flush_report *fr)
{
	json *list = json_object_new_array(), *o;
	const struct flush_timeout *t;

	for (t = fr->timeout; t < fr->timeout + fr->late; t++) {
		o = json_object_new_object();
		json_put_u64(o, "time_ns",
			     t->time > r->start ? t->time - r->start : 0);
		json_put_text(o, "dev", *t->dev ? t->dev : NULL);
		json_put_u64(o, "tgid", t->task >> 32);
		json_put_u64(o, "pid", t->task & UINT32_MAX);
		json_put_text(o, "comm", t->comm);
		json_put_text(o, "runtime_status", flush_pm_names[t->pm]);
		json_put(o, "frames",
			 json_frames(t->stack.frame, t->stack.frames));
		json_object_array_add(list, o);
	}
	return list;
}

static json *sums(json *o, const struct flush_sums *c)
{
	json_put_u64(o, "flushes", c->flushes);
	json_put_u64(o, "flush_sum_ns", c->ns);
	return o;
}

static json *task(const struct flusher *who)
{
	json *o = json_object_new_object();

	json_put_u64(o, "tgid", who->task >> 32);
	json_put_u64(o, "pid", who->task & UINT32_MAX);
	json_put_text(o, "comm", who->comm);
	return sums(o, &who->c);
}

static json *stack(const struct flusher *who)
{
	json *o = json_object_new_object();

	json_put_text(o, "comm", who->comm);
	json_put(o, "frames", json_frames(who->stack.frame, who->stack.frames));
	return sums(o, &who->c);
}

/* A list that was not requested is null. */
static void flushers(json *o, const char *name, const char *other,
		     const struct flushers *l,
		     json *(*row)(const struct flusher *))
{
	json *list = l->counted ? json_object_new_array() : NULL;
	size_t i;

	for (i = 0; i < l->n; i++)
		json_object_array_add(list, row(&l->row[i]));
	json_put(o, name, list);
	json_put(o, other,
		 list ? sums(json_object_new_object(), &l->other) : NULL);
}

void json_flush(struct printer *p, const struct report *r,
		const struct flush_report *fr)
{
	json *o = json_interval("flush", r), *list;
	char why[192];

	put(o, r, fr, true);
	json_put(o, "last_timeouts",
		 fr->visible->timeouts ? timeouts(r, fr) : NULL);
	flushers(o, "tasks", "other_tasks", &fr->tasks, task);
	flushers(o, "stacks", "other_stacks", &fr->stacks, stack);
	if (r->final) {
		json_put_known(o, "missed", fr->missed);
		json_put_u64(o, "no_room", fr->no_room);
		list = json_object_new_array();
		json_put_bool(o, "exact",
			      !flush_counts_inexact(fr, why, sizeof(why)));
		if (fr->missed)
			json_object_array_add(list,
					      json_object_new_string(why));
		json_put(o, "exact_why", list);
	}
	json_line(p->f, o);
}
