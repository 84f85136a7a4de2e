// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/binomial.h"
#include "lib/err.h"
#include "lib/format.h"
#include "lib/json.h"
#include "lib/util.h"
#include "model/counts.h"
#include "check.h"

const char *const comparison_outcome_names[OUTCOMES] = {
	[WORSE] = "worse", [BETTER] = "better", [MORE] = "more",
	[LESS] = "less", [SMALL] = "small", [SAME] = "same",
	[UNSEEN] = "unseen",
};

/* Chance of any false alarm in a comparison. */
#define LEVEL 0.01

/* Larger than a verdict on a thousand page tables. */
#define FILE_MAX_BYTES (64 << 20)

/* Fields are paths in figures.total; with a leading '/', in figures. */
static const struct metric {
	const char *name, *title;
	int kind;
	bool neutral;		/* a change is neither good nor bad */
	const char *x[4], *n[4];	/* added up */
	unsigned int percent;
} metrics[] = {
	{ "lost_installs", "installs that lost", SHARE, false,
	  { "install.lost" }, { "install.attempts" }, 0 },
	{ "splits_in_vain", "splits found done by others", SHARE, false,
	  { "split.cont.found_done", "split.block.found_done" },
	  { "split.attempts" }, 0 },
	{ "split_waits", "64K, 16M splits that waited", SHARE, false,
	  { "split.waits" },
	  { "split.cont.done", "split.cont.found_done", "split.cont.gone",
	    "split.cont.failed" }, 0 },
	{ "refused", "refusals per second", RATE, false,
	  { "refuse.exists", "refuse.absent", "refuse.partial",
	    "refuse.raced" }, { 0 }, 0 },
	{ "nomem", "refused for memory, per second", RATE, false,
	  { "refuse.nomem" }, { 0 }, 0 },
	{ "corrupted", "sections corrupted, per second", RATE, false,
	  { "/corrupted" }, { 0 }, 0 },
	{ "window_p50", "race window, p50", QUANTILE, false,
	  { "window_ns" }, { 0 }, 50 },
	{ "window_p99", "race window, p99", QUANTILE, false,
	  { "window_ns" }, { 0 }, 99 },
	{ "wait_p50", "wait for split_lock, p50", QUANTILE, false,
	  { "wait_ns" }, { 0 }, 50 },
	{ "wait_p99", "wait for split_lock, p99", QUANTILE, false,
	  { "wait_ns" }, { 0 }, 99 },
	{ "hold_p50", "hold of split_lock, p50", QUANTILE, false,
	  { "hold_ns" }, { 0 }, 50 },
	{ "hold_p99", "hold of split_lock, p99", QUANTILE, false,
	  { "hold_ns" }, { 0 }, 99 },
	{ "installs", "installs per second", RATE, true,
	  { "install.attempts" }, { 0 }, 0 },
	{ "splits", "splits per second", RATE, true,
	  { "split.attempts" }, { 0 }, 0 },
};

_Static_assert(ARRAY_SIZE(metrics) <= COMPARED_MAX, "room for metrics");

struct document {
	const char *file;
	json *root, *figures, *total;
	bool bad;		/* an error was printed */
};

/* Owners of the strings of each side, until comparison_free(). */
static json *kept[SIDES];

static void malformed(struct document *d, const char *field, const char *what)
{
	if (!d->bad)
		err_print("check: %s is not a verdict of `v7scope check --json`: its %s %s",
			  d->file, field, what);
	d->bad = true;
}

/* NULL: the field is missing, or null. */
static json *field(json *o, const char *path)
{
	char key[32];
	size_t len;

	for (; o; path += len + 1) {
		len = strcspn(path, ".");
		snprintf(key, sizeof(key), "%.*s", (int)len, path);
		if (!json_object_is_type(o, json_type_object) ||
		    !json_object_object_get_ex(o, key, &o))
			return NULL;
		if (!path[len])
			break;
	}
	return o;
}

static const char *string(struct document *d, const char *path, bool must)
{
	json *o = field(d->root, path);

	if (o ? !json_object_is_type(o, json_type_string) : must)
		malformed(d, path, "is not a string");
	return o ? json_object_get_string(o) : NULL;
}

/* Add a count to @to; false: not available. */
static bool count(struct document *d, json *o, const char *path, double *to)
{
	o = o ? field(o, path) : NULL;
	if (!o)
		return false;
	if (!json_object_is_type(o, json_type_int) ||
	    json_object_get_int64(o) < 0)
		malformed(d, path, "is not a count");
	*to += json_object_get_uint64(o);
	return true;
}

static bool sum(struct document *d, const char *const path[4], double *to)
{
	int i;

	*to = 0;
	for (i = 0; i < 4 && path[i]; i++)
		if (!count(d, *path[i] == '/' ? d->figures : d->total,
			   path[i] + (*path[i] == '/'), to))
			return false;
	return true;
}

static bool histogram(struct document *d, const char *name, struct v7s_hist *h)
{
	json *o = field(d->total, name), *a, *n;
	double max = 0;
	size_t i;

	memset(h, 0, sizeof(*h));
	if (!o)
		return false;
	a = field(o, "buckets");
	if (!a || !json_object_is_type(a, json_type_array) ||
	    json_object_array_length(a) != V7S_BUCKETS) {
		malformed(d, name, "does not have 32 buckets");
		return false;
	}
	for (i = 0; i < V7S_BUCKETS; i++) {
		n = json_object_array_get_idx(a, i);
		if (!json_object_is_type(n, json_type_int) ||
		    json_object_get_int64(n) < 0)
			malformed(d, name, "has a bucket that is not a count");
		h->bucket[i] = json_object_get_uint64(n);
	}
	count(d, o, "max", &max);
	h->max = max;
	return true;
}

static char *read_all(const char *file, size_t *size)
{
	FILE *f = fopen(file, "re");
	char *text = NULL, *more;
	size_t room = 0, n;

	*size = 0;
	while (f && *size < FILE_MAX_BYTES) {
		if (*size == room) {
			room = room ? 2 * room : 1 << 16;
			more = realloc(text, room);
			if (!more)
				break;
			text = more;
		}
		n = fread(text + *size, 1, room - *size, f);
		*size += n;
		if (!n)
			break;
	}
	if (!f || !feof(f)) {
		err_print("check: cannot read %s: %s", file, f && *size >=
			 FILE_MAX_BYTES ? "larger than 64 MiB, too large for a verdict" :
			 strerror(errno));
		free(text);
		text = NULL;
	}
	if (f)
		fclose(f);
	return text;
}

/* Parse a single object; trailing data is an error. */
static json *parse(const char *file, const char *text, size_t size)
{
	struct json_tokener *t = json_tokener_new();
	enum json_tokener_error err;
	size_t end;
	json *o;

	if (!t) {
		err_print("out of memory");
		return NULL;
	}
	o = json_tokener_parse_ex(t, text, size);
	err = json_tokener_get_error(t);
	end = json_tokener_get_parse_end(t);
	while (end < size && memchr(" \t\r\n", text[end], 4))
		end++;
	if (err == json_tokener_continue)
		err_print("check: %s is truncated", file);
	else if (err)
		err_print("check: %s is not JSON: %s at byte %zu", file,
			 json_tokener_error_desc(err), end);
	else if (end < size)
		err_print("check: %s has data after the verdict, at byte %zu", file, end);
	else if (!o)
		err_print("check: %s is not a verdict of `v7scope check --json`", file);
	if (err || end < size) {
		json_object_put(o);
		o = NULL;
	}
	json_tokener_free(t);
	return o;
}

static int load(struct document *d, struct side *side)
{
	double schema = 0, elapsed = 0;
	size_t size;
	char *text = read_all(d->file, &size);
	const char *verb;

	d->root = text ? parse(d->file, text, size) : NULL;
	free(text);
	if (!d->root)
		return -1;
	if (!json_object_is_type(d->root, json_type_object)) {
		err_print("check: %s is not a verdict of `v7scope check --json`",
			 d->file);
		return -1;
	}
	verb = string(d, "verb", true);
	if (!d->bad && strcmp(verb, "check"))
		malformed(d, "verb", "is not check");
	if (!count(d, d->root, "schema", &schema))
		malformed(d, "schema", "is missing");
	if (!d->bad && schema != JSON_SCHEMA) {
		err_print("check: %s has schema %.0f, but this v7scope reads schema %d; compare with the version that wrote the file",
			  d->file, schema,
			 JSON_SCHEMA);
		return -1;
	}
	d->figures = field(d->root, "figures");
	d->total = d->figures ? field(d->figures, "total") : NULL;
	if (!d->total || !json_object_is_type(d->total, json_type_object))
		malformed(d, "figures.total", "is missing");
	if (!count(d, d->figures, "elapsed_ns", &elapsed) || !elapsed)
		malformed(d, "figures.elapsed_ns", "is missing");
	*side = (struct side){
		.file = d->file,
		.result = string(d, "result", true),
		.host = string(d, "host", false),
		.release = string(d, "kernel.release", false),
		.version = string(d, "kernel.version", false),
		.build_id = string(d, "kernel.build_id", false),
		.source = string(d, "figures.source", false),
		.seconds = elapsed / 1e9,
	};
	return d->bad ? -1 : 0;
}

/*
 * Significant: the whole interval lies beyond the differences that do not
 * matter.
 */
static enum outcome outcome(double low, double high, double none, bool neutral,
			    double up, double down)
{
	if (low > up)
		return neutral ? MORE : WORSE;
	if (high < down)
		return neutral ? LESS : BETTER;
	return low > none || high < none ? SMALL : SAME;
}

static void decide_share(struct figure_change *c, bool neutral, double change,
			 double z)
{
	struct span s = binomial_shares(c->x[0], c->n[0], c->x[1], c->n[1], z);
	double p[SIDES], least;
	int i;

	for (i = 0; i < SIDES; i++)
		p[i] = c->n[i] ? c->x[i] / c->n[i] : 0;
	least = change * fmin(p[0], p[1]);
	c->low = s.low;
	c->high = s.high;
	c->outcome = c->same_bucket ? SAME :
		     outcome(s.low, s.high, 0, neutral, least, -least);
}

static void decide_rate(struct figure_change *c, bool neutral, double change,
			double z)
{
	struct span s = binomial_rates(c->x[0], c->n[0], c->x[1], c->n[1], z);

	c->low = s.low;
	c->high = s.high;
	c->outcome = outcome(s.low, s.high, 1, neutral, 1 + change,
			     1 / (1 + change));
}

/*
 * Percentiles are only exact to a factor of two. Therefore compare shares: the
 * share of each side above the smaller of the two percentiles.
 */
static void take_quantile(struct figure_change *c, const struct metric *m,
			  const struct v7s_hist h[SIDES])
{
	struct v7s_hist endless;
	double bound[SIDES];
	int i, b;

	for (i = 0; i < SIDES; i++) {
		endless = h[i];
		endless.max = INT64_MAX;
		bound[i] = hist_percentile(&endless, m->percent);
	}
	c->above = fmin(bound[0], bound[1]);
	c->same_bucket = bound[0] > 0 && bound[0] == bound[1];
	for (i = 0; i < SIDES; i++) {
		c->value[i] = hist_percentile(&h[i], m->percent);
		c->n[i] = hist_count(&h[i]);
		for (b = 0; b < V7S_BUCKETS; b++)
			if (c->above < (1ULL << b))
				c->x[i] += h[i].bucket[b];
	}
}

static void take(struct figure_change *c, const struct metric *m,
		 struct document d[SIDES], const struct side side[SIDES])
{
	struct v7s_hist h[SIDES];
	int i;

	*c = (struct figure_change){ .name = m->name, .title = m->title,
				.kind = m->kind };
	for (i = 0; i < SIDES; i++) {
		if (m->kind == QUANTILE) {
			c->visible[i] = histogram(&d[i], m->x[0], &h[i]);
			continue;
		}
		c->visible[i] = sum(&d[i], m->x, &c->x[i]);
		if (m->kind == RATE)
			c->n[i] = side[i].seconds;
		else
			c->visible[i] &= sum(&d[i], m->n, &c->n[i]);
		c->value[i] = c->n[i] ? c->x[i] / c->n[i] : UNKNOWN;
	}
	if (m->kind == QUANTILE && c->visible[0] && c->visible[1])
		take_quantile(c, m, h);
}

static const char *result_of(struct document *d, const char *name)
{
	json *list = field(d->root, "judgements"), *o, *found;
	size_t i, n = json_object_is_type(list, json_type_array) ?
		json_object_array_length(list) : 0;

	for (i = 0; i < n; i++) {
		o = json_object_array_get_idx(list, i);
		found = o ? field(o, "name") : NULL;
		if (found && !strcmp(json_object_get_string(found), name))
			return (found = field(o, "result")) ?
				json_object_get_string(found) : NULL;
	}
	return NULL;
}

static bool is(const char *result, enum verdict v)
{
	return result && !strcmp(result, verdict_names[v]);
}

static void take_judgement(struct comparison *to, struct document d[SIDES],
			   const char *name)
{
	struct judgement_change *c = &to->changed[to->nchanged];

	*c = (struct judgement_change){ name, { result_of(&d[0], name),
				       result_of(&d[1], name) }, SAME };
	if (c->result[0] && c->result[1] && !strcmp(c->result[0], c->result[1]))
		return;
	if (is(c->result[1], FAIL))
		c->outcome = WORSE;
	else if (is(c->result[0], FAIL))
		c->outcome = BETTER;
	to->worse += c->outcome == WORSE;
	to->better += c->outcome == BETTER;
	to->nchanged++;
}

/* The judgements of A, then the judgements that only B has. */
static void take_judgements(struct comparison *to, struct document d[SIDES])
{
	const char *name;
	json *list, *o;
	size_t i, n;
	int side;

	for (side = 0; side < SIDES; side++) {
		list = field(d[side].root, "judgements");
		if (!list || !json_object_is_type(list, json_type_array)) {
			malformed(&d[side], "judgements", "are missing");
			return;
		}
		n = json_object_array_length(list);
		for (i = 0; i < n && to->nchanged < CHANGED_MAX; i++) {
			o = json_object_array_get_idx(list, i);
			o = o ? field(o, "name") : NULL;
			name = o ? json_object_get_string(o) : NULL;
			if (!name)
				malformed(&d[side], "judgements",
					  "have an entry without a name");
			else if (!side || !result_of(&d[0], name))
				take_judgement(to, d, name);
		}
	}
}

static void decide(struct comparison *to)
{
	double z;
	int i, n = 0;

	for (i = 0; i < to->n; i++)
		n += to->c[i].visible[0] && to->c[i].visible[1];
	/* Divide the chance of a false alarm among the figures (Bonferroni). */
	to->level = LEVEL;
	to->level_each = LEVEL / (n ? n : 1);
	z = binomial_z(to->level_each);
	for (i = 0; i < to->n; i++) {
		struct figure_change *c = &to->c[i];

		if (!c->visible[0] || !c->visible[1])
			c->outcome = UNSEEN;
		else if (c->kind == RATE)
			decide_rate(c, metrics[i].neutral, to->change, z);
		else
			decide_share(c, metrics[i].neutral, to->change, z);
		to->worse += c->outcome == WORSE;
		to->better += c->outcome == BETTER;
		to->told += c->outcome != UNSEEN && c->n[0] && c->n[1];
	}
}

int comparison_make(const char *const file[SIDES], double change,
		    struct comparison *to)
{
	struct document d[SIDES] = { { .file = file[0] }, { .file = file[1] } };
	bool bad = false;
	size_t i;

	*to = (struct comparison){ .change = change };
	for (i = 0; i < SIDES; i++) {
		bad |= load(&d[i], &to->side[i]) < 0;
		kept[i] = d[i].root;
	}
	for (i = 0; i < ARRAY_SIZE(metrics) && !bad; i++)
		take(&to->c[to->n++], &metrics[i], d, to->side);
	if (!bad)
		take_judgements(to, d);
	if (bad || d[0].bad || d[1].bad) {
		comparison_free(to);
		return -1;
	}
	decide(to);
	return 0;
}

void comparison_free(struct comparison *c)
{
	int i;

	for (i = 0; i < SIDES; i++) {
		json_object_put(kept[i]);
		kept[i] = NULL;
	}
	*c = (struct comparison){ 0 };
}
