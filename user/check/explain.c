// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <stdio.h>

#include "lib/util.h"
#include "model/visibility.h"
#include "explain.h"
#include "rules.h"

const char *const concern_names[CONCERNS] = {
	[CONCERN_WRONG] = "wrong", [CONCERN_SLOW] = "slow",
	[CONCERN_UNSURE] = "unsure",
};

/* NULL: the rule can be judged. */
static const char *unknown(const struct observed *o, const struct rule *rule)
{
	const bool *visible = visibility_list(o->r->visible);
	int i;

	for (i = 0; i < rule->needs; i++)
		if (!visible[rule->need[i]])
			return "not available on this kernel";
	if (rule->scope == SCOPE_FLUSHES && !o->flushes)
		return "TLB flushes were not counted";
	return rule->unknown ? rule->unknown(o) : NULL;
}

static void consider(const struct observed *o, const struct rule *rule,
		     const struct row *row, struct finding *f, int64_t *most)
{
	int64_t n = rule->weigh(o, row);

	f->tables += n > 0;
	if (n > *most) {
		*most = n;
		f->row = row;
	}
}

/* The row to talk about; NULL: the rule does not apply. */
static const struct row *choose(const struct observed *o,
				const struct rule *rule, struct finding *f)
{
	const struct report *r = o->r;
	int64_t most = 0;
	size_t i;

	for (i = 0; rule->scope == SCOPE_TABLE && i < r->nrows; i++)
		consider(o, rule, &r->rows[i], f, &most);
	if (rule->scope == SCOPE_TABLE)
		consider(o, rule, &r->other, f, &most);
	/* Each page table alone may have too few events for a share. */
	if (f->row || rule->weigh(o, &r->total) <= 0)
		return f->row;
	return &r->total;
}

static void add_task(struct finding *f, const struct involved *t)
{
	int i, k;

	if (t->n <= 0)
		return;
	for (i = 0; i < f->tasks && f->task[i].n >= t->n; i++)
		;
	if (i == FINDING_TASKS)
		return;
	f->tasks += f->tasks < FINDING_TASKS;
	for (k = f->tasks - 1; k > i; k--)
		f->task[k] = f->task[k - 1];
	f->task[i] = *t;
}

static bool concerns(const struct finding *f, uint64_t pgtable)
{
	return !f->row || f->row->pgtable == pgtable;
}

static bool same_task(const struct task *a, const struct task *b)
{
	return a->tgid == b->tgid && a->pid == b->pid && !a->tasks == !b->tasks;
}

static bool has_part(const struct rule *rule, const struct finding *f,
		     const struct task *t)
{
	return concerns(f, t->pgtable) && rule->part(t) > 0;
}

/* The part of a task in all page tables; -1: an earlier row has it. */
static int64_t part_of(const struct report *r, const struct rule *rule,
		       const struct finding *f, size_t i)
{
	int64_t sum = 0;
	size_t k;

	for (k = 0; k < r->ntasks; k++) {
		if (!same_task(&r->tasks[i], &r->tasks[k]) ||
		    !has_part(rule, f, &r->tasks[k]))
			continue;
		if (k < i)
			return -1;
		sum += rule->part(&r->tasks[k]);
	}
	return sum;
}

static void add_tasks(const struct report *r, const struct rule *rule,
		      struct finding *f)
{
	size_t i;

	for (i = 0; rule->part && i < r->ntasks; i++) {
		const struct task *t = &r->tasks[i];

		if (has_part(rule, f, t))
			add_task(f, &(struct involved){
				.comm = t->comm, .tgid = t->tgid, .pid = t->pid,
				.tasks = t->tasks, .n = part_of(r, rule, f, i),
			});
	}
}

static void add_pairs(const struct report *r, const struct rule *rule,
		      struct finding *f)
{
	size_t i;

	for (i = 0; rule->pairs && i < r->npairs; i++) {
		const struct pair *p = &r->pairs[i];

		if (concerns(f, p->pgtable))
			add_task(f, &(struct involved){
				.comm = p->waiter_comm, .pid = p->waiter,
				.tasks = p->pairs, .n = p->waits,
				.waited = true, .holder_comm = p->holder_comm,
				.holder = p->holder,
			});
	}
}

static void judge(const struct observed *o, const struct rule *rule,
		  struct finding *f)
{
	const char *why = unknown(o, rule);
	const struct row *row;

	*f = (struct finding){
		.rule = rule->name, .concern = rule->concern,
		.helps = rule->helps, .basis = rule->basis,
		.parts = rule->parts, .parts_unit = rule->parts_unit,
	};
	if (why) {
		f->found = FOUND_UNKNOWN;
		snprintf(f->says, sizeof(f->says), "%s", why);
		return;
	}
	row = choose(o, rule, f);
	if (!row)
		return;
	f->found = FOUND_YES;
	rule->say(o, row, f);
	add_tasks(o->r, rule, f);
	add_pairs(o->r, rule, f);
}

void explanation_make(const struct observed *o, struct explanation *to)
{
	size_t i;

	*to = (struct explanation){ 0 };
	for (i = 0; i < rules_count && i < FINDINGS_MAX; i++) {
		judge(o, &rules[i], &to->f[i]);
		to->found += to->f[i].found == FOUND_YES;
		to->unknown += to->f[i].found == FOUND_UNKNOWN;
		to->n++;
	}
}
