// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/*
 * Printed without json-c: its objects for a day's points would take more memory than
 * the history itself.
 */
#include <inttypes.h>
#include <string.h>

#include "lib/json.h"
#include "lib/num.h"
#include "lib/util.h"
#include "model/names.h"
#include "model/visibility.h"
#include "json_past.h"

enum { SECONDS_BACK = PAST_SECONDS, MAX_STEP = 86400 };

/* A time after this one overflows in nanoseconds. */
#define MAX_TIME (UINT64_MAX / SECOND)

static const char *parameter(struct past_query *q, const char *text,
			     char why[128])
{
	const struct {
		const char *name;
		uint64_t *n, min, max;
	} names[] = {
		{ "from", &q->from, 1, MAX_TIME },
		{ "to", &q->to, 1, MAX_TIME },
		{ "step", &q->step, 1, MAX_STEP },
	};
	const size_t name = strcspn(text, "=");
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		if (strlen(names[i].name) != name ||
		    memcmp(names[i].name, text, name))
			continue;
		if (*names[i].n)
			snprintf(why, 128, "%s is given twice", names[i].name);
		else if (!text[name] || !num_parse(text + name + 1, names[i].min,
						   names[i].max, names[i].n))
			snprintf(why, 128, "%s must be a number of seconds from %"
				 PRIu64 " to %" PRIu64, names[i].name,
				 names[i].min, names[i].max);
		else
			return NULL;
		return why;
	}
	/* Do not repeat what the client sent. */
	snprintf(why, 128, "unknown parameter; history takes from, to and step");
	return why;
}

const char *past_query(const char *query, uint64_t now, uint64_t oldest,
			  struct past_query *q, char why[128])
{
	char text[32];
	size_t len;

	memset(q, 0, sizeof(*q));
	while (query && *query) {
		len = strcspn(query, "&");
		snprintf(text, sizeof(text), "%.*s",
			 (int)(len < sizeof(text) ? len : sizeof(text)), query);
		if (len >= sizeof(text)) {
			snprintf(why, 128, "a parameter is longer than %zu bytes",
				 sizeof(text) - 1);
			return why;
		}
		if (parameter(q, text, why))
			return why;
		query += len + !!query[len];
	}
	if (!q->to || q->to > now)
		q->to = now;
	if (!q->from)
		q->from = q->to > SECONDS_BACK ? q->to - SECONDS_BACK : 0;
	if (q->from > q->to) {
		snprintf(why, 128, "from is after to, or in the future");
		return why;
	}
	if (q->from < oldest)
		q->from = oldest < q->to ? oldest : q->to;
	if (!q->step)
		q->step = q->to - q->from <= PAST_POINTS ? 1 : 60;
	if ((q->to - q->from) / q->step <= PAST_POINTS)
		return NULL;
	snprintf(why, 128, "more than %d points; raise step or choose a shorter range",
		 PAST_POINTS);
	return why;
}

struct print {
	FILE *f;
	const struct past_clock *clock;
	const struct visibility *visible;
	bool some;
};

static void figure(FILE *f, const char *name, bool visible, uint64_t n)
{
	if (visible)
		fprintf(f, "\"%s\":%" PRIu64 ",", name, n);
	else
		fprintf(f, "\"%s\":null,", name);
}

/* Empty buckets at the end are left out: most of a list is. */
static void buckets(FILE *f, const char *name, bool visible, const uint64_t *n)
{
	int end = V7S_BUCKETS, i;

	fprintf(f, "\"%s\":", name);
	if (!visible) {
		fputs("null", f);
		return;
	}
	while (end && !n[end - 1])
		end--;
	putc('[', f);
	for (i = 0; i < end; i++)
		fprintf(f, "%s%" PRIu64, i ? "," : "", n[i]);
	putc(']', f);
}

static void sum(FILE *f, const struct past_sum *s, const struct visibility *v)
{
	int i;

	figure(f, "installs", v->attempts, s->n[PAST_INSTALLS]);
	figure(f, "lost", v->lost, s->n[PAST_LOST]);
	/* Some kernels show only the splits of sections. */
	figure(f, "splits", visibility_splits(v) ||
	       v->split[V7S_BLOCK][V7S_DONE], s->n[PAST_SPLITS]);
	figure(f, "waits", v->waits, s->n[PAST_WAITS]);
	figure(f, "frees", v->frees, s->n[PAST_FREES]);
	figure(f, "refused", visibility_refusals(v), s->n[PAST_REFUSED]);
	for (i = 0; i < V7S_HISTS; i++) {
		if (i)
			putc(',', f);
		buckets(f, hist_names[i], v->hist[i], s->bucket[i]);
	}
}

static void point(const struct past_span *s, void *arg)
{
	struct print *p = arg;
	const uint64_t end = s->end + p->clock->offset;
	bool some = false;
	int i;

	fprintf(p->f, "%s{\"end\":%" PRIu64 ".%03" PRIu64 ",\"seconds\":%.3f,\"total\":{",
		p->some ? "," : "", end / SECOND, end % SECOND / 1000000,
		(s->end - s->begin) / 1e9);
	p->some = true;
	sum(p->f, &s->total, p->visible);
	fputs("},\"devices\":[", p->f);
	for (i = 0; i < PAST_NAMES; i++) {
		if (!(s->busy & 1u << i))
			continue;
		fprintf(p->f, "%s{\"device\":%d,", some ? "," : "", i);
		some = true;
		sum(p->f, &s->device[i], p->visible);
		putc('}', p->f);
	}
	fputs("]}", p->f);
}

uint64_t past_since_1970(const struct past_clock *c, uint64_t time)
{
	const int64_t date = (int64_t)time + c->offset;

	return date > 0 ? date : 0;
}

/* Time of the history's clock; 0: before its begin. */
static uint64_t on_clock(uint64_t date, int64_t offset)
{
	return (int64_t)date > offset ? date - offset : 0;
}

void json_past(FILE *f, const struct past *h,
		  const struct past_query *q, const struct past_clock *c,
		  const struct visibility *s)
{
	struct print p = { .f = f, .clock = c, .visible = s };
	json *names = json_object_new_array(), *name;
	const char *dev;
	char clean[3 * PAST_NAME];
	unsigned int i;

	for (i = 0; (dev = past_name(h, i)); i++) {
		json_clean_utf8(clean, sizeof(clean), dev);
		name = *dev ? json_object_new_string(clean) : NULL;
		json_object_array_add(names, name);
	}
	fprintf(f, "{\"schema\":%d,\"verb\":\"history\",\"start\":%" PRIu64
		",\"now\":%" PRIu64 ".%03" PRIu64 ",\"from\":%" PRIu64 ",\"to\":%"
		PRIu64 ",\"step\":%" PRIu64 ",\"devices\":%s,\"points\":[",
		JSON_SCHEMA, c->start, c->now / SECOND,
		c->now % SECOND / 1000000, q->from, q->to, q->step,
		json_object_to_json_string_ext(names, JSON_C_TO_STRING_PLAIN |
			JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(names);
	/* A point that ends within the last second of the range is in it. */
	past_walk(h, on_clock(q->from * SECOND, c->offset),
		  on_clock((q->to + 1) * SECOND - 1, c->offset),
		  q->step * SECOND, point, &p);
	fputs("]}\n", f);
}
