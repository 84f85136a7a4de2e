// SPDX-License-Identifier: GPL-2.0
/* Every field is described in man/v7scope.1. */
#include <string.h>

#include <json-c/json.h>

#include "out.h"

#define SCHEMA 1

typedef struct json_object json;

/* Length of the UTF-8 sequence at @s, 0 if it is none. */
static size_t utf8_len(const unsigned char *s)
{
	/*
	 * The smallest second byte keeps out overlong forms, the largest one
	 * surrogates and what lies above U+10FFFF.
	 */
	static const struct {
		unsigned char first, last, low, high, len;
	} forms[] = {
		{ 0x01, 0x7f, 0x00, 0xff, 1 },
		{ 0xc2, 0xdf, 0x80, 0xbf, 2 },
		{ 0xe0, 0xe0, 0xa0, 0xbf, 3 },
		{ 0xe1, 0xec, 0x80, 0xbf, 3 },
		{ 0xed, 0xed, 0x80, 0x9f, 3 },
		{ 0xee, 0xef, 0x80, 0xbf, 3 },
		{ 0xf0, 0xf0, 0x90, 0xbf, 4 },
		{ 0xf1, 0xf3, 0x80, 0xbf, 4 },
		{ 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};
	size_t i, k;

	for (i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		if (*s < forms[i].first || *s > forms[i].last)
			continue;
		if (forms[i].len > 1 &&
		    (s[1] < forms[i].low || s[1] > forms[i].high))
			return 0;
		for (k = 2; k < forms[i].len; k++)
			if (s[k] < 0x80 || s[k] > 0xbf)
				return 0;
		return forms[i].len;
	}
	return 0;
}

void utf8_clean(char *to, size_t size, const char *s)
{
	static const char bad[] = "\xef\xbf\xbd";
	const char *from;
	size_t len, used;

	for (; *s && size > 1; to += len, size -= len, s += used) {
		used = len = utf8_len((const unsigned char *)s);
		from = s;
		if (!len) {
			used = 1;
			len = sizeof(bad) - 1;
			from = bad;
		}
		if (len >= size)
			break;
		memcpy(to, from, len);
	}
	*to = 0;
}

static void put(json *o, const char *key, json *value)
{
	json_object_object_add(o, key, value);
}

static void put_u64(json *o, const char *key, uint64_t n)
{
	put(o, key, json_object_new_uint64(n));
}

/* NULL is json-c's null. */
static void put_known(json *o, const char *key, int64_t n)
{
	put(o, key, n == UNKNOWN ? NULL : json_object_new_int64(n));
}

static void put_text(json *o, const char *key, const char *s)
{
	char clean[1024];

	if (s)
		utf8_clean(clean, sizeof(clean), s);
	put(o, key, s ? json_object_new_string(clean) : NULL);
}

static void put_bool(json *o, const char *key, bool b)
{
	put(o, key, json_object_new_boolean(b));
}

static void print(FILE *f, json *o)
{
	fprintf(f, "%s\n", json_object_to_json_string_ext(o,
			JSON_C_TO_STRING_PLAIN |
			JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(o);
}

static json *named(json *o, const __u64 *n, const char *const *names,
		   size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		put_u64(o, names[i], n[i]);
	return o;
}

static json *hist(const struct v7s_hist *h, bool final)
{
	json *o = json_object_new_object(), *buckets;
	uint64_t n = hist_count(h);
	int i;

	put_u64(o, "count", n);
	put_u64(o, "sum", h->sum);
	put_known(o, "p50", hist_percentile(h, 50));
	put_known(o, "p99", hist_percentile(h, 99));
	put_known(o, "max", final && n ? (int64_t)h->max : UNKNOWN);
	put_u64(o, "untimed", h->untimed);
	buckets = json_object_new_array_ext(V7S_BUCKETS);
	for (i = 0; i < V7S_BUCKETS; i++)
		json_object_array_add(buckets,
				      json_object_new_uint64(h->bucket[i]));
	put(o, "buckets", buckets);
	return o;
}

static json *account(json *o, const struct row *row, bool final)
{
	const struct v7s_counts *c = &row->c;
	json *sub;
	int i;

	put_u64(o, "pgtables", row->tables);
	put_u64(o, "creates", c->e.create);

	sub = json_object_new_object();
	put_u64(sub, "attempts", installs(&c->e));
	put_u64(sub, "won", installs(&c->e) - installs_lost(&c->e));
	put_u64(sub, "lost", installs_lost(&c->e));
	put_known(sub, "lost_ppm", lost_ppm(&c->e));
	for (i = 0; i < V7S_INSTALL_WHY; i++)
		put(sub, install_why_names[i],
		    named(json_object_new_object(), c->e.install[i],
			  install_outcome_names, V7S_INSTALL_OUTCOME));
	put(o, "install", sub);

	sub = json_object_new_object();
	put_u64(sub, "attempts", splits(&c->e));
	for (i = 0; i < V7S_SPLIT_KIND; i++)
		put(sub, split_kind_names[i],
		    named(json_object_new_object(), c->e.split[i],
			  split_outcome_names, V7S_SPLIT_OUTCOME));
	put_u64(sub, "waits", c->e.waits);
	put(o, "split", sub);

	put(o, "free", named(json_object_new_object(), c->e.free,
			     free_why_names, V7S_FREE_WHY));
	put(o, "refuse", named(json_object_new_object(), c->e.refuse,
			       refuse_why_names, V7S_REFUSE_WHY));
	put_u64(o, "unknown", c->e.unknown);
	put(o, "net", json_object_new_int64(row->net));
	put(o, "alive",
	    row->alive_why ? NULL : json_object_new_int64(row->alive));
	put_text(o, "alive_why", row->alive_why);
	for (i = 0; i < V7S_HISTS; i++)
		put(o, hist_names[i], hist(&c->hist[i], final));
	return o;
}

static json *row_object(const struct row *row, bool final)
{
	json *o = json_object_new_object();
	char number[16];

	put(o, "pgtable",
	    row->pgtable ? json_object_new_uint64(row->pgtable) : NULL);
	put_text(o, "dev", row->dev && row->dev[0] ? row->dev : NULL);
	if (row->fmt == UNKNOWN || fmt_name(row->fmt)) {
		put_text(o, "fmt",
			 row->fmt == UNKNOWN ? NULL : fmt_name(row->fmt));
	} else {
		snprintf(number, sizeof(number), "%d", row->fmt);
		put_text(o, "fmt", number);
	}
	put_bool(o, "created", row->created);
	put_bool(o, "destroyed", row->destroyed);
	return account(o, row, final);
}

static json *rows_array(const struct row *rows, size_t n, bool final)
{
	json *a = json_object_new_array();
	size_t i;

	for (i = 0; i < n; i++)
		json_object_array_add(a, row_object(&rows[i], final));
	return a;
}

static void report(FILE *f, const struct report *r)
{
	json *o = json_object_new_object(), *sub;
	char why[192];
	unsigned int i;

	put_u64(o, "schema", SCHEMA);
	put_text(o, "verb", "stat");
	put_bool(o, "final", r->final);
	if (!r->final)
		put_u64(o, "seq", r->seq);
	put_u64(o, "elapsed_ns", r->elapsed_ns);
	put_u64(o, "interval_ns", r->interval_ns);
	put(o, "tables", rows_array(r->rows, r->nrows, r->final));
	put(o, "other", account(json_object_new_object(), &r->other, r->final));
	put(o, "total", account(json_object_new_object(), &r->total, r->final));
	put_u64(o, "destroys", r->destroys);
	if (r->final) {
		put(o, "devices",
		    rows_array(r->devices, r->ndevices, true));
		sub = json_object_new_object();
		for (i = 0; i < EVENTS; i++)
			put_known(sub, event_names[i], r->misses[i]);
		put(o, "recursion_misses", sub);
		sub = json_object_new_array();
		for (i = 0; inexact(r, i, why, sizeof(why)); i++)
			json_object_array_add(sub, json_object_new_string(why));
		put_bool(o, "exact", !i);
		put(o, "exact_why", sub);
	}
	print(f, o);
}

static json *fact_value(const struct fact *fact)
{
	char clean[3 * sizeof(fact->text)];

	switch (fact->type) {
	case FACT_BOOL:
		return json_object_new_boolean(fact->n);
	case FACT_INT:
		return json_object_new_int64(fact->n);
	case FACT_TEXT:
		utf8_clean(clean, sizeof(clean), fact->text);
		return json_object_new_string(clean);
	default:
		return NULL;
	}
}

static void put_if_known(json *o, const char *key, enum known k)
{
	put(o, key, k == KNOWN_NOT ? NULL :
	    json_object_new_boolean(k == KNOWN_YES));
}

static void diagnosis(FILE *f, const struct diagnosis *d)
{
	static const enum known marks[] = {
		[MARK_INFO] = KNOWN_NOT,
		[MARK_OK] = KNOWN_YES,
		[MARK_BAD] = KNOWN_NO,
	};
	json *o = json_object_new_object(), *list, *sub;
	int i;

	put_u64(o, "schema", SCHEMA);
	put_text(o, "verb", "doctor");

	list = json_object_new_object();
	for (i = 0; i < d->facts; i++) {
		const struct fact *fact = &d->fact[i];

		sub = json_object_new_object();
		put(sub, "value", fact_value(fact));
		put_if_known(sub, "ok", marks[fact->mark]);
		put_text(sub, "advice", fact->advice);
		put(list, fact->key, sub);
	}
	put(o, "facts", list);

	list = json_object_new_object();
	for (i = 0; i < EVENTS; i++) {
		sub = json_object_new_object();
		put_if_known(sub, "bpf", d->event[i].bpf);
		put_if_known(sub, "ftrace", d->event[i].ftrace);
		put(list, event_names[i], sub);
	}
	put(o, "events", list);

	list = json_object_new_array();
	for (i = 0; i < d->defects; i++) {
		sub = json_object_new_object();
		put_text(sub, "id", d->defect[i]->id);
		put_text(sub, "text", d->defect[i]->text);
		put_bool(sub, "sure", d->defects_sure);
		json_object_array_add(list, sub);
	}
	put(o, "defects", list);

	list = json_object_new_object();
	for (i = 0; i < WAYS; i++) {
		const struct way *way = &d->way[i];

		sub = json_object_new_object();
		put_bool(sub, "works", way->works);
		put_text(sub, "what", way->what);
		put_text(sub, "why_not", way->works ? NULL : way->why_not);
		put(list, way->name, sub);
	}
	put(o, "ways", list);
	put_text(o, "recommended", d->recommended < 0 ? NULL :
		 d->way[d->recommended].name);
	print(f, o);
}

const struct out out_json = { report, diagnosis };
