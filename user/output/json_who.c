// SPDX-License-Identifier: GPL-2.0
/* Tasks, waits between tasks, stacks and CPUs. */
#include <inttypes.h>

#include "json_report.h"

static json *owned(uint64_t pgtable, const char *dev)
{
	json *o = json_object_new_object();

	json_put_visible(o, "pgtable", pgtable, pgtable);
	json_dev(o, dev);
	return o;
}

static json *others(const struct v7s_events *e, const struct visibility *s)
{
	json *o = json_object_new_object();

	json_events(o, e, s);
	return o;
}

static json *task(const struct task *t, const struct visibility *s)
{
	json *o = owned(t->pgtable, t->dev);

	json_put_u64(o, "tasks", t->tasks);
	json_put_visible(o, "tgid",
			 t->tasks == 1 && (t->tgid || !t->pid), t->tgid);
	json_put_visible(o, "pid", t->tasks == 1, t->pid);
	json_put_text(o, "comm", t->comm);
	json_put_bool(o, "exited", t->exited);
	json_events(o, &t->e, s);
	json_put_visible(o, "window_sum_ns", s->hist[V7S_WINDOW], t->window_ns);
	json_put_visible(o, "wait_sum_ns", s->hist[V7S_WAIT], t->wait_ns);
	json_put_visible(o, "hold_sum_ns", s->hist[V7S_HOLD], t->hold_ns);
	return o;
}

static json *pair(const struct pair *p)
{
	json *o = owned(p->pgtable, p->dev);

	json_put_u64(o, "pairs", p->pairs);
	json_put_visible(o, "waiter", p->pairs == 1, p->waiter);
	json_put_text(o, "waiter_comm", p->waiter_comm);
	json_put_visible(o, "holder", p->holder, p->holder);
	json_put_text(o, "holder_comm", p->holder_comm);
	json_put_u64(o, "waits", p->waits);
	json_put_u64(o, "wait_sum_ns", p->wait_ns);
	json_put_u64(o, "untimed", p->untimed);
	return o;
}

json *json_frames(const struct frame *frame, unsigned int n)
{
	json *a = json_object_new_array(), *o;
	char address[32];
	unsigned int i;

	for (i = 0; i < n; i++) {
		o = json_object_new_object();
		snprintf(address, sizeof(address), "0x%" PRIx64,
			 frame[i].address);
		json_put_text(o, "symbol", frame[i].symbol);
		json_put_visible(o, "offset", frame[i].symbol, frame[i].offset);
		/*
		 * An address would reveal the kernel's layout: only without a
		 * symbol.
		 */
		json_put_text(o, "address", frame[i].symbol ? NULL : address);
		json_object_array_add(a, o);
	}
	return a;
}

static json *stack(const struct stack *st, const struct visibility *s)
{
	json *o = owned(st->pgtable, st->dev);

	json_put(o, "frames", json_frames(st->frame, st->frames));
	json_events(o, &st->e, s);
	return o;
}

static json *cpu(const struct cpu *c, const struct visibility *s)
{
	json *o = json_object_new_object();

	json_put_u64(o, "cpu", c->cpu);
	json_events(o, &c->e, s);
	return o;
}

/* A list that was not requested, or is not available, is null. */
void json_who(json *o, const struct report *r)
{
	const struct visibility *s = r->visible;
	json *a;
	size_t i;

	a = s->tasks ? json_object_new_array() : NULL;
	for (i = 0; a && i < r->ntasks; i++)
		json_object_array_add(a, task(&r->tasks[i], s));
	json_put(o, "tasks", a);
	json_put(o, "other_tasks", a ? others(&r->other_tasks, s) : NULL);

	a = s->pairs ? json_object_new_array() : NULL;
	for (i = 0; a && i < r->npairs; i++)
		json_object_array_add(a, pair(&r->pairs[i]));
	json_put(o, "waits_for", a);
	json_put_visible(o, "other_waits_for", a, r->other_pairs);

	a = s->stacks ? json_object_new_array() : NULL;
	for (i = 0; a && i < r->nstacks; i++)
		json_object_array_add(a, stack(&r->stacks[i], s));
	json_put(o, "stacks", a);
	json_put(o, "other_stacks", a ? others(&r->other_stacks, s) : NULL);

	a = s->cpus ? json_object_new_array() : NULL;
	for (i = 0; a && i < r->ncpus; i++)
		json_object_array_add(a, cpu(&r->cpus[i], s));
	json_put(o, "cpus", a);
}
