// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/* Every field is described in man/v7scope-json.5. */
#include <math.h>

#include "lib/util.h"
#include "model/names.h"
#include "json_report.h"

static void put_double(json *o, const char *key, bool visible, double x)
{
	json_put(o, key,
		 visible && isfinite(x) ? json_object_new_double(x) : NULL);
}

static json *kernel(const struct check *c)
{
	json *o = json_object_new_object();

	json_put_text(o, "release", c->uts.release);
	json_put_text(o, "version", c->uts.version);
	json_put_text(o, "machine", c->uts.machine);
	json_put_text(o, "build_id", c->build_id[0] ? c->build_id : NULL);
	return o;
}

static json *known(enum known k)
{
	return k == KNOWN_NOT ? NULL : json_object_new_boolean(k == KNOWN_YES);
}

/* The event exists if BPF says so; ftrace decides where BPF cannot. */
static json *series(const struct diagnosis *d)
{
	json *o = json_object_new_object(), *events = json_object_new_object();
	enum known k, all = KNOWN_YES;
	int i, e;

	for (i = 0; i < V7S_EVENTS; i++) {
		e = event_order[i];
		k = d->event[e][SOURCE_BPF];
		if (k == KNOWN_NOT)
			k = d->event[e][SOURCE_FTRACE];
		if (k != KNOWN_YES)
			all = k == KNOWN_NO ? KNOWN_NO : all == KNOWN_NO ? all : k;
		json_put(events, event_names[e], known(k));
	}
	json_put(o, "present", known(all));
	json_put(o, "events", events);
	return o;
}

static json *defects(const struct diagnosis *d)
{
	json *a = json_object_new_array(), *o;
	int i;

	for (i = 0; i < d->defects; i++) {
		o = json_object_new_object();
		json_put_text(o, "id", d->defect[i]->id);
		json_put_bool(o, "sure", d->defects_sure);
		json_object_array_add(a, o);
	}
	return a;
}

static json *config(const struct check *c)
{
	json *o = json_object_new_object(), *a;
	char *const *word = c->e->command.argv;
	char clean[1024];
	int i;

	json_put_text(o, "source", c->source);
	json_put_visible(o, "for_ns", c->lasts, c->lasts);
	json_put_u64(o, "interval_ns", c->interval);
	a = word ? json_object_new_array() : NULL;
	for (; word && *word; word++) {
		json_clean_utf8(clean, sizeof(clean), *word);
		json_object_array_add(a, json_object_new_string(clean));
	}
	json_put(o, "command", a);
	a = json_object_new_object();
	for (i = 0; i < LIMITS; i++)
		json_put_u64(a, threshold_kinds[i].name, c->e->limits->of[i]);
	json_put(o, "limits", a);
	return o;
}

static json *judgement(const struct judgement *j, const struct thresholds *l)
{
	json *o = json_object_new_object(), *sub;
	int i;

	json_put_text(o, "name", j->name);
	json_put_text(o, "result", verdict_names[j->verdict]);
	json_put_text(o, "why", *j->why ? j->why : NULL);
	sub = json_object_new_object();
	for (i = 0; i < j->figures; i++)
		json_put(sub, j->figure[i].name, j->figure[i].visible ?
		    json_object_new_int64(j->figure[i].n) : NULL);
	json_put(o, "figures", sub);
	sub = json_object_new_object();
	for (i = 0; i < j->limits; i++)
		json_put_u64(sub, threshold_kinds[j->limit[i]].name,
			     l->of[j->limit[i]]);
	json_put(o, "limits", sub);
	json_put_text(o, "asks", j->asks);
	json_put_text(o, "means", j->means);
	return o;
}

void json_check(FILE *f, const struct check *c)
{
	json *o = json_new("check"), *a = json_object_new_array();
	int i;

	json_put_text(o, "result", verdict_names[c->judged->verdict]);
	json_put_text(o, "ended", c->ended);
	json_put(o, "time", json_object_new_int64(c->time));
	json_put_text(o, "host", c->uts.nodename);
	json_put_text(o, "v7scope", VERSION);
	json_put(o, "kernel", kernel(c));
	json_put(o, "series", series(c->e->kernel));
	json_put(o, "defects", defects(c->e->kernel));
	json_put(o, "config", config(c));
	for (i = 0; i < c->judged->n; i++)
		json_object_array_add(a, judgement(&c->judged->j[i],
						   c->e->limits));
	json_put(o, "judgements", a);
	json_put(o, "figures", json_report(c->e->r));
	json_line(f, o);
}

static json *side(const struct side *s)
{
	json *o = json_object_new_object();

	json_put_text(o, "file", s->file);
	json_put_text(o, "result", s->result);
	json_put_text(o, "host", s->host);
	json_put_text(o, "release", s->release);
	json_put_text(o, "version", s->version);
	json_put_text(o, "build_id", s->build_id);
	json_put_text(o, "source", s->source);
	put_double(o, "seconds", true, s->seconds);
	return o;
}

static json *compared(const struct figure_change *c)
{
	static const char *const kinds[] = {
		[SHARE] = "share", [RATE] = "rate", [QUANTILE] = "quantile",
	};
	static const char *const names[SIDES] = { "a", "b" };
	json *o = json_object_new_object(), *sub;
	int i;

	json_put_text(o, "name", c->name);
	json_put_text(o, "kind", kinds[c->kind]);
	json_put_text(o, "outcome", comparison_outcome_names[c->outcome]);
	for (i = 0; i < SIDES; i++) {
		sub = c->visible[i] ? json_object_new_object() : NULL;
		if (sub) {
			put_double(sub, "value", c->value[i] != UNKNOWN,
				   c->value[i]);
			put_double(sub, "x", true, c->x[i]);
			put_double(sub, "n", true, c->n[i]);
		}
		json_put(o, names[i], sub);
	}
	put_double(o, "above_ns", c->kind == QUANTILE && c->above != UNKNOWN,
		   c->above);
	put_double(o, "low", c->outcome != UNSEEN, c->low);
	put_double(o, "high", c->outcome != UNSEEN, c->high);
	return o;
}

void json_comparison(FILE *f, const struct comparison *c)
{
	json *o = json_new("compare"), *a, *sub;
	int i;

	json_put_text(o, "result", c->worse ? "worse" : !c->told ? "cannot tell" :
		 c->better ? "better" : "same");
	json_put(o, "a", side(&c->side[0]));
	json_put(o, "b", side(&c->side[1]));
	put_double(o, "level", true, c->level);
	put_double(o, "level_each", true, c->level_each);
	put_double(o, "change", true, c->change);
	a = json_object_new_array();
	for (i = 0; i < c->n; i++)
		json_object_array_add(a, compared(&c->c[i]));
	json_put(o, "compared", a);
	a = json_object_new_array();
	for (i = 0; i < c->nchanged; i++) {
		sub = json_object_new_object();
		json_put_text(sub, "name", c->changed[i].name);
		json_put_text(sub, "a", c->changed[i].result[0]);
		json_put_text(sub, "b", c->changed[i].result[1]);
		json_put_text(sub, "outcome",
			      comparison_outcome_names[c->changed[i].outcome]);
		json_object_array_add(a, sub);
	}
	json_put(o, "changed", a);
	json_line(f, o);
}
