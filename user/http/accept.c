// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <string.h>
#include <strings.h>

#include "accept.h"

/* A part of a header, not terminated. */
struct word {
	const char *s;
	size_t len;
};

/* Takes the part of @s up to a character of @ends, without surrounding blanks. */
static struct word take(const char **s, const char *end, const char *ends)
{
	struct word w = { *s, 0 };
	bool quoted = false;

	for (; *s < end && (quoted || !strchr(ends, **s)); ++*s) {
		if (**s == '"')
			quoted = !quoted;
		else if (quoted && **s == '\\' && *s + 1 < end)
			++*s;
	}
	w.len = *s - w.s;
	while (w.len && strchr(" \t", *w.s)) {
		w.s++;
		w.len--;
	}
	while (w.len && strchr(" \t", w.s[w.len - 1]))
		w.len--;
	return w;
}

static bool is(struct word w, const char *s)
{
	return w.len == strlen(s) && !strncasecmp(w.s, s, w.len);
}

/* A q value in thousandths; an invalid value is 0. */
static int weight(struct word w)
{
	int q = 0, unit = 1000;
	size_t i;

	for (i = 0; i < w.len && i < 5; i++) {
		if (i == 1 && w.s[i] == '.')
			continue;
		if (w.s[i] < '0' || w.s[i] > '9')
			return 0;
		q += (w.s[i] - '0') * unit;
		unit /= 10;
	}
	return q <= 1000 ? q : 0;
}

/* How an element of the header rates a media type. */
struct opinion {
	int q;
	int named;	/* 0: only by '*', 1: type, 2: and subtype, 3: and version */
};

static bool accepts(const char *s, const char *end, const struct media *m,
		  struct opinion *o)
{
	struct word type = take(&s, end, "/;"), subtype = { "", 0 }, name, value;

	if (s < end && *s == '/') {
		s++;
		subtype = take(&s, end, ";");
	}
	if (is(type, m->type) && is(subtype, m->subtype))
		o->named = 2;
	else if (is(type, m->type) && is(subtype, "*"))
		o->named = 1;
	else if (is(type, "*") && is(subtype, "*"))
		o->named = 0;
	else
		return false;
	o->q = 1000;
	while (s < end) {
		s++;
		name = take(&s, end, "=;");
		value = (struct word){ "", 0 };
		if (s < end && *s == '=') {
			s++;
			value = take(&s, end, ";");
		}
		if (value.len > 1 && *value.s == '"' &&
		    value.s[value.len - 1] == '"') {
			value.s++;
			value.len -= 2;
		}
		if (is(name, "q"))
			o->q = weight(value);
		else if (is(name, "version") && o->named >= 2) {
			if (!m->version || !is(value, m->version))
				return false;
			o->named = 3;
		}
	}
	return true;
}

/* The most specific of several matching elements applies (RFC 9110, 12.5.1). */
static struct opinion opinion_of(const char *accept, const struct media *m)
{
	struct opinion best = { 0, -1 }, o;
	const char *s = accept, *end = accept + strlen(accept);
	struct word element;

	while (s < end) {
		element = take(&s, end, ",");
		if (accepts(element.s, element.s + element.len, m, &o) &&
		    (o.named > best.named ||
		     (o.named == best.named && o.q > best.q)))
			best = o;
		s++;
	}
	return best;
}

size_t accept_choose(const char *accept, const struct media *m, size_t n)
{
	struct opinion best = { 0, -1 }, o;
	size_t i, chosen = 0;

	for (i = 0; accept && i < n; i++) {
		o = opinion_of(accept, &m[i]);
		if (o.q > best.q || (o.q == best.q && o.q &&
				     (o.named > best.named ||
				      (o.named == best.named && o.named >= 2)))) {
			best = o;
			chosen = i;
		}
	}
	return chosen;
}

bool accept_encoding(const char *accept, const char *name)
{
	const char *s = accept ? accept : "", *end = s + strlen(s);
	struct word coding, q;

	for (; s < end; s++) {
		coding = take(&s, end, ",;");
		q = (struct word){ "1", 1 };
		while (s < end && *s == ';') {
			s++;
			if (is(take(&s, end, "=,;"), "q") && s < end &&
			    *s == '=') {
				s++;
				q = take(&s, end, ",;");
			}
		}
		if (is(coding, name))
			return weight(q) > 0;
	}
	return false;
}
