// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <string.h>

#include "json.h"
#include "util.h"

/* Length of the UTF-8 sequence at @s, 0 if it is invalid. */
static size_t utf8_len(const unsigned char *s)
{
	/*
	 * The smallest second byte excludes overlong forms, the largest one
	 * surrogates and code points above U+10FFFF.
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

	for (i = 0; i < ARRAY_SIZE(forms); i++) {
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

void json_clean_utf8(char *to, size_t size, const char *s)
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

void json_put(json *o, const char *key, json *value)
{
	json_object_object_add(o, key, value);
}

void json_put_u64(json *o, const char *key, uint64_t n)
{
	json_put(o, key, json_object_new_uint64(n));
}

void json_put_visible(json *o, const char *key, bool visible, uint64_t n)
{
	json_put(o, key, visible ? json_object_new_uint64(n) : NULL);
}

/* NULL is json-c's null. */
void json_put_known(json *o, const char *key, int64_t n)
{
	json_put(o, key, n == UNKNOWN ? NULL : json_object_new_int64(n));
}

void json_put_text(json *o, const char *key, const char *s)
{
	char clean[1024];

	if (s)
		json_clean_utf8(clean, sizeof(clean), s);
	json_put(o, key, s ? json_object_new_string(clean) : NULL);
}

void json_put_bool(json *o, const char *key, bool b)
{
	json_put(o, key, json_object_new_boolean(b));
}

void json_line(FILE *f, json *o)
{
	fprintf(f, "%s\n", json_object_to_json_string_ext(o,
			JSON_C_TO_STRING_PLAIN |
			JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(o);
}

json *json_new(const char *verb)
{
	json *o = json_object_new_object();

	json_put_u64(o, "schema", JSON_SCHEMA);
	json_put_text(o, "verb", verb);
	return o;
}

