// SPDX-License-Identifier: GPL-2.0
/* Every field is described in man/v7scope.1. */
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
	else
		json_put(o, key, k == KNOWN_NOT ? NULL :
		    json_object_new_boolean(k == KNOWN_YES));
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
		json_put_text(sub, "advice", fact->advice);
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
		const struct diagnosed_source *source = &d->source[i];

		sub = json_object_new_object();
		json_put_bool(sub, "works", source->works);
		json_put_text(sub, "what", source->what);
		json_put_text(sub, "why_not", source->works ? NULL : source->why_not);
		json_put(list, source->name, sub);
	}
	json_put(o, "ways", list);
	json_put_text(o, "recommended", d->recommended < 0 ? NULL :
		 d->source[d->recommended].name);
	json_line(f, o);
}

