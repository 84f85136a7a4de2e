// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/* Every field is described in man/v7scope-json.5. */
#include "check/explain.h"
#include "lib/util.h"
#include "json_report.h"

static json *involved(const struct involved *t)
{
	json *o = json_object_new_object();

	json_put_text(o, "comm", t->comm);
	json_put_visible(o, "tgid", t->tasks == 1 && t->tgid, t->tgid);
	json_put_visible(o, "pid", t->tasks == 1, t->pid);
	json_put(o, "part", json_object_new_int64(t->n));
	json_put_text(o, "holder_comm", t->holder_comm);
	json_put_visible(o, "holder", t->waited && t->holder, t->holder);
	return o;
}

static void put_tasks(json *o, const struct finding *d, bool visible)
{
	json *a = visible && d->parts ? json_object_new_array() : NULL;
	int i;

	for (i = 0; a && i < d->tasks; i++)
		json_object_array_add(a, involved(&d->task[i]));
	json_put(o, "tasks", a);
	json_put_text(o, "parts", a ? d->parts : NULL);
}

static void put_row(json *o, const struct finding *d)
{
	json_put_visible(o, "pgtable", d->row && d->row->pgtable,
			 d->row ? d->row->pgtable : 0);
	json_dev(o, d->row ? d->row->dev : NULL);
	json_put_visible(o, "pgtables", d->tables, d->tables);
}

static json *finding(const struct observed *obs, const struct finding *d)
{
	json *o = json_object_new_object(), *sub;
	int i;

	json_put_text(o, "rule", d->rule);
	json_put_text(o, "concern", concern_names[d->concern]);
	json_put_text(o, "says", d->says);
	put_row(o, d);
	sub = json_object_new_object();
	for (i = 0; i < d->figures; i++)
		json_put(sub, d->figure[i].name, d->figure[i].visible ?
			 json_object_new_int64(d->figure[i].n) : NULL);
	json_put(o, "figures", sub);
	sub = json_object_new_object();
	for (i = 0; i < d->bounds; i++)
		json_put_u64(sub, d->bound[i].name, d->bound[i].n);
	json_put(o, "limits", sub);
	put_tasks(o, d, obs->r->visible->tasks);
	json_put_text(o, "helps", d->helps);
	json_put_text(o, "basis", d->basis);
	return o;
}

static json *not_judged(const struct finding *d)
{
	json *o = json_object_new_object();

	json_put_text(o, "rule", d->rule);
	json_put_text(o, "why", d->says);
	return o;
}

void json_explain(FILE *f, const struct observed *o,
		  const struct explanation *e)
{
	json *out = json_interval("explain", o->r);
	json *list[] = {
		[FOUND_YES] = json_object_new_array(),
		[FOUND_NO] = json_object_new_array(),
		[FOUND_UNKNOWN] = json_object_new_array(),
	};
	int i;

	for (i = 0; i < e->n; i++) {
		const struct finding *d = &e->f[i];

		json_object_array_add(list[d->found],
			d->found == FOUND_YES ? finding(o, d) :
			d->found == FOUND_NO ? json_object_new_string(d->rule) :
			not_judged(d));
	}
	json_put(out, "findings", list[FOUND_YES]);
	json_put(out, "not_found", list[FOUND_NO]);
	json_put(out, "not_judged", list[FOUND_UNKNOWN]);
	json_put_text(out, "driver", o->flushes ? o->flushes->driver : NULL);
	json_exactness(out, o->r);
	json_line(f, out);
}
