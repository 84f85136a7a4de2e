// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/* Every field is described in man/v7scope-json.5. */
#include "lib/json.h"
#include "model/names.h"
#include "out.h"

static json *fact_value(const struct fact *fact)
{
	char clean[3 * sizeof(fact->text)];

	switch (fact->type) {
	case FACT_BOOL:
		return json_object_new_boolean(fact->n);
	case FACT_INT:
		return json_object_new_int64(fact->n);
	case FACT_TEXT:
		json_clean_utf8(clean, sizeof(clean), fact->text);
		return json_object_new_string(clean);
	default:
		return NULL;
	}
}

static void put_if_known(json *o, const char *key, enum known k)
{
	if (k == KNOWN_PART)
		json_put_text(o, key, "partly");
	else if (k == KNOWN_REQUEST)
		json_put_text(o, key, "on_request");
	else
		json_put(o, key, k == KNOWN_NOT ? NULL :
		    json_object_new_boolean(k == KNOWN_YES));
}

static void put_advice(json *o, const struct fact *fact)
{
	char text[2 * sizeof(fact->why.cause) + 4];

	if (!*fact->why.cause) {
		json_put_text(o, "advice", fact->advice);
		return;
	}
	snprintf(text, sizeof(text), "%s: %s", fact->why.cause, fact->why.advice);
	json_put_text(o, "advice", text);
}

static void put_source(json *o, const struct diagnosed_source *s)
{
	static const char *const states[] = {
		[SOURCE_WORKS] = "works", [SOURCE_BARRED] = "barred",
		[SOURCE_ABSENT] = "absent",
	};
	const struct obstacle *why = s->answer.obstacle;
	json *list = json_object_new_array(), *sub;
	int i;

	json_put_bool(o, "works", s->answer.state == SOURCE_WORKS);
	json_put_text(o, "state", states[s->answer.state]);
	json_put_text(o, "what", s->what);
	json_put_known(o, "stretch", s->stretch);
	json_put_text(o, "why_not", s->answer.obstacles ? why->cause : NULL);
	for (i = 0; i < s->answer.obstacles; i++) {
		sub = json_object_new_object();
		json_put_text(sub, "cause", why[i].cause);
		json_put_text(sub, "advice", why[i].advice);
		json_object_array_add(list, sub);
	}
	json_put(o, "obstacles", list);
}

void json_diagnosis(FILE *f, const struct diagnosis *d)
{
	static const enum known marks[] = {
		[MARK_INFO] = KNOWN_NOT,
		[MARK_OK] = KNOWN_YES,
		[MARK_BAD] = KNOWN_NO,
	};
	json *o = json_new("doctor"), *list, *sub;
	int i, w;

	list = json_object_new_object();
	for (i = 0; i < d->facts; i++) {
		const struct fact *fact = &d->fact[i];

		sub = json_object_new_object();
		json_put(sub, "value", fact_value(fact));
		put_if_known(sub, "ok", marks[fact->mark]);
		put_advice(sub, fact);
		json_put(list, fact->key, sub);
	}
	json_put(o, "facts", list);

	list = json_object_new_object();
	for (i = 0; i < V7S_EVENTS; i++) {
		sub = json_object_new_object();
		for (w = 0; w < SOURCES; w++)
			put_if_known(sub, d->source[w].name,
				     d->event[event_order[i]][w]);
		json_put(list, event_names[event_order[i]], sub);
	}
	json_put(o, "events", list);

	list = json_object_new_object();
	for (i = 0; i < V7S_REFUSE_WHY; i++) {
		sub = json_object_new_object();
		for (w = 0; w < SOURCES; w++)
			put_if_known(sub, d->source[w].name, d->refuse[i][w]);
		json_put(list, refuse_why_names[i], sub);
	}
	json_put(o, "refusals", list);

	list = json_object_new_array();
	for (i = 0; i < d->defects; i++) {
		sub = json_object_new_object();
		json_put_text(sub, "id", d->defect[i]->id);
		json_put_text(sub, "text", d->defect[i]->text);
		json_put_bool(sub, "sure", d->defects_sure);
		json_object_array_add(list, sub);
	}
	json_put(o, "defects", list);

	list = json_object_new_object();
	for (i = 0; i < SOURCES; i++) {
		sub = json_object_new_object();
		put_source(sub, &d->source[i]);
		json_put(list, d->source[i].name, sub);
	}
	json_put(o, "ways", list);
	json_put_text(o, "recommended", d->recommended < 0 ? NULL :
		 d->source[d->recommended].name);
	json_put_text(o, "nearest", d->recommended < 0 ?
		 d->source[d->nearest].name : NULL);
	json_line(f, o);
}

