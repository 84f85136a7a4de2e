// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/* Every field is described in man/v7scope-json.5. */
#include "model/faults.h"
#include "json_report.h"

static json *touch(bool there, const struct v7s_touch *t, uint64_t at)
{
	json *o;

	if (!there)
		return NULL;
	o = json_object_new_object();
	json_put_u64(o, "iova", t->iova);
	json_put_u64(o, "size", t->size);
	json_put_visible(o, "phys", t->pa < V7S_SCATTERED, t->pa);
	json_put_u64(o, "before_ns", at - t->time);
	json_put_u64(o, "pid", t->pid);
	json_put_text(o, "comm", t->comm);
	return o;
}

static json *last(const struct report *r)
{
	const struct v7s_fault *f = &r->faults->last;
	const uint64_t now = r->start + r->elapsed_ns;
	json *o;

	if (!f->seq)
		return NULL;
	o = json_object_new_object();
	json_dev(o, f->dev);
	json_put_u64(o, "iova", f->iova);
	json_put_text(o, "access", fault_access_name(f->access));
	json_put_u64(o, "ago_ns", now > f->time ? now - f->time : 0);
	return o;
}

json *json_faults(const struct report *r)
{
	const struct fault_tally *t = r->faults;
	json *o;

	if (!t)
		return NULL;
	o = json_object_new_object();
	json_put_u64(o, "emitted", t->emitted);
	json_put_u64(o, "dropped", t->dropped);
	json_put_u64(o, "filtered", t->filtered);
	json_put_u64(o, "counted", t->counted);
	json_put(o, "last", last(r));
	return o;
}

void json_fault(struct printer *p, uint64_t start, const struct fault_judged *j)
{
	const struct v7s_fault *f = &j->fault;
	json *o = json_new("fault");

	json_put_bool(o, "final", false);
	json_put_u64(o, "time_ns", f->time > start ? f->time - start : 0);
	json_put_text(o, "dev", *f->dev ? f->dev : NULL);
	json_put_u64(o, "iova", f->iova);
	json_put_text(o, "access", fault_access_name(f->access));
	json_put_text(o, "verdict", fault_verdict_names[j->verdict]);
	json_put(o, "map", touch(j->has_map, &j->map, f->time));
	json_put(o, "unmap", touch(j->has_unmap, &j->unmap, f->time));
	json_put(o, "split", touch(j->has_split, &j->split, f->time));
	json_put(o, "below", touch(j->has_below, &j->below, f->time));
	json_put_u64(o, "history_ns", j->reach);
	json_line(p->f, o);
}

void json_fault_sums(struct printer *p, const struct report *r,
		     const struct fault_sums *s)
{
	json *o = json_new("fault"), *sub = json_object_new_object();
	int i;

	json_put_bool(o, "final", true);
	json_put_u64(o, "elapsed_ns", r->elapsed_ns);
	json_put_u64(o, "faults", s->faults);
	json_put_u64(o, "dropped", s->dropped);
	for (i = 0; i < FAULT_VERDICTS; i++)
		json_put_u64(sub, fault_verdict_names[i], s->verdict[i]);
	json_put(o, "verdicts", sub);
	json_put_bool(o, "by_domain", s->by_domain);
	json_put_u64(o, "domains", s->domains);
	json_put_u64(o, "maps_and_unmaps", s->touches);
	json_put_known(o, "missed", s->missed);
	json_put_u64(o, "memory_bytes", s->memory);
	json_line(p->f, o);
}
